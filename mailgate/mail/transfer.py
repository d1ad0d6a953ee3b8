"""Content transfer encodings (RFC 2045 §6) undone; damage and wrong labels are survived."""

import binascii
import io
import re

MAX_UU_LINES = 1_000_000
"""A line of uuencode holds 45 octets: 45 MB are more than any message has."""

_CUT_BLANKS = 12
"""At the end of a line of uuencode: four blanks are three NULs, and files end with them."""

_MAX_BASE64_RUNS = 1000
"""Base64 that was padded and went on: what lists and careless programs make."""

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(octet for octet in range(256) if octet not in _BASE64)
_BLANKS = b" \t\r\n"
_SAMPLE = 1_024
_WORD_OCTETS = 60
_NOT_ENCODED = re.compile(rb"[^A-Za-z0-9+/=\s]|[A-Za-z0-9+/=][ \t]+[A-Za-z0-9+/=]")

_ENCODINGS = {
    b"base64": "base64",
    b"b": "base64",
    b"xbase64": "base64",
    b"quotedprintable": "quoted-printable",
    b"quotedprintible": "quoted-printable",
    b"qp": "quoted-printable",
    b"q": "quoted-printable",
    b"uuencode": "uuencode",
    b"xuuencode": "uuencode",
    b"xuue": "uuencode",
    b"uue": "uuencode",
    b"uu": "uuencode",
}
"""By the label without hyphens, blanks and underscores: `quoted printable`, `Base-64`."""

_MAY_BE_BROKEN = re.compile(rb"=(?:[ \t]|\r(?!\n))")
_BROKEN_SOFT_BREAK = re.compile(rb"=(?:[ \t\r]+\n|[ \t]*\r(?!\n))")


def encoding_of(label: bytes | None) -> str:
    """`base64`, `quoted-printable`, `uuencode`, or "" for what needs no decoding."""
    if not label:
        return ""
    word = label.partition(b";")[0].partition(b"(")[0].strip(b"\"' \t:").lower()
    return _ENCODINGS.get(word.translate(None, b"-_ \t"), "")


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """The octets that `data` stands for; `data` itself when it is plainly not so encoded."""
    match encoding:
        case "base64":
            data = _without_footer(data)
            encoded = _before_text(data) if _is_plain_text(data) else data
            return data if encoded is None else decode_base64(encoded)
        case "quoted-printable":
            return decode_quoted_printable(data)
        case "uuencode":
            return _uudecoded(data)
        case _:
            return data


def decode_base64(data: bytes) -> bytes:
    """Base64 with whatever between: line ends, junk, padding that is missing or inside."""
    try:
        if data.find(b"=", 0, max(len(data) - 6, 0)) < 0:
            return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    runs = data.split(b"=", _MAX_BASE64_RUNS)
    return b"".join(_base64_run(run) for run in runs)


def _base64_run(run: bytes) -> bytes:
    run = run.translate(None, _NOT_BASE64)  # a pattern would keep a piece for each octet of junk
    if len(run) % 4 == 1:
        run = run[:-1]
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))


def decode_quoted_printable(data: bytes) -> bytes:
    """RFC 2045 §6.7; blanks after a soft break's `=` are what relays add, and a bare CR ends
    a line as well."""
    if _MAY_BE_BROKEN.search(data):
        data = _BROKEN_SOFT_BREAK.sub(b"=\n", data)
    return binascii.a2b_qp(data)


def _is_plain_text(data: bytes) -> bool:
    """A label that lies: most lines hold what base64 never has. Some programs put base64 on
    a multipart or a message and then do not encode it."""
    lines = [line.strip() for line in data[:_SAMPLE].splitlines() if line.strip()]
    odd = sum(bool(line.rstrip(b"=").translate(None, _BASE64)) for line in lines)
    return odd * 2 > len(lines)


def _without_footer(data: bytes) -> bytes:
    """Base64 up to the first blank line that a line of another kind follows: list servers
    put their footer under a body without looking at its encoding."""
    if data.find(b" ") < 0:  # one look at a large file; no footer is a single word
        return data
    for separator in (b"\r\n\r\n", b"\n\n"):
        head, found, tail = data.partition(separator)
        following = tail.strip().partition(b"\n")[0].strip().rstrip(b"=")
        if found and head.strip() and following.translate(None, _BASE64):
            return head
    return data


def _before_text(data: bytes) -> bytes | None:
    """Base64 that ends as base64 does, and a footer right under it: a short body has fewer lines
    than what a list server adds. None for a text; a single word of it may look like base64, and
    is neither padded nor as long as a line of it."""
    odd = _NOT_ENCODED.search(data)
    head = data[: data.rfind(b"\n", 0, odd.start()) + 1] if odd else b""
    octets = b"".join(head.split())
    ends = octets.endswith(b"=") or len(octets) >= _WORD_OCTETS
    return head if octets and ends and len(octets) % 4 == 0 else None


def uu_line(line: bytes) -> bytes | None:
    """The octets of a line of uuencode without its line end; None when it is none: too short or
    too long for its count. Relays cut blanks at its end, some programs write a check character
    there."""
    width = _uu_width(line)
    if len(line) > width + 1 or len(line) < width - _CUT_BLANKS:
        return None
    return _uu_octets(line, width)


def _uu_width(line: bytes) -> int:
    return 1 + (((line[0] - 32) & 63) + 2) // 3 * 4


def _uu_octets(line: bytes, width: int) -> bytes | None:
    try:
        return binascii.a2b_uu(line[:width].ljust(width))
    except binascii.Error:
        return None


def _uudecoded(data: bytes) -> bytes:
    """What the lines hold; damaged ones as far as they go. Of a text under this label most lines
    are none."""
    if data.count(b"\n") > MAX_UU_LINES:
        return data  # no such encoding: as it stands, because padding would make it far larger
    out = bytearray()
    good = bad = 0
    for line_with_end in io.BytesIO(data):
        line = line_with_end.rstrip(b"\r\n")
        if line.startswith((b"begin ", b"end")) or not line:
            continue
        octets = uu_line(line)
        good += octets is not None
        bad += octets is None
        out += _uu_octets(line, _uu_width(line)) or b"" if octets is None else octets
    return bytes(out) if good > bad else data
