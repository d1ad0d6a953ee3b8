"""What a door is told: where it listens and what it puts up with."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from mailgate.model.journal import Door

Network = IPv4Network | IPv6Network


class ListenerProtocol(StrEnum):
    SMTP = "smtp"
    LMTP = "lmtp"

    @property
    def door(self) -> Door:
        return Door(self.value)


class TlsMode(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How much one listener and one session may take. Times in seconds.

    `reserved` of `connections` are kept for trusted networks, which are also free of
    `connections_per_peer` (an IPv4 address or an IPv6 /64) and `unknown_recipients`.
    """

    connections: int = 1000
    reserved: int = 100
    connections_per_peer: int = 50
    connections_per_network: int = 200
    """The same for an IPv4 /24 or an IPv6 /48."""
    connects_per_minute: int = 300
    """New connections of one peer. Trusted networks and this machine itself are free of what
    counts by the minute: a proxy here speaks for many."""
    messages_per_minute: int = 600
    """Transactions that one peer begins."""
    recipients: int = 100
    """RFC 5321 §4.5.3.1.8: at least 100."""
    unknown_recipients: int = 3
    unknown_delay: float = 1.0
    """Before an unknown recipient is answered, except to trusted networks: guessing is slow."""
    errors: int = 5
    idle_commands: int = 100
    """Commands since the last accepted message that brought nothing (NOOP, RSET, EHLO ...)."""
    command_octets: int = 2048
    """RFC 5321 §4.5.3.1.4 asks for 512, SMTPUTF8 and SIZE add to it (RFC 6531 §3.4)."""
    idle: float = 300.0
    """RFC 5321 §4.5.3.2.7: at least five minutes, between commands and between DATA blocks."""
    handshake: float = 15.0
    age: float = 3600.0
    transaction: float = 1800.0
    """From MAIL to DATA, whatever is said between."""
    content: float = 1800.0
    """From DATA to the final dot, however fast it comes."""
    slow_after: float = 300.0
    """From then on the last minutes of a DATA phase must have brought `octets_per_second`."""
    octets_per_second: float = 256.0
    content_octets: int = 200 << 20
    """What all contents that are being read or committed may hold in memory together; half of
    it is for trusted networks alone, and a quarter of the other half (one message of 25 MB) is
    the most that one peer gets (an IPv4 address or an IPv6 /64)."""
    line_octets: int = 1 << 20
    """Lines of more than 998 octets are accepted (real mail has them), endless ones are not."""


@dataclass(frozen=True, slots=True)
class ListenerSpec:
    """One `[[listen]]` of the settings. `max_size` in octets; port 0 takes a free port."""

    protocol: ListenerProtocol
    host: str
    port: int
    hostname: str
    tls: TlsMode = TlsMode.NONE
    certificate: Path | None = None
    key: Path | None = None
    trusted_networks: tuple[Network, ...] = ()
    proxy_networks: tuple[Network, ...] | None = None
    """From where connections come, each with a PROXY header; None when they come by themselves."""
    auth: bool = False
    auth_required: bool = False
    max_size: int = 25 * 1024 * 1024
    limits: SessionLimits = field(default_factory=SessionLimits)

    @property
    def name(self) -> str:
        """Its address, as it is told: `host:port`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def ssl_context(self) -> ssl.SSLContext | None:
        """The server's TLS context, None without TLS. Raises OSError or ssl.SSLError when
        certificate or key cannot be read, ValueError when there is none."""
        if self.tls is TlsMode.NONE:
            return None
        if self.certificate is None:
            raise ValueError("a listener with TLS needs a certificate")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context
