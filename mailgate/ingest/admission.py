"""Who may open a session: counts by listener, peer and network. Pure apart from its own counts.

A flood from one network must not keep the relay out that brings the mail, so places are
reserved for trusted networks.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from mailgate.ingest.listener import Network, SessionLimits
from mailgate.ingest.respond import RefusalReason


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end. `address` is its IP address as text, "" on a socket that has
    none; `block` is what connections are counted by, `network` what is around it; `local` is
    this machine itself."""

    address: str
    block: str
    trusted: bool
    network: str = ""
    local: bool = False


class PerMinute:
    """At most so many of something a minute, by peer. Pure."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begun = 0.0
        self._count: Counter[str] = Counter()

    def take(self, peer: Peer, now: float) -> bool:
        """Whether one more is within the limit; it is counted either way."""
        if peer.trusted or peer.local:
            return True
        if now - self._begun >= 60:
            self._begun = now
            self._count.clear()
        self._count[peer.block] += 1
        return self._count[peer.block] <= self._limit


class Admission:
    """Counts the sessions of one listener."""

    def __init__(self, limits: SessionLimits, trusted_networks: tuple[Network, ...]) -> None:
        self._limits = limits
        self._open = 0
        self._by_block: Counter[str] = Counter()
        self._by_network: Counter[str] = Counter()
        self._connects = PerMinute(limits.connects_per_minute)
        self._messages = PerMinute(limits.messages_per_minute)
        self._identify = lru_cache(maxsize=4096)(
            lambda address: identify(address, trusted_networks)
        )

    def identify(self, address: str) -> Peer:
        return self._identify(address)

    def enter(self, peer: Peer, now: float) -> RefusalReason | None:
        """Counts a session; the reason when there is no place. Either way `leave` follows."""
        self._open += 1
        self._by_block[peer.block] += 1
        self._by_network[peer.network] += 1
        limits = self._limits
        places = limits.connections if peer.trusted else limits.connections - limits.reserved
        if self._open > places:
            return RefusalReason.TOO_MANY_CONNECTIONS
        if peer.trusted:
            return None
        if self._by_block[peer.block] > limits.connections_per_peer:
            return RefusalReason.TOO_MANY_FROM_PEER
        if self._by_network[peer.network] > limits.connections_per_network and not peer.local:
            return RefusalReason.TOO_MANY_FROM_NETWORK
        return None if self._connects.take(peer, now) else RefusalReason.CONNECTS_TOO_OFTEN

    def begin_message(self, peer: Peer, now: float) -> RefusalReason | None:
        """Counts a transaction; the reason when the peer began too many of late."""
        return None if self._messages.take(peer, now) else RefusalReason.MAILS_TOO_OFTEN

    def leave(self, peer: Peer) -> None:
        self._open -= 1
        for count, key in ((self._by_block, peer.block), (self._by_network, peer.network)):
            count[key] -= 1
            if not count[key]:
                del count[key]


def identify(address: str, trusted_networks: tuple[Network, ...]) -> Peer:
    """The peer behind a socket's address; an IPv4 address mapped into IPv6 is the IPv4 one."""
    try:
        parsed = _unmapped(ip_address(address))
    except ValueError:
        return Peer("", "", trusted=False)
    trusted = any(parsed in network for network in trusted_networks)
    block, network = _blocks(parsed)
    return Peer(str(parsed), block, trusted, network, local=parsed.is_loopback)


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _blocks(address: IPv4Address | IPv6Address) -> tuple[str, str]:
    """What one customer of a network has, and the network."""
    if isinstance(address, IPv4Address):
        return str(address), str(IPv4Network((int(address), 24), strict=False))
    # One site has a /64 at least (RFC 6177): its single addresses count for nothing.
    site, network = (IPv6Network((int(address), bits), strict=False) for bits in (64, 48))
    return str(site), str(network)
