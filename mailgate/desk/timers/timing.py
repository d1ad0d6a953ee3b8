"""The clocks of a ticket follow what happens to it."""

from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.timers.clocks import clocks
from mailgate.model.ids import TicketId
from mailgate.model.response import Timer
from mailgate.model.ticket import Ticket
from mailgate.store import timers
from mailgate.store.core import Connection

__all__ = ["answered", "retime", "set_clocks"]


def retime(
    conn: Connection, ctx: DeskContext, before: Ticket | None, after: Ticket, now: datetime
) -> None:
    """Sets, pauses and clears the clocks of a ticket after a change. The ticket is locked by the
    caller, and stands in the store as it is now. `before` is what it was; None when it is new, or
    when somebody has written on it. Nothing is read or written where no response time is
    configured."""
    if not ctx.policy.responses:
        return
    if before is None:
        set_clocks(conn, ctx, after.id, now)
    elif _what_counts(before) != _what_counts(after):
        # Who is put off by a status may wait again. Without one: what was asked is elsewhere.
        taken = before.waiting_since is not None and after.waiting_since is None
        gone = taken and after.status is before.status
        set_clocks(conn, ctx, after.id, now, answered=gone)


def answered(conn: Connection, ctx: DeskContext, ticket: Ticket, now: datetime) -> None:
    """The same after an answer to the customer: nobody waits for one any more."""
    if ctx.policy.responses:
        set_clocks(conn, ctx, ticket.id, now, answered=True)


def set_clocks(
    conn: Connection, ctx: DeskContext, ticket: TicketId, now: datetime, *, answered: bool = False
) -> tuple[Timer, ...]:
    """Makes its clocks those that it is to have, and returns them."""
    on = timers.standing(conn, ticket)
    if on is None:
        return ()
    there = {one.kind: one for one in timers.of_ticket(conn, ticket)}
    wanted = clocks(ctx.policy.responses, on, there, now, answered=answered)
    timers.put(conn, [one for one in wanted if one != there.get(one.kind)])
    kinds = {one.kind for one in wanted}
    timers.clear(conn, ticket, [kind for kind in there if kind not in kinds])
    return wanted


def _what_counts(ticket: Ticket) -> object:
    return (
        *(ticket.status, ticket.priority, ticket.address.key, ticket.brand, ticket.spam),
        *(ticket.merged_into, ticket.waiting_since, ticket.first_response_at),
    )
