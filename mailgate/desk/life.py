"""What becomes of tickets as time goes by.

Use cases, to be run in one transaction (`store.write`).
"""

from dataclasses import dataclass
from datetime import datetime

from mailgate.desk.by import By
from mailgate.desk.changes import TicketWish
from mailgate.desk.changing import change
from mailgate.desk.context import DeskContext
from mailgate.desk.writing import queue_drafts
from mailgate.model.delivery import Draft
from mailgate.model.seed import Seed
from mailgate.model.ticket import Status
from mailgate.store import ticketlife, tickets
from mailgate.store.core import Connection

__all__ = ["Closed", "close_resolved"]


@dataclass(frozen=True, slots=True)
class Closed:
    """How many tickets were closed, and the mails that were queued for it."""

    tickets: int
    drafts: tuple[Draft, ...] = ()


def close_resolved(
    conn: Connection, ctx: DeskContext, now: datetime, seed: Seed, limit: int
) -> Closed:
    """Closes up to `limit` tickets that have been resolved for `[desk] close_resolved_after`; the
    longest resolved first. Where that is never, the database is not asked."""
    after = ctx.policy.close_resolved_after
    if after is None:
        return Closed(0)
    number, drafts = 0, list[Draft]()
    by = By("system", now, seed)
    for found in ticketlife.resolved_before(conn, now - after, limit):
        ticket = tickets.get(conn, found)
        assert ticket is not None, "it is locked"
        drafts += change(conn, ctx, ticket, TicketWish(status=Status.CLOSED), by).drafts
        number += 1
    queue_drafts(conn, ctx, drafts, now)
    return Closed(number, tuple(drafts))
