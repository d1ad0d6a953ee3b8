"""A message gets a ticket of its own.

A use case, to be run in one transaction (`store.write`); its mails are not queued yet.
"""

from collections.abc import Sequence
from datetime import datetime

from mailgate.desk.arriving.marks import DOUBTS
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changing import Changed
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.timers.timing import retime
from mailgate.desk.words.mails import EntryContent
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.who import Happening
from mailgate.mail.address import NamedAddress
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.ticket import (
    Author,
    Direction,
    Entry,
    EntryKind,
    EventKind,
    NewTicket,
    Role,
    Source,
    Ticket,
    TicketEvent,
    Visibility,
)
from mailgate.store import entries, events, merging, search, ticketlife, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange
from mailgate.threading.tag import untagged_subject

__all__ = ["split"]

_OUTSIDE = frozenset({Role.REQUESTER, Role.PARTICIPANT, Role.STRANGER, Role.THIRD_PARTY})
_OF_PEOPLE = frozenset({EntryKind.MESSAGE, EntryKind.NOTE, EntryKind.FORWARD})
_ASKING = frozenset({Role.REQUESTER, Role.PARTICIPANT})


def split(
    conn: Connection, ctx: DeskContext, ticket_id: TicketId, entry_id: EntryId, by: By
) -> Changed:
    """Puts one message of a ticket on a new one, which is what comes back; both point to each
    other. Its requester is whoever wrote the message, and of a message of ours the ticket's. The
    agents of the new ticket are told of it like of any other, so that they can answer it there.

    DeskError when the message is not on that ticket, tells of another mail or of how answers
    were, or is all that it has.
    """
    ticket = named_ticket(conn, ticket_id)
    every = entries.of_ticket(conn, ticket.id)
    entry = _chosen(ticket, every, entry_id)
    theirs = (
        entry.author.role in _OUTSIDE and ctx.directory.support_for(entry.author.address) is None
    )
    new = _opened(conn, ctx, ticket, entry, by, theirs=theirs)
    merging.move_entry(
        conn,
        entry.id,
        entry.message_id,
        source=ticket.id,
        into=new.id,
        as_requester=theirs,
        now=by.now,
    )
    merging.link(conn, ticket.id, new.id)
    search.add_head(conn, new.id)
    if ticket.waiting_since is not None:
        rest = [one for one in every if one.id != entry.id]
        _waits_on(conn, ticket.id, _waiting_since(rest))
    told = _events(ticket.id, new, entry.id, by)
    events.add_all(conn, told)
    ticketlife.note_untold(conn, ticket.id, by.now)
    left, made = tickets.get(conn, ticket.id), tickets.get(conn, new.id)
    assert left is not None and made is not None, "they are locked"  # noqa: PT018
    retime(conn, ctx, ticket, left, by.now)
    retime(conn, ctx, None, made, by.now)
    content = _content(conn, entry, theirs=theirs)
    happening = Happening.NOTE if entry.kind is EntryKind.NOTE else Happening.NEW
    drafts = notifications(ctx, made, content, happening, now=by.now, seed=by.seed)
    return Changed(made, tuple(event for number, event in told if number == new.id), drafts)


def _chosen(ticket: Ticket, every: Sequence[Entry], wanted: EntryId) -> Entry:
    entry = next((one for one in every if one.id == wanted), None)
    if entry is None:
        raise DeskError(f"Message {wanted} is not on ticket {ticket.id}.")
    if entry.kind not in _OF_PEOPLE:
        what = "an answer to a survey" if entry.kind is EntryKind.SURVEY else "a machine's"
        raise DeskError(f"Message {wanted} is {what}: it stays with what it is about.")
    if len(every) == 1:
        raise DeskError(f"Message {wanted} is all that ticket {ticket.id} has.")
    return entry


def _opened(
    conn: Connection, ctx: DeskContext, ticket: Ticket, entry: Entry, by: By, *, theirs: bool
) -> Ticket:
    author = entry.author
    subject = untagged_subject(ctx.policy.subject_prefix, entry.subject)
    number = tickets.create(
        conn,
        NewTicket(
            subject=subject or ticket.subject,
            source=Source.EMAIL if theirs else ticket.source,
            address=ticket.address,
            brand=ticket.brand,
            group=ticket.group,
            requester=NamedAddress(author.name, author.address) if theirs else ticket.requester,
            cc=(),
            at=by.now,
            waiting_since=entry.at if theirs else None,
        ),
    )
    if theirs:  # They wait since they wrote, not since somebody saw that it is another matter.
        tickets.update(conn, number, TicketChange(sla_started_at=entry.at), by.now)
    return named_ticket(conn, number)


def _waits_on(conn: Connection, ticket: TicketId, since: datetime | None) -> None:
    if since is None:
        ticketlife.nobody_waits(conn, ticket)
    else:
        ticketlife.waits_since(conn, ticket, since)


def _waiting_since(rest: Sequence[Entry]) -> datetime | None:
    """Since when a customer waits on a ticket with these messages, in their order."""
    since: datetime | None = None
    for entry in rest:
        if entry.kind is not EntryKind.MESSAGE or entry.visibility is not Visibility.PUBLIC:
            continue
        if entry.direction is Direction.OUT:
            since = None
        elif entry.author.role in _ASKING:
            since = since or entry.at
    return since


def _events(
    ticket: TicketId, new: Ticket, entry: EntryId, by: By
) -> tuple[tuple[TicketId, TicketEvent], ...]:
    def event(kind: EventKind, **detail: str | int | None) -> TicketEvent:
        return TicketEvent(by.now, kind, by.actor, detail)

    message = int(entry)
    return (
        (ticket, event(EventKind.SPLIT, message=message, into=int(new.id))),
        (new.id, event(EventKind.CREATED, message=message, addresses=str(new.address))),
        (new.id, event(EventKind.SPLIT, message=message, **{"from": int(ticket)})),
    )


def _content(conn: Connection, entry: Entry, *, theirs: bool) -> EntryContent:
    author = entry.author
    return EntryContent(
        id=entry.id,
        kind=entry.kind,
        author=Author(author.address, author.name, Role.REQUESTER) if theirs else author,
        text=entry.text,
        html=entry.html,
        attachments=entries.attachments(conn, entry.id),
        message_id=entry.message_id,
        at=entry.at,
        visibility=Visibility.PUBLIC if theirs else entry.visibility,
        doubtful=not DOUBTS.isdisjoint(entry.flags),
    )
