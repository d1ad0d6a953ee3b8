"""Header fields as they are written (RFC 5322 §2.2, RFC 2047, RFC 2231): one function a form,
each returns whole folded lines that end in CRLF."""

import binascii
import re
from collections.abc import Iterable
from urllib.parse import quote as percent_encoded

from mailgate.mail.address import NamedAddress, quote
from mailgate.mail.clean import clean_filename, clean_header

FOLD_AT = 76
MAX_WORD = 75
"""An encoded word, with its marks (RFC 2047 §2)."""

_WORD_OCTETS = 42
"""Octets of text in one word: 56 characters of base64 and 12 of marks, with room for a name."""

_WORD_MARKS = 12

_LONGEST_TOKEN = 200
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ID = re.compile(r"[!-;=?-~]{1,990}")
_PARAMETER_CHUNK = 60
_MAX_DISPLAY_NAME = 300
_TOKEN_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")


def text_field(name: str, value: str) -> str:
    """An unstructured field. ASCII is folded at its blanks, anything else is encoded words."""
    value = clean_header(value).strip()
    if _is_plain(value):
        return _folded(f"{name}:", value.split(" "))
    plain, encoded = _split_plain_start(value)
    start = " ".join([f"{name}:", *plain, ""])
    return _folded(f"{name}:", [*plain, *encoded_words(encoded, FOLD_AT - len(start))])


def _split_plain_start(value: str) -> tuple[list[str], str]:
    """The leading ASCII words as they are (a ticket's tag stays readable for every program),
    and the rest, which is to be encoded."""
    words = value.split(" ")
    count = 0
    while count < len(words) - 1 and _is_plain(words[count]) and words[count]:
        count += 1
    return words[:count], " ".join(words[count:])


def _is_plain(value: str) -> bool:
    if not value.isascii() or "=?" in value:
        return False
    return len(value) <= _LONGEST_TOKEN or max(map(len, value.split(" "))) <= _LONGEST_TOKEN


def _folded(start: str, words: Iterable[str]) -> str:
    """The words with blanks between them; a line breaks before a word that would not fit.
    An empty word is a second blank in a row and never begins a line: no line is all blank."""
    lines: list[str] = []
    line = start
    for word in words:
        if word and len(line) + 1 + len(word) > FOLD_AT and line.strip() and line != start:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]) + "\r\n"


def encoded_words(value: str, first_line: int = 0) -> list[str]:
    """The value as UTF-8 encoded words in base64; no character is split (RFC 2047 §5).
    `first_line` is how many characters are left where the first word goes."""
    words: list[str] = []
    octets = bytearray()
    fit = (first_line - _WORD_MARKS) // 4 * 3
    limit = fit if 9 <= fit <= _WORD_OCTETS else _WORD_OCTETS
    for character in value:
        encoded = character.encode("utf-8", "replace")
        if len(octets) + len(encoded) > limit:
            words.append(_word(octets))
            octets, limit = bytearray(), _WORD_OCTETS
        octets += encoded
    return [*words, _word(octets)] if octets else words


def _word(octets: bytes | bytearray) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(octets, newline=False).decode('ascii')}?="


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
    spec = clean_header(str(entry.address))
    if not spec.isascii():
        # RFC 6857 §3.1.8: an address beyond ASCII becomes an empty group named after it.
        *lines, last = encoded_words(spec)
        return [*lines, f"{last}:;"]
    if not phrase:
        return [spec]
    if len(phrase) == 1 and len(phrase[0]) + len(spec) < FOLD_AT - 12:
        return [f"{phrase[0]} <{spec}>"]
    return [*phrase, f"<{spec}>"]


def _phrase(name: str) -> list[str]:
    """A display name: atoms, a quoted string, or encoded words."""
    if not name:
        return []
    if not name.isascii() or "=?" in name or len(name) > 60:
        return encoded_words(name)
    if _ATOMS.fullmatch(name) and "  " not in name:
        return [name]
    return [quote(name)]


def id_field(name: str, text: str) -> str:
    """One id, never encoded and never folded: Outlook's are longer than a folded line
    of 78 characters. An id that can't be one is left out."""
    return f"{name}: <{text}>\r\n" if _ID.fullmatch(text) else ""


def id_list_field(name: str, ids: tuple[str, ...]) -> str:
    """Ids one a line."""
    fit = [f"<{text}>" for text in ids if _ID.fullmatch(text)]
    return f"{name}: " + "\r\n ".join(fit) + "\r\n" if fit else ""


def type_field(content_type: str, filename: str) -> str:
    """Content-Type with the `name` that old Outlook reads instead of the disposition."""
    if not _TOKEN_TYPE.fullmatch(content_type):
        content_type = "application/octet-stream"
    name = clean_filename(filename)
    if not name:
        return f"Content-Type: {content_type}\r\n"
    if name.isascii():
        return f"Content-Type: {content_type};\r\n name={quote(name)}\r\n"
    words = "\r\n ".join(encoded_words(name))
    return f'Content-Type: {content_type};\r\n name="{words}"\r\n'


def disposition_field(disposition: str, filename: str) -> str:
    """Content-Disposition; a name beyond ASCII as RFC 2231 has it, in pieces when it is long."""
    name = clean_filename(filename)
    if not name:
        return f"Content-Disposition: {disposition}\r\n"
    if name.isascii() and "=?" not in name:
        return f"Content-Disposition: {disposition};\r\n filename={quote(name)}\r\n"
    encoded = percent_encoded(name, safe="")
    if len(encoded) <= _PARAMETER_CHUNK:
        return f"Content-Disposition: {disposition};\r\n filename*=UTF-8''{encoded}\r\n"
    pieces = _percent_pieces(encoded)
    pieces[0] = f"UTF-8''{pieces[0]}"
    parameters = ";\r\n ".join(f"filename*{n}*={piece}" for n, piece in enumerate(pieces))
    return f"Content-Disposition: {disposition};\r\n {parameters}\r\n"


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
