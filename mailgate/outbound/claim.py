"""Claiming: which deliveries leave next. One transaction, committed before anything is dialled.

Lanes share a claim by weight. A delivery leaves when all its gates let it through: the limits in
any 3,600 seconds, the pace of its destination, how many may be on their way there, whether it is
down, and earlier mail of its ticket. What one of them holds is parked: it waits for that gate and
is not looked at again until the gate has room; then it goes before what came later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mailgate.model.delivery import Lane, LeasedDelivery, WaitReason
from mailgate.model.gates import ACCOUNT, ticket_gate
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.limiter import LANES, LOOKS, Limiter
from mailgate.ratelimit.rooms import Barred, Rooms
from mailgate.store import candidates, claiming, suppressions
from mailgate.store.candidates import OVERTAKEN_AFTER, Candidate, Place
from mailgate.store.claiming import Chosen, Wait
from mailgate.store.core import Connection

__all__ = [
    "COUNTED",
    "LANES",
    "WEIGHTS",
    "Claim",
    "ClaimOrder",
    "Plan",
    "claim_deliveries",
    "nowhere",
    "plan",
    "shares",
]

WEIGHTS: Mapping[Lane, int] = {
    Lane.REPLY: 8,
    Lane.NOTIFICATION: 4,
    Lane.ACKNOWLEDGEMENT: 2,
    Lane.CAMPAIGN: 1,
}
"""How lanes share a claim in which each has more than its part."""

_SPARE = 20
"""So many more than a gate lets through are read where some have to wait for another gate."""
_TOLD_AGAIN = 50
"""Of who waits for a gate and lane so many get a new estimate when theirs was wrong."""
_PAGE = 500
"""Deliveries that are looked at together in a lane whose mail has to wait."""
_FIRST = DeliveryId(0)
COUNTED = 5000
"""Of who waits for a gate and lane so many are counted: a claim costs no more when more wait."""
_LOOKED_AT = 2000
"""Deliveries that one claim looks at, at most: nobody else waits long for it."""


def nowhere(_sender_key: str, _destination: str) -> str | None:
    """No connection goes anywhere: the Maildir."""
    return None


@dataclass(frozen=True, slots=True)
class ClaimOrder:
    """Who claims, and at most how much: `batch` deliveries of `lanes`, `batch_bytes` of content
    (but always one mail, however big). `site_of` says for a sender's key and a destination which
    gate stands where the connection goes; None is no connection."""

    node: str
    now: datetime
    lease: timedelta
    batch: int
    batch_bytes: int
    lanes: tuple[Lane, ...] = LANES
    site_of: Callable[[str, str], str | None] = nowhere


@dataclass(frozen=True, slots=True)
class Claim:
    """`postponed` have to wait for a gate since this claim, and `waiting` for the plan's hour in
    all (`COUNTED` of each lane at most), of which `used` places are taken. `more` says that
    another claim is worth it now, and `look_at` when mail that waits may have room next (None:
    nothing waits, or `more` says it)."""

    leased: tuple[LeasedDelivery, ...]
    postponed: int
    waiting: int
    used: int
    more: bool
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the first `looked_at` of some candidates: `chosen` leave, `barred` wait."""

    chosen: tuple[tuple[Candidate, tuple[str, ...]], ...]
    barred: tuple[tuple[Candidate, Barred], ...]
    looked_at: int


