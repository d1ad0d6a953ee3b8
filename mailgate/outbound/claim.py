"""Claiming: which deliveries leave next. One transaction, committed before anything is dialled.

Lanes go in the order of `LANES`; within a lane the mail that waited for the hourly cap goes
first, in the order of the queue. What the cap does not let go gets the earliest time at which
there can be room, and is not looked at again until then, or until a place is given back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mailgate.model.delivery import Lane, LeasedDelivery, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.limiter import HourlyLimiter
from mailgate.store import candidates, leases, suppressions
from mailgate.store.candidates import Candidate
from mailgate.store.core import Connection
from mailgate.store.limits import Used

__all__ = ["LANES", "Claim", "ClaimOrder", "claim_deliveries"]

LANES = (Lane.REPLY, Lane.NOTIFICATION, Lane.ACKNOWLEDGEMENT, Lane.CAMPAIGN)
"""The first leaves first."""


@dataclass(frozen=True, slots=True)
class ClaimOrder:
    """Who claims, and at most how much: `batch` deliveries, `batch_bytes` of content (but
    always one mail, however big)."""

    node: str
    now: datetime
    lease: timedelta
    batch: int
    batch_bytes: int
    lanes: tuple[Lane, ...] = LANES
    """Mail of these alone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`postponed` found no room under the cap, so that `waiting` wait for it in all; `more`
    says that another claim is worth it."""

    leased: tuple[LeasedDelivery, ...]
    postponed: int
    waiting: int
    used: int
    more: bool


@dataclass(slots=True)
class _Basket:
    """What was chosen so far, within the order's bounds."""

    order: ClaimOrder
    chosen: list[DeliveryId] = field(default_factory=list)
    counted: list[tuple[Lane, DeliveryId]] = field(default_factory=list)
    size: int = 0
    full: bool = False
    postponed: int = 0

    @property
    def left(self) -> int:
        return 0 if self.full else self.order.batch - len(self.chosen)

    def put(self, lane: Lane, found: Sequence[Candidate], *, counted: bool) -> int:
        """Takes as many as there is space for; how many."""
        before = len(self.chosen)
        for candidate in found[: self.left]:
            self.full = bool(self.chosen) and self.size + candidate.size > self.order.batch_bytes
            if self.full:
                break
            self.chosen.append(candidate.id)
            self.size += candidate.size
        taken = self.chosen[before:]
        self.counted.extend((lane, delivery) for delivery in taken if counted)
        return len(taken)


def claim_deliveries(conn: Connection, limiter: HourlyLimiter, order: ClaimOrder) -> Claim:
    """Leases what may leave now to `order.node` and registers the attempts."""
    basket = _Basket(order)
    used = limiter.used(conn, order.now)
    for lane in order.lanes:
        if basket.left > 0:
            _from_lane(conn, limiter, used, lane, basket)
    for lane in LANES:
        limiter.reserve(conn, lane, [each for of, each in basket.counted if of is lane])
    until = order.now + order.lease
    leased = leases.lease(conn, basket.chosen, node=order.node, now=order.now, until=until)
    return Claim(
        leased=_known_as_kept(conn, leased, order, until),
        postponed=basket.postponed,
        waiting=candidates.capped_before(conn, LANES, None) if basket.postponed else 0,
        used=used.settled + used.pending + len(basket.counted),
        more=basket.left <= 0 or basket.postponed >= order.batch,
    )


def _known_as_kept(
    conn: Connection, leased: Sequence[LeasedDelivery], order: ClaimOrder, until: datetime
) -> tuple[LeasedDelivery, ...]:
    """With why mail is kept from some of their addresses."""
    if not leased:
        return ()
    kept = suppressions.of_leased(conn, node=order.node, until=until, now=order.now)
    if not kept:
        return tuple(leased)
    return tuple(replace(one, suppressed_by=kept.get(one.id)) for one in leased)


def _from_lane(
    conn: Connection, limiter: HourlyLimiter, used: Used, lane: Lane, basket: _Basket
) -> None:
    now = basket.order.now
    inside = candidates.due(conn, lane, outside=False, now=now, limit=basket.left)
    basket.put(lane, inside, counted=False)
    due = candidates.due(conn, lane, outside=True, now=now, limit=basket.order.batch)
    room = limiter.room(used, lane, len(basket.counted))
    waiting = candidates.capped(conn, lane, min(room, basket.left)) if room and basket.left else []
    queue = sorted({c.id: c for c in (*due, *waiting)}.values(), key=lambda c: c.id)
    taken = basket.put(lane, queue[:room], counted=True)
    if taken == room:
        rest = frozenset(candidate.id for candidate in queue[taken:])
        late = sorted(candidate.id for candidate in due if candidate.id in rest)
        _postpone(conn, limiter, used, lane, basket, late)


def _postpone(
    conn: Connection,
    limiter: HourlyLimiter,
    used: Used,
    lane: Lane,
    basket: _Basket,
    late: Sequence[DeliveryId],
) -> None:
    """The cap is reached: `late` get the earliest times at which there can be room."""
    if not late:
        return
    now = basket.order.now
    pending = used.pending + len(basket.counted)
    ahead = LANES[: LANES.index(lane)]
    rank = candidates.capped_before(conn, ahead, None) + candidates.capped_before(
        conn, [lane], late[0]
    )
    times = limiter.waits(conn, lane, pending, now, range(rank, rank + len(late)))
    full = limiter.room(used, Lane.REPLY, len(basket.counted)) == 0
    reason = WaitReason.HOURLY_LIMIT if full else WaitReason.LANE_RESERVE
    leases.postpone(conn, list(zip(late, times, strict=True)), reason)
    basket.postponed += len(late)
