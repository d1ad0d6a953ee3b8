"""Which way a mail leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mailgate.mail.address import Address

__all__ = [
    "Credentials",
    "MaildirRoute",
    "Route",
    "RoutePolicy",
    "SmarthostRoute",
    "Timeouts",
    "Tls",
    "route_for",
]


class Tls(StrEnum):
    """How the connection to a smarthost is protected; what is asked for is never stripped."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. RFC 5321 §4.5.3.2: 5 minutes for most commands, 10 after the final dot; a
    smarthost is near, so that all but the last are shorter."""

    connect: float = 30.0
    command: float = 60.0
    data: float = 600.0
    total: float = 900.0
    """Everything from dialling to the last reply, however slowly the bytes drip."""


@dataclass(frozen=True, slots=True)
class MaildirRoute:
    """Into a folder, for trying things out: nothing leaves the machine."""

    path: Path


@dataclass(frozen=True, slots=True)
class SmarthostRoute:
    """To the relay that we submit to. `ca_file` None means the system's certificates.
    Without TLS, credentials are sent to a relay on this machine alone."""

    host: str
    port: int
    tls: Tls = Tls.NONE
    ca_file: Path | None = None
    credentials: Credentials | None = None
    connections: int = 20
    """Parallel connections at most."""
    messages: int = 100
    """Mails by one connection at most."""
    idle: float = 30.0
    """Seconds that an unused connection is kept."""
    timeouts: Timeouts = Timeouts()


Route = MaildirRoute | SmarthostRoute


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """`by_sender` holds routes of single support addresses, by `Address.key`."""

    default: Route
    by_sender: Mapping[str, Route] = field(default_factory=dict)


def route_for(policy: RoutePolicy, sender: Address) -> Route:
    """The way of a mail that goes from the support address `sender`."""
    return policy.by_sender.get(sender.key, policy.default)
