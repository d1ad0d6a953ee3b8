"""A ticket changes: every wish of an operator, an agent's command, a rule or the time goes this
way. It is checked, written, told as events, and causes the mails that `desk.notices` knows of.

Use cases, to be run in one transaction (`store.write`); what they return is not queued yet.
"""

from dataclasses import dataclass
from datetime import datetime

from mailgate.desk.by import By
from mailgate.desk.changes import PlannedChange, TicketWish, changes_as_events, plan_change
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.notices import of_change
from mailgate.desk.tickets import named_ticket
from mailgate.desk.timing import retime
from mailgate.desk.writing import queue_drafts
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Status, Ticket, TicketEvent
from mailgate.store import events, followers, ticketlife, tickets
from mailgate.store.core import Connection

__all__ = ["Changed", "change", "set_ticket"]

_DONE = frozenset({Status.RESOLVED, Status.CLOSED})
_MAX_DEPTH = 10
"""Parents above a ticket; more of them is a circle, or as good as one."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The ticket as it is afterwards, what was told of it, and the mails that it causes."""

    ticket: Ticket
    events: tuple[TicketEvent, ...] = ()
    drafts: tuple[Draft, ...] = ()


def change(conn: Connection, ctx: DeskContext, ticket: Ticket, wish: TicketWish, by: By) -> Changed:
    """Makes the changes; what is as wished already makes no event. The ticket is locked by the
    caller. Nothing is changed when one of them cannot be: DeskError."""
    followed = followers.of_ticket(conn, ticket.id)
    planned = plan_change(ctx, ticket, wish, followed)
    _check_parent(conn, ticket, planned)
    told = changes_as_events(ticket, planned, by.actor, by.now)
    if not told:
        return Changed(ticket)
    _write(conn, ticket, planned, by.now)
    events.add_all(conn, [(ticket.id, event) for event in told])
    after = _again(conn, ticket.id)
    retime(conn, ctx, ticket, after, by.now)
    drafts = of_change(ctx, ticket, after, by, followed)
    return Changed(after, told, (*drafts, *_parent_follows(conn, ctx, after, by)))


def set_ticket(
    conn: Connection,
    ctx: DeskContext,
    ticket_id: TicketId,
    wish: TicketWish,
    *,
    by: By,
) -> Changed:
    """The same for a ticket by its number, with its mails queued. A merged one is followed."""
    ticket = named_ticket(conn, ticket_id)
    changed = change(conn, ctx, ticket, wish, by)
    queue_drafts(conn, ctx, changed.drafts, by.now)
    return changed


def _write(conn: Connection, ticket: Ticket, planned: PlannedChange, now: datetime) -> None:
    tickets.update(conn, ticket.id, planned.change, now)
    if planned.unassign:
        ticketlife.unassign(conn, ticket.id, now)
    if planned.parent is not None or planned.no_parent:
        ticketlife.set_parent(conn, ticket.id, planned.parent, now)
    tickets.add_cc(conn, ticket.id, planned.add_cc)
    for one in planned.remove_cc:
        tickets.remove_cc(conn, ticket.id, one)
    for one in planned.follow:
        followers.add(conn, ticket.id, one, now)
    for one in planned.unfollow:
        followers.remove(conn, ticket.id, one)


def _again(conn: Connection, number: TicketId) -> Ticket:
    found = tickets.get(conn, number)
    assert found is not None, "it is locked"
    return found


def _check_parent(conn: Connection, ticket: Ticket, planned: PlannedChange) -> None:
    """A parent that exists, and of which the ticket is no parent itself."""
    above, depth = planned.parent, 0
    while above is not None:
        found = tickets.get(conn, above)
        if found is None:
            raise DeskError(f"There is no ticket {above}.")
        if found.merged_into is not None:
            raise DeskError(f"Ticket {above} is part of ticket {found.merged_into} by now.")
        depth += 1
        if above == ticket.id or depth > _MAX_DEPTH:
            raise DeskError(f"Ticket {ticket.id} cannot be a part of itself.")
        above = found.parent


def _parent_follows(conn: Connection, ctx: DeskContext, child: Ticket, by: By) -> tuple[Draft, ...]:
    """Where the settings say so, a parent is resolved with the last of its children."""
    if not ctx.policy.parent_resolves or child.parent is None or child.status not in _DONE:
        return ()
    tickets.lock(conn, child.parent)
    parent = tickets.get(conn, child.parent)
    if parent is None or parent.status in _DONE or parent.merged_into is not None:
        return ()
    others = (tickets.get(conn, number) for number in ticketlife.children(conn, parent.id))
    if any(other is not None and other.status not in _DONE for other in others):
        return ()
    system = By("system", by.now, by.seed)
    return change(conn, ctx, parent, TicketWish(status=Status.RESOLVED), system).drafts
