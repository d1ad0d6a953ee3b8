"""What the outbound worker does with the queue: claim, settle, hand back, recover.

A lease is the right to try a delivery until `lease_until`. Each claim raises the `fence`; a
result that comes with an old fence, or after the lease was taken away, changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from mailgate.model.delivery import DeliveryState, Lane, LeasedDelivery, WaitReason
from mailgate.model.delivery_states import DeliveryEvent, sources, target
from mailgate.model.ids import DeliveryId, OutboundId, TicketId
from mailgate.model.settlement import ResultName, Settlement
from mailgate.store import entries, events, limits
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import attempts, deliveries, outbound
from mailgate.store.prepared import Prepared, Row
from mailgate.store.values import address_of, reverse_path_of

__all__ = [
    "Lease",
    "LostLease",
    "hand_back_leases",
    "hand_back_unheard",
    "lease",
    "postpone",
    "recover_leases",
    "renew_leases",
    "settle_deliveries",
]


@dataclass(frozen=True, slots=True)
class Lease:
    """What a node must show to touch a delivery that it has claimed."""

    delivery: DeliveryId
    fence: int


@dataclass(frozen=True, slots=True)
class LostLease:
    """A delivery whose node died or hung; its attempt may have sent the mail."""

    delivery: DeliveryId
    ticket: TicketId | None
    lane: Lane
    number: int


def _can(event: DeliveryEvent) -> ColumnElement[bool]:
    """The guard of a transition, for statements that are prepared."""
    return or_(*(in_state(state) for state in sources(event)))


# --- claim ----------------------------------------------------------------------------------


_REGISTER = Prepared(
    insert(attempts).values(
        {name: bindparam(name) for name in ("delivery", "number", "node", "started_at")}
    )
)


_LEASE = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), _can(DeliveryEvent.CLAIM))
    .values(
        state=target(DeliveryEvent.CLAIM).value,
        attempts=deliveries.c.attempts + 1,
        fence=deliveries.c.fence + 1,
        lease_node=bindparam("node"),
        lease_until=bindparam("until"),
        wait_reason=WaitReason.LEASED.value,
        waits_for=null(),
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
_POSTPONE = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), in_state(DeliveryState.READY))
    .values(due_at=bindparam("due"), wait_reason=bindparam("reason"))
)


def lease(
    conn: Connection, ids: Sequence[DeliveryId], *, node: str, now: datetime, until: datetime
) -> list[LeasedDelivery]:
    """Leases deliveries to `node` and registers an attempt for each: commit before dialling."""
    if not ids:
        return []
    values = {"node": node, "until": until}
    _LEASE.run_many(conn, [{"of": delivery, **values} for delivery in ids])
    wanted = frozenset(ids)
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
    return [leased[delivery] for delivery in ids if delivery in leased]


def postpone(
    conn: Connection, waits: Sequence[tuple[DeliveryId, datetime]], reason: WaitReason
) -> None:
    """Notes why deliveries that are due cannot go yet, and when they can at the earliest."""
    if waits:
        rows = [{"of": delivery, "due": at, "reason": reason.value} for delivery, at in waits]
        _POSTPONE.run_many(conn, rows)


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


# --- after the attempt ------------------------------------------------------------------------


def renew_leases(
    conn: Connection, leases: Sequence[Lease], until: datetime
) -> frozenset[DeliveryId]:
    """Lengthens leases; those that are still ours."""
    mine = _still_held(conn, leases)
    if mine:
        change = update(deliveries).where(deliveries.c.id.in_(mine))
        conn.execute(change.values(lease_until=until))
    return mine


def settle_deliveries(
    conn: Connection, settlements: Sequence[Settlement]
) -> tuple[DeliveryId, ...]:
    """Writes what became of attempts; returns those whose lease was lost meanwhile, for which
    nothing was changed."""
    held = _still_held(conn, [Lease(s.delivery, s.fence) for s in settlements])
    mine = [s for s in settlements if s.delivery in held]
    _SETTLE_DELIVERY.run_many(conn, [_delivery_values(s) for s in mine])
    _SETTLE_ATTEMPT.run_many(conn, [_attempt_values(s) for s in mine])
    for at in {s.at for s in mine}:
        limits.count(conn, [s.delivery for s in mine if s.counted and s.at == at], at)
    limits.give_back(conn, [s.delivery for s in mine if not s.counted])
    for settlement in mine:
        if settlement.ticket is not None and settlement.ticket_event is not None:
            events.add(conn, settlement.ticket, settlement.ticket_event)
    _note_aliases(conn, mine)
    return tuple(s.delivery for s in settlements if s.delivery not in held)


def _note_aliases(conn: Connection, settlements: Sequence[Settlement]) -> None:
    """Most relays give a mail no other name, and then there is nothing to write."""
    for at in {s.at for s in settlements if s.aliases}:
        names = [
            (s.ticket, alias, s.message_id)
            for s in settlements
            if s.at == at and s.ticket is not None
            for alias in s.aliases
        ]
        entries.note_aliases(conn, names, at)


def hand_back_leases(conn: Connection, leases: Sequence[Lease], now: datetime) -> int:
    """Gives deliveries back that were not tried: the attempt is not counted, the place under
    the cap is free again. Returns how many were still ours."""
    mine = sorted(_still_held(conn, leases))
    if not mine:
        return 0
    running = attempts.c.delivery.in_(mine), attempts.c.result.is_(None)
    conn.execute(delete(attempts).where(*running))
    limits.give_back(conn, mine)
    conn.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(mine))
        .values(
            state=target(DeliveryEvent.HAND_BACK).value,
            attempts=deliveries.c.attempts - 1,
            wait_reason=WaitReason.QUEUED.value,
            lease_node=None,
            lease_until=None,
            due_at=now,
        )
    )
    return len(mine)


def hand_back_unheard(
    conn: Connection,
    *,
    node: str,
    untils: Collection[datetime],
    held: Collection[Lease],
    now: datetime,
) -> int:
    """Gives back what `node` leased until one of `untils` without hearing of it: all that is
    not `held`. Returns how many."""
    wanted = select(deliveries.c.id, deliveries.c.fence).where(
        in_state(DeliveryState.LEASED),
        deliveries.c.lease_node == node,
        deliveries.c.lease_until.in_(untils),
    )
    leased = [Lease(DeliveryId(row.id), row.fence) for row in conn.execute(wanted)]
    known = frozenset(held)
    return hand_back_leases(conn, [lease for lease in leased if lease not in known], now)


def recover_leases(
    conn: Connection, now: datetime, *, node: str | None = None, limit: int = 1000
) -> list[LostLease]:
    """Takes back leases that ran out (with `node`: all leases of that node, which has just
    started and so holds none). The mail may have gone: the place under the cap stays taken."""
    expired = deliveries.c.lease_until <= now
    wanted = (
        select(deliveries.c.id, deliveries.c.ticket, deliveries.c.lane, deliveries.c.attempts)
        .where(in_state(DeliveryState.LEASED))
        .where(expired if node is None else deliveries.c.lease_node == node)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    lost = [
        LostLease(DeliveryId(row.id), row.ticket, Lane(row.lane), row.attempts)
        for row in conn.execute(wanted)
    ]
    ids = [lease.delivery for lease in lost]
    if ids:
        conn.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(ids))
            .values(
                state=target(DeliveryEvent.LEASE_LOST).value,
                wait_reason=WaitReason.LEASE_LOST.value,
                lease_node=None,
                lease_until=None,
                due_at=now,
            )
        )
        running = attempts.c.delivery.in_(ids), attempts.c.result.is_(None)
        ended = {"result": ResultName.AMBIGUOUS.value, "finished_at": now, "text": "lease lost"}
        conn.execute(update(attempts).where(*running).values(ended))
        limits.count(conn, ids, now)
    return lost


_SETTLE_DELIVERY = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "state",
                "due_at",
                "wait_reason",
                "last_code",
                "last_status",
                "last_text",
                "last_at",
                "relay_id",
                "final_at",
            )
        }
        | {"lease_node": null(), "lease_until": null()}
    )
)

_SETTLE_ATTEMPT = Prepared(
    update(attempts)
    .where(attempts.c.delivery == bindparam("of"), attempts.c.number == bindparam("nth"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("finished_at", "result", "code", "status", "text")
        }
    )
)


def _delivery_values(settlement: Settlement) -> dict[str, object]:
    final = settlement.due_at is None
    reason = settlement.wait_reason
    return {
        "of": settlement.delivery,
        "new_state": target(settlement.event).value,
        "new_due_at": settlement.at if settlement.due_at is None else settlement.due_at,
        "new_wait_reason": None if reason is None else reason.value,
        "new_last_code": settlement.reply.code,
        "new_last_status": settlement.reply.status,
        "new_last_text": settlement.reply.text,
        "new_last_at": settlement.reply.at,
        "new_relay_id": settlement.relay_id,
        "new_final_at": settlement.at if final else None,
    }


def _attempt_values(settlement: Settlement) -> dict[str, object]:
    return {
        "of": settlement.delivery,
        "nth": settlement.number,
        "new_finished_at": settlement.reply.at,
        "new_result": settlement.result.value,
        "new_code": settlement.reply.code,
        "new_status": settlement.reply.status,
        "new_text": settlement.reply.text,
    }


_AT_ONCE = 20
_HELD = Prepared(
    select(deliveries.c.id, deliveries.c.fence)
    .where(deliveries.c.id.in_([bindparam(f"id{at}") for at in range(_AT_ONCE)]))
    .where(_can(DeliveryEvent.ACCEPTED))
    .with_for_update()
)


def _still_held(conn: Connection, leases: Sequence[Lease]) -> frozenset[DeliveryId]:
    """Which of the leases hold, locked until the end of the transaction."""
    if not leases:
        return frozenset()
    fences = {lease.delivery: lease.fence for lease in leases}
    ids = sorted(fences)
    rows: list[Row] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        some += some[-1:] * (_AT_ONCE - len(some))
        rows += _HELD.all(conn, **{f"id{at}": id_ for at, id_ in enumerate(some)})
    return frozenset(DeliveryId(row.id) for row in rows if fences[row.id] == row.fence)
