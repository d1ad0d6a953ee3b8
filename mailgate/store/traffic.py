"""How often things have come lately (`traffic`): a count for each key and five minutes.

A key is a digest of what is counted; nothing here knows of what. A window reaches back to the
beginning of the five minutes in which it begins, so that it counts rather a mail too many.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    cast,
    delete,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.model.traffic import Rate
from mailgate.store.core import Connection
from mailgate.store.desktables import blocked_senders
from mailgate.store.plain import microseconds
from mailgate.store.prepared import Prepared
from mailgate.store.tables import traffic

__all__ = ["SLICES", "came", "came_from", "count", "prune"]

SLICES = 64
"""Parts that pruning goes by: keys are digests, so each part holds as many rows."""
_BUCKET = timedelta(minutes=5)
_MICROSECONDS = _BUCKET // timedelta(microseconds=1)
_TEN_MINUTES = timedelta(minutes=10) // _BUCKET
_HOUR = timedelta(hours=1) // _BUCKET
_DAY = timedelta(days=1) // _BUCKET
_NO_KEY = b""
_AT_ONCE = 6
"""Keys of one look: a sender, their domain and the words, and three about the ticket."""

_COUNT: ColumnElement[int] = traffic.c["count"]


def _of(key: str) -> Select[tuple[bytes, int, int]]:
    """A statement of its own for each key: for a list of them, SQLite makes a table each time."""
    return select(traffic.c.key, traffic.c.bucket, _COUNT).where(
        traffic.c.key == bindparam(key), traffic.c.bucket >= bindparam("since")
    )


_KEYS = tuple(f"key{n}" for n in range(_AT_ONCE))
_CAME = Prepared(union_all(*map(_of, _KEYS)))
# In the same statement: that nobody is shut out costs mail nothing.
_SHUT_OUT = -1
_CAME_FROM = Prepared(
    union_all(
        *map(_of, _KEYS),
        select(
            cast(null(), traffic.c.key.type), literal_column(str(_SHUT_OUT)), literal_column("0")
        ).where(blocked_senders.c.key == bindparam("sender")),
    )
)


def came(conn: Connection, keys: Collection[bytes], now: datetime) -> Mapping[bytes, Rate]:
    """How often each has been counted; what has not is not in it."""
    return came_from(conn, keys, now, None)[0]


def came_from(
    conn: Connection, keys: Collection[bytes], now: datetime, sender: str | None
) -> tuple[Mapping[bytes, Rate], bool]:
    """The same, and whether mail of the sender with this `Address.key` waits for a human."""
    wanted = list(dict.fromkeys(keys))
    this = _bucket(now)
    slices: dict[bytes, list[tuple[int, int]]] = {}
    blocked = False
    for at in range(0, max(len(wanted), sender is not None), _AT_ONCE):
        few = wanted[at : at + _AT_ONCE]
        few += [_NO_KEY] * (_AT_ONCE - len(few))
        asked: dict[str, object] = dict(zip(_KEYS, few, strict=True))
        if at == 0 and sender is not None:
            rows = _CAME_FROM.all(conn, **asked, since=this - _DAY, sender=sender)
        else:
            rows = _CAME.all(conn, **asked, since=this - _DAY)
        for key, bucket, number in rows:
            if bucket == _SHUT_OUT:
                blocked = True
            else:
                slices.setdefault(bytes(key), []).append((bucket, number))
    return {key: _rate(counted, this) for key, counted in slices.items()}, blocked


def _rate(slices: Sequence[tuple[int, int]], this: int) -> Rate:
    """What was counted in each five minutes of the last day, summed up."""
    return Rate(
        sum(number for bucket, number in slices if bucket >= this - _TEN_MINUTES),
        sum(number for bucket, number in slices if bucket >= this - _HOUR),
        sum(number for _, number in slices),
    )


def _upsert(dialect: str) -> Prepared:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(traffic).values(key=bindparam("key"), bucket=bindparam("bucket"), count=1)
    one_more = {"count": _COUNT + 1}
    return Prepared(
        statement.on_conflict_do_update(index_elements=["key", "bucket"], set_=one_more)
    )


_UPSERT = {"sqlite": _upsert("sqlite"), "postgresql": _upsert("postgresql")}


def count(conn: Connection, keys: Collection[bytes], now: datetime) -> None:
    """Counts each once. In one order, and last in a transaction: two that count the same keys
    wait for each other, and never both."""
    bucket = _bucket(now)
    rows = [{"key": key, "bucket": bucket} for key in sorted(set(keys))]
    _UPSERT[conn.dialect.name].run_many(conn, rows)


_PRUNE = Prepared(
    delete(traffic).where(
        traffic.c.key >= bindparam("first"),
        traffic.c.key < bindparam("after"),
        traffic.c.bucket < bindparam("since_day"),
    )
)


def prune(conn: Connection, part: int, now: datetime) -> int:
    """Forgets what no window reaches any more, in one of the `SLICES`; how many rows."""
    width = 256 // SLICES
    # 0xff is the first octet of keys too: the last part ends behind all of them.
    after = bytes([(part + 1) * width]) if part + 1 < SLICES else b"\xff" * 17
    first = bytes([part * width])
    return _PRUNE.run(conn, first=first, after=after, since_day=_bucket(now) - _DAY)


def _bucket(at: datetime) -> int:
    return microseconds(at) // _MICROSECONDS
