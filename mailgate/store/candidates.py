"""Which deliveries could be claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select

from mailgate.model.delivery import DeliveryState, Lane, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.store.core import Connection
from mailgate.store.tables import deliveries, outbound

__all__ = ["Candidate", "capped", "capped_before", "due", "in_state"]

_MANY = 10_000_000
_CAPPED = (WaitReason.HOURLY_LIMIT, WaitReason.LANE_RESERVE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivery that could be claimed; `size` in bytes of its content."""

    id: DeliveryId
    size: int


def in_state(state: DeliveryState) -> ColumnElement[bool]:
    """`state = '...'` as a literal: SQLite uses a partial index for nothing else."""
    return deliveries.c.state == literal_column(f"'{state.value}'")


def due(
    conn: Connection, lane: Lane, *, outside: bool, now: datetime, limit: int
) -> list[Candidate]:
    """The deliveries of a lane that are due, the longest due first; locked until the end of the
    transaction, leaving out what another node has locked."""
    order = (deliveries.c.due_at, deliveries.c.id)
    wanted = _candidates(lane).where(deliveries.c.outside == outside, deliveries.c.due_at <= now)
    return _read(conn, wanted.order_by(*order).limit(limit))


def capped(conn: Connection, lane: Lane, limit: int) -> list[Candidate]:
    """The deliveries of a lane that wait for room under the hourly cap, in the order of the
    queue; locked like those of `due`."""
    return _read(conn, _candidates(lane).where(_is_capped()).order_by(deliveries.c.id).limit(limit))


def capped_before(conn: Connection, lanes: Sequence[Lane], before: DeliveryId | None) -> int:
    """How many deliveries of `lanes` wait for room, with an id less than `before` if given."""
    return sum(_capped_in(conn, lane, before) for lane in lanes)


def _capped_in(conn: Connection, lane: Lane, before: DeliveryId | None) -> int:
    waiting = select(deliveries.c.id).where(
        in_state(DeliveryState.READY), _is_capped(), deliveries.c.lane == lane.value
    )
    if before is not None:
        waiting = waiting.where(deliveries.c.id < before)
    # In order and with a limit, else SQLite goes through all that is ready: it has no notion
    # of how few wait for the cap.
    ordered = waiting.order_by(deliveries.c.id).limit(_MANY).subquery()
    return conn.execute(select(func.count()).select_from(ordered)).scalar_one()


def _candidates(lane: Lane) -> Select[Any]:
    return (
        select(deliveries.c.id, func.length(outbound.c.raw).label("size"))
        .join(outbound, outbound.c.id == deliveries.c.outbound)
        .where(in_state(DeliveryState.READY), deliveries.c.lane == lane.value)
        .with_for_update(of=deliveries, skip_locked=True)
    )


def _is_capped() -> ColumnElement[bool]:
    # As literals, like the state: for the partial index.
    return deliveries.c.wait_reason.in_([literal_column(f"'{reason.value}'") for reason in _CAPPED])


def _read(conn: Connection, wanted: Select[Any]) -> list[Candidate]:
    return [Candidate(DeliveryId(row.id), row.size) for row in conn.execute(wanted)]
