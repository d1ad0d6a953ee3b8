"""What a customer wrote last, for whoever gets their ticket."""

from mailgate.desk.arriving.marks import DOUBTS
from mailgate.desk.words.mails import EntryContent
from mailgate.model.ticket import Direction, Entry, EntryKind, Ticket, Visibility
from mailgate.store import entries
from mailgate.store.core import Connection

__all__ = ["last_question", "last_words"]


def last_words(conn: Connection, ticket: Ticket) -> Entry | None:
    """The last public message that came in; None where there is none."""
    return next(
        (
            entry
            for entry in reversed(entries.of_ticket(conn, ticket.id))
            if entry.kind is EntryKind.MESSAGE
            and entry.direction is Direction.IN
            and entry.visibility is Visibility.PUBLIC
        ),
        None,
    )


def last_question(conn: Connection, ticket: Ticket) -> EntryContent | None:
    """The same for a mail that can be answered. Without the HTML, which has all that was quoted
    in it."""
    found = last_words(conn, ticket)
    if found is None:
        return None
    return EntryContent(
        id=found.id,
        kind=found.kind,
        author=found.author,
        text=found.text,
        html=None,
        attachments=entries.attachments(conn, found.id),
        message_id=found.message_id,
        at=found.at,
        doubtful=not DOUBTS.isdisjoint(found.flags),
    )
