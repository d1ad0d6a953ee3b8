"""Writes TNEF streams from the specification ([MS-OXTNEF]) and compressed RTF ([MS-OXRTFCP]),
for tests: independent of the reader."""

import struct

IID_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
IID_STORAGE = bytes.fromhex("0b00000000000000c000000000000046")

STRING8, UNICODE, BINARY, OBJECT, LONG, SHORT, BOOLEAN, TIME = (
    0x001E, 0x001F, 0x0102, 0x000D, 0x0003, 0x0002, 0x000B, 0x0040,
)  # fmt: skip
BODY, HTML, RTF, CPID = 0x1000, 0x1013, 0x1009, 0x3FDE
LONG_NAME, NAME, DATA, TYPE, CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712


def attribute(level: int, identifier: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, identifier, len(data)) + data + checksum(data)


def checksum(data: bytes) -> bytes:
    return struct.pack("<H", sum(data) % 65536)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def prop(kind: int, identifier: int, value: bytes | int | str) -> bytes:
    head = struct.pack("<HH", kind, identifier)
    if isinstance(value, int):
        return head + struct.pack("<q" if kind == TIME else "<i", value)
    if isinstance(value, str):
        value = value.encode("utf-16-le") + b"\0\0"
    elif kind == STRING8:
        value += b"\0"
    return head + struct.pack("<II", 1, len(value)) + padded(value)


def named_prop(name: str, value: str) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HH", UNICODE, 0x8001) + bytes(16) + struct.pack("<II", 1, len(written))
    octets = value.encode("utf-16-le") + b"\0\0"
    return head + padded(written) + struct.pack("<II", 1, len(octets)) + padded(octets)


def numbered_prop(number: int, value: int) -> bytes:
    return struct.pack("<HH", LONG, 0x8002) + bytes(16) + struct.pack("<IIi", 0, number, value)


def props(*written: bytes) -> bytes:
    return struct.pack("<I", len(written)) + b"".join(written)


def stream(*attributes: bytes) -> bytes:
    version = attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
    return struct.pack("<IH", 0x223E9F78, 1) + version + b"".join(attributes)


def code_page(number: int) -> bytes:
    return attribute(1, 0x00069007, struct.pack("<II", number, 0))


def message_props(*written: bytes) -> bytes:
    return attribute(1, 0x00069003, props(*written))


def text_body(octets: bytes) -> bytes:
    return attribute(1, 0x0002800C, octets + b"\0")


def file(title: bytes, content: bytes | None, *written: bytes) -> bytes:
    """Rendering data begins a file; its title and content are attributes, the rest properties."""
    out = attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
    if content is not None:
        out += attribute(2, 0x0006800F, content)
    out += attribute(2, 0x00018010, title + b"\0")
    return out + (attribute(2, 0x00069005, props(*written)) if written else b"")


def compressed(rtf: bytes) -> bytes:
    """As LZFu with literals alone: no shorter, and every reader must take it. The reference
    that ends the stream points to where the next octet goes."""
    out = bytearray()
    whole = len(rtf) // 8 * 8
    for start in range(0, whole, 8):
        out += b"\0" + rtf[start : start + 8]
    rest = rtf[whole:]
    end = (207 + len(rtf)) % 4096
    out += bytes((1 << len(rest),)) + rest + struct.pack(">H", end << 4)
    return struct.pack("<II4sI", len(out) + 12, len(rtf), b"LZFu", crc(bytes(out))) + bytes(out)


def crc(data: bytes) -> int:
    """[MS-OXRTFCP] §3.1.3.2, bit by bit."""
    value = 0
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value
