"""Compressed RTF ([MS-OXRTFCP]), in which Outlook keeps the text of a mail in winmail.dat."""

import zlib

MAX_RTF = 4_000_000
"""Octets that are unpacked at most; the format packs 17 octets into 2."""

_COMPRESSED = b"LZFu"
_UNCOMPRESSED = b"MELA"
_HEADER = 16
_WINDOW = 4096
_PRESET = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern "
    rb"\fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""§2.1.2.1: what the window holds before the first octet."""


def decompress(data: bytes) -> bytes | None:
    """The RTF; None when it is no such stream, or its checksum (§3.1.3.2) does not fit, or it
    would be larger than `MAX_RTF`."""
    if len(data) < _HEADER:
        return None
    size, raw_size, kind, checksum = (
        int.from_bytes(data[0:4], "little"),
        int.from_bytes(data[4:8], "little"),
        data[8:12],
        int.from_bytes(data[12:16], "little"),
    )
    contents = data[_HEADER : size + 4]
    if raw_size > MAX_RTF:
        return None
    if kind == _UNCOMPRESSED:
        return contents[:raw_size]
    if kind != _COMPRESSED or _crc(contents) != checksum:
        return None
    return _unpacked(contents, raw_size)


def _crc(data: bytes) -> int:
    """§3.1.3.2: the usual polynomial, without the inversions before and after it."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _unpacked(data: bytes, raw_size: int) -> bytes:
    """§2.2.2: runs of eight tokens, each a literal octet or a place in the window with a
    length. A reference to the place where the next octet goes ends the stream. The window is
    the last 4,096 octets of what is written, what it held before the first one included."""
    out = bytearray(_WINDOW - len(_PRESET)) + _PRESET
    position, end = 0, _WINDOW + raw_size
    while position < len(data) and len(out) < end:
        control = data[position]
        position += 1
        if control == 0:
            out += data[position : position + 8]
            position += 8
            continue
        for bit in range(8):
            if not control >> bit & 1:
                out += data[position : position + 1]
                position += 1
                continue
            token = int.from_bytes(data[position : position + 2], "big")
            position += 2
            back = (len(out) + len(_PRESET) - (token >> 4)) % _WINDOW
            if position > len(data) or back == 0:
                return bytes(out[_WINDOW:end])
            _copy(out, back, (token & 15) + 2)
    return bytes(out[_WINDOW:end])


def _copy(out: bytearray, back: int, length: int) -> None:
    """A run that reaches the octets it writes repeats them."""
    run = out[len(out) - back : len(out) - back + length]
    out += run if len(run) == length else (run * (length // len(run) + 1))[:length]
