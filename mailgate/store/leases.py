"""What the outbound worker does with what it has claimed: settle, hand back, recover.

A lease is the right to try a delivery until `lease_until`. Each claim raises the `fence`; a
result that comes with an old fence, or after the lease was taken away, changes nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, case, delete, null, or_, select, update

from mailgate.model.delivery import DeliveryState, Lane, WaitReason
from mailgate.model.delivery_states import FINAL, DeliveryEvent, sources, target
from mailgate.model.gates import gates_of, is_place
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.settlement import ResultName, Settlement
from mailgate.store import destinations, entries, events, limits
from mailgate.store.candidates import in_state
from mailgate.store.claiming import release_order
from mailgate.store.core import Connection
from mailgate.store.outboundtables import attempts, deliveries
from mailgate.store.prepared import Prepared, Row

__all__ = [
    "LOST",
    "Lease",
    "LostLease",
    "Written",
    "hand_back_leases",
    "hand_back_unheard",
    "recover_leases",
    "renew_leases",
    "settle_deliveries",
]

LOST = "lease lost"
"""What stands in place of a reply at an attempt of which nobody knows."""


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


@dataclass(frozen=True, slots=True)
class Written:
    """`lost` are those whose lease was lost meanwhile, for which nothing was changed; `gates` are
    what the others had passed; `released` says that other mail became due."""

    lost: tuple[DeliveryId, ...]
    gates: Mapping[DeliveryId, tuple[str, ...]]
    released: bool


@dataclass(frozen=True, slots=True)
class _Held:
    """A lease that holds, and where its delivery has places."""

    lane: Lane
    gates: tuple[str, ...]

    def places(self, at: datetime) -> list[tuple[str, Lane, datetime]]:
        return [(key, self.lane, at) for key in self.gates if not is_place(key)]


def _can(event: DeliveryEvent) -> ColumnElement[bool]:
    """The guard of a transition, for statements that are prepared."""
    return or_(*(in_state(state) for state in sources(event)))


# --- after the attempt ------------------------------------------------------------------------


def renew_leases(
    conn: Connection, leases: Sequence[Lease], until: datetime
) -> frozenset[DeliveryId]:
    """Lengthens leases; those that are still ours."""
    mine = frozenset(_still_held(conn, leases))
    if mine:
        change = update(deliveries).where(deliveries.c.id.in_(mine))
        conn.execute(change.values(lease_until=until))
    return mine


def settle_deliveries(conn: Connection, settlements: Sequence[Settlement]) -> Written:
    """Writes what became of attempts."""
    limits.lock(conn)
    held = _still_held(conn, [Lease(s.delivery, s.fence) for s in settlements])
    mine = [s for s in settlements if s.delivery in held]
    _SETTLE_DELIVERY.run_many(conn, [_delivery_values(s) for s in mine])
    _SETTLE_ATTEMPT.run_many(conn, [_attempt_values(s) for s in mine])
    counted = (place for s in mine if s.counted for place in held[s.delivery].places(s.at))
    limits.count(conn, counted)
    told = ((s.ticket, s.ticket_event) for s in mine)
    events.add_all(conn, [(t, e) for t, e in told if t is not None and e is not None])
    _note_aliases(conn, mine)
    released = 0
    for at in {s.at for s in mine}:
        ended = [s.ticket for s in mine if s.at == at and target(s.event) in FINAL]
        released += release_order(conn, [ticket for ticket in ended if ticket is not None], at)
    return Written(
        lost=tuple(s.delivery for s in settlements if s.delivery not in held),
        gates={s.delivery: held[s.delivery].gates for s in mine},
        released=released > 0,
    )


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
    """Gives deliveries back that were not tried: the attempt is not counted, their places are
    free again. Returns how many were still ours."""
    limits.lock(conn)
    held = _still_held(conn, leases)
    mine = sorted(held)
    if not mine:
        return 0
    running = attempts.c.delivery.in_(mine), attempts.c.result.is_(None)
    conn.execute(delete(attempts).where(*running))
    _let_go(conn, mine, (key for one in held.values() for key in one.gates), now)
    conn.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(mine))
        .values(
            state=target(DeliveryEvent.HAND_BACK).value,
            attempts=deliveries.c.attempts - 1,
            wait_reason=WaitReason.QUEUED.value,
            gates=None,
            lease_node=None,
            lease_until=None,
            due_at=_not_later(now),
        )
    )
    return len(mine)


def _not_later(now: datetime) -> ColumnElement[datetime]:
    """Due as it was: what comes back is where it was in the queue, not behind all that came
    later. What left before its estimated time is due now."""
    due = deliveries.c.due_at
    then = bindparam("then", now, type_=due.type)
    return case((due > then, then), else_=due)


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
    started and so holds none). The mail may have gone: its places stay taken."""
    limits.lock(conn)
    expired = deliveries.c.lease_until <= now
    wanted = (
        select(
            deliveries.c.id,
            deliveries.c.ticket,
            deliveries.c.lane,
            deliveries.c.attempts,
            deliveries.c.gates,
        )
        .where(in_state(DeliveryState.LEASED))
        .where(expired if node is None else deliveries.c.lease_node == node)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = conn.execute(wanted).all()
    lost = [LostLease(DeliveryId(r.id), r.ticket, Lane(r.lane), r.attempts) for r in rows]
    ids = [lease.delivery for lease in lost]
    if ids:
        conn.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(ids))
            .values(
                state=target(DeliveryEvent.LEASE_LOST).value,
                wait_reason=WaitReason.LEASE_LOST.value,
                gates=None,
                lease_node=None,
                lease_until=None,
                due_at=_not_later(now),
            )
        )
        running = attempts.c.delivery.in_(ids), attempts.c.result.is_(None)
        ended = {"result": ResultName.AMBIGUOUS.value, "finished_at": now, "text": LOST}
        conn.execute(update(attempts).where(*running).values(ended))
        held = [_Held(Lane(row.lane), gates_of(row.gates)) for row in rows]
        limits.count(conn, [place for one in held for place in one.places(now)])
        _let_go(conn, ids, (key for one in held for key in one.gates), now)
    return lost


def _let_go(
    conn: Connection, ids: Sequence[DeliveryId], gates: Iterable[str], now: datetime
) -> None:
    """These are on their way no more; nobody knows what became of them."""
    destinations.forget_probes(conn, ids, now)
    destinations.wake(conn, gates, now)


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
        | {"gates": null(), "lease_node": null(), "lease_until": null()}
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
    select(deliveries.c.id, deliveries.c.fence, deliveries.c.lane, deliveries.c.gates)
    .where(deliveries.c.id.in_([bindparam(f"id{at}") for at in range(_AT_ONCE)]))
    .where(_can(DeliveryEvent.ACCEPTED))
    .with_for_update()
)


def _still_held(conn: Connection, leases: Sequence[Lease]) -> dict[DeliveryId, _Held]:
    """Which of the leases hold, locked until the end of the transaction."""
    fences = {lease.delivery: lease.fence for lease in leases}
    ids = sorted(fences)
    rows: list[Row] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        some += some[-1:] * (_AT_ONCE - len(some))
        rows += _HELD.all(conn, **{f"id{at}": id_ for at, id_ in enumerate(some)})
    return {
        DeliveryId(row.id): _Held(Lane(row.lane), gates_of(row.gates))
        for row in rows
        if fences[row.id] == row.fence
    }
