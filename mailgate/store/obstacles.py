"""Destinations that keep mail waiting, as people see them: down, slowed, or with a pace."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from mailgate.model.delivery import DeliveryState, Reply
from mailgate.model.gates import DOMAIN, MX, SMARTHOST
from mailgate.model.pace import FORGETS_AFTER, SLOWEST, slowness_at
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, destinations

__all__ = ["Obstacle", "ObstacleCounts", "counts", "listing", "of_keys"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A destination that is not as all begin. `key` is `domain:GROUP`, `mx:DOMAIN` or
    `smarthost:HOST:PORT`.

    It is down while `failures` is not 0: nothing goes until `down_until`, when one mail tries.
    `slowness` counts how often the other side has asked for patience.
    """

    key: str
    failures: int
    down_until: datetime | None
    slowness: int
    slowed_at: datetime | None
    paced_until: datetime | None
    """Its pace is used up until then."""
    waiting: int
    """Deliveries that wait for it."""
    last_reply: Reply | None

    @property
    def is_down(self) -> bool:
        return self.failures > 0

    @property
    def state(self) -> str:
        """`down`, `slowed`, or `paced`: it takes so many in a time, and they went."""
        if self.is_down:
            return "down"
        return "slowed" if self.slowness else "paced"


@dataclass(frozen=True, slots=True)
class ObstacleCounts:
    down: int
    slowed: int


def listing(conn: Connection, now: datetime, limit: int) -> list[Obstacle]:
    """Those that are down, slowed, or at the end of their pace, by their key."""
    column = destinations.c
    standing = or_(column.failures > 0, _slowed(now), column.tat > now, column.parked)
    wanted = select(destinations).where(_is_place(), standing)
    rows = conn.execute(wanted.order_by(column.key).limit(limit)).all()
    waiting = _waiting(conn, [row.key for row in rows])
    return [_as_of(_obstacle(row, waiting.get(row.key, 0)), now) for row in rows]


def of_keys(conn: Connection, keys: Iterable[str]) -> dict[str, Obstacle]:
    """What is known of these; those of which nothing is known are left out. `waiting` is not
    counted."""
    wanted = select(destinations).where(destinations.c.key.in_(sorted(set(keys))))
    return {row.key: _obstacle(row, 0) for row in conn.execute(wanted)}


def counts(conn: Connection, now: datetime) -> ObstacleCounts:
    """How many are down, and how many slowed."""
    down = case((destinations.c.failures > 0, 1), else_=0)
    slowed = case((_slowed(now), 1), else_=0)
    row = conn.execute(
        select(
            func.coalesce(func.sum(down), 0).label("down"),
            func.coalesce(func.sum(slowed), 0).label("slowed"),
        )
    ).one()
    return ObstacleCounts(int(row.down), int(row.slowed))


def _slowed(now: datetime) -> ColumnElement[bool]:
    """It wears off without a mail that would write so."""
    column = destinations.c
    return or_(
        *(
            and_(column.slowness == slowness, column.slowed_at > now - slowness * FORGETS_AFTER)
            for slowness in range(1, SLOWEST + 1)
        )
    )


def _as_of(obstacle: Obstacle, now: datetime) -> Obstacle:
    left = slowness_at(obstacle.slowness, obstacle.slowed_at, now)
    return replace(obstacle, slowness=left)


def _is_place() -> ColumnElement[bool]:
    """Limits that mail waits for have rows too."""
    column = destinations.c
    return or_(*(column.key.startswith(kind) for kind in (DOMAIN, MX, SMARTHOST)))


def _waiting(conn: Connection, keys: list[str]) -> Mapping[str, int]:
    wanted = (
        select(deliveries.c.waits_for, func.count())
        .where(in_state(DeliveryState.READY), deliveries.c.waits_for.is_not(None))
        .where(deliveries.c.waits_for.in_(keys))
        .group_by(deliveries.c.waits_for)
    )
    return {row[0]: row[1] for row in conn.execute(wanted)}


def _obstacle(row: Row[Any], waiting: int) -> Obstacle:
    said = None
    if row.last_at is not None:
        said = Reply(row.last_code, row.last_status, row.last_text or "", row.last_at)
    return Obstacle(
        key=row.key,
        failures=row.failures,
        down_until=row.down_until,
        slowness=row.slowness,
        slowed_at=row.slowed_at,
        paced_until=row.tat,
        waiting=waiting,
        last_reply=said,
    )