def shares(places: int, lanes: Sequence[Lane]) -> dict[Lane, int]:
    """How many of `places` each of `lanes` gets: by weight, and one at least while there are."""
    together = sum(WEIGHTS[lane] for lane in lanes)
    found: dict[Lane, int] = {}
    left = places
    for lane in lanes:
        found[lane] = min(left, max(1, places * WEIGHTS[lane] // together))
        left -= found[lane]
    if lanes:
        found[lanes[0]] += left
    return found


def plan(
    found: Sequence[Candidate],
    gates_of: Mapping[DeliveryId, tuple[str, ...]],
    rooms: Rooms,
    places: int,
    octets: int,
    *,
    at_least: int = 1,
) -> Plan:
    """Which of `found`, in their order, leave: `places` at most with `octets` in all (but
    `at_least` so many). `rooms` knows all their gates (`gates_of`), and is used up by what
    leaves."""
    chosen: list[tuple[Candidate, tuple[str, ...]]] = []
    barred: list[tuple[Candidate, Barred]] = []
    size = 0
    for at, candidate in enumerate(found):
        too_big = size + candidate.size > octets and len(chosen) >= at_least
        if len(chosen) >= places or too_big:
            return Plan(tuple(chosen), tuple(barred), at)
        gates = gates_of[candidate.id]
        bar = _behind(candidate) or rooms.bar(gates, candidate.lane)
        if bar is not None:
            barred.append((candidate, bar))
            continue
        rooms.take(gates, candidate.lane, candidate.id)
        chosen.append((candidate, gates))
        size += candidate.size
    return Plan(tuple(chosen), tuple(barred), len(found))


def _behind(candidate: Candidate) -> Barred | None:
    if candidate.behind is None or candidate.ticket is None:
        return None
    return Barred(ticket_gate(candidate.ticket), WaitReason.ORDER)


def claim_deliveries(conn: Connection, limiter: Limiter, order: ClaimOrder) -> Claim:
    """Leases what may leave now to `order.node` and registers the attempts."""
    rooms = limiter.open(conn, order.now)
    looked = _to_look_at(conn, limiter, order, rooms)
    run = _Run(conn, limiter, order, rooms, looked)
    run.fill_basket()
    until = order.now + order.lease
    leased = claiming.lease(conn, run.in_order(), node=order.node, now=order.now, until=until)
    known = _known_as_kept(conn, leased, order, until)
    unsent = {one.id for one in known if one.suppressed_by is not None}
    rooms.spare(gates for each, gates in run.chosen if each.id in unsent)
    parked = run.park()
    look_at = limiter.close(conn, rooms, looked=looked, parked=parked, until=until)
    full = ACCOUNT in parked
    return Claim(
        leased=known,
        postponed=len(run.barred),
        waiting=run.waiting(ACCOUNT, LANES) if full else 0,
        used=rooms.used(ACCOUNT) if rooms.knows(ACCOUNT) else 0,
        more=run.more,
        look_at=look_at,
    )


def _to_look_at(
    conn: Connection, limiter: Limiter, order: ClaimOrder, rooms: Rooms
) -> tuple[str, ...]:
    """The gates that may have room; who claims for one lane has no use for those for which other
    mail waits, and would find them as they were the next time."""
    if len(order.lanes) > 1:
        return limiter.to_look_at(conn, rooms)
    (lane,) = order.lanes
    gates = claiming.waited_for(conn, lane, now=order.now, limit=LOOKS)
    limiter.fill(conn, rooms, gates)
    return gates


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


@dataclass(slots=True)
class _Lane:
    """One lane in one claim: the gates whose mail may have room come before what is due."""

    lane: Lane
    behind: tuple[Lane, ...]
    gates: list[str]
    after: DeliveryId = _FIRST
    """In the first of `gates`."""
    place: Place = field(default_factory=Place)
    page: int = 0
    """So many are read together; 0 is as many as may leave."""
    empty: bool = False


@dataclass(slots=True)
class _Run:
    """One claim while it is made."""

    conn: Connection
    limiter: Limiter
    order: ClaimOrder
    rooms: Rooms
    looked: tuple[str, ...]
    chosen: list[tuple[Candidate, tuple[str, ...]]] = field(default_factory=list)
    barred: list[tuple[Candidate, Barred]] = field(default_factory=list)
    size: int = 0
    seen: int = 0
    more: bool = False
    _places_of: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By a sender's key and a destination."""
    _waiting: dict[tuple[str, Lane], int] = field(default_factory=dict)

    def fill_basket(self) -> None:
        """Round by round: each lane takes its share, and what one leaves the others share."""
        hungry = [
            _Lane(lane, LANES[: LANES.index(lane) + 1], list(self.looked))
            for lane in LANES
            if lane in self.order.lanes
        ]
        while hungry and self._places > 0 and self.seen < _LOOKED_AT:
            before, octets = self.seen, self.order.batch_bytes - self.size
            parts = shares(self._places, [each.lane for each in hungry])
            together = sum(parts.values())
            for each in hungry:
                part = parts[each.lane]
                if part > 0 and self._places > 0:
                    self._from_lane(each, part, octets * part // together)
            fed = [each for each in hungry if each.empty]
            hungry = [each for each in hungry if not each.empty]
            if self.seen == before and not fed:  # what comes next is too big for what is left
                break
        self.more = bool(hungry) or len(self.looked) == LOOKS

    @property
    def _places(self) -> int:
        return self.order.batch - len(self.chosen)

    def _from_lane(self, state: _Lane, places: int, octets: int) -> None:
        found = self._parked(state, places) if state.gates else self._due(state, places)
        if not found:
            return
        gates = {each.id: self._gates(each) for each in found}
        keys = {key for some in set(gates.values()) for key in some}
        self.limiter.fill(self.conn, self.rooms, sorted(keys))
        least = 0 if self.chosen else 1
        made = plan(found, gates, self.rooms, places, octets, at_least=least)
        self.chosen += made.chosen
        self.size += sum(each.size for each, _ in made.chosen)
        # Who waits for that gate already goes on waiting; who waits for the mails before it has
        # come to the end of its time, and waits for another one of them.
        self.barred += [
            (each, bar)
            for each, bar in made.barred
            if each.waits_for != bar.key or bar.reason is WaitReason.ORDER
        ]
        self.seen += made.looked_at
        if made.barred:
            state.page = _PAGE
        if made.looked_at:
            last = found[made.looked_at - 1]
            if state.gates:
                state.after = last.id
            else:
                state.place = Place(last.due_at, last.id)
        if made.looked_at < len(found):
            state.empty = False

    def _parked(self, state: _Lane, places: int) -> list[Candidate]:
        """Of the first gate that has room and for which mail of this lane waits."""
        while state.gates:
            key = state.gates[0]
            room = self.rooms.left(key, state.lane)
            limit = min(state.page, room + _SPARE) if state.page else min(places, room)
            found = self._waiting_for(key, state, limit) if room > 0 else []
            if found:
                return found
            state.gates.pop(0)
            state.after = _FIRST
        return self._due(state, places)

    def _waiting_for(self, key: str, state: _Lane, limit: int) -> list[Candidate]:
        return candidates.parked(
            self.conn,
            key,
            state.lane,
            now=self.order.now,
            limit=limit,
            behind=state.behind,
            after=state.after,
        )

    def _due(self, state: _Lane, places: int) -> list[Candidate]:
        limit = max(places, state.page)
        found = candidates.due(
            self.conn,
            state.lane,
            now=self.order.now,
            limit=limit,
            behind=state.behind,
            after=state.place,
        )
        state.empty = len(found) < limit
        return found

    def _gates(self, candidate: Candidate) -> tuple[str, ...]:
        policy = self.limiter.policy
        pair = candidate.sender_key, candidate.destination
        if pair not in self._places_of:
            self._places_of[pair] = policy.places(candidate.destination, self.order.site_of(*pair))
        return self._places_of[pair] + policy.limits(candidate)

    def in_order(self) -> list[Chosen]:
        """The lanes in their order, within them first what was chosen first."""
        ranked = sorted(self.chosen, key=lambda pair: LANES.index(pair[0].lane))
        return [Chosen(each.id, gates) for each, gates in ranked]

    def park(self) -> frozenset[str]:
        """Writes who waits for what; the gates that have somebody new."""
        together: dict[tuple[str, Lane], list[tuple[Candidate, Barred]]] = {}
        for each, bar in self.barred:
            together.setdefault((bar.key, each.lane), []).append((each, bar))
        waits: list[Wait] = []
        keys: set[str] = set()
        for (key, lane), some in together.items():
            if some[0][1].reason is WaitReason.ORDER:
                waits += [_in_order(each, bar) for each, bar in some]
                continue
            keys.add(key)
            pairs = zip(some, self._times(key, lane, len(some)), strict=True)
            waits += [Wait(each.id, key, bar.reason, at) for (each, bar), at in pairs]
        claiming.park(self.conn, waits + self._new_estimates())
        return frozenset(keys)

    def waiting(self, key: str, lanes: Sequence[Lane]) -> int:
        """How many of `lanes` wait for a gate since before this claim; `COUNTED` of each lane are
        counted."""
        for lane in lanes:
            if (key, lane) not in self._waiting:
                found = candidates.waiting(self.conn, key, (lane,), COUNTED)
                self._waiting[key, lane] = found[lane]
        return sum(self._waiting[key, lane] for lane in lanes)

    def _times(self, key: str, lane: Lane, mails: int) -> list[datetime]:
        """When new mail of `lane` can leave, behind all that goes before it."""
        ahead = self.waiting(key, LANES[: LANES.index(lane) + 1])
        times = self.limiter.waits(self.conn, self.rooms, key, lane, ahead, mails)
        if self._waiting[key, lane] < COUNTED:
            return times
        # More than were counted: nobody comes before the last of them.
        last = claiming.last_due(self.conn, key, lane)
        if last is None or last <= times[0]:
            return times
        return [at + (last - times[0]) for at in times]

    def _new_estimates(self) -> list[Wait]:
        """For who should have left by now and cannot; those in front are enough."""
        waits: list[Wait] = []
        for key in self.looked:
            ahead = 0
            for lane in LANES:
                if self.rooms.left(key, lane) > 0:
                    continue
                late = claiming.overdue(self.conn, key, lane, now=self.order.now, limit=_TOLD_AGAIN)
                if not late:
                    continue
                times = self.limiter.waits(self.conn, self.rooms, key, lane, ahead, len(late))
                # It may be down by now where it was busy.
                why = self.rooms.why(key, lane)
                waits += [Wait(each, key, why, at) for each, at in zip(late, times, strict=True)]
                ahead += len(late)
        return waits


def _in_order(candidate: Candidate, bar: Barred) -> Wait:
    assert candidate.behind is not None
    return Wait(candidate.id, bar.key, bar.reason, candidate.behind + OVERTAKEN_AFTER)
