"""Leasing deliveries to a node, and setting aside those that have to wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, insert, null, or_, select, text, update

from mailgate.model.delivery import DeliveryState, Lane, LeasedDelivery, WaitReason
from mailgate.model.delivery_states import DeliveryEvent, sources, target
from mailgate.model.gates import gates_of, gates_text, ticket_gate
from mailgate.model.ids import DeliveryId, OutboundId, TicketId
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import attempts, deliveries, destinations, outbound
from mailgate.store.prepared import Prepared, Row
from mailgate.store.values import address_of, reverse_path_of

__all__ = [
    "Chosen",
    "Wait",
    "last_due",
    "lease",
    "leased_by_gate",
    "overdue",
    "park",
    "release_order",
    "waited_for",
]

_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """A delivery that is to be leased; `gates` let it through."""

    id: DeliveryId
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """A delivery that waits for the gate `key`, until `due_at` by estimate."""

    id: DeliveryId
    key: str
    reason: WaitReason
    due_at: datetime


_REGISTER = Prepared(
    insert(attempts).values(
        {name: bindparam(name) for name in ("delivery", "number", "node", "started_at")}
    )
)
_LEASE = Prepared(
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("of"),
        or_(*(in_state(state) for state in sources(DeliveryEvent.CLAIM))),
    )
    .values(
        state=target(DeliveryEvent.CLAIM).value,
        attempts=deliveries.c.attempts + 1,
        fence=deliveries.c.fence + 1,
        lease_node=bindparam("node"),
        lease_until=bindparam("until"),
        wait_reason=WaitReason.LEASED.value,
        waits_for=null(),
        gates=bindparam("new_gates"),
    )
)
_LEASED_ROWS = Prepared(
    select(
        deliveries.c.id,
        deliveries.c.outbound,
        deliveries.c.ticket,
        deliveries.c.lane,
        deliveries.c.recipient,
        deliveries.c.attempts,
        deliveries.c.created_at,
        deliveries.c.fence,
        deliveries.c.outside,
        deliveries.c.reverse_path,
        outbound.c.message_id,
        outbound.c.sender,
        outbound.c.raw,
    )
    .join(outbound, deliveries.c.outbound == outbound.c.id)
    .where(
        in_state(target(DeliveryEvent.CLAIM)),
        deliveries.c.lease_node == bindparam("node"),
        deliveries.c.lease_until == bindparam("until"),
    )
)
_BY_GATE = Prepared(
    select(deliveries.c.gates, deliveries.c.lane, func.count().label("mails"))
    .where(in_state(DeliveryState.LEASED))
    .group_by(deliveries.c.gates, deliveries.c.lane)
)
_PARK = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), in_state(DeliveryState.READY))
    .values(
        due_at=bindparam("due"), wait_reason=bindparam("reason"), waits_for=bindparam("new_key")
    )
)


def leased_by_gate(conn: Connection) -> Mapping[str, Mapping[Lane, int]]:
    """How many deliveries of each lane are on their way through each gate, of all nodes."""
    found: dict[str, dict[Lane, int]] = {}
    for row in _BY_GATE.all(conn):
        lane = Lane(row.lane)
        for key in gates_of(row.gates):
            by_lane = found.setdefault(key, {})
            by_lane[lane] = by_lane.get(lane, 0) + row.mails
    return found


def lease(
    conn: Connection, chosen: Sequence[Chosen], *, node: str, now: datetime, until: datetime
) -> list[LeasedDelivery]:
    """Leases deliveries to `node` and registers an attempt for each: commit before dialling."""
    if not chosen:
        return []
    values = {"node": node, "until": until}
    _LEASE.run_many(
        conn, [{"of": one.id, "new_gates": gates_text(one.gates), **values} for one in chosen]
    )
    wanted = {one.id: one.gates for one in chosen}
    rows = [row for row in _LEASED_ROWS.all(conn, **values) if row.id in wanted]
    _REGISTER.run_many(
        conn,
        [
            {"delivery": row.id, "number": row.attempts, "node": node, "started_at": now}
            for row in rows
        ],
    )
    first = _first_attempts(conn, [row.id for row in rows if row.attempts > 1])
    leased = {row.id: _leased(row, first.get(row.id)) for row in rows}
    return [leased[one.id] for one in chosen if one.id in leased]


def park(conn: Connection, waits: Sequence[Wait]) -> None:
    """Notes what deliveries wait for, and why. They leave when their gate lets them; what waits
    for earlier mail of its ticket is also due at its time."""
    if waits:
        rows = [
            {"of": wait.id, "due": wait.due_at, "reason": wait.reason.value, "new_key": wait.key}
            for wait in waits
        ]
        _PARK.run_many(conn, rows)


_OVERDUE = Prepared(
    select(deliveries.c.id, deliveries.c.due_at)
    .where(
        in_state(DeliveryState.READY),
        deliveries.c.waits_for == bindparam("key"),
        deliveries.c.lane == bindparam("lane"),
    )
    .order_by(deliveries.c.id)
    .limit(bindparam("most"))
)


def overdue(
    conn: Connection, key: str, lane: Lane, *, now: datetime, limit: int
) -> list[DeliveryId]:
    """Those of the first `limit` that wait for a gate whose time has come all the same: their
    estimates were wrong."""
    rows = _OVERDUE.all(conn, key=key, lane=lane.value, most=limit)
    return [DeliveryId(row.id) for row in rows if row.due_at <= now]


_LAST = Prepared(
    select(deliveries.c.due_at)
    .where(
        in_state(DeliveryState.READY),
        deliveries.c.waits_for == bindparam("key"),
        deliveries.c.lane == bindparam("lane"),
    )
    .order_by(deliveries.c.id.desc())
    .limit(1)
)


def last_due(conn: Connection, key: str, lane: Lane) -> datetime | None:
    """When the last one of a lane that waits for a gate can leave, by estimate."""
    row = _LAST.one(conn, key=key, lane=lane.value)
    return None if row is None else row.due_at


_WAITED_FOR = Prepared(
    select(destinations.c.key)
    # As in the partial index, literally: SQLite has no booleans.
    .where(text("destinations.parked"), destinations.c.look_at <= bindparam("now"))
    .where(
        exists().where(
            in_state(DeliveryState.READY),
            deliveries.c.waits_for == destinations.c.key,
            deliveries.c.lane == bindparam("lane"),
        )
    )
    .order_by(destinations.c.look_at)
    .limit(bindparam("most"))
)


def waited_for(conn: Connection, lane: Lane, *, now: datetime, limit: int) -> tuple[str, ...]:
    """The gates that are to be looked at and for which mail of this lane waits, the longest due
    first."""
    rows = _WAITED_FOR.all(conn, lane=lane.value, now=now, most=limit)
    return tuple(row.key for row in rows)


_MOST = 1000
_NEXT_IN_ORDER = Prepared(
    select(deliveries.c.id, deliveries.c.waits_for, deliveries.c.lane, deliveries.c.recipient_key)
    .where(
        in_state(DeliveryState.READY),
        deliveries.c.waits_for.in_([bindparam(f"key{at}") for at in range(_AT_ONCE)]),
    )
    .order_by(deliveries.c.waits_for, deliveries.c.lane, deliveries.c.id)
    .limit(_MOST)
)
_RELEASE = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), in_state(DeliveryState.READY))
    .values(due_at=bindparam("now"), wait_reason=WaitReason.QUEUED.value, waits_for=null())
)


def release_order(conn: Connection, tickets: Sequence[TicketId], now: datetime) -> int:
    """Mail of these tickets came to its end: the next one to each recipient may leave. How many
    that made due."""
    keys = sorted({ticket_gate(ticket) for ticket in tickets})
    first: dict[tuple[str, str, str], int] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        some += some[-1:] * (_AT_ONCE - len(some))
        rows = _NEXT_IN_ORDER.all(conn, **{f"key{at}": key for at, key in enumerate(some)})
        for row in rows:
            first.setdefault((row.waits_for, row.recipient_key, row.lane), row.id)
    if first:
        _RELEASE.run_many(conn, [{"of": each, "now": now} for each in sorted(first.values())])
    return len(first)


def _first_attempts(conn: Connection, ids: Sequence[int]) -> dict[int, datetime]:
    if not ids:
        return {}
    wanted = (
        select(attempts.c.delivery, func.min(attempts.c.started_at))
        .where(attempts.c.delivery.in_(ids))
        .group_by(attempts.c.delivery)
    )
    return {row[0]: row[1] for row in conn.execute(wanted)}


def _leased(row: Row, first: datetime | None) -> LeasedDelivery:
    return LeasedDelivery(
        id=DeliveryId(row.id),
        outbound=OutboundId(row.outbound),
        ticket=row.ticket,
        lane=Lane(row.lane),
        message_id=row.message_id,
        reverse_path=reverse_path_of(row.reverse_path),
        sender=address_of(row.sender),
        recipient=address_of(row.recipient),
        content=row.raw,
        attempts=row.attempts,
        created_at=row.created_at,
        fence=row.fence,
        outside=row.outside,
        first_attempt_at=first,
    )
