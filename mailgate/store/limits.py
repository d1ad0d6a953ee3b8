"""The places taken under limits in any 3,600 seconds (`grants`); the arithmetic is
`ratelimit.window`.

A delivery on its way has a place under each limit among its `gates`, whatever its age. When it is
settled and the mail went, or may have gone, the place gets a time here; a row holds all places of
a limit, a lane and a moment. Otherwise there is nothing to write: the place is free again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Integer, Text, bindparam, delete, func, insert, select

from mailgate.model.delivery import Lane
from mailgate.store.core import Connection
from mailgate.store.outboundtables import grants
from mailgate.store.prepared import Prepared

__all__ = ["count", "lock", "prune", "times", "used"]

_LOCK_CLASS = 0x6D67  # "mg": keeps our advisory locks apart from those of other programs
_AT_ONCE = 20

_LOCK = Prepared(
    select(
        func.pg_advisory_xact_lock(
            bindparam("of", type_=Integer), func.hashtext(bindparam("key", type_=Text))
        ).label("done")
    )
)


def lock(conn: Connection) -> None:
    """Until the transaction ends nobody else claims or settles. Comes first in a unit of work,
    before rows are locked: so nobody waits for us who has what we wait for. On SQLite there is
    one writer anyway."""
    if conn.dialect.name == "postgresql":
        _LOCK.all(conn, of=_LOCK_CLASS, key="queue")


_USED = Prepared(
    select(grants.c.limit_key, grants.c.lane, func.sum(grants.c.places).label("places"))
    .where(
        grants.c.limit_key.in_([bindparam(f"key{at}") for at in range(_AT_ONCE)]),
        grants.c.at > bindparam("since"),
    )
    .group_by(grants.c.limit_key, grants.c.lane)
)
_TIMES = Prepared(
    select(grants.c.at, grants.c.lane, grants.c.places)
    .where(grants.c.limit_key == bindparam("key"), grants.c.at > bindparam("since"))
    .order_by(grants.c.at)
)
_COUNT = Prepared(
    insert(grants).values({name: bindparam(name) for name in ("limit_key", "lane", "at", "places")})
)


def used(
    conn: Connection, keys: Sequence[str], since: datetime
) -> Mapping[str, Mapping[Lane, int]]:
    """The places under each of `keys` that got a time later than `since`, by lane. What is on
    its way must be read before: what is settled meanwhile then counts twice, and never not."""
    found: dict[str, dict[Lane, int]] = {key: {} for key in keys}
    for start in range(0, len(keys), _AT_ONCE):
        some = list(keys[start : start + _AT_ONCE])
        some += some[-1:] * (_AT_ONCE - len(some))
        for row in _USED.all(conn, since=since, **{f"key{at}": key for at, key in enumerate(some)}):
            found[row.limit_key][Lane(row.lane)] = int(row.places)
    return found


def times(conn: Connection, key: str, since: datetime) -> list[tuple[datetime, Lane]]:
    """The times of the places that count and their lanes, oldest first."""
    return [
        (row.at, Lane(row.lane))
        for row in _TIMES.all(conn, key=key, since=since)
        for _ in range(row.places)
    ]


def count(conn: Connection, places: Iterable[tuple[str, Lane, datetime]]) -> None:
    """The mails went, or may have gone: each place counts under its key from its time on."""
    together = Counter(places)
    if together:
        rows = [
            {"limit_key": key, "lane": lane.value, "at": at, "places": number}
            for (key, lane, at), number in together.items()
        ]
        _COUNT.run_many(conn, rows)


def prune(conn: Connection, before: datetime) -> int:
    """Forgets places with a time before `before`; how many rows."""
    return conn.execute(delete(grants).where(grants.c.at < before)).rowcount
