"""What a mailbox is told when it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mailgate.clock import Clock
from mailgate.ingest.imap.plan import SinceSetting
from mailgate.ingest.imap.session import Account, ImapSession
from mailgate.mail.address import Address
from mailgate.oauth.grant import OAuth2
from mailgate.oauth.tokens import TokenHealth
from mailgate.store.core import Store
from mailgate.telemetry.facts import Telemetry


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """A message that was taken is marked as read."""

    def __str__(self) -> str:
        return "seen"


@dataclass(frozen=True, slots=True)
class MoveTo:
    """It is moved to another folder."""

    folder: str

    def __str__(self) -> str:
        return f"move:{self.folder}"


@dataclass(frozen=True, slots=True)
class Delete:
    """It is deleted."""

    def __str__(self) -> str:
        return "delete"


After = MarkSeen | MoveTo | Delete


def after(text: str) -> After:
    """As the settings write it: `seen`, `delete`, `move:FOLDER`."""
    if text == "seen":
        return MarkSeen()
    return Delete() if text == "delete" else MoveTo(text.removeprefix("move:"))


@dataclass(frozen=True, slots=True)
class MailboxSpec:
    """One `[[mailbox]]`. Durations are in seconds."""

    name: str
    account: Account
    address: Address
    """The support address that its mail is for."""
    after: After
    since: SinceSetting
    max_size: int
    trusted: bool
    idle: bool
    poll_seconds: float
    silence_seconds: float
    """A server that says nothing for longer to a NOOP is not there."""

    @property
    def place(self) -> str:
        """The folder that UIDs are of; a host may have several names."""
        return f"{self.account.username} {self.account.folder}"


class Connect(Protocol):
    """Makes a session that has logged in. Raises `ImapError`."""

    async def __call__(self, account: Account) -> ImapSession: ...


class Tokens(Protocol):
    """`oauth.MailboxTokens`, in so far as a mailbox looks after its own."""

    async def access_token(self, credentials: OAuth2) -> str: ...

    def health(self, credentials: OAuth2) -> TokenHealth: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What all mailboxes share. `on_accepted` is called after each commit (it wakes the
    worker); `chance` gives a number from 0 to 1; `tell` says a sentence to whoever started the
    daemon."""

    store: Store
    clock: Clock
    telemetry: Telemetry
    node: str
    connect: Connect
    tokens: Tokens
    chance: Callable[[], float]
    on_accepted: Callable[[], None]
    tell: Callable[[str], None]
