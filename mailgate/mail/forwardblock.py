"""The header block that a mail program writes above a mail that it forwards, and who it says
the mail is from."""

import re
from dataclasses import dataclass

from mailgate.mail.address import Address, AddressError, NamedAddress, canonical_domain
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.clean import clean_header
from mailgate.mail.forwardwords import field_of

MAX_FIELD = 2_000
MAX_BLOCK = 60
"""Lines of a block: hundreds of recipients may be named in it."""

_MAX_GAP = 2
_WRAPPED = 58
"""Characters; programs wrap plain text at 72 to 78, and no word is longer than the rest."""

_ADDRESS = r"([^\s<>()\[\]\"',;:]{1,64})@([^\s<>()\[\]\"',;:@]{1,255})"
_ENCLOSED = re.compile(rf"[<\[(]\s{{0,3}}(?:mailto:\s?)?'?{_ADDRESS}", re.IGNORECASE)
_BARE = re.compile(_ADDRESS)
_BRACKETS = str.maketrans("＜＞〈〉", "<><>")
_BEHALF = re.compile(
    r".{1,200}?\b(?:on behalf of|im auftrag von|de la part de|en nombre de|em nome de|per conto di|"
    r"namens|w imieniu)\s",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """The fields by kind, as written; its first line, and the one behind its last."""

    fields: dict[str, str]
    start: int
    end: int

    @property
    def is_mail(self) -> bool:
        """From, and enough besides that no person writes so by chance."""
        return "from" in self.fields and len(self.fields.keys() - {"other"}) >= 3


def read_block(lines: list[str], start: int) -> Block:
    """The block that begins at `start`, blank lines before it allowed."""
    start = position = _skip_blank(lines, start)
    fields: dict[str, str] = {}
    latest = ""
    spaced = False
    end = position
    limit = min(len(lines), position + MAX_BLOCK)
    while position < limit:
        line = lines[position]
        found = field_of(line)
        if found is not None and (found[0] == "other" or found[0] not in fields):
            latest = found[0]
            fields[latest] = found[1][:MAX_FIELD]
        elif not line.strip():
            following = _skip_blank(lines, position)
            if not _goes_on(lines, following, fields, latest, spaced=spaced):
                return Block(fields, start, end)
            spaced = True
            position = following
            continue
        elif found is None and latest and _continues(lines, position, latest, fields[latest]):
            if len(fields[latest]) < MAX_FIELD:
                fields[latest] = f"{fields[latest]} {line.strip()}".strip()
        else:
            return Block(fields, start, end)
        position += 1
        end = position
    return Block(fields, start, end)


def _skip_blank(lines: list[str], position: int) -> int:
    """The next line with something on it, at most two blank lines further on."""
    last = min(position + _MAX_GAP, len(lines) - 1)
    while position < last and not lines[position].strip():
        position += 1
    return position


def _goes_on(
    lines: list[str], following: int, fields: dict[str, str], latest: str, *, spaced: bool
) -> bool:
    """Behind a blank line: HTML turned to text puts one between any two fields, and between a
    label and its value. A block that came without them ends at the first one."""
    if following >= len(lines) or not lines[following].strip():
        return False
    found = field_of(lines[following])
    if found is not None:
        is_new = found[0] == "other" or found[0] not in fields
        complete = "from" in fields and "subject" in fields
        return is_new and bool(fields) and (spaced or not complete)
    return bool(latest) and not fields[latest] and latest in {"from", "date"}


def _continues(lines: list[str], position: int, latest: str, value: str) -> bool:
    """A line without a label, right under a field: the rest of its value, or already text?"""
    line = lines[position]
    if not value or line[0] in " \t":
        return True
    if latest in {"from", "to", "cc", "other"} and ("@" in line or value.endswith((",", ";"))):
        return True
    if any(field_of(near) for near in _until_blank(lines, position + 1)):
        return True
    return len(value) >= _WRAPPED and latest == "subject" and _is_last(lines, position)


def _until_blank(lines: list[str], position: int) -> list[str]:
    """The rest of the paragraph, at most four lines."""
    near = lines[position : position + 4]
    blank = next((index for index, line in enumerate(near) if not line.strip()), len(near))
    return near[:blank]


def _is_last(lines: list[str], position: int) -> bool:
    return position + 1 >= len(lines) or not lines[position + 1].strip()


def read_sender(value: str) -> NamedAddress | None:
    """Who a From line names. Programs write `Hong <h@a.kr>`, `Hong <h@a.kr<mailto:h@a.kr>>`,
    `Hong [mailto:h@a.kr]`, `Hong (h@a.kr)`; Exchange a name alone, which gives None."""
    value = value[:500].translate(_BRACKETS).replace("&lt;", "<").replace("&gt;", ">")
    strict = read_addresses(value.encode("utf-8", "replace")).sole
    if strict is not None:
        return strict
    found = _ENCLOSED.search(value) or _BARE.search(value)
    if found is None:
        return None
    domain = found[2].rstrip(".*_>")
    try:
        address = Address(found[1].removeprefix("mailto:"), canonical_domain(domain))
    except AddressError:
        return None
    return NamedAddress(_name(value[: found.start()], address), address)


def _name(text: str, address: Address) -> str:
    behalf = _BEHALF.match(text)
    name = clean_header(text[behalf.end() :] if behalf else text)
    name = name.strip(" \t*_<([,;:\u00a0").removesuffix("mailto").strip(" <([\"'")
    return "" if name.casefold() == address.key else name
