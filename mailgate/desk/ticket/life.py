"""What becomes of tickets by themselves: after an answer, and as time goes by.

Use cases, to be run in one transaction (`store.write`).
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.safely import safely
from mailgate.desk.swept import Swept
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import Changed, change
from mailgate.desk.words.notices import beside_answer
from mailgate.desk.writing import queue_drafts
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import Source, Status, Ticket
from mailgate.store import ticketlife, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange

__all__ = ["after_answer", "close_resolved"]


def after_answer(conn: Connection, ctx: DeskContext, ticket: Ticket, by: By) -> Changed:
    """What `[desk] status_after_reply` makes of a ticket that one of ours has just answered; its
    mails are not queued yet. The customer hears nothing of it beside the answer. A mail that we
    began stays as it is until somebody has answered it. The ticket is locked by the caller."""
    wanted = ctx.policy.status_after_reply
    unanswered = ticket.source is Source.OUTBOUND_EMAIL and ticket.sla_started_at is None
    if wanted is None or wanted is ticket.status or unanswered:
        return Changed(ticket)
    now = tickets.get(conn, ticket.id)
    assert now is not None, "it is locked"
    changed = change(conn, ctx, now, TicketWish(status=wanted), by)
    return replace(changed, drafts=beside_answer(changed.drafts, ticket))


def close_resolved(
    conn: Connection, *, ctx: DeskContext, now: datetime, seed: Seed, limit: int
) -> Swept:
    """Closes up to `limit` tickets that have been resolved for `[desk] close_resolved_after`, the
    longest resolved first. Where that is never, the database is not asked."""
    after = ctx.policy.close_resolved_after
    if after is None:
        return Swept()
    by, drafts = By("system", now, seed), list[Draft]()
    found = ticketlife.resolved_before(conn, now - after, limit)
    for number in found:
        told = safely(conn, number, "close", by, partial(_close, conn, ctx, number, by))
        if told is None:  # It is closed all the same, and nothing follows.
            tickets.update(conn, number, TicketChange(status=Status.CLOSED), now)
        drafts += told or ()
    return Swept(len(found), tuple(drafts))


def _close(conn: Connection, ctx: DeskContext, number: TicketId, by: By) -> tuple[Draft, ...]:
    ticket = tickets.get(conn, number)
    assert ticket is not None, "it is locked"
    drafts = change(conn, ctx, ticket, TicketWish(status=Status.CLOSED), by).drafts
    queue_drafts(conn, ctx, drafts, by.now)
    return drafts
