"""How the database is, for the doctor: what engine, how durable, whole or damaged, how large."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from mailgate.mail.envelope import Envelope
from mailgate.model.delivery import DeliveryState
from mailgate.model.ids import JournalId
from mailgate.model.journal import Door, JournalState
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries
from mailgate.store.tables import journal, journal_content
from mailgate.store.values import addresses_of, reverse_path_of

__all__ = [
    "Failed",
    "ProbeRow",
    "StoreHealth",
    "examine",
    "failed_since",
    "last_journal",
    "maybe_probes",
]

_LATEST = 10_000
"""Rows that are looked at for what happened lately: no index is kept for it."""
_PROGRESS = 20_000
"""Steps of SQLite's machine between two looks at the time: some milliseconds."""
_PROBES = 100
_PROBE_OCTETS = 500_000
"""A probe is small; what forwarders put around it too."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """`intact` is None when the look at it was not ended in time, or is not ours to take;
    `damage` is what SQLite says of it. Sizes in octets."""

    engine: str
    version: str
    synchronous: str
    intact: bool | None
    damage: str
    size: int
    free: int
    """Unused inside the file."""
    newest: datetime | None
    """The latest time that stands in it."""
    server_now: datetime | None
    """The database server's own clock; None where the clock is ours."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Deliveries that were given up. `last` is what the next server said to the latest."""

    count: int
    last: str | None


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """A row of the journal. `waits` says that the daemon has not worked on it."""

    id: JournalId
    door: Door
    received_at: datetime
    envelope: Envelope
    trusted: bool
    waits: bool
    content: bytes = field(repr=False)


def examine(
    conn: Connection, *, monotonic: Callable[[], float], check_seconds: float
) -> StoreHealth:
    """Everything about the database. Reading all of it ends after `check_seconds`."""
    if conn.dialect.name == "postgresql":
        return _postgres(conn)
    version, pages, free, page, synchronous, mode = (
        _scalar(conn, sql)
        for sql in (
            "SELECT sqlite_version()",
            "PRAGMA page_count",
            "PRAGMA freelist_count",
            "PRAGMA page_size",
            "PRAGMA synchronous",
            "PRAGMA journal_mode",
        )
    )
    newest = _newest(conn)
    intact, damage = _quick_check(conn, monotonic, monotonic() + check_seconds)
    levels = {"0": "off", "1": "normal", "2": "full", "3": "extra"}
    return StoreHealth(
        engine="sqlite",
        version=version,
        synchronous=f"{mode}, synchronous {levels.get(synchronous, synchronous)}",
        intact=intact,
        damage=damage,
        size=int(pages) * int(page),
        free=int(free) * int(page),
        newest=newest,
        server_now=None,
    )


def _postgres(conn: Connection) -> StoreHealth:
    server_now = conn.execute(select(func.clock_timestamp())).scalar_one()
    return StoreHealth(
        engine="postgresql",
        version=_scalar(conn, "SHOW server_version"),
        synchronous=f"synchronous_commit {_scalar(conn, 'SHOW synchronous_commit')}",
        intact=None,
        damage="",
        size=int(_scalar(conn, "SELECT pg_database_size(current_database())")),
        free=0,
        newest=_newest(conn),
        server_now=server_now,
    )


def _scalar(conn: Connection, sql: str) -> str:
    return str(conn.execute(text(sql)).scalar())


def _newest(conn: Connection) -> datetime | None:
    """Of the last rows: ids go up with time, so that a clock which was ahead shows in them."""
    latest = [
        select(table.c[column].label("at")).order_by(table.c.id.desc()).limit(100).subquery()
        for table, column in ((journal, "received_at"), (deliveries, "created_at"))
    ]
    found = [conn.execute(select(func.max(each.c.at))).scalar() for each in latest]
    return max((at for at in found if at is not None), default=None)


def _quick_check(
    conn: Connection, monotonic: Callable[[], float], end: float
) -> tuple[bool | None, str]:
    import sqlite3  # noqa: PLC0415  only where it is SQLite

    raw = cast("sqlite3.Connection", conn.connection.dbapi_connection)
    raw.set_progress_handler(lambda: int(monotonic() > end), _PROGRESS)
    try:
        found = str(conn.execute(text("PRAGMA quick_check(1)")).scalar())
    except (sqlite3.DatabaseError, SQLAlchemyError) as error:
        told = str(getattr(error, "orig", error))
        return (None, "") if "interrupted" in told else (False, told)
    finally:
        raw.set_progress_handler(None, 0)
    return found == "ok", "" if found == "ok" else found


def failed_since(conn: Connection, since: datetime) -> Failed:
    """Among the latest deliveries those that were given up since then."""
    newest = conn.execute(select(func.max(deliveries.c.id))).scalar() or 0
    given_up = (DeliveryState.FAILED.value, DeliveryState.EXPIRED.value)
    rows = conn.execute(
        select(deliveries.c.last_code, deliveries.c.last_text)
        .where(
            deliveries.c.id > newest - _LATEST,
            deliveries.c.state.in_(given_up),
            deliveries.c.final_at >= since,
        )
        .order_by(deliveries.c.id.desc())
    ).all()
    if not rows:
        return Failed(0, None)
    said = " ".join(str(part) for part in rows[0] if part is not None)
    return Failed(len(rows), said or None)


def last_journal(conn: Connection) -> JournalId:
    """The newest row's number; 0 for none."""
    return JournalId(conn.execute(select(func.max(journal.c.id))).scalar() or 0)


def maybe_probes(conn: Connection, after: JournalId) -> list[ProbeRow]:
    """Later rows that can be a probe, oldest first: suppressed as one, or not yet worked on.
    Whether they are is told by the token in them."""
    by_probe = journal.c.decision.like('%"probe"%')
    waiting = journal.c.state == JournalState.RECEIVED.value
    wanted = (
        select(journal, journal_content.c.raw)
        .join(journal_content, journal_content.c.journal == journal.c.id)
        .where(journal.c.id > after, journal.c.size <= _PROBE_OCTETS, by_probe | waiting)
        .order_by(journal.c.id)
        .limit(_PROBES)
    )
    return [
        ProbeRow(
            id=JournalId(row.id),
            door=Door(row.door),
            received_at=row.received_at,
            envelope=Envelope(reverse_path_of(row.reverse_path), addresses_of(row.forward_paths)),
            trusted=row.trusted,
            waits=row.state == JournalState.RECEIVED.value,
            content=row.raw,
        )
        for row in conn.execute(wanted)
    ]
