"""Header fields as they are written (RFC 5322 §2.2, RFC 2047, RFC 2231): one function a form,
each returns whole folded lines that end in CRLF."""

import re
from collections.abc import Iterable
from urllib.parse import quote as percent_encoded

from mailgate.mail.address import NamedAddress, quote
from mailgate.mail.clean import clean_filename, clean_header
from mailgate.mail.wordwriting import encoded_words

FOLD_AT = 76
_LONGEST_WORD = 66
"""Of a text: a longer one could not stand beside `Subject:` on a line of 78."""
_LONGEST_TOKEN = 900
"""Of a field that programs read, which must not be encoded."""

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_SPEC = re.compile(
    r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,256}|\"(?:[ !#-\[\]-~]|\\[ -~]){0,256}\")"
    r"@(?:[A-Za-z0-9._-]{1,255}|\[[A-Za-z0-9.:_-]{1,255}\])"
)
_ID = re.compile(r"[!-;=?-~]{1,980}")
_PARAMETER_CHUNK = 60
_MAX_DISPLAY_NAME = 300
_LONGEST_PHRASE = 60
_TOKEN_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")


def text_field(name: str, value: str) -> str:
    """A field that people read. ASCII is folded at its blanks, anything else is encoded words."""
    value = clean_header(value).strip()
    if _is_plain(value, _LONGEST_WORD):
        return _folded(f"{name}:", value.split(" "))
    plain, encoded = _split_plain_start(value)
    start = " ".join([f"{name}:", *plain, ""])
    return _folded(f"{name}:", [*plain, *encoded_words(encoded, FOLD_AT - len(start))])


def token_field(name: str, value: str) -> str:
    """A field that programs read: its words stay as they are, however long."""
    value = clean_header(value).strip()
    if _is_plain(value, _LONGEST_TOKEN):
        return _folded(f"{name}:", value.split(" "))
    return text_field(name, value)


def _split_plain_start(value: str) -> tuple[list[str], str]:
    """The leading ASCII words as they are (a ticket's tag stays readable for every program),
    and the rest, which is to be encoded."""
    words = value.split(" ")
    count = 0
    while count < len(words) - 1 and _is_plain(words[count], _LONGEST_WORD) and words[count]:
        count += 1
    return words[:count], " ".join(words[count:])


def _is_plain(value: str, longest: int) -> bool:
    """Fit to stand as it is. Blanks in a row are not where a line may break: a line of blanks
    alone would end the header for some readers, and blanks at its end get lost."""
    if not value.isascii() or "=?" in value:
        return False
    if "  " in value and len(value) > longest:
        return False
    return max(map(len, value.split(" "))) <= longest


def _folded(start: str, words: Iterable[str]) -> str:
    """The words with blanks between them; a line breaks before a word that would not fit."""
    lines: list[str] = []
    line = start
    for word in words:
        if word and len(line) + 1 + len(word) > FOLD_AT and line != start:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]) + "\r\n"


def address_field(name: str, entries: tuple[NamedAddress, ...]) -> str:
    """A list of addresses, one a line. Nobody is `undisclosed-recipients:;` (RFC 5322 §3.4)."""
    if not entries:
        return f"{name}: undisclosed-recipients:;\r\n"
    shown = [_mailbox(entry) for entry in entries]
    folded = ",\r\n ".join("\r\n ".join(words) for words in shown)
    return f"{name}: {folded}\r\n"


def _mailbox(entry: NamedAddress) -> list[str]:
    """The lines of one address."""
    phrase = _phrase(clean_header(entry.name).strip()[:_MAX_DISPLAY_NAME])
    spec = str(entry.address)
    if not _SPEC.fullmatch(spec):
        return _unspeakable(spec)
    if not phrase:
        return [spec]
    if len(phrase) == 1 and len(phrase[0]) + len(spec) < FOLD_AT - 12:
        return [f"{phrase[0]} <{spec}>"]
    return [*phrase, f"<{spec}>"]


def _unspeakable(spec: str) -> list[str]:
    """An address that only an SMTPUTF8 header could hold becomes an empty group named after it
    (RFC 6857 §3.1.8): the envelope says where the mail goes, and every relay takes the header."""
    shown = clean_header(spec).strip()[:_MAX_DISPLAY_NAME]
    *lines, last = encoded_words(shown or "?")
    return [*lines, f"{last}:;"]


def _phrase(name: str) -> list[str]:
    """A display name: atoms, a quoted string, or encoded words."""
    if not name:
        return []
    if not name.isascii() or "=?" in name or len(name) > _LONGEST_PHRASE:
        return encoded_words(name)
    if _ATOMS.fullmatch(name) and "  " not in name:
        return [name]
    return [quote(name)]


def fits_as_id(text: str) -> bool:
    """Whether it can be written as a msg-id: what other systems made is not looked at closely,
    but it fits one line and holds no blank, no angle and nothing beyond ASCII."""
    return _ID.fullmatch(text) is not None


def id_field(name: str, text: str) -> str:
    """One id, never encoded and never folded: Outlook's are longer than a folded line
    of 78 characters. An id that can't be one is left out."""
    return f"{name}: <{text}>\r\n" if fits_as_id(text) else ""


def id_list_field(name: str, ids: tuple[str, ...]) -> str:
    """Ids one a line."""
    fit = [f"<{text}>" for text in ids if fits_as_id(text)]
    return f"{name}: " + "\r\n ".join(fit) + "\r\n" if fit else ""


def type_field(content_type: str, filename: str, charset: str = "") -> str:
    """Content-Type with the `name` that Naver and old Outlook read instead of the disposition:
    beyond ASCII in encoded words, which no standard allows and every client reads."""
    if not _TOKEN_TYPE.fullmatch(content_type):
        content_type = "application/octet-stream"
    value = [content_type]
    if charset:
        value.append(f"charset={charset}")
    name = clean_filename(filename)
    if name:
        shown = quote(name) if _is_literal(name) else '"' + "\r\n ".join(encoded_words(name)) + '"'
        value.append(f"name={shown}")
    return f"Content-Type: {_parameters(value)}\r\n"


def disposition_field(disposition: str, filename: str) -> str:
    """Content-Disposition; a name beyond ASCII as RFC 2231 has it, in pieces when it is long.
    A second `filename` in encoded words would be the first that many programs find."""
    name = clean_filename(filename)
    value = [disposition]
    if name and _is_literal(name):
        value.append(f"filename={quote(name)}")
    elif name:
        value += _extended("filename", percent_encoded(name, safe=""))
    return f"Content-Disposition: {_parameters(value)}\r\n"


def _is_literal(name: str) -> bool:
    return name.isascii() and "=?" not in name


def _parameters(value: list[str]) -> str:
    return ";\r\n ".join(value)


def _extended(name: str, encoded: str) -> list[str]:
    if len(encoded) <= _PARAMETER_CHUNK:
        return [f"{name}*=UTF-8''{encoded}"]
    first, *others = _percent_pieces(encoded)
    pieces = [f"UTF-8''{first}", *others]
    return [f"{name}*{number}*={piece}" for number, piece in enumerate(pieces)]


def _percent_pieces(encoded: str) -> list[str]:
    """Pieces that split no `%XX`."""
    pieces: list[str] = []
    start = 0
    while start < len(encoded):
        end = min(start + _PARAMETER_CHUNK, len(encoded))
        end -= next((back for back in (1, 2) if encoded[end - back : end - back + 1] == "%"), 0)
        pieces.append(encoded[start:end])
        start = end
    return pieces
