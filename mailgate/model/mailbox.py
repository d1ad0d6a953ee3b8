"""An IMAP mailbox that we take mail from, and how far we have come with it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival


class UidState(StrEnum):
    """What became of a message of a mailbox (RFC 3501 §2.3.1.1: a UID names it for good, as long
    as UIDVALIDITY stays)."""

    WANTED = "wanted"
    """Was there at the first look and is to be taken."""
    TAKEN = "taken"
    """Committed to the journal, now or earlier under another UID; what `after` says is due."""
    DONE = "done"
    """Taken, and `after` was carried out, or the message had gone by itself."""
    SKIPPED = "skipped"
    """Never taken; `reason` says why. It stays in the mailbox as it is."""


@dataclass(frozen=True, slots=True)
class MailboxLease:
    """The right to poll a mailbox until `until`. Every change shows `fence`: a node that was
    away for longer than its lease changes nothing."""

    name: str
    node: str
    fence: int
    until: datetime


@dataclass(frozen=True, slots=True)
class MailboxState:
    """Where we are in a mailbox. Messages with a UID of `floor` or more are all to be taken;
    below it only those that are WANTED. `since` is the instant that the first look chose:
    older mail is not ours to take, also when UIDVALIDITY changes.

    `place` is the folder that UIDs and UIDVALIDITY are of. `epoch` counts the places and
    UIDVALIDITYs that the mailbox had: a UID has a meaning within one of them alone."""

    place: str
    uidvalidity: int
    epoch: int
    floor: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    """A message as it was fetched. `digest` is `mailgate.mail.digest.content_digest`; `named`
    says that it has a Message-ID, so that the same bytes are the same message."""

    uid: int
    digest: bytes = field(repr=False)
    named: bool
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """What taking it did: `journal` is its row, `again` that this mailbox had given the same
    message before (another UIDVALIDITY, a copy), so that no new row was made."""

    uid: int
    journal: JournalId | None
    again: bool
