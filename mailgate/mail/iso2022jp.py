"""ISO-2022-JP as Japanese mail programs write it: with the characters of cp932 (NEC row 13:
①, ㈱) that Python's codec refuses."""

_DOUBLE = frozenset([b"$B", b"$@"])
_KATAKANA = b"(I"
MAX_RUNS = 200_000
"""Two a line of Japanese: for more lines than a text may have. What follows stays as it is."""


def decode_iso2022jp(data: bytes) -> str:
    """The text of `data`; what no Japanese charset has is U+FFFD."""
    first, *rest = data.split(b"\x1b", MAX_RUNS)
    pieces = [first]
    for run in rest:
        designation, octets = run[:2], run[2:]
        if designation in _DOUBLE:
            pieces.append(_shifted(octets))
        elif designation == _KATAKANA:
            pieces.append(bytes(o | 0x80 if 0x21 <= o <= 0x5F else o for o in octets))
        else:
            pieces.append(octets)
    return b"".join(pieces).decode("cp932", "replace")


def _shifted(octets: bytes) -> bytes:
    """JIS X 0208 rows and cells as Shift_JIS; a line end returns to ASCII (RFC 1468)."""
    text, line_end, rest = octets.partition(b"\n")
    out = bytearray()
    for row, cell in zip(text[::2], text[1::2], strict=False):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out += bytes((row, cell))
            continue
        out.append((row + 1) // 2 + (0x70 if row < 0x5F else 0xB0))
        out.append(cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E)
    if len(text) % 2:
        out += text[-1:]
    return bytes(out) + line_end + rest
