"""The header section (RFC 5322 §2.2) as raw fields, tolerant of what really arrives.

Values stay bytes until somebody asks for one: which charset they are in is decided by the
words (RFC 2047) or by the ladder of `mailgate.mail.charset`.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

MAX_SECTION_OCTETS = 256 * 1024
MAX_FIELD_OCTETS = 64 * 1024
MAX_FIELDS = 1000

_WINDOW_OCTETS = 16 * 1024

MAX_PROLOGUE = 20
"""`From ` lines before a header section, each with the blank lines after it."""

_BLANKS = frozenset([b" ", b"\t", b"\r", b"\n"])
_BOM = b"\xef\xbb\xbf"
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_MBOX_LINE = re.compile(rb">?From (?![ \t]*:)")
"""A field may have blanks before its colon: RFC 5322 §4.5 and A.6.3, `From  : John`."""
_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:(.*)$", re.MULTILINE)
_FROM_BEHIND_CR = re.compile(rb"\rfrom[ \t]*+:", re.IGNORECASE)
_USUAL = re.compile(
    rb"(?im)^(?:received|return-path|delivered-to|from|to|cc|subject|date|message-id|reply-to"
    rb"|sender|mime-version|content-[a-z-]+|in-reply-to|references|x-[a-z-]+|dkim-signature)[ \t]*:"
)


class Field(NamedTuple):
    """`name` in lower case, `value` unfolded, without the blanks around it, still bytes."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """The fields in order, an index by name, and what was wrong with the section."""

    fields: tuple[Field, ...]
    by_name: dict[str, list[bytes]]
    defects: tuple[str, ...]
    hides_sender: bool = False
    """A From field stands behind a CR alone. A line ends in CRLF or LF (RFC 5322 §2.2); programs
    that take CR for a line end as well see another sender than we."""

    def first(self, name: str) -> bytes | None:
        """The first field of this (lower-case) name, None when there is none."""
        values = self.by_name.get(name)
        return values[0] if values else None

    def all(self, name: str) -> list[bytes]:
        """Every field of this name, from the top."""
        return self.by_name.get(name, [])


def read_header(content: bytes, start: int, end: int) -> tuple[Header, int]:
    """The header section of `content[start:end]` and the offset at which the body begins."""
    stop, body = section_end(content, start, end)
    cut = min(stop, start + MAX_SECTION_OCTETS)
    block = content[start:cut]
    defects: list[str] = []
    if cut < stop:
        defects.append("header section too large")
    fields, consumed = _fields(block, defects)
    if consumed is not None:
        body = start + consumed
    header = Header(
        tuple(fields), _index(fields), tuple(dict.fromkeys(defects)), _hides_sender(block)
    )
    return header, body


def _hides_sender(block: bytes) -> bool:
    has_bare = block.count(b"\r") != block.count(b"\r\n")
    return has_bare and _FROM_BEHIND_CR.search(block) is not None


def read_inner_header(content: bytes) -> Header:
    """The header section of a message, or of what is given back of one, inside another."""
    start = skip_prologue(content)
    return read_header(content, start, min(len(content), start + MAX_SECTION_OCTETS))[0]


def skip_prologue(content: bytes) -> int:
    """Where the header section of a whole message begins: after a BOM, blank lines and the
    `From ` line of an mbox file."""
    start = len(_BOM) if content.startswith(_BOM) else 0
    for _ in range(MAX_PROLOGUE):
        start = _after_blank_lines(content, start)
        line_end = content.find(b"\n", start, start + 1000)
        if line_end < 0 or not _MBOX_LINE.match(content, start):
            break
        start = line_end + 1
    return start


def _after_blank_lines(content: bytes, start: int) -> int:
    if content[start : start + 1] not in _BLANKS:
        return start
    first = len(content) - len(content[start:].lstrip())
    return content.rfind(b"\n", start, first) + 1 or start


def section_end(content: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the last field's line ends, and where the body begins."""
    if content.startswith(b"\r\n", start, end):
        return start, start + 2
    if content.startswith(b"\n", start, end):
        return start, start + 1
    window = min(start + _WINDOW_OCTETS, end)
    while True:
        # A body of 25 MB is not searched for the blank line that its header section has.
        crlf = content.find(b"\n\r\n", start, window)
        lf = content.find(b"\n\n", start, window if crlf < 0 else crlf)
        if lf >= 0:
            return lf + 1, lf + 2
        if crlf >= 0:
            return crlf + 1, crlf + 3
        if window == end:
            return end, end
        start, window = window - 2, min(window + 4 * (window - start), end)


