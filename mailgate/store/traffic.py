"""How often things have come lately (`traffic`): a count for each key and five minutes.

A key is a digest of what is counted; nothing here knows of what. A window reaches back to the
beginning of the five minutes in which it begins, so that it counts rather a mail too many.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, bindparam, case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.model.traffic import Rate
from mailgate.store.core import Connection
from mailgate.store.plain import microseconds
from mailgate.store.prepared import Prepared
from mailgate.store.tables import traffic

__all__ = ["SLICES", "came", "count", "prune"]

SLICES = 64
"""Parts that pruning goes by: keys are digests, so each part holds as many rows."""
_BUCKET = timedelta(minutes=5)
_MICROSECONDS = _BUCKET // timedelta(microseconds=1)
_TEN_MINUTES = timedelta(minutes=10) // _BUCKET
_HOUR = timedelta(hours=1) // _BUCKET
_DAY = timedelta(days=1) // _BUCKET
_KEYS = ("key0", "key1", "key2", "key3", "key4")
"""Those of one look: a sender, their domain, the words, and what they do on a ticket."""

_COUNT: ColumnElement[int] = traffic.c["count"]


def _since(name: str) -> ColumnElement[int]:
    begins = bindparam(f"since_{name}", type_=Integer)
    return func.sum(case((traffic.c.bucket >= begins, _COUNT), else_=0)).label(name)


_CAME = Prepared(
    select(traffic.c.key, _since("ten_minutes"), _since("hour"), func.sum(_COUNT).label("day"))
    .where(
        traffic.c.key.in_([bindparam(name) for name in _KEYS]),
        traffic.c.bucket >= bindparam("since_day"),
    )
    .group_by(traffic.c.key)
)


def came(conn: Connection, keys: Collection[bytes], now: datetime) -> Mapping[bytes, Rate]:
    """How often each has been counted; what has not is not in it."""
    found: dict[bytes, Rate] = {}
    wanted = list(dict.fromkeys(keys))
    this = _bucket(now)
    for at in range(0, len(wanted), len(_KEYS)):
        few = wanted[at : at + len(_KEYS)]
        few += few[-1:] * (len(_KEYS) - len(few))
        rows = _CAME.all(
            conn,
            **dict(zip(_KEYS, few, strict=True)),
            since_ten_minutes=this - _TEN_MINUTES,
            since_hour=this - _HOUR,
            since_day=this - _DAY,
        )
        for row in rows:
            found[row.key] = Rate(row.ten_minutes, row.hour, row.day)
    return found


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
