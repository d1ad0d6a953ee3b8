"""A ticket is altered: what is wished is checked, written, told as events, and causes the mails
that `desk.words.notices` knows of. `desk.ticket.changing` is the way for everybody but rules: what
a rule changes makes no rule match.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.surveys.surveyplan import plan_survey
from mailgate.desk.ticket.changes import PlannedChange, TicketWish, changes_as_events, plan_change
from mailgate.desk.timers.timing import retime
from mailgate.desk.words.lastwords import last_question
from mailgate.desk.words.notices import changes_hands, of_change
from mailgate.desk.words.telldone import within_limits
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Status, Ticket, TicketEvent
from mailgate.store import events, followers, ticketlife, tickets
from mailgate.store.core import Connection

__all__ = ["Changed", "Then", "alter", "parent_follows"]

_DONE = frozenset({Status.RESOLVED, Status.CLOSED})
_MAX_DEPTH = 10
"""Parents above a ticket; more of them is a circle, or as good as one."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The ticket as it is afterwards, what was told of it, and the mails that it causes."""

    ticket: Ticket
    events: tuple[TicketEvent, ...] = ()
    drafts: tuple[Draft, ...] = ()


Then = Callable[[Connection, DeskContext, Ticket, Changed, By], Changed]
"""What follows a change of a ticket, that was as the first one is; what is left of it."""


def alter(
    conn: Connection,
    ctx: DeskContext,
    ticket: Ticket,
    wish: TicketWish,
    by: By,
    then: Then | None = None,
) -> Changed:
    """Makes the changes; what is as wished already makes no event. The ticket is locked by the
    caller. Nothing is changed when one of them cannot be: DeskError. `then` follows this change,
    and that of a parent which it causes."""
    followed = followers.of_ticket(conn, ticket.id)
    planned = plan_change(ctx, ticket, wish, followed)
    _check_parent(conn, ticket, planned)
    told = changes_as_events(ticket, planned, by.actor, by.now)
    if not told:
        return Changed(ticket)
    _write(conn, ticket, planned, by.now)
    events.add_all(conn, [(ticket.id, event) for event in told])
    ticketlife.note_untold(conn, ticket.id, by.now)
    after = _again(conn, ticket.id)
    retime(conn, ctx, ticket, after, by.now)
    plan_survey(conn, ctx, ticket, after, by.now)
    last = last_question(conn, after) if changes_hands(ticket, after) else None
    drafts = of_change(ctx, ticket, after, by, followed, last)
    changed = Changed(after, told, within_limits(conn, ctx, after, drafts, by))
    if then is not None:
        changed = then(conn, ctx, ticket, changed, by)
    above = parent_follows(conn, ctx, after, by, then)
    return replace(changed, drafts=(*changed.drafts, *above)) if above else changed


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


def parent_follows(
    conn: Connection, ctx: DeskContext, child: Ticket, by: By, then: Then | None
) -> tuple[Draft, ...]:
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
    return alter(conn, ctx, parent, TicketWish(status=Status.RESOLVED), system, then).drafts