def _fields(block: bytes, defects: list[str]) -> tuple[list[Field], int | None]:
    """The fields of the block, and how much of it they are when the body begins inside it."""
    text = _unfolded(block).strip()
    pairs = _FIELD.findall(text)
    if len(pairs) != text.count(b"\n") + 1 and text:
        return _careful_fields(block, defects)
    read = pairs[: MAX_FIELDS + 1]  # one more shows that there are too many
    fields = [Field(name.lower().decode("ascii"), value.strip()) for name, value in read]
    return _capped(fields, defects), None


def _unfolded(block: bytes) -> bytes:
    """RFC 5322 §2.2.3: the line end before a blank goes, the blank stays."""
    block = block.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    return block.replace(b"\n ", b" ").replace(b"\n\t", b"\t")


def _careful_fields(block: bytes, defects: list[str]) -> tuple[list[Field], int | None]:
    """The same where a line is no field: either junk, or the body without a blank line
    before it. It is the body when no usual field follows."""
    fields: list[Field] = []
    offset, usual = 0, -1
    pieces: list[bytes] = []
    for line in block.split(b"\n"):
        following = offset + len(line) + 1
        if _NAME.match(line):
            _keep(fields, pieces)
            pieces = [line]
        elif line[:1] in {b" ", b"\t"}:
            pieces.append(line)
        elif line.strip():
            if usual < following:
                later = _USUAL.search(block, following)
                usual = later.end() if later else -1
            if usual < 0:
                defects.append("no blank line after the header section")
                _keep(fields, pieces)
                return _capped(fields, defects), offset
            defects.append("a line of the header section is no field")
        offset = following
    _keep(fields, pieces)
    return _capped(fields, defects), None


def _keep(fields: list[Field], pieces: list[bytes]) -> None:
    """The field that these lines are; continuation lines without a field before them are none."""
    line = b"".join(piece.rstrip(b"\r") for piece in pieces)
    if found := _NAME.match(line):
        fields.append(Field(found[1].decode("ascii").lower(), line[found.end() :].strip()))


def _capped(fields: list[Field], defects: list[str]) -> list[Field]:
    if len(fields) > MAX_FIELDS:
        defects.append("too many header fields")
        fields = fields[:MAX_FIELDS]
    if any(len(value) > MAX_FIELD_OCTETS for _, value in fields):
        defects.append("header field too large")
        fields = [Field(name, _shortened(name, value)) for name, value in fields]
    return fields


def _shortened(name: str, value: bytes) -> bytes:
    """References grow at their end (RFC 5322 §3.6.4): the ids that matter most stand there, and
    the first one at the beginning. What is cut out are whole ids."""
    if name != "references" or len(value) <= MAX_FIELD_OCTETS:
        return value[:MAX_FIELD_OCTETS]
    half = MAX_FIELD_OCTETS // 2
    first, last = value[:half], value[-half:]
    return first[: first.rfind(b">") + 1] + b" " + last[max(last.find(b"<"), 0) :]


def _index(fields: list[Field]) -> dict[str, list[bytes]]:
    by_name: dict[str, list[bytes]] = {}
    for field in fields:
        by_name.setdefault(field.name, []).append(field.value)
    return by_name
