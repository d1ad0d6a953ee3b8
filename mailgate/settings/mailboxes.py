"""`[[mailbox]]`: the IMAP mailboxes that mail is taken from."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from mailgate.settings.section import Name, Section, Text
from mailgate.settings.units import (
    Duration,
    FilePath,
    Host,
    Kind,
    MailAddress,
    Size,
    read_duration,
)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_AFTER = re.compile(r"seen|delete|move:.+")


def read_since(value: object) -> str:
    """ "all", "now", a duration or a day, as it was written; ValueError for anything else."""
    if not isinstance(value, str) or since_value(value) is None:
        raise ValueError(
            f'{value!r:.80} is no beginning; write "all", "now", how far back such as "1d", or a '
            'day such as "2026-01-31"'
        )
    return value


def read_after(value: object) -> str:
    """ "seen", "delete" or "move:FOLDER", as it was written; ValueError for anything else."""
    if not isinstance(value, str) or not _AFTER.fullmatch(value):
        raise ValueError(
            f'{value!r:.80} is nothing that becomes of a mail; write "seen", "delete" or '
            '"move:FOLDER" with the folder to move it to'
        )
    return value


def since_value(text: str) -> Literal["all", "now"] | timedelta | datetime | None:
    """What a `since` says; a day begins at midnight UTC. None when it says nothing."""
    if text == "all":
        return "all"
    if text == "now":
        return "now"
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return read_duration(text)
    except ValueError:
        return None


class OAuth2Settings(Section):
    """A token instead of a password."""

    token_url: Text = Field(description="Where tokens are asked for.")
    client_id: Text = Field(description="The application's id.")
    client_secret_file: FilePath | None = Field(
        None,
        description="File with the application's secret; a public client has none.",
        examples=["etc/oauth2.secret"],
    )
    refresh_token_file: FilePath = Field(
        description="File with the refresh token; mailgate writes it anew when the provider gives "
        "another one."
    )
    scope: Text = Field(description="What the token is for.")


class MailboxSettings(Section):
    """An IMAP mailbox to take mail from; as many as you like. See mailboxes.md for the set-up at
    providers."""

    name: Name = Field(
        description="Its name in metrics, in logs, and in the database: what was taken is known by "
        "it, so keep it."
    )
    host: Host = Field(description="The IMAP server.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(993, description="Its port.")
    tls: Literal["none", "starttls", "implicit"] = Field("implicit", description="How TLS begins.")
    ca_file: FilePath | None = Field(
        None,
        description="PEM file with the authorities that its certificate may come from; the "
        "system's without.",
        examples=["etc/tls/ca.pem"],
    )
    username: Text = Field(description="The login.")
    password_file: FilePath | None = Field(
        None, description="File with the password; or oauth2.", examples=["etc/support.password"]
    )
    oauth2: OAuth2Settings | None = Field(
        None,
        description="Or a token, by OAuth2.",
        examples=[
            {
                "token_url": "https://oauth2.example.com/token",
                "client_id": "mailgate",
                "client_secret_file": "etc/oauth2.secret",
                "refresh_token_file": "etc/oauth2.token",
                "scope": "mail",
            }
        ],
    )
    folder: Text = Field("INBOX", description="The folder to watch.")
    address: MailAddress = Field(description="Which support address this mailbox is.")
    since: Annotated[str, PlainValidator(read_since), Kind('"all", "now", duration or day')] = (
        Field(
            "1d",
            description="What the first look at the folder takes of the mail that is there: what "
            'arrived within the last day ("1d"), since a day ("2026-01-31", UTC), "all" of it, or '
            'none ("now"). Later looks take what is new.',
        )
    )
    after: Annotated[str, PlainValidator(read_after), Kind("seen, delete or move:FOLDER")] = Field(
        "seen", description="What becomes of a message that was taken: seen, move:FOLDER, delete."
    )
    idle: bool = Field(default=True, description="Wait with IDLE where the server offers it.")
    poll_interval: Duration = Field(
        timedelta(seconds=60), description="Look this often, whatever IDLE says."
    )
    timeout: Duration = Field(
        timedelta(seconds=20),
        description="A server that is silent for longer while it owes an answer is given up; for "
        "one that must search or send much, twice as long.",
    )
    max_size: Size = Field(
        50_000_000, description="Larger messages are not taken and stay in the mailbox."
    )
    trusted: bool = Field(
        default=True,
        description="Whether the provider's Authentication-Results are believed; its name must "
        "stand in [threading] trusted_authserv_ids too.",
    )
