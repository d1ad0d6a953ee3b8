"""Which addresses are dialled when a stranger's DNS names them. Pure.

Whoever writes to a support address chooses a domain, and so the addresses that mailgate connects
to. Without this rule anybody could have it talk to what listens on this machine or behind it.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["Network", "is_dialled", "literal_address"]

Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address that a gateway connects to."""

_NEVER = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",
            "192.88.99.0/24",  # withdrawn relays (RFC 7526)
            "::/96",  # IPv4-compatible (RFC 4291 §2.5.5.1)
            "64:ff9b:1::/48",  # translated, and only its operator knows how (RFC 8215)
            "2001::/23",
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",  # site-local (RFC 3879)
        ),
    )
)
"""Special addresses (RFC 6890) that tables of the standard library have called global at times."""


def is_dialled(address: str, allowed: Iterable[Network]) -> bool:
    """Whether it is an address of the public Internet, or of a network that the settings name.
    What cannot be read is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if any(found in network for network in allowed):
        return True
    if found in _NAT64:
        return _is_public(IPv4Address(int(found) & 0xFFFFFFFF))
    return all(map(_is_public, (found, *_embedded(found))))


def literal_address(domain: str) -> str | None:
    """The IP address of an address literal (RFC 5321 §4.1.3), such as `[192.0.2.1]` or
    `[IPv6:2001:db8::1]`; None when it is none."""
    if not (domain.startswith("[") and domain.endswith("]")):
        return None
    inner = domain[1:-1]
    tagged = inner.lower().startswith("ipv6:")
    try:
        found = ip_address(inner[5:] if tagged else inner)
    except ValueError:
        return None
    return str(found) if tagged == isinstance(found, IPv6Address) else None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    if any(address in network for network in _NEVER):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _embedded(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that a connection to an IPv6 address may end at."""
    if isinstance(address, IPv4Address):
        return ()
    found = (address.ipv4_mapped, address.sixtofour)
    return tuple(each for each in found if each is not None)
