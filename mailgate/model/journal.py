"""The journal: raw mail as a door took it, before anything is made of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId, TicketId


class Door(StrEnum):
    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    PIPE = "pipe"
    IMPORT = "import"


class JournalState(StrEnum):
    RECEIVED = "received"
    """Committed; waits for the worker (or for its next try at `due_at`)."""
    DONE = "done"
    QUARANTINED = "quarantined"
    """Set aside for a human; `cause` says why."""
    DROPPED = "dropped"
    """Was in quarantine, and a human dropped it; the bytes stay until retention."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a door hands to `accept`. `trusted` says that the peer's Authentication-Results
    are believed (a trusted network); `peer` is its IP address, None where there is none."""

    door: Door
    envelope: Envelope
    content: bytes = field(repr=False)
    at: datetime
    peer: str | None = None
    trusted: bool = False
    authenticated: str | None = None
    """The agent's address key that SMTP AUTH proved, None without AUTH."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row as the worker claims it. `attempts` counts the claim that returned it."""

    id: JournalId
    arrival: Arrival
    attempts: int
    released: bool
    """A human let it out of quarantine."""
    released_to: TicketId | None
    released_cause: str | None = None
    """The `QuarantineCause` that it was let out in spite of; nothing else is vouched for."""


@dataclass(frozen=True, slots=True)
class JournalSummary:
    """A row as lists show it, without its bytes."""

    id: JournalId
    door: Door
    received_at: datetime
    envelope: Envelope
    size: int
    message_id: str | None
    from_: str | None
    subject: str | None
    state: JournalState
    attempts: int
    cause: str | None
    decision: str | None
    """The decision as JSON text, None before it is made."""
    ticket: TicketId | None
    error: str | None
