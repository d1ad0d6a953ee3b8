"""The PROXY protocol (haproxy's proxy-protocol.txt, versions 1 and 2): who is behind a balancer.
Pure.

Only as much is read as belongs to the header: what follows may be a TLS handshake.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
"""§2.2: how a header of version 2 begins; four octets more tell its length."""
_VERB = b"PROXY "
FIXED_OCTETS = len(SIGNATURE) + 4
SHORTEST = len(b"PROXY UNKNOWN\r\n")
LONGEST_LINE = 107
"""§2.1, with CRLF."""
LONGEST_REST = 2048
"""Of a header of version 2: addresses take 216 octets, the rest is said by the balancer about
TLS and the like, and passed over."""

_LINE = re.compile(
    rb"PROXY (?:UNKNOWN(?: [ -~]*)?|(?P<family>TCP4|TCP6) (?P<source>[0-9A-Fa-f.:]{2,39})"
    rb" [0-9A-Fa-f.:]{2,39} [0-9]{1,5} [0-9]{1,5})\r\n"
)
_IPV4, _IPV6 = 0x11, 0x21
_LOCAL, _PROXY = 0x20, 0x21


class BadHeader(Exception):
    """No PROXY header: whoever it is, it is no balancer that may be believed."""


@dataclass(frozen=True, slots=True)
class Proxied:
    """A header. `source` is the address of the client, None where the balancer speaks for itself
    (LOCAL: it looks whether we live) or does not say (UNKNOWN)."""

    source: str | None


def assert_begins(start: bytes) -> None:
    """Raises BadHeader where what came first begins no header, however little it is."""
    if not any(start.startswith(sign[: len(start)]) for sign in (_VERB, SIGNATURE)):
        raise BadHeader


def begins_line(start: bytes) -> bool:
    """Whether what `assert_begins` has let pass, `SHORTEST` octets of it, begins version 1."""
    return start.startswith(_VERB)


def read_line(line: bytes) -> Proxied:
    """Version 1, with its CRLF."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise BadHeader
    if found["family"] is None:
        return Proxied(None)
    version = 4 if found["family"] == b"TCP4" else 6
    try:
        address = ip_address(found["source"].decode())
    except ValueError:
        raise BadHeader from None
    if address.version != version:
        raise BadHeader
    return Proxied(str(address))


def rest_octets(fixed: bytes) -> int:
    """How many octets of version 2 follow the first `FIXED_OCTETS`."""
    rest = int.from_bytes(fixed[14:16], "big")
    if rest > LONGEST_REST:
        raise BadHeader
    return rest


def read_binary(fixed: bytes, rest: bytes) -> Proxied:
    """Version 2."""
    command, family = fixed[12], fixed[13]
    if command == _LOCAL:
        return Proxied(None)
    if command != _PROXY:
        raise BadHeader
    if family == _IPV4 and len(rest) >= 12:
        return Proxied(str(IPv4Address(rest[:4])))
    if family == _IPV6 and len(rest) >= 36:
        return Proxied(str(IPv6Address(rest[:16])))
    if family in {_IPV4, _IPV6}:
        raise BadHeader
    return Proxied(None)
