"""What became of a journal row, and the steps that every way there has in common."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from mailgate.desk.arriving.plan import Case
from mailgate.model.decision import Decision
from mailgate.model.delivery import Draft, Lane
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.journal import JournalState
from mailgate.model.ticket import EventKind, NewEntry, TicketEvent
from mailgate.store import entries, events
from mailgate.store.core import Connection

__all__ = ["Detail", "Processed", "add_entry", "add_event", "carrying", "done"]

Detail = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a row. `first_response` is the time from the ticket's opening to the
    first answer, when this was it; `withheld` says why a mail
    that one could expect was not written."""

    decision: Decision
    state: JournalState
    cause: str | None
    ticket: TicketId | None
    drafts: tuple[Draft, ...] = ()
    first_response: timedelta | None = None
    withheld: str | None = None


def add_event(
    conn: Connection,
    case: Case,
    ticket: TicketId,
    kind: EventKind,
    detail: Detail,
) -> None:
    """Tells it of a ticket; the sender of the mail did it."""
    actor = str(case.by.address)
    events.add(conn, ticket, TicketEvent(case.now, kind, actor, detail))


def add_entry(conn: Connection, case: Case, message: NewEntry) -> EntryId:
    """Puts a message on a ticket, and tells it."""
    entry = entries.add(conn, message)
    detail = {"message": entry, "kind": message.kind.value}
    add_event(conn, case, message.ticket, EventKind.MESSAGE, detail)
    return entry


def carrying(entry: EntryId, drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """The mails that carry the message; an acknowledgement carries nothing of it."""
    return tuple(
        draft if draft.lane is Lane.ACKNOWLEDGEMENT else replace(draft, entry=entry)
        for draft in drafts
    )


def done(
    case: Case,
    ticket: TicketId,
    drafts: tuple[Draft, ...],
    *,
    first_response: timedelta | None = None,
    withheld: str | None = None,
) -> Processed:
    """The row has come to its end, on this ticket."""
    return Processed(
        case.decision, JournalState.DONE, None, ticket, drafts, first_response, withheld
    )
