"""A mail server that we dial, and how: a value that connections are kept by."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

from mailgate.oauth.grant import AccessTokens, OAuth2

__all__ = [
    "Bearer",
    "CertificateCheck",
    "Credentials",
    "Judged",
    "Limits",
    "Login",
    "Peer",
    "Pkix",
    "Timeouts",
    "Tls",
    "Unchecked",
]


class Tls(StrEnum):
    """How the connection is protected; what is asked for is never stripped."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    OPPORTUNISTIC = "opportunistic"
    """STARTTLS where it is offered; where it fails, a new connection without (RFC 7435)."""


@dataclass(frozen=True, slots=True)
class Pkix:
    """The certificate names the peer's host and comes from an authority of `ca_file`; None means
    the system's."""

    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Any certificate will do: it protects from those who only listen."""


@dataclass(frozen=True, slots=True)
class Judged:
    """`judge` looks at the connection when the handshake is done, before anything is said over
    it, and returns None, or a sentence that says why this peer is not the one (DANE). Equal
    judges make equal peers: let it be a frozen dataclass with `__call__`."""

    judge: Callable[[ssl.SSLObject], str | None]


CertificateCheck = Pkix | Unchecked | Judged


@dataclass(frozen=True, slots=True)
class Credentials:
    """For AUTH PLAIN and LOGIN."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """For AUTH XOAUTH2: an access token of `tokens`."""

    username: str
    oauth2: OAuth2
    tokens: AccessTokens = field(repr=False, compare=False)


Login = Credentials | Bearer


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. RFC 5321 §4.5.3.2: 5 minutes for most commands, 10 after the final dot; a
    smarthost is near, so that all but the last are shorter."""

    connect: float = 30.0
    """For the connection, TLS and the greeting, each."""
    command: float = 60.0
    data: float = 600.0
    """For the reply to the final dot."""
    total: float = 900.0
    """Everything from dialling to the last reply, however slowly the bytes drip."""


@dataclass(frozen=True, slots=True)
class Peer:
    """`host` is the name that is resolved, that TLS asks for (SNI) and that the certificate has
    to bear. `ip` is an address of it that is dialled instead, when the caller has resolved the
    name already. `hostname` is what we call ourselves (RFC 5321 §4.1.1.1).

    A login goes over TLS with a checked certificate, or to this machine, and nowhere else.
    """

    host: str
    port: int
    hostname: str
    ip: str | None = None
    tls: Tls = Tls.NONE
    certificate: CertificateCheck = Pkix()
    login: Login | None = None
    timeouts: Timeouts = Timeouts()

    def __post_init__(self) -> None:
        if self.ip is not None and self.tls is Tls.IMPLICIT:
            raise ValueError("TLS from the first byte is for a host that is dialled by its name")

    @property
    def is_here(self) -> bool:
        """Is it on this machine, where nobody listens to what is said?"""
        try:
            return ip_address(self.ip or self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_private(self) -> bool:
        """May a password be said to it?"""
        if self.is_here:
            return True
        protected = self.tls in {Tls.STARTTLS, Tls.IMPLICIT}
        return protected and not isinstance(self.certificate, Unchecked)


@dataclass(frozen=True, slots=True)
class Limits:
    """For connections to one peer."""

    connections: int = 20
    """At the same time, at most."""
    messages: int = 100
    """Mails by one connection, at most."""
    idle: float = 30.0
    """Seconds that an unused connection is kept."""
