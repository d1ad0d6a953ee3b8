"""`[outbound]`, `[[smarthost]]` and `[[dkim]]`: how mail leaves."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mailgate.settings.mailboxes import OAuth2Settings
from mailgate.settings.section import Name, Section, Text
from mailgate.settings.units import Domain, Duration, FilePath, Host, IpNetwork

_OAUTH2_EXAMPLE = {
    "token_url": "https://oauth2.example.com/token",
    "client_id": "mailgate",
    "client_secret_file": "etc/oauth2.secret",
    "refresh_token_file": "etc/smarthost.token",
    "scope": "smtp",
}


class SmarthostSettings(Section):
    """The mail server that takes our mail, for transport = "smtp"."""

    host: Host = Field("127.0.0.1", description="Its name or IP address.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(25, description="Its port.")
    tls: Literal["none", "starttls", "implicit"] = Field(
        "none", description="starttls refuses to go on without; implicit is for port 465."
    )
    username: Text | None = Field(
        None, description="The login, with password_file or oauth2.", examples=["mailgate"]
    )
    password_file: FilePath | None = Field(
        None,
        description="File with the password; others must have no access to it.",
        examples=["etc/smarthost.password"],
    )
    oauth2: OAuth2Settings | None = Field(
        None, description="Or a token, by OAuth2 (XOAUTH2).", examples=[_OAUTH2_EXAMPLE]
    )
    ca_file: FilePath | None = Field(
        None,
        description="PEM file with the authorities that its certificate may come from; the "
        "system's without.",
        examples=["etc/tls/ca.pem"],
    )
    connections: Annotated[int, Field(ge=1, le=100)] = Field(
        4, description="Connections at the same time, at most."
    )
    messages_per_connection: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100, description="Mails by one connection, at most."
    )
    idle_timeout: Duration = Field(
        timedelta(seconds=30), description="How long an unused connection is kept."
    )
    connect_timeout: Duration = Field(
        timedelta(seconds=30), description="For the connection, TLS and the greeting."
    )
    command_timeout: Duration = Field(
        timedelta(minutes=5), description="For a reply (RFC 5321 §4.5.3.2)."
    )
    data_timeout: Duration = Field(
        timedelta(minutes=10), description="For the reply to the final dot (RFC 5321 §4.5.3.2.6)."
    )


class NamedSmarthostSettings(SmarthostSettings):
    """A mail server that takes the mail of some support addresses: [[address]] smarthost names
    it. As many as you like."""

    name: Name = Field(description="Its name in [[address]].")


class MxSettings(Section):
    """Straight to the recipients' mail servers, for transport = "mx". See docs/operators/mx.md
    for what the rest of the world asks of a machine that does so."""

    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        25, description="The port; another one is for trials alone."
    )
    dane: bool = Field(
        default=True,
        description="Hold to TLSA records (RFC 7672), where the DNS server validates them.",
    )
    mta_sts: bool = Field(default=True, description="Hold to MTA-STS policies (RFC 8461).")
    trust_ad: bool = Field(
        default=False,
        description="Believe name servers that are not on this machine when they say that they "
        "have validated an answer; only where nobody can come between.",
    )
    networks: tuple[IpNetwork, ...] = Field(
        (),
        description="Networks beyond the public Internet that may be dialled when the DNS names "
        "them: your own mail servers inside. Strangers choose what the DNS names.",
        examples=[["10.1.2.0/24"]],
    )
    messages_per_connection: Annotated[int, Field(ge=1, le=10_000)] = Field(
        50, description="Mails by one connection, at most."
    )
    idle_timeout: Duration = Field(
        timedelta(seconds=10), description="How long an unused connection is kept."
    )


class DkimSettings(Section):
    """Mail from addresses of this domain gets a DKIM signature (RFC 6376). Two entries for one
    domain, with an RSA and an Ed25519 key, sign twice. A smarthost that signs needs none."""

    domain: Domain = Field(description="The domain of the support addresses.")
    selector: Text = Field(
        description="Where the public key stands: SELECTOR._domainkey.DOMAIN.",
        examples=["mailgate"],
    )
    key_file: FilePath = Field(
        description="PEM file with the private key (RSA with 1024 bits or more, or Ed25519); "
        "others must have no access to it.",
        examples=["etc/dkim/acme.pem"],
    )


class OutboundSettings(Section):
    """How mail leaves."""

    transport: Literal["maildir", "smtp", "mx"] = Field(
        "maildir",
        description='"maildir" keeps it in a folder (to try mailgate out), "smtp" hands it to '
        'the smarthost, "mx" brings it to the recipients\' mail servers itself.',
    )
    maildir: FilePath = Field(Path("var/outbox"), description='Folder for transport = "maildir".')
    undo: Duration = Field(
        timedelta(0),
        description='How long an answer waits before it leaves, such as "10s": `mailgate queue '
        "cancel` takes it back meanwhile.",
    )
    delay_notice_after: Duration = Field(
        timedelta(hours=4),
        description="An agent is told, once, when what they wrote has not left for so long.",
    )
    connections: Annotated[int, Field(ge=2, le=1000)] = Field(
        100,
        description="Mails on their way at the same time, at most, over all destinations; a fifth "
        "is kept for answers.",
    )
    smarthost: SmarthostSettings = Field(
        default_factory=SmarthostSettings, description="See below."
    )
    mx: MxSettings = Field(default_factory=MxSettings, description="See below.")
