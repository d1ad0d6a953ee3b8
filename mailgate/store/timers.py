"""The clocks of tickets."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.model.ids import TicketId
from mailgate.model.response import Standing, Timer, TimerKind
from mailgate.model.ticket import Priority, Source, Status
from mailgate.store.core import Connection
from mailgate.store.desktables import timers
from mailgate.store.prepared import Prepared
from mailgate.store.tables import tickets
from mailgate.store.values import address_of

__all__ = ["clear", "of_ticket", "overdue", "put", "put_off", "standing", "take_ringing"]

_VALUES = ("ticket", "kind", "due_at", "rings_at", "stage", "since", "used", "allowed")
_OF_TICKET = Prepared(
    select(*(timers.c[name] for name in _VALUES[1:]))
    .where(timers.c.ticket == bindparam("of"))
    .order_by(timers.c.kind)
)
_PUT = {
    name: Prepared(
        insert.on_conflict_do_update(
            index_elements=[timers.c.ticket, timers.c.kind],
            set_={value: insert.excluded[value] for value in _VALUES[2:]},
        )
    )
    for name, insert in (
        ("sqlite", sqlite.insert(timers).values({v: bindparam(v) for v in _VALUES})),
        ("postgresql", postgresql.insert(timers).values({v: bindparam(v) for v in _VALUES})),
    )
}
_CLEAR = Prepared(
    delete(timers).where(timers.c.ticket == bindparam("of"), timers.c.kind == bindparam("which"))
)
_UNTIL = bindparam("until", type_=timers.c.rings_at.type)
_PUT_OFF = Prepared(
    update(timers)
    .where(timers.c.ticket == bindparam("of"), timers.c.rings_at < _UNTIL)
    .values(rings_at=_UNTIL)
)
_SECOND = timedelta(seconds=1)


def of_ticket(conn: Connection, ticket: TicketId) -> Sequence[Timer]:
    """Its clocks, those that stand still too."""
    return [
        Timer(
            ticket=ticket,
            kind=TimerKind(row.kind),
            since=row.since,
            used=row.used * _SECOND,
            allowed=row.allowed * _SECOND,
            due_at=row.due_at,
            rings_at=row.rings_at,
            stage=row.stage,
        )
        for row in _OF_TICKET.all(conn, of=ticket)
    ]


def put(conn: Connection, wanted: Sequence[Timer]) -> None:
    """Sets them as they are given; there is one of each kind on a ticket."""
    if wanted:
        _PUT[conn.dialect.name].run_many(conn, [_row(one) for one in wanted])


def _row(timer: Timer) -> dict[str, object]:
    return {
        "ticket": timer.ticket,
        "kind": timer.kind.value,
        "due_at": timer.due_at,
        "rings_at": timer.rings_at,
        "stage": timer.stage,
        "since": timer.since,
        "used": timer.used // _SECOND,
        "allowed": timer.allowed // _SECOND,
    }


def clear(conn: Connection, ticket: TicketId, kinds: Sequence[TimerKind]) -> None:
    """Takes these off the ticket."""
    if kinds:
        _CLEAR.run_many(conn, [{"of": ticket, "which": kind.value} for kind in kinds])


_STANDING = Prepared(
    select(
        *(tickets.c[name] for name in ("status", "priority", "source", "address", "brand")),
        *(tickets.c[name] for name in ("first_response_at", "sla_started_at", "waiting_since")),
        *(tickets.c[name] for name in ("spam", "merged_into")),
    ).where(tickets.c.id == bindparam("of"))
)


def standing(conn: Connection, ticket: TicketId) -> Standing | None:
    """What the clocks of the ticket go by, as it is now; None when there is no such ticket."""
    row = _STANDING.one(conn, of=ticket)
    if row is None:
        return None
    return Standing(
        ticket=ticket,
        status=Status(row.status),
        priority=Priority(row.priority),
        source=Source(row.source),
        address=address_of(row.address).key,
        brand=row.brand,
        first_response_at=row.first_response_at,
        sla_started_at=row.sla_started_at,
        waiting_since=row.waiting_since,
        set_aside=bool(row.spam) or row.merged_into is not None,
    )


def take_ringing(conn: Connection, *, now: datetime, limit: int) -> list[TicketId]:
    """The tickets with a clock that rings, the longest due first, each locked until the
    transaction ends. Who is locked by somebody else is left for another time; whoever comes later
    finds what was written here."""
    ringing = (
        select(timers.c.ticket)
        .where(timers.c.rings_at <= now)
        .order_by(timers.c.rings_at)
        .limit(limit * len(TimerKind))
    )
    due = list(dict.fromkeys(conn.execute(ringing).scalars()))[:limit]
    if not due:
        return []
    # Not one statement: SQLite would read every clock to find the first ones.
    these = select(tickets.c.id).where(tickets.c.id.in_(due))
    free = these.with_for_update(skip_locked=True, key_share=True)
    taken = set(conn.execute(free).scalars())
    return [TicketId(number) for number in due if number in taken]


def put_off(conn: Connection, ticket: TicketId, *, until: datetime) -> None:
    """What rings on the ticket rings no sooner than that."""
    _PUT_OFF.run(conn, of=ticket, until=until)


def overdue(conn: Connection, now: datetime) -> int:
    """On how many tickets something was due and is not done."""
    late = select(func.count(func.distinct(timers.c.ticket))).where(timers.c.due_at <= now)
    return int(conn.execute(late).scalar_one())
