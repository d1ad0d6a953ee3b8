"""MIME parameters (RFC 2045 §5.1, RFC 2231) as text."""

import re
from urllib.parse import unquote_to_bytes

from mailgate.mail.charset import decode
from mailgate.mail.clean import clean_header
from mailgate.mail.words import decode_header

MAX_PARAMETERS = 200
_BLANKS = b" \t\r\n"

_HEAD = re.compile(rb"[ \t\r\n]*([^ \t\r\n;,]*)[ \t\r\n;,]*")
"""`text/plain charset=utf-8` and `text/plain, charset=utf-8` are written as well."""
_PARAMETER = re.compile(rb"[ \t\r\n;]*([^=:;\s\"]{1,200})[ \t\r\n]*[=:][ \t\r\n]*")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_NAMES = frozenset(["filename", "name"])
_CONTINUATION = re.compile(r"(.+?)\*(\d{1,3})(\*?)")


def read_parameters(value: bytes, hint: str | None = None) -> tuple[str, dict[str, str]]:
    """The value before the first `;` in lower case, and the parameters by lower-case name.
    RFC 2231 wins over the plain form of the same parameter."""
    head = _HEAD.match(value)
    assert head is not None  # it matches the empty string
    first = head[1].decode("ascii", "replace").lower()
    rest = value[head.end() :]
    if not rest:
        return first, {}
    plain, extended = _raw_parameters(rest)
    found = {name: _plain(name, octets, hint) for name, octets in plain.items()}
    for name, text in _assembled(extended, hint).items():
        if name not in found or "\ufffd" not in text or "\ufffd" in found[name]:
            found[name] = text
    return first, found


def _plain(name: str, octets: bytes, hint: str | None) -> str:
    text = decode_header(octets, hint)
    if name in _NAMES and _PERCENT.search(text):
        # Web mailers write file names as in URLs. `100%25` may be meant: only UTF-8 shows it.
        try:
            readable = unquote_to_bytes(text).decode()
        except UnicodeDecodeError:
            return text
        return text if readable.isascii() else clean_header(readable)
    return text


def _raw_parameters(rest: bytes) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """(plain, with a star in the name); the first of each name counts."""
    plain: dict[str, bytes] = {}
    extended: dict[str, bytes] = {}
    position, unclosed, name = 0, False, ""
    for _ in range(MAX_PARAMETERS):
        match = _PARAMETER.match(rest, position)
        if match is None:
            end = rest.find(b";", position)
            piece = rest[position : end if end >= 0 else len(rest)].strip(_BLANKS)
            if name in _NAMES and piece and rest[position - 1 : position] == b";":
                plain[name] += b";" + piece.rstrip(b'"')  # filename=a;b.pdf, without its quotes
            if end < 0:
                break
            position = end + 1
            continue
        name = match[1].decode("ascii", "replace").lower()
        is_quoted = rest.startswith(b'"', match.end())
        octets, position, unclosed = _parameter_value(rest, match.end(), unclosed)
        (extended if "*" in name else plain).setdefault(name, octets)
        name = "" if is_quoted else name  # nothing more belongs to it
    return plain, extended


def _parameter_value(rest: bytes, start: int, unclosed: bool) -> tuple[bytes, int, bool]:
    """(value, where the next parameter begins, whether a quote never closes from here on)."""
    if rest[start : start + 1] == b'"' and not unclosed:
        end = _closing_quote(rest, start + 1)
        if end >= 0:
            octets = rest[start + 1 : end].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
            return octets, end + 1, False
        unclosed = True  # and no later quote closes either: do not look again
    end = rest.find(b";", start)
    end = len(rest) if end < 0 else end
    octets = rest[start:end].strip(_BLANKS + b'"')
    if len(octets) > 2 and octets[:1] == octets[-1:] == b"'":
        octets = octets[1:-1]
    return octets, end + 1, unclosed


def _closing_quote(rest: bytes, start: int) -> int:
    while True:
        quote = rest.find(b'"', start)
        if quote < 0:
            return -1
        slashes = quote - start - len(rest[start:quote].rstrip(b"\\"))
        if slashes % 2 == 0:
            return quote
        start = quote + 1


def _assembled(extended: dict[str, bytes], hint: str | None) -> dict[str, str]:
    """RFC 2231: `name*=`, `name*0=`, `name*0*=`; octets are joined before they are decoded."""
    runs: dict[str, list[tuple[int, bool, bytes]]] = {}
    for key, octets in extended.items():
        if found := _CONTINUATION.fullmatch(key):
            runs.setdefault(found[1], []).append((int(found[2]), bool(found[3]), octets))
        elif key.endswith("*"):
            runs.setdefault(key[:-1], []).append((-1, True, octets))
    return {name: _joined(run, hint) for name, run in runs.items()}


def _joined(run: list[tuple[int, bool, bytes]], hint: str | None) -> str:
    run.sort(key=lambda piece: piece[0])
    if run[0][0] == -1:
        run = run[:1]
    charset = ""
    octets = bytearray()
    for index, (_, encoded, value) in enumerate(run):
        if not encoded:
            octets += value
            continue
        if index == 0 and value.count(b"'") >= 2:
            label, _, value = value.split(b"'", 2)  # noqa: PLW2901 - the rest of this piece
            charset = label.decode("ascii", "replace")
        octets += unquote_to_bytes(value)
    if not charset:
        return decode_header(bytes(octets), hint)
    return clean_header(decode(bytes(octets), charset))
