"""From what the DNS says of a domain to the addresses that are tried, in their order. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import zip_longest

from mailgate.mail.proofs import Answer
from mailgate.outbound.mxaddresses import Network, is_dialled

__all__ = [
    "MAX_HOSTS",
    "Exchange",
    "Found",
    "Nowhere",
    "Ours",
    "Target",
    "exchanges_of",
    "targets_of",
]

MAX_HOSTS = 10
"""Mail servers of a domain that are looked at; RFC 5321 §5.1 asks for two at least."""
MAX_OF_HOST = 4
"""Addresses of one of them."""
MAX_TARGETS = 10
"""Addresses that are dialled in one attempt."""

_ROOT = "."


@dataclass(frozen=True, slots=True)
class Nowhere:
    """There is no server to be dialled. Permanent where the DNS says so; transient where it says
    nothing, which says nothing of the domain."""

    text: str
    """Begins with its enhanced status code."""
    code: int | None = None
    """That of a permanent failure; None is transient."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A mail server of the domain. `secure` says that its name was validated by DNSSEC."""

    host: str
    preference: int
    secure: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the DNS says of a host: its A and its AAAA."""

    a: Answer
    aaaa: Answer


@dataclass(frozen=True, slots=True)
class Target:
    """An address to be dialled. `secure` says that the host's name and its addresses were
    validated by DNSSEC, so that its TLSA records count (RFC 7672 §2.2)."""

    host: str
    ip: str
    preference: int
    secure: bool


@dataclass(frozen=True, slots=True)
class Ours:
    """Whom mail must not be brought to (RFC 5321 §5.1): mailgate itself. `addresses` are those of
    the found ones at which it listens itself, on the port that is dialled."""

    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = field(default=())
    """Networks beyond the public ones that may be dialled."""


def exchanges_of(domain: str, mx: Answer, seed: bytes) -> tuple[Exchange, ...] | Nowhere:
    """The mail servers by preference, those of the same in an order that `seed` chooses
    (RFC 5321 §5.1). Without MX records the domain is its own one."""
    if mx.failed:
        return Nowhere(f"4.4.3 the DNS does not say which mail servers {domain} has")
    if not mx.exists:
        return Nowhere(f"5.1.2 there is no domain {domain}", 550)
    if not mx.records:
        return (Exchange(domain, 0, mx.secure),)
    if set(mx.records) == {_ROOT}:  # RFC 7505 §3
        return Nowhere(f"5.1.10 {domain} takes no mail: it has a null MX", 556)
    preferences = mx.preferences or (0,) * len(mx.records)
    named = {
        name.lower(): Exchange(name.lower(), preference, mx.secure)
        # The best preference of a name that stands there twice comes last, and stays.
        for name, preference in reversed(tuple(zip(mx.records, preferences, strict=True)))
        if name != _ROOT
    }
    return tuple(sorted(named.values(), key=lambda each: _rank(each, seed)))


def _rank(exchange: Exchange, seed: bytes) -> tuple[int, bytes]:
    return exchange.preference, sha256(seed + exchange.host.encode()).digest()


def targets_of(
    domain: str, exchanges: Iterable[Exchange], found: Mapping[str, Found], ours: Ours
) -> tuple[Target, ...] | Nowhere:
    """The addresses to dial, one after another. `found` knows the addresses of the exchanges;
    one that it does not know is not tried."""
    known = [each for each in exchanges if each.host in found]
    limit = min((each.preference for each in known if _is_ours(each, found, ours)), default=None)
    better = [each for each in known if limit is None or each.preference < limit]
    if not better:
        if limit is not None:
            return Nowhere(f"5.4.6 mail for {domain} would come back to this server", 554)
        return Nowhere(f"5.4.4 {domain} has no mail server", 550)
    targets = [target for each in better for target in _of(each, found[each.host], ours)]
    return tuple(targets[:MAX_TARGETS]) or _unreachable(domain, better, found)


def _is_ours(exchange: Exchange, found: Mapping[str, Found], ours: Ours) -> bool:
    return exchange.host in ours.names or not ours.addresses.isdisjoint(
        (*found[exchange.host].a.records, *found[exchange.host].aaaa.records)
    )


def _of(exchange: Exchange, found: Found, ours: Ours) -> Iterable[Target]:
    """IPv4 first, then by turns: who is asked over IPv6 wants more of a machine (a name for its
    address above all) than many have, and refuses for good."""
    four, six = _dialled(found.a, ours.networks), _dialled(found.aaaa, ours.networks)
    turns = [ip for pair in zip_longest(four, six) for ip in pair if ip is not None]
    for ip in turns[:MAX_OF_HOST]:
        answer = found.a if ip in found.a.records else found.aaaa
        yield Target(exchange.host, ip, exchange.preference, exchange.secure and answer.secure)


def _dialled(answer: Answer, allowed: Collection[Network]) -> list[str]:
    return [ip for ip in answer.records if is_dialled(ip, allowed)]


def _unreachable(domain: str, tried: Iterable[Exchange], found: Mapping[str, Found]) -> Nowhere:
    """Why no host among those that may be tried has an address to dial."""
    answers = [found[each.host] for each in tried]
    if any(each.a.failed or each.aaaa.failed for each in answers):
        return Nowhere(f"4.4.3 the DNS does not give the addresses of {domain}'s mail servers")
    if any(each.a.records or each.aaaa.records for each in answers):
        text = f"5.4.4 {domain}'s mail servers have addresses that are not of the Internet"
        return Nowhere(text, 550)
    return Nowhere(f"5.4.4 {domain} has no mail server with an address", 550)
