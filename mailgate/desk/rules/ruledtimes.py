"""Rules that go by the time: a job of the sweep, in one transaction. Several nodes may do this."""

from datetime import datetime
from functools import partial

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.rules.matching import is_its_time, look
from mailgate.desk.rules.ruling import on_event
from mailgate.desk.rules.seeing import standing_of
from mailgate.desk.safely import safely
from mailgate.desk.swept import Swept
from mailgate.desk.writing import queue_drafts
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.rule import Occasion, Rule
from mailgate.model.seed import Seed
from mailgate.store import rules as runs
from mailgate.store import tickets
from mailgate.store.core import Connection
from mailgate.store.rules import DueTicket

__all__ = ["any_is_due", "due_rules"]


def any_is_due(conn: Connection, *, ctx: DeskContext, now: datetime) -> bool:
    """Whether `due_rules` has anything to do. To be read: nobody who writes waits for it."""
    return any(
        is_its_time(rule.conditions, now) and runs.is_due(conn, rule, now)
        for rule in ctx.policy.rules.of(Occasion.TIME)
    )


def due_rules(
    conn: Connection, *, ctx: DeskContext, now: datetime, seed: Seed, limit: int
) -> Swept:
    """Carries out the rules whose time has come, on at most `limit` tickets; the mails are
    queued. Each moment (a ticket's opening, its last change ...) is dealt with once by a rule."""
    taken, drafts = 0, list[Draft]()
    for rule in ctx.policy.rules.of(Occasion.TIME):
        if not is_its_time(rule.conditions, now):
            continue
        for due in runs.due(conn, rule, now, limit - taken):
            taken += 1
            drafts += _take(conn, ctx, rule, due, By("system", now, seed))
        if taken >= limit:
            break
    return Swept(taken, tuple(drafts))


def _take(
    conn: Connection, ctx: DeskContext, rule: Rule, due: DueTicket, by: By
) -> tuple[Draft, ...]:
    """Carries the rule out, unless somebody has; where that fails, it was its turn all the same."""
    if not runs.take(conn, due, rule.name, by.now):
        return ()
    do = partial(_carry_out, conn, ctx, rule, due.id, by)
    return safely(conn, due.id, f"rule {rule.name}", by, do) or ()


def _carry_out(
    conn: Connection, ctx: DeskContext, rule: Rule, number: TicketId, by: By
) -> tuple[Draft, ...]:
    ticket = tickets.get(conn, number)
    if ticket is None:
        return ()
    found = look((rule,), standing_of(ticket, by.now))
    if not found.matched:
        return ()
    done = on_event(conn, ctx, ticket, Occasion.TIME, found.matched, by)
    runs.leave_updated(conn, ticket.id, ticket.updated_at)
    queue_drafts(conn, ctx, done.drafts, by.now)
    return done.drafts
