"""The places taken under an hourly cap (`grants`); the arithmetic is `ratelimit.window`.

A place with no time is a reservation whose attempt still runs: it counts whatever its age.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, Text, bindparam, delete, func, insert, null, select, update

from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId
from mailgate.store.core import Connection
from mailgate.store.outboundtables import grants
from mailgate.store.prepared import Prepared

__all__ = ["Used", "count", "give_back", "lock", "prune", "reserve", "times", "used"]

_LOCK_CLASS = 0x6D67  # "mg": keeps our advisory locks apart from those of other programs


@dataclass(frozen=True, slots=True)
class Used:
    """How many places count: `settled` have a time in the window, `pending` have none."""

    settled: int
    pending: int


_LOCK = Prepared(
    select(
        func.pg_advisory_xact_lock(
            bindparam("of", type_=Integer), func.hashtext(bindparam("key", type_=Text))
        ).label("done")
    )
)


def lock(conn: Connection, key: str) -> None:
    """Until the transaction ends nobody else asks for places under `key`. On SQLite there is
    one writer anyway."""
    if conn.dialect.name == "postgresql":
        _LOCK.all(conn, of=_LOCK_CLASS, key=key)


_MINE = grants.c.limit_key == bindparam("key")
_SETTLED = select(func.count()).where(_MINE, grants.c.at > bindparam("since")).scalar_subquery()
_PENDING = select(func.count()).where(_MINE, grants.c.at.is_(None)).scalar_subquery()
_USED = Prepared(select(_SETTLED.label("settled"), _PENDING.label("pending")))
_TIMES = Prepared(
    select(grants.c.at).where(_MINE, grants.c.at > bindparam("since")).order_by(grants.c.at)
)


def used(conn: Connection, key: str, since: datetime) -> Used:
    """The places under `key` that count: those later than `since`, and the reservations."""
    row = _USED.one(conn, key=key, since=since)
    return Used(row.settled, row.pending)


def times(conn: Connection, key: str, since: datetime) -> list[datetime]:
    """The times of the settled places that count, oldest first."""
    return [row.at for row in _TIMES.all(conn, key=key, since=since)]


_RESERVE = Prepared(
    insert(grants).values(
        limit_key=bindparam("key"),
        lane=bindparam("lane"),
        delivery=bindparam("delivery"),
        at=null(),
    )
)


def reserve(conn: Connection, key: str, lane: Lane, deliveries: Sequence[DeliveryId]) -> None:
    """Takes a place for each, without a time: its attempt begins."""
    rows = [{"key": key, "lane": lane.value, "delivery": delivery} for delivery in deliveries]
    if rows:
        _RESERVE.run_many(conn, rows)


_RESERVED = grants.c.delivery == bindparam("of"), grants.c.at.is_(None)
_COUNT = Prepared(update(grants).where(*_RESERVED).values(at=bindparam("new_at")))
_GIVE_BACK = Prepared(delete(grants).where(*_RESERVED))


def count(conn: Connection, deliveries: Sequence[DeliveryId], at: datetime) -> None:
    """The mail went, or may have gone: the places count from `at` on."""
    if deliveries:
        _COUNT.run_many(conn, [{"of": delivery, "new_at": at} for delivery in deliveries])


def give_back(conn: Connection, deliveries: Sequence[DeliveryId]) -> None:
    """The attempts sent nothing: the places are free again."""
    if deliveries:
        _GIVE_BACK.run_many(conn, [{"of": delivery} for delivery in deliveries])


def prune(conn: Connection, key: str, before: datetime) -> int:
    """Forgets places under `key` with a time before `before`; how many."""
    old = grants.c.limit_key == key, grants.c.at < before
    return conn.execute(delete(grants).where(*old)).rowcount
