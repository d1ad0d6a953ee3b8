"""Which deliveries could be claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select

from mailgate.model.delivery import DeliveryState, Lane, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, outbound
from mailgate.store.prepared import Prepared, Row

__all__ = ["Candidate", "capped", "capped_before", "due", "in_state"]

_MANY = 10_000_000
_NO_ID = 2**63 - 1
"""Greater than every id."""
_CAPPED = (WaitReason.HOURLY_LIMIT, WaitReason.LANE_RESERVE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivery that could be claimed; `size` in bytes of its content."""

    id: DeliveryId
    size: int


def in_state(state: DeliveryState) -> ColumnElement[bool]:
    """`state = '...'` as a literal: SQLite uses a partial index for nothing else."""
    return deliveries.c.state == literal_column(f"'{state.value}'")


def _candidates() -> Select[Any]:
    return (
        select(deliveries.c.id, func.length(outbound.c.raw).label("size"))
        .join(outbound, outbound.c.id == deliveries.c.outbound)
        .where(in_state(DeliveryState.READY), deliveries.c.lane == bindparam("lane"))
        .with_for_update(of=deliveries, skip_locked=True)
        .limit(bindparam("most"))
    )


def _is_capped() -> ColumnElement[bool]:
    # As literals, like the state: for the partial index.
    return deliveries.c.wait_reason.in_([literal_column(f"'{reason.value}'") for reason in _CAPPED])


_DUE = Prepared(
    _candidates()
    .where(deliveries.c.outside == bindparam("outside"), deliveries.c.due_at <= bindparam("now"))
    .order_by(deliveries.c.due_at, deliveries.c.id)
)
_WAITING = Prepared(_candidates().where(_is_capped()).order_by(deliveries.c.id))
# In order and with a limit, else SQLite goes through all that is ready: it has no notion of how
# few wait for the cap.
_CAPPED_BEFORE = Prepared(
    select(func.count().label("waiting")).select_from(
        select(deliveries.c.id)
        .where(in_state(DeliveryState.READY), _is_capped())
        .where(deliveries.c.lane == bindparam("lane"), deliveries.c.id < bindparam("before"))
        .order_by(deliveries.c.id)
        .limit(_MANY)
        .subquery()
    )
)


def due(
    conn: Connection, lane: Lane, *, outside: bool, now: datetime, limit: int
) -> list[Candidate]:
    """The deliveries of a lane that are due, the longest due first; locked until the end of the
    transaction, leaving out what another node has locked."""
    return _read(_DUE.all(conn, lane=lane.value, outside=outside, now=now, most=limit))


def capped(conn: Connection, lane: Lane, limit: int) -> list[Candidate]:
    """The deliveries of a lane that wait for room under the hourly cap, in the order of the
    queue; locked like those of `due`."""
    return _read(_WAITING.all(conn, lane=lane.value, most=limit))


def capped_before(conn: Connection, lanes: Sequence[Lane], before: DeliveryId | None) -> int:
    """How many deliveries of `lanes` wait for room, with an id less than `before` if given."""
    last = _NO_ID if before is None else before
    found = (_CAPPED_BEFORE.one(conn, lane=lane.value, before=last) for lane in lanes)
    return sum(row.waiting for row in found)


def _read(rows: list[Row]) -> list[Candidate]:
    return [Candidate(DeliveryId(row.id), row.size) for row in rows]
