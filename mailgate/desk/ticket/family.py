"""Tickets that have to do with each other: linked ones, and parts of a larger matter.

Use cases, to be run in one transaction (`store.write`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import Changed, change
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.ticket.replies import NoteRequest, note
from mailgate.desk.timers.timing import retime
from mailgate.desk.words.frame import SUBJECT_LIMIT, one_line, support_of
from mailgate.mail.address import Address, NamedAddress
from mailgate.model.directory import Agent
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, NewTicket, Source, Ticket, TicketEvent
from mailgate.store import events, merging, ticketlife, tickets
from mailgate.store.core import Connection

__all__ = ["ChildRequest", "link", "make_child", "unlink"]


def link(conn: Connection, one_id: TicketId, other_id: TicketId, by: By) -> Ticket:
    """Both point to each other; returns the first. DeskError when one of them does not exist, or
    both are one."""
    one, other = _both(conn, one_id, other_id)
    if other.id not in one.linked or one.id not in other.linked:
        merging.link(conn, one.id, other.id)
        _tell_both(conn, EventKind.LINKED, "to", one, other, by)
    return _again(conn, one.id)


def unlink(conn: Connection, one_id: TicketId, other_id: TicketId, by: By) -> Ticket:
    """Neither points to the other any more; returns the first. DeskError when they are not
    linked."""
    one, other = _both(conn, one_id, other_id)
    if not merging.unlink(conn, one.id, other.id):
        raise DeskError(f"The tickets {one.id} and {other.id} are not linked.")
    _tell_both(conn, EventKind.UNLINKED, "from", one, other, by)
    return _again(conn, one.id)


@dataclass(frozen=True, slots=True)
class ChildRequest:
    """A part of a matter that colleagues see to. `text` tells them what to do; "" leaves it at the
    subject. Without a `group` it is that of the parent; `agent` is who asks, None for the desk."""

    parent: TicketId
    subject: str
    text: str = field(default="", repr=False)
    assignee: Address | None = None
    group: str | None = None
    agent: Agent | None = None


def make_child(conn: Connection, ctx: DeskContext, request: ChildRequest, by: By) -> Changed:
    """Opens a ticket that is part of another one, with a note for the colleagues, who are told;
    its mails are queued. Nobody outside is on it: its requester is the support address, so that
    whatever is written there stays inside.

    DeskError when there is no such parent, agent or group, or no subject.
    """
    parent = named_ticket(conn, request.parent)
    subject = one_line(request.subject, SUBJECT_LIMIT)
    if not subject:
        raise DeskError("A ticket needs a subject.")
    support = support_of(ctx, parent.address)
    number = tickets.create(
        conn,
        NewTicket(
            subject=subject,
            source=Source.API,
            address=parent.address,
            brand=parent.brand,
            group=parent.group,
            requester=NamedAddress(support.name, support.address),
            cc=(),
            at=by.now,
            started_by=None if request.agent is None else request.agent.address.key,
        ),
    )
    detail: dict[str, str | int | None] = {"addresses": str(parent.address)}
    events.add(conn, number, TicketEvent(by.now, EventKind.CREATED, by.actor, detail))
    wish = TicketWish(
        parent=parent.id,
        assignee=request.assignee,
        group=request.group,
        follow=() if request.agent is None else (request.agent.address,),
    )
    # What the note tells, the change need not.
    ticket = named_ticket(conn, number)
    retime(conn, ctx, None, ticket, by.now)
    changed = change(conn, ctx, ticket, wish, by)
    words = NoteRequest(number, request.text.strip() or subject, agent=request.agent)
    note(conn, ctx, words, now=by.now, seed=by.seed)
    return Changed(_again(conn, number), changed.events)


def _both(conn: Connection, one: TicketId, other: TicketId) -> tuple[Ticket, Ticket]:
    """Locked in the order of their numbers."""
    found = {number: named_ticket(conn, number) for number in sorted((one, other))}
    if found[one].id == found[other].id:
        raise DeskError(f"Ticket {one} cannot be linked with itself.")
    return found[one], found[other]


def _tell_both(
    conn: Connection, kind: EventKind, way: str, one: Ticket, other: Ticket, by: By
) -> None:
    pairs: Sequence[tuple[Ticket, Ticket]] = ((one, other), (other, one))
    for here, _ in pairs:
        ticketlife.note_untold(conn, here.id, by.now)
    events.add_all(
        conn,
        [
            (here.id, TicketEvent(by.now, kind, by.actor, {way: int(there.id)}))
            for here, there in pairs
        ],
    )


def _again(conn: Connection, number: TicketId) -> Ticket:
    found = tickets.get(conn, number)
    assert found is not None, "it is locked"
    return found
