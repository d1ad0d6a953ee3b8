"""Which deliveries could be claimed: what is due, and what waits for a gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from mailgate.model.delivery import DeliveryState, Lane, WaitReason
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.store.columns import Id, Instant
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, outbound
from mailgate.store.prepared import Prepared, Row

__all__ = [
    "FREE",
    "OVERTAKEN_AFTER",
    "Candidate",
    "Place",
    "Queued",
    "due",
    "in_state",
    "leaving",
    "parked",
    "waiting",
]

OVERTAKEN_AFTER = timedelta(hours=1)
"""So long after it may leave a mail keeps later ones of its ticket and recipient back."""
_MANY = 10_000_000
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_LANES = 4
_BEFORE_ALL = DeliveryId(0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivery that could be claimed; `size` in bytes of its content."""

    id: DeliveryId
    lane: Lane
    size: int
    outside: bool
    ticket: TicketId | None
    recipient_key: str
    destination: str
    sender_key: str
    agent: str | None
    campaign: str | None
    due_at: datetime
    waits_for: str | None
    behind: datetime | None
    """Since when an earlier mail of the ticket to the same recipient may leave that has not
    left; the latest of those that keep this one back."""


@dataclass(frozen=True, slots=True)
class Queued:
    """What limits ask of a delivery that is in the queue."""

    lane: Lane
    outside: bool
    sender_key: str
    agent: str | None
    campaign: str | None
    recipient_key: str
    destination: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list of due deliveries is at."""

    due_at: datetime = _LONG_AGO
    id: DeliveryId = _BEFORE_ALL


def in_state(state: DeliveryState) -> ColumnElement[bool]:
    """`state = '...'` as a literal: SQLite uses a partial index for nothing else."""
    return deliveries.c.state == literal_column(f"'{state.value}'")


_earlier = deliveries.alias("earlier")
_BEHIND = (
    select(func.max(_earlier.c.due_from, type_=Instant))
    .where(
        _earlier.c.ticket == deliveries.c.ticket,
        _earlier.c.recipient_key == deliveries.c.recipient_key,
        _earlier.c.id < deliveries.c.id,
        # As in the partial index, literally.
        _earlier.c.state.in_([literal_column("'ready'"), literal_column("'leased'")]),
        _earlier.c.due_from > bindparam("overtaken", type_=Instant),
        _earlier.c.due_from <= bindparam("now", type_=Instant),
        _earlier.c.lane.in_([bindparam(f"lane{at}", type_=String) for at in range(_LANES)]),
    )
    .scalar_subquery()
    .label("behind")
)


def _candidates() -> Select[Any]:
    return (
        select(
            deliveries.c.id,
            func.length(outbound.c.raw).label("size"),
            deliveries.c.outside,
            deliveries.c.ticket,
            deliveries.c.recipient_key,
            deliveries.c.destination,
            deliveries.c.sender_key,
            deliveries.c.agent,
            deliveries.c.campaign,
            deliveries.c.due_at,
            deliveries.c.waits_for,
            _BEHIND,
        )
        .join(outbound, outbound.c.id == deliveries.c.outbound)
        .where(in_state(DeliveryState.READY), deliveries.c.lane == bindparam("lane"))
        .with_for_update(of=deliveries, skip_locked=True)
        .limit(bindparam("most"))
    )


# As literals, like the state: for the partial index.
FREE = or_(
    deliveries.c.waits_for.is_(None),
    deliveries.c.wait_reason == literal_column(f"'{WaitReason.ORDER.value}'"),
)
"""Waits for no gate, but its time."""
_DUE = Prepared(
    _candidates()
    .where(
        FREE,
        deliveries.c.due_at <= bindparam("now", type_=Instant),
        tuple_(deliveries.c.due_at, deliveries.c.id)
        > tuple_(bindparam("after", type_=Instant), bindparam("after_id", type_=Id)),
    )
    .order_by(deliveries.c.due_at, deliveries.c.id)
)
_PARKED = Prepared(
    _candidates()
    .where(deliveries.c.waits_for == bindparam("key"), deliveries.c.id > bindparam("after_id"))
    .order_by(deliveries.c.id)
)
# In order and with a limit, else SQLite goes through all that is ready: it has no notion of how
# few wait for one gate.
_WAITING = Prepared(
    select(func.count().label("waiting")).select_from(
        select(deliveries.c.id)
        .where(
            in_state(DeliveryState.READY),
            deliveries.c.waits_for == bindparam("key"),
            deliveries.c.lane == bindparam("lane"),
        )
        .order_by(deliveries.c.id)
        .limit(bindparam("most"))
        .subquery()
    )
)


def due(
    conn: Connection,
    lane: Lane,
    *,
    now: datetime,
    limit: int,
    after: Place = Place(),
    behind: Sequence[Lane] = (),
) -> list[Candidate]:
    """The deliveries of a lane that are due and wait for no gate, the longest due first; locked
    until the end of the transaction, leaving out what another node has locked. Mail of the lanes
    `behind` keeps later mail of its ticket back."""
    rows = _DUE.all(
        conn,
        lane=lane.value,
        now=now,
        most=limit,
        after=after.due_at,
        after_id=after.id,
        overtaken=now - OVERTAKEN_AFTER,
        **_lanes(lane, behind),
    )
    return _read(rows, lane)


def parked(
    conn: Connection,
    key: str,
    lane: Lane,
    *,
    now: datetime,
    limit: int,
    behind: Sequence[Lane] = (),
    after: DeliveryId = _BEFORE_ALL,
) -> list[Candidate]:
    """The deliveries of a lane that wait for a gate, in the order of the queue; locked like those
    of `due`."""
    rows = _PARKED.all(
        conn,
        key=key,
        lane=lane.value,
        now=now,
        most=limit,
        after_id=after,
        overtaken=now - OVERTAKEN_AFTER,
        **_lanes(lane, behind),
    )
    return _read(rows, lane)


_LEAVING = Prepared(
    select(
        deliveries.c.outside,
        deliveries.c.sender_key,
        deliveries.c.agent,
        deliveries.c.campaign,
        deliveries.c.recipient_key,
        deliveries.c.destination,
    )
    .where(in_state(DeliveryState.READY), deliveries.c.lane == bindparam("lane"))
    .where(FREE, deliveries.c.due_at <= bindparam("until", type_=Instant))
    .order_by(deliveries.c.due_at, deliveries.c.id)
    .limit(bindparam("most"))
)


def leaving(conn: Connection, lane: Lane, *, until: datetime, limit: int) -> list[Queued]:
    """The deliveries of a lane that wait for no gate and leave by `until`, so far as is known."""
    return [
        Queued(
            lane,
            bool(row.outside),
            row.sender_key,
            row.agent,
            row.campaign,
            row.recipient_key,
            row.destination,
        )
        for row in _LEAVING.all(conn, lane=lane.value, until=until, most=limit)
    ]


def waiting(
    conn: Connection, key: str, lanes: Sequence[Lane] = tuple(Lane), most: int = _MANY
) -> Mapping[Lane, int]:
    """How many deliveries of each of `lanes` wait for a gate; `most` of a lane are counted."""
    return {lane: _WAITING.one(conn, key=key, lane=lane.value, most=most).waiting for lane in lanes}


def _lanes(lane: Lane, behind: Sequence[Lane]) -> dict[str, str]:
    some = [each.value for each in behind] or [lane.value]
    some += some[-1:] * (_LANES - len(some))
    return {f"lane{at}": each for at, each in enumerate(some)}


def _read(rows: list[Row], lane: Lane) -> list[Candidate]:
    return [
        Candidate(
            row.id,
            lane,
            row.size,
            bool(row.outside),
            row.ticket,
            row.recipient_key,
            row.destination,
            row.sender_key,
            row.agent,
            row.campaign,
            row.due_at,
            row.waits_for,
            row.behind,
        )
        for row in rows
    ]
