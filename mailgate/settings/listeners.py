"""`[[listen]]`: the doors of SMTP and LMTP."""

from typing import Literal

from pydantic import Field

from mailgate.settings.section import Section
from mailgate.settings.units import Endpoint, FilePath, IpNetwork, Listening, Size


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
    max_size: Size = Field(25_000_000, description="Larger messages are refused (552 5.3.4).")
