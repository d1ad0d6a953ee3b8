"""Which way a mail leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mailgate.outbound.peer import Limits, Peer, Timeouts

__all__ = [
    "MaildirRoute",
    "MxRoute",
    "Route",
    "RoutePolicy",
    "SmarthostRoute",
    "route_for",
    "site_of",
]

_LIMITS = Limits()
_MX_LIMITS = Limits(messages=50, idle=10.0)
_MX_TIMEOUTS = Timeouts(command=300.0)
"""The servers of others may be far and busy (RFC 5321 §4.5.3.2)."""


@dataclass(frozen=True, slots=True)
class MaildirRoute:
    """Into a folder, for trying things out: nothing leaves the machine."""

    path: Path


@dataclass(frozen=True, slots=True)
class SmarthostRoute:
    """To the relay that we submit to."""

    peer: Peer
    limits: Limits = _LIMITS


@dataclass(frozen=True, slots=True)
class MxRoute:
    """To the mail servers of the recipient's domain. `limits` are for each of them; how many
    connections a domain gets is the queue's to say. `hostname` is what we call ourselves."""

    hostname: str
    port: int = 25
    dane: bool = True
    mta_sts: bool = True
    limits: Limits = _MX_LIMITS
    timeouts: Timeouts = _MX_TIMEOUTS


Route = MaildirRoute | SmarthostRoute | MxRoute


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """`by_sender` holds routes of single support addresses, by `Address.key`."""

    default: Route
    by_sender: Mapping[str, Route] = field(default_factory=dict)


def route_for(policy: RoutePolicy, sender_key: str) -> Route:
    """The way of a mail that goes from the support address with this `Address.key`."""
    return policy.by_sender.get(sender_key, policy.default)


def site_of(policy: RoutePolicy, sender_key: str, destination: str) -> str | None:
    """The key of where the connection of such a mail goes: a site that is down is probed, and
    its mail waits. `destination` is the recipient's domain. None where nothing is dialled. With a
    login it is a site of its own: that one is refused says nothing about the others there."""
    match route_for(policy, sender_key):
        case MaildirRoute():
            return None
        case SmarthostRoute(peer=peer):
            login = "" if peer.login is None else f"{peer.login.username}@"
            return f"smarthost:{login}{peer.host}:{peer.port}"
        case MxRoute():
            return f"domain:{destination}"
