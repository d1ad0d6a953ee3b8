"""The PROXY header (proxy-protocol.txt §2.1, §2.2)."""

import pytest

from mailgate.ingest.proxy import (
    SIGNATURE,
    BadHeader,
    Proxied,
    assert_begins,
    begins_line,
    read_binary,
    read_line,
    rest_octets,
)


@pytest.mark.parametrize(
    ("line", "source"),
    [
        (b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 56324 25\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff:f:f ffff:f 65535 65535\r\n", None),
    ],
)
def test_version_1(line: bytes, source: str | None) -> None:
    assert begins_line(line[:15])
    assert read_line(line) == Proxied(source)


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY TCP4 2001:db8::7 198.51.100.1 1 25\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n",
        b"PROXY TCP4 999.0.2.7 198.51.100.1 1 25\r\n",
        b"PROXY TCP4  192.0.2.7 198.51.100.1 1 25\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 1 25\n",
        b"proxy TCP4 192.0.2.7 198.51.100.1 1 25\r\n",
    ],
)
def test_what_is_no_version_1(line: bytes) -> None:
    with pytest.raises(BadHeader):
        read_line(line)


def binary(command: int, family: int, rest: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + len(rest).to_bytes(2, "big") + rest


IPV4 = bytes([192, 0, 2, 7, 198, 51, 100, 1, 0xDC, 4, 0, 25])
IPV6 = bytes.fromhex("20010db8" + "00" * 11 + "07" + "20010db8" + "00" * 11 + "01") + bytes(4)
TLV = b"\x04\x00\x03abc"


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (binary(0x21, 0x11, IPV4), "192.0.2.7"),
        (binary(0x21, 0x11, IPV4 + TLV), "192.0.2.7"),
        (binary(0x21, 0x21, IPV6), "2001:db8::7"),
        (binary(0x20, 0x00, b""), None),
        (binary(0x20, 0x11, IPV4), None),
        (binary(0x21, 0x00, b""), None),
        (binary(0x21, 0x31, bytes(216)), None),
    ],
)
def test_version_2(header: bytes, source: str | None) -> None:
    assert not begins_line(header[:15])
    assert rest_octets(header[:16]) == len(header) - 16
    assert read_binary(header[:16], header[16:]) == Proxied(source)


@pytest.mark.parametrize(
    "header", [binary(0x11, 0x11, IPV4), binary(0x22, 0x11, IPV4), binary(0x21, 0x11, IPV4[:8])]
)
def test_what_is_no_version_2(header: bytes) -> None:
    with pytest.raises(BadHeader):
        read_binary(header[:16], header[16:])


def test_a_header_that_is_far_too_long_is_none() -> None:
    with pytest.raises(BadHeader):
        rest_octets(SIGNATURE + b"\x21\x11\xff\xff")


@pytest.mark.parametrize(
    "start",
    [b"E", b"EHLO client.exam", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcd"],
)
def test_a_client_that_comes_by_itself_has_none(start: bytes) -> None:
    with pytest.raises(BadHeader):
        assert_begins(start[:15])
