"""Gates that mail waits for, and what is known of the places that it flows to (`destinations`).

A gate of which nothing is known, and for which nobody waits, has no row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, false, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.model.delivery import DeliveryState, Lane, Reply
from mailgate.model.ids import DeliveryId
from mailgate.model.pace import FORGETS_AFTER, SLOWEST
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, destinations
from mailgate.store.prepared import Prepared, Row

__all__ = [
    "GateRow",
    "forget_probes",
    "load",
    "parked",
    "parked_lanes",
    "prune",
    "save",
    "wake",
    "wake_all",
]

_AT_ONCE = 20
_NOBODY_TRIES = timedelta(days=1)
_NAMES = (
    "key",
    "failures",
    "down_since",
    "down_until",
    "probe",
    "slowness",
    "slowed_at",
    "tat",
    "parked",
    "look_at",
    "last_code",
    "last_status",
    "last_text",
    "last_at",
)


@dataclass(frozen=True, slots=True)
class GateRow:
    """`parked` says that deliveries wait for it, which it is to be looked at for at `look_at`. The
    rest is `ratelimit.flow.FlowState`."""

    key: str
    failures: int = 0
    down_since: datetime | None = None
    down_until: datetime | None = None
    probe: DeliveryId | None = None
    slowness: int = 0
    slowed_at: datetime | None = None
    tat: datetime | None = None
    last: Reply | None = None
    parked: bool = False
    look_at: datetime | None = None


# As in the partial index, literally: SQLite has no booleans.
_SOMEBODY_WAITS = text("destinations.parked")
_COLUMNS = [destinations.c[name] for name in _NAMES]
_LOAD = Prepared(
    select(*_COLUMNS).where(
        destinations.c.key.in_([bindparam(f"key{at}") for at in range(_AT_ONCE)])
    )
)
_PARKED = Prepared(
    select(*_COLUMNS)
    .where(_SOMEBODY_WAITS, destinations.c.look_at <= bindparam("now"))
    .order_by(destinations.c.look_at)
    .limit(bindparam("most"))
)
_FIRST_OF_LANE = Prepared(
    select(deliveries.c.id)
    .where(
        in_state(DeliveryState.READY),
        deliveries.c.waits_for == bindparam("key"),
        deliveries.c.lane == bindparam("lane"),
    )
    .order_by(deliveries.c.id)  # by the index that has the lane
    .limit(1)
)


def _upsert(engine: str) -> Prepared:
    insert = sqlite.insert if engine == "sqlite" else postgresql.insert
    new = insert(destinations).values({name: bindparam(name) for name in _NAMES})
    changed = {name: new.excluded[name] for name in _NAMES if name != "key"}
    return Prepared(new.on_conflict_do_update(index_elements=["key"], set_=changed))


_SAVE = {engine: _upsert(engine) for engine in ("sqlite", "postgresql")}
_WAKE = Prepared(
    update(destinations)
    .where(destinations.c.key == bindparam("of"), destinations.c.parked)
    .values(look_at=bindparam("now"))
)
_FORGET_PROBE = Prepared(
    update(destinations)
    .where(destinations.c.probe == bindparam("of"))
    .values(probe=None, down_until=bindparam("now"), look_at=bindparam("now"))
)


def load(conn: Connection, keys: Sequence[str]) -> Mapping[str, GateRow]:
    """What is known of each of `keys`; most have no row."""
    found: dict[str, GateRow] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = list(keys[start : start + _AT_ONCE])
        some += some[-1:] * (_AT_ONCE - len(some))
        for row in _LOAD.all(conn, **{f"key{at}": key for at, key in enumerate(some)}):
            found[row.key] = _gate(row)
    return found


def parked(conn: Connection, now: datetime, limit: int) -> list[GateRow]:
    """The gates that deliveries wait for and that are to be looked at, the longest due first."""
    return [_gate(row) for row in _PARKED.all(conn, now=now, most=limit)]


def parked_lanes(conn: Connection, key: str) -> tuple[Lane, ...]:
    """The lanes of which somebody waits for a gate."""
    return tuple(
        lane for lane in Lane if _FIRST_OF_LANE.one(conn, key=key, lane=lane.value) is not None
    )


def save(conn: Connection, gates: Sequence[GateRow]) -> None:
    """Writes what is known of gates."""
    if gates:
        rows = sorted((_values(gate) for gate in gates), key=lambda row: str(row["key"]))
        _SAVE[conn.dialect.name].run_many(conn, rows)


def wake(conn: Connection, keys: Iterable[str], now: datetime) -> None:
    """There may be room again at these gates: they are looked at when the next claim comes."""
    rows = [{"of": key, "now": now} for key in sorted(set(keys))]
    if rows:
        _WAKE.run_many(conn, rows)


def wake_all(conn: Connection, now: datetime) -> None:
    """Other settings hold from now on: whoever waits for anything may go, and what is down may be
    there, by another password or under another name, so that one mail tries."""
    column = destinations.c
    conn.execute(update(destinations).where(column.parked).values(look_at=now))
    down = column.failures > 0, column.probe.is_(None), column.down_until > now
    conn.execute(update(destinations).where(*down).values(down_until=now))


def forget_probes(conn: Connection, ids: Iterable[DeliveryId], now: datetime) -> None:
    """These were not tried, or nobody knows: what one of them was to try, another one tries."""
    rows = [{"of": delivery, "now": now} for delivery in ids]
    if rows:
        _FORGET_PROBE.run_many(conn, rows)


def prune(conn: Connection, now: datetime) -> int:
    """Forgets gates of which nothing is to be known any more; how many. One that was down is
    forgotten a day after mail could have tried it and none did: it is done with."""
    column = destinations.c
    quick = or_(column.slowness == 0, column.slowed_at < now - SLOWEST * FORGETS_AFTER)
    there = and_(column.failures == 0, quick)
    over = and_(column.probe.is_(None), column.down_until < now - _NOBODY_TRIES)
    plain = and_(
        column.parked == false(),
        or_(there, over),
        column.tat.is_(None) | (column.tat < now),
    )
    return conn.execute(delete(destinations).where(plain)).rowcount


def _gate(row: Row) -> GateRow:
    last = None
    if row.last_at is not None:
        last = Reply(row.last_code, row.last_status, row.last_text or "", row.last_at)
    return GateRow(
        key=row.key,
        failures=row.failures,
        down_since=row.down_since,
        down_until=row.down_until,
        probe=None if row.probe is None else DeliveryId(row.probe),
        slowness=row.slowness,
        slowed_at=row.slowed_at,
        tat=row.tat,
        last=last,
        parked=bool(row.parked),
        look_at=row.look_at,
    )


def _values(gate: GateRow) -> dict[str, object]:
    last = gate.last
    return {
        "key": gate.key,
        "failures": gate.failures,
        "down_since": gate.down_since,
        "down_until": gate.down_until,
        "probe": gate.probe,
        "slowness": gate.slowness,
        "slowed_at": gate.slowed_at,
        "tat": gate.tat,
        "parked": gate.parked,
        "look_at": gate.look_at,
        "last_code": None if last is None else last.code,
        "last_status": None if last is None else last.status,
        "last_text": None if last is None else last.text,
        "last_at": None if last is None else last.at,
    }
