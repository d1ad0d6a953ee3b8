"""Who may open a session: counts by listener and by peer. Pure apart from its own counts.

A flood from one network must not keep the relay out that brings the mail, so places are
reserved for trusted networks.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from mailgate.ingest.listener import Network, SessionLimits
from mailgate.ingest.respond import RefusalReason


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end. `address` is its IP address as text, "" on a socket that has
    none; `block` is what connections are counted by."""

    address: str
    block: str
    trusted: bool


class Admission:
    """Counts the sessions of one listener."""

    def __init__(self, limits: SessionLimits, trusted_networks: tuple[Network, ...]) -> None:
        self._limits = limits
        self._open = 0
        self._by_block: Counter[str] = Counter()
        self._identify = lru_cache(maxsize=4096)(
            lambda address: identify(address, trusted_networks)
        )

    def identify(self, address: str) -> Peer:
        return self._identify(address)

    def enter(self, peer: Peer) -> RefusalReason | None:
        """Counts a session; the reason when there is no place. Either way `leave` follows."""
        self._open += 1
        self._by_block[peer.block] += 1
        limits = self._limits
        places = limits.connections if peer.trusted else limits.connections - limits.reserved
        if self._open > places:
            return RefusalReason.TOO_MANY_CONNECTIONS
        if not peer.trusted and self._by_block[peer.block] > limits.connections_per_peer:
            return RefusalReason.TOO_MANY_FROM_PEER
        return None

    def leave(self, peer: Peer) -> None:
        self._open -= 1
        self._by_block[peer.block] -= 1
        if not self._by_block[peer.block]:
            del self._by_block[peer.block]


def identify(address: str, trusted_networks: tuple[Network, ...]) -> Peer:
    """The peer behind a socket's address; an IPv4 address mapped into IPv6 is the IPv4 one."""
    try:
        parsed = _unmapped(ip_address(address))
    except ValueError:
        return Peer("", "", trusted=False)
    trusted = any(parsed in network for network in trusted_networks)
    return Peer(str(parsed), _block(parsed), trusted)


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _block(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    # One site has a /64 (RFC 6177): its single addresses count for nothing.
    return str(IPv6Network((int(address), 64), strict=False))
