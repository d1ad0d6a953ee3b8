"""The places taken under an hourly cap (`grants`); the arithmetic is `ratelimit.window`.

A place with no time is a reservation whose attempt still runs: it counts whatever its age.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, null, select, text, update

from mailgate.model.ids import DeliveryId
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import grants

__all__ = ["Used", "count", "give_back", "lock", "prune", "reserve", "times", "used"]

_LOCK_CLASS = 0x6D67  # "mg": keeps our advisory locks apart from those of other programs


@dataclass(frozen=True, slots=True)
class Used:
    """How many places count: `settled` have a time in the window, `pending` have none."""

    settled: int
    pending: int


def lock(conn: Connection, key: str) -> None:
    """Until the transaction ends nobody else asks for places under `key`. On SQLite there is
    one writer anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(
            text("SELECT pg_advisory_xact_lock(:class, hashtext(:key))"),
            {"class": _LOCK_CLASS, "key": key},
        )


def used(conn: Connection, key: str, since: datetime) -> Used:
    """The places under `key` that count: those later than `since`, and the reservations."""
    mine = grants.c.limit_key == key
    settled = select(func.count()).where(mine, grants.c.at > since).scalar_subquery()
    pending = select(func.count()).where(mine, grants.c.at.is_(None)).scalar_subquery()
    row = conn.execute(select(settled, pending)).one()
    return Used(row[0], row[1])


def times(conn: Connection, key: str, since: datetime) -> list[datetime]:
    """The times of the settled places that count, oldest first."""
    wanted = select(grants.c.at).where(grants.c.limit_key == key, grants.c.at > since)
    return [at for at in conn.scalars(wanted.order_by(grants.c.at)) if at is not None]


_RESERVE = Prepared(
    insert(grants).values(limit_key=bindparam("key"), delivery=bindparam("delivery"), at=null())
)


def reserve(conn: Connection, key: str, deliveries: Sequence[DeliveryId]) -> None:
    """Takes a place for each, without a time: its attempt begins."""
    if deliveries:
        _RESERVE.run_many(conn, [{"key": key, "delivery": delivery} for delivery in deliveries])


def count(conn: Connection, deliveries: Sequence[DeliveryId], at: datetime) -> None:
    """The mail went, or may have gone: the places count from `at` on."""
    if deliveries:
        mine = grants.c.delivery.in_(deliveries)
        conn.execute(update(grants).where(mine, grants.c.at.is_(None)).values(at=at))


def give_back(conn: Connection, deliveries: Sequence[DeliveryId]) -> None:
    """The attempts sent nothing: the places are free again."""
    if deliveries:
        mine = grants.c.delivery.in_(deliveries)
        conn.execute(delete(grants).where(mine, grants.c.at.is_(None)))


def prune(conn: Connection, key: str, before: datetime) -> int:
    """Forgets places under `key` with a time before `before`; how many."""
    old = grants.c.limit_key == key, grants.c.at < before
    return conn.execute(delete(grants).where(*old)).rowcount
