"""ISO-2022-KR (RFC 1557) and ISO-2022-CN (RFC 1922) as they arrive: without the designation at
the top, with one in each line, or without the shift back at the end of a line."""

_HIGH = bytes(octet | 0x80 if 0x21 <= octet <= 0x7E else octet for octet in range(256))
_DESIGNATIONS = (b"\x1b$)C", b"\x1b$)A", b"\x1b$)G", b"\x1b$)E", b"\x1b$*H", b"\x1b(B")
_SHIFT_OUT, _SHIFT_IN = b"\x0e", b"\x0f"
MAX_RUNS = 200_000
"""Two a line of text; what follows stays as it is."""


def decode_shifted(data: bytes, codec: str) -> str:
    """Text that shifts to a 94 by 94 set and back; `codec` has that set with the high bits on.
    What it has not is U+FFFD."""
    for designation in _DESIGNATIONS:
        data = data.replace(designation, b"")
    first, *runs = data.split(_SHIFT_OUT, MAX_RUNS)
    pieces = [first.replace(_SHIFT_IN, b"")]
    for run in runs:
        shifted, _, rest = run.partition(_SHIFT_IN)
        line, line_end, others = shifted.partition(b"\n")  # a line begins in ASCII
        pieces += (line.translate(_HIGH), line_end, others, rest.replace(_SHIFT_IN, b""))
    return b"".join(pieces).decode(codec, "replace")
