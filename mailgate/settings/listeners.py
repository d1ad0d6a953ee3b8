"""`[[listen]]`: the doors of SMTP and LMTP."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from mailgate.settings.section import Section
from mailgate.settings.units import Duration, Endpoint, FilePath, IpNetwork, Listening, Size

Count = Annotated[int, Field(ge=1)]


class ListenSettings(Section):
    """A door for mail; as many as you like. A socket of systemd on the same port is used
    instead of a new one, so that port 25 needs no root."""

    protocol: Literal["smtp", "lmtp"] = Field("smtp", description="What is spoken.")
    address: Listening = Field(
        Endpoint("127.0.0.1", 2525), description="Where to listen; IPv6 as [::1]:2525."
    )
    tls: Literal["none", "starttls", "implicit"] = Field(
        "none", description="starttls offers it, implicit speaks nothing else."
    )
    certificate: FilePath | None = Field(
        None,
        description="PEM file with the certificate and its chain; needed for TLS.",
        examples=["etc/tls/mail.pem"],
    )
    key: FilePath | None = Field(
        None,
        description="PEM file with the private key; needed for TLS.",
        examples=["etc/tls/mail.key"],
    )
    trusted_networks: tuple[IpNetwork, ...] = Field(
        (), description="Whose Authentication-Results and PROXY header are believed."
    )
    proxy_protocol: bool = Field(
        default=False,
        description="Connections come through a balancer that says by a PROXY header (version 1 "
        "or 2) who is behind it; one without is refused.",
    )
    proxy_networks: tuple[IpNetwork, ...] = Field(
        (),
        description="The balancers, when they are others than trusted_networks.",
        examples=[["10.0.0.5/32"]],
    )
    auth: bool = Field(
        default=False,
        description="Agents with a password_file may log in (PLAIN, LOGIN), over TLS alone; it "
        "proves who they are.",
    )
    auth_required: bool = Field(default=False, description="Nobody else may send by this door.")
    max_size: Size = Field(25_000_000, description="Larger messages are refused (552 5.3.4).")
    connections: Count = Field(1000, description="How many at the same time.")
    reserved_connections: int = Field(
        100, ge=0, description="Of these, kept for trusted_networks, which no limit below meets."
    )
    connections_per_peer: Count = Field(
        50, description="How many at the same time from one IPv4 address or IPv6 /64."
    )
    connections_per_network: Count = Field(
        200, description="How many at the same time from an IPv4 /24 or IPv6 /48."
    )
    connects_per_minute: Count = Field(
        300, description="New connections of one address; not counted for this machine itself."
    )
    messages_per_minute: Count = Field(
        600, description="Messages of one address; not counted for this machine itself."
    )
    unknown_recipients: Count = Field(
        3, description="So many a session are refused, the next one ends it."
    )
    unknown_recipient_delay: Duration = Field(
        timedelta(seconds=1), description="How long a client waits for that refusal."
    )
    session_time: Duration = Field(
        timedelta(hours=1), description="How long a session may last between messages."
    )
