"""One session with an IMAP server: the values, and what a mailbox may ask of it.

A session is one connection with one folder selected, used by one task at a time. Whatever goes
wrong is an `ImapError`; `closed` says whether the session is of any more use afterwards.
`mailgate.ingest.imap.opening.open_session` makes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from mailgate.oauth.grant import OAuth2


class TlsMode(StrEnum):
    """How TLS begins, in the words of the settings."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Password:
    """The file with the password: read at every login, so that a changed one is found."""

    file: Path


Credentials = Password | OAuth2


@dataclass(frozen=True, slots=True)
class ImapTimeouts:
    """Seconds. Nothing waits for a server without one of them."""

    connect: float = 20.0
    """TCP, TLS and the greeting, together."""
    command: float = 60.0
    """Silence of the server while it owes an answer. Data that keeps coming moves it on."""
    total: float = 900.0
    """One command with its whole answer, however lively the server is."""
    logout: float = 3.0
    """Courtesy at the end."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where the mailbox is and who we are there."""

    host: str
    port: int
    tls: TlsMode
    username: str
    folder: str
    """As people write it (Unicode); modified UTF-7 is made of it on the wire."""
    credentials: Credentials
    ca_file: Path | None = None
    """PEM of the authorities to trust instead of the system's."""
    timeouts: ImapTimeouts = field(default_factory=ImapTimeouts)


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT said of the folder (RFC 3501 §6.3.1)."""

    uidvalidity: int
    uidnext: int | None
    """None where the server does not say."""
    exists: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as the server lists it."""

    uid: int
    octets: int
    """RFC822.SIZE: what the server claims, which need not be what arrives."""
    internal_date: datetime | None
    """Aware, UTC; None when the server gave none that can be read."""


class ImapTrouble(StrEnum):
    """What kind of failure it is: what the mailbox does next depends on it."""

    LOGIN_REFUSED = "login_refused"
    """User, password or token were refused: a human must do something."""
    SIGN_IN = "sign_in"
    """The refresh token is dead or a file of secrets is unusable: a human must do something."""
    UNREACHABLE = "unreachable"
    """No connection, or it was lost."""
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    """The server broke the protocol, or passed one of our limits."""
    GONE = "gone"
    """The folder is missing."""
    THROTTLED = "throttled"
    """The server asks for patience: [UNAVAILABLE], [THROTTLED], [OVERQUOTA], [LIMIT], [INUSE]."""
    BYE = "bye"
    """The server ended the session."""
    TLS = "tls"
    """No TLS, or a certificate that does not hold."""
    REFUSED = "refused"
    """NO or BAD to one command."""
    TOO_LARGE = "too_large"
    """One message has more octets than the caller takes."""


class ImapError(Exception):
    """One sentence for operators; it names host and folder, and never a secret."""

    def __init__(self, kind: ImapTrouble, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class ImapSession(Protocol):
    """One task at a time. Every method raises `ImapError` and nothing else."""

    @property
    def closed(self) -> bool:
        """Whether the connection is lost: open another one."""

    @property
    def capabilities(self) -> frozenset[str]:
        """In upper case, as they are after the login; without IDLE once it was refused."""

    async def select(self) -> Selected:
        """Opens the account's folder to read and to change."""

    async def uids_from(self, low: int) -> Sequence[int]:
        """The UIDs that are `low` or above, ascending."""

    async def uids_since(self, day: date | None) -> Sequence[int]:
        """The UIDs of what the server got on `day` or later, ascending; None: all."""

    async def list(self, uids: Sequence[int]) -> Sequence[Listed]:
        """Size and date of each, ascending; those that are gone are absent."""

    async def fetch(self, uids: Sequence[int], *, octets: int) -> Sequence[tuple[int, bytes]]:
        """The messages, whole and unchanged, ascending, without setting `\\Seen`. All of them
        are in memory at once: hand over as many as you can hold by their listed sizes. One
        that is gone is absent: that it is really gone has been asked. `octets` is the most
        that one message may have: a longer one raises TOO_LARGE (leave out what is listed as
        longer). A single UID is always asked for in parts of 1 MiB: where a server lies about
        sizes and several UIDs raise PROTOCOL, each can be asked for by itself."""

    async def mark_seen(self, uids: Sequence[int]) -> None:
        """Sets `\\Seen`."""

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """To another folder of the account. Without MOVE and UIDPLUS the copies are made and
        the originals are left with `\\Deleted` (see `expunges`): a plain EXPUNGE would remove
        what other people have marked. Raises GONE when the folder is missing."""

    async def delete(self, uids: Sequence[int]) -> None:
        """Removes them; without UIDPLUS they are left with `\\Deleted` (see `expunges`)."""

    @property
    def expunges(self) -> bool:
        """Whether the server can remove exactly what we name (UIDPLUS, RFC 4315). Without it
        deleted mail stays in the folder, marked, until somebody expunges it."""

    async def wait(self, seconds: float) -> bool:
        """IDLE for at most `seconds`, which are cut to 9 minutes. True as soon as the folder
        has new mail; False when the time is over, and at once where the server has no IDLE."""

    async def noop(self) -> None:
        """Lets the server say what is new; shows that it is there."""

    async def close(self) -> None:
        """LOGOUT in a short time, then the connection. Never raises; may be called twice."""
