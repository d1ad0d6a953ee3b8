"""`[[mailbox]]`: the IMAP mailboxes that mail is taken from."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from mailgate.settings.section import Name, Section, Text
from mailgate.settings.units import Duration, FilePath, Host, MailAddress


class OAuth2Settings(Section):
    """A token instead of a password."""

    token_url: Text = Field(description="Where tokens are asked for.")
    client_id: Text = Field(description="The application's id.")
    client_secret_file: FilePath = Field(description="File with the application's secret.")
    refresh_token_file: FilePath = Field(description="File with the refresh token.")
    scope: Text = Field(description="What the token is for.")


class MailboxSettings(Section):
    """An IMAP mailbox to take mail from. Checked but NOT YET USED by this version: a mailbox
    needs forwarding to an SMTP or LMTP listener until then."""

    name: Name = Field(description="Its name in metrics and logs.")
    host: Host = Field(description="The IMAP server.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(993, description="Its port.")
    tls: Literal["none", "starttls", "implicit"] = Field("implicit", description="How TLS begins.")
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
    after: Annotated[str, Field(pattern=r"^(seen|delete|move:.+)$")] = Field(
        "seen", description="What becomes of a message that was taken: seen, move:FOLDER, delete."
    )
    idle: bool = Field(default=True, description="Wait with IDLE where the server offers it.")
    poll_interval: Duration = Field(timedelta(seconds=60), description="Look this often without.")
