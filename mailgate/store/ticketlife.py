"""What happens to a ticket seldom: whom it waits for, what it belongs to, that it is spam."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from mailgate.model.ids import TicketId
from mailgate.model.ticket import Status
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import tickets

__all__ = [
    "children",
    "nobody_waits",
    "note_score",
    "note_spam",
    "note_told",
    "note_untold",
    "note_waiting",
    "resolved_before",
    "set_parent",
    "unassign",
    "waits_since",
]

_INSTANT = tickets.c.updated_at.type
_THIS = tickets.c.id == bindparam("this")
_WAITS = Prepared(
    update(tickets)
    .where(_THIS)
    .values(waiting_since=func.coalesce(tickets.c.waiting_since, bindparam("at", type_=_INSTANT)))
)
_WAITS_SINCE = Prepared(
    update(tickets).where(_THIS).values(waiting_since=bindparam("at", type_=_INSTANT))
)
_NOBODY_WAITS = Prepared(
    update(tickets).where(_THIS, tickets.c.waiting_since.is_not(None)).values(waiting_since=None)
)
_UNASSIGN = Prepared(
    update(tickets).where(_THIS).values(assignee=None, updated_at=bindparam("at", type_=_INSTANT))
)
_PARENT = Prepared(
    update(tickets)
    .where(_THIS)
    .values(
        parent=bindparam("to", type_=tickets.c.parent.type),
        updated_at=bindparam("at", type_=_INSTANT),
    )
)
_SPAM = Prepared(
    update(tickets)
    .where(_THIS)
    .values(spam=bindparam("on"), updated_at=bindparam("at", type_=_INSTANT))
)
_SCORE = Prepared(
    update(tickets)
    .where(_THIS)
    .values(score=bindparam("points"), scored_at=bindparam("at", type_=_INSTANT))
)
_UNTOLD = Prepared(
    update(tickets)
    .where(_THIS)
    .values(untold_since=func.coalesce(tickets.c.untold_since, bindparam("at", type_=_INSTANT)))
)
_TOLD = Prepared(update(tickets).where(_THIS).values(untold_since=bindparam("at", type_=_INSTANT)))
_CHILDREN = Prepared(
    select(tickets.c.id)
    .where(tickets.c.parent == bindparam("this"), tickets.c.merged_into.is_(None))
    .order_by(tickets.c.id)
)


def note_waiting(conn: Connection, ticket: TicketId, since: datetime) -> None:
    """A customer waits for an answer; since when stays as it is where one waits already."""
    _WAITS.run(conn, this=ticket, at=since)


def waits_since(conn: Connection, ticket: TicketId, since: datetime) -> None:
    """A customer waits for an answer since then, whatever was known before."""
    _WAITS_SINCE.run(conn, this=ticket, at=since)


def nobody_waits(conn: Connection, ticket: TicketId) -> None:
    """The customer has an answer, or needs none."""
    _NOBODY_WAITS.run(conn, this=ticket)


def unassign(conn: Connection, ticket: TicketId, now: datetime) -> None:
    """It is nobody's in particular."""
    _UNASSIGN.run(conn, this=ticket, at=now)


def set_parent(conn: Connection, ticket: TicketId, parent: TicketId | None, now: datetime) -> None:
    """It is a part of a larger matter; None: of none."""
    _PARENT.run(conn, this=ticket, to=parent, at=now)


def note_untold(conn: Connection, ticket: TicketId, now: datetime) -> None:
    """Something was done that the next mail to the agents tells of."""
    _UNTOLD.run(conn, this=ticket, at=now)


def note_told(conn: Connection, ticket: TicketId, since: datetime | None) -> None:
    """The agents were told what was done before `since`; None: everything."""
    _TOLD.run(conn, this=ticket, at=since)


def children(conn: Connection, parent: TicketId) -> Sequence[TicketId]:
    """The tickets that are part of this one, in order; not those that were merged away."""
    return [TicketId(row.id) for row in _CHILDREN.all(conn, this=parent)]


def note_spam(conn: Connection, ticket: TicketId, now: datetime, *, spam: bool) -> None:
    """Somebody has called it spam, or was wrong."""
    _SPAM.run(conn, this=ticket, on=spam, at=now)


def note_score(conn: Connection, ticket: TicketId, points: int, now: datetime) -> None:
    """What the customer said of the answers; the last word counts."""
    _SCORE.run(conn, this=ticket, points=points, at=now)


_RESOLVED = Prepared(
    select(tickets.c.id)
    .where(
        tickets.c.status == Status.RESOLVED.value,
        tickets.c.resolved_at <= bindparam("before", type_=_INSTANT),
    )
    .order_by(tickets.c.resolved_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True)
)


def resolved_before(conn: Connection, before: datetime, limit: int) -> Sequence[TicketId]:
    """Tickets that have been resolved since before then, the longest first; locked until the
    transaction ends, without those that somebody else works on."""
    return [TicketId(row.id) for row in _RESOLVED.all(conn, before=before, most=limit)]
