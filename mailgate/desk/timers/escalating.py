"""Who is told that a ticket waits for too long: first those who have it, then those who look after
them. A use case of the daemon's sweep, in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from mailgate.desk.arriving.marks import DOUBTS
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.safely import safely
from mailgate.desk.swept import Swept
from mailgate.desk.timers.clocks import response_of, rung
from mailgate.desk.timers.timing import set_clocks
from mailgate.desk.words.frame import support_of
from mailgate.desk.words.lastwords import last_words
from mailgate.desk.words.notices import tell
from mailgate.desk.words.noticing import queue_notices
from mailgate.desk.words.who import Around, Happening
from mailgate.desk.words.wording import author_shown, local_time
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.response import Response, Timer
from mailgate.model.seed import Seed
from mailgate.model.ticket import Entry, EventKind, Ticket, TicketEvent
from mailgate.store import events, followers, journal, tickets, timers
from mailgate.store.core import Connection

__all__ = ["ring_due"]

_HAPPENINGS = (Happening.OVERDUE, Happening.OVERDUE_STILL)
"""By how often the clock has rung before."""
_BEHIND = timedelta(minutes=1)
_PUT_OFF = timedelta(hours=1)


def ring_due(conn: Connection, *, ctx: DeskContext, now: datetime, seed: Seed, limit: int) -> Swept:
    """Tells of what has become overdue, on `limit` tickets at most. Several nodes may do this:
    each ticket is told of by the one that takes it. A clock that would not ring by the settings of
    now, because there are other times or a holiday, is set right and does not ring."""
    taken = timers.take_ringing(conn, now=now, limit=limit)
    if not taken or _is_behind(conn, now):
        return Swept()
    by = By("system", now, seed)
    drafts = tuple(draft for number in taken for draft in _ring_safely(conn, ctx, number, by))
    return Swept(len(taken), drafts)


def _is_behind(conn: Connection, now: datetime) -> bool:
    """Mail that has come is not looked at yet, because the daemon was away or has much to do: the
    answers that we miss may be among it. A minute later we know."""
    oldest = journal.depth(conn, now).oldest
    return oldest is not None and now - oldest > _BEHIND


def _ring_safely(conn: Connection, ctx: DeskContext, number: TicketId, by: By) -> tuple[Draft, ...]:
    """A ticket that something is wrong with is left for an hour: it must not keep the others from
    being told of, minute after minute."""
    told = safely(conn, number, "notice", by, partial(_ring, conn, ctx, number, by))
    if told is None:
        timers.put_off(conn, number, until=by.now + _PUT_OFF)
    return told or ()


def _ring(conn: Connection, ctx: DeskContext, number: TicketId, by: By) -> tuple[Draft, ...]:
    clocks = set_clocks(conn, ctx, number, by.now)
    on, ticket = timers.standing(conn, number), tickets.get(conn, number)
    response = None if on is None else response_of(ctx.policy.responses, on)
    if ticket is None or response is None:
        return ()
    ringing = [one for one in clocks if one.rings_at is not None and one.rings_at <= by.now]
    timers.put(conn, [rung(one, response) for one in ringing])
    drafts: tuple[Draft, ...] = ()
    for stage, happening in enumerate(_HAPPENINGS):
        late = [one for one in ringing if one.stage == stage]
        if late:
            drafts += _tell(conn, ctx, ticket, happening, late, response, by)
    return drafts


def _tell(
    conn: Connection,
    ctx: DeskContext,
    ticket: Ticket,
    happening: Happening,
    late: Sequence[Timer],
    response: Response,
    by: By,
) -> tuple[Draft, ...]:
    """One mail to each, whatever is late."""
    supervisors = ctx.directory.supervisors.get(ticket.group or "", ())
    still = happening is Happening.OVERDUE_STILL
    if still and not supervisors:
        return ()
    for timer in late:
        detail = {
            "what": timer.kind.value,
            "due_at": None if timer.due_at is None else timer.due_at.isoformat(),
            "response": response.name,
            "told": "supervisors" if still else "group",
        }
        events.add(conn, ticket.id, TicketEvent(by.now, EventKind.OVERDUE, by.actor, detail))
    around = Around(followers=followers.of_ticket(conn, ticket.id), supervisors=supervisors)
    due = min(timer.due_at or by.now for timer in late)
    last = last_words(conn, ticket)
    write = partial(
        tell,
        ctx,
        ticket,
        happening,
        by=by,
        around=around,
        facts={
            "what": ", ".join(timer.kind.value for timer in late),
            "due": local_time(due, ctx.policy.timezone),
            **_asked(ctx, ticket, last),
        },
        words="" if last is None else last.text,
    )
    return queue_notices(conn, ctx, ticket, None, write, by.now)


def _asked(ctx: DeskContext, ticket: Ticket, last: Entry | None) -> dict[str, str]:
    """Who wrote last, and when: a supervisor has not seen the ticket before."""
    if last is None:
        return {}
    doubtful = not DOUBTS.isdisjoint(last.flags)
    shown = author_shown(last.author, support_of(ctx, ticket.address).locale, doubtful=doubtful)
    return {"author": shown, "written": local_time(last.at, ctx.policy.timezone)}
