"""What the gates let through during one claim: the account that a plan is made on. No I/O; the
limiter fills it in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailgate.model.delivery import Lane, WaitReason
from mailgate.model.gates import is_place
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.flow import FREE, FlowRoom, FlowState, granted, probing, rooms, seen
from mailgate.ratelimit.policy import LimitPolicy, reason_of
from mailgate.ratelimit.window import free_places

__all__ = ["Barred", "FlowUse", "Rooms"]

_ANY = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Barred:
    """The gate that lets a mail not through, and why."""

    key: str
    reason: WaitReason


@dataclass(slots=True)
class FlowUse:
    """One place in this claim: `known` is its state in the store, None for none; `state` as of
    now; `replies` of it are on their way. `taken` so many leave, `answers` of them replies,
    and `unsent` not at all."""

    known: FlowState | None
    state: FlowState
    rooms: tuple[FlowRoom, ...]
    replies: int
    taken: int = 0
    answers: int = 0
    unsent: int = 0

    @property
    def probe(self) -> bool:
        """Does what leaves try whether the place can be reached again?"""
        return self.rooms[0].probe

    def narrowest(self, lane: Lane) -> FlowRoom:
        """What holds mail of `lane` back, or would first."""
        return min(self.rooms, key=lambda room: self._left(room, lane))

    def left(self, lane: Lane) -> int:
        """How many more of `lane` may leave."""
        return min(self._left(room, lane) for room in self.rooms)

    def at(self, lane: Lane) -> datetime:
        """When the next one of `lane` can, by estimate."""
        room = self.narrowest(lane)
        if room.reason is not WaitReason.DESTINATION_PACE or room.places is None:
            return room.at
        # A lane that leaves places for answers waits until those are there again.
        kept = 0 if lane is Lane.REPLY else self._kept(room)
        return room.at + max(0, kept - max(0, room.places - self.taken)) * room.each

    def _left(self, room: FlowRoom, lane: Lane) -> int:
        if room.places is None:
            return _ANY
        kept = 0 if lane is Lane.REPLY else self._kept(room)
        return room.places - self.taken - kept

    def _kept(self, room: FlowRoom) -> int:
        if room.reason is not WaitReason.DESTINATION_BUSY:
            return room.kept
        return max(0, room.kept - self.replies - self.answers)


@dataclass(slots=True)
class Rooms:
    """`leased` says how many of each lane are on their way through each gate."""

    policy: LimitPolicy
    now: datetime
    leased: Mapping[str, Mapping[Lane, int]]
    flows: dict[str, FlowUse] = field(default_factory=dict)
    limits: dict[str, dict[Lane, int]] = field(default_factory=dict)
    """By key of a limit: the places of each lane that count, of those on their way too."""
    _left: dict[str, tuple[Lane, int]] = field(default_factory=dict)
    """Of the lane that was asked for last: one more of it takes one, whatever its share."""

    def knows(self, key: str) -> bool:
        return key in self.flows or key in self.limits

    def put_flow(self, key: str, known: FlowState | None) -> None:
        policy = self.policy.flow_of(key)
        state = FREE if known is None else seen(known, policy, self.now)
        pending = self.leased.get(key, {})
        found = rooms(state, policy, sum(pending.values()), self.now)
        self.flows[key] = FlowUse(known, state, found, pending.get(Lane.REPLY, 0))

    def put_limit(self, key: str, settled: Mapping[Lane, int]) -> None:
        pending = self.leased.get(key, {})
        self.limits[key] = {lane: settled.get(lane, 0) + pending.get(lane, 0) for lane in Lane}

    def left(self, key: str, lane: Lane) -> int:
        """How many more of `lane` this gate lets through."""
        flow = self.flows.get(key)
        if flow is not None:
            return flow.left(lane)
        known = self._left.get(key)
        if known is None or known[0] is not lane:
            known = self._left[key] = (lane, self._left_of_limit(key, lane))
        return known[1]

    def _left_of_limit(self, key: str, lane: Lane) -> int:
        cap = self.policy.cap_of(key)
        if cap is None:
            return _ANY
        used = self.limits[key]
        own = used[lane]
        others = sum(used.values()) - own
        return free_places(
            own, others, cap, self.policy.share_of(key, lane), self.sharing(key, lane)
        )

    def sharing(self, key: str, lane: Lane) -> int:
        """The places that count of other lanes than `lane` with a share of the limit."""
        shared = self.policy.share_of
        others = (each for each in Lane if each is not lane and shared(key, each) < 100)
        return sum(self.limits[key][each] for each in others)

    def bar(self, gates: tuple[str, ...], lane: Lane) -> Barred | None:
        """The first of `gates` that lets no more of `lane` through."""
        for key in gates:
            if self.left(key, lane) <= 0:
                return Barred(key, self.why(key, lane))
        return None

    def take(self, gates: tuple[str, ...], lane: Lane, delivery: DeliveryId) -> None:
        """One more leaves through all of `gates`."""
        for key in gates:
            flow = self.flows.get(key)
            if flow is None:
                self._left[key] = (lane, self.left(key, lane) - 1)
                self.limits[key][lane] += 1
                continue
            flow.taken += 1
            flow.answers += lane is Lane.REPLY
            if flow.probe:
                flow.state = probing(flow.state, delivery, self.now)

    def spare(self, unsent: Iterable[tuple[str, ...]]) -> None:
        """Of what leaves, this with its gates is not sent at all: it takes nothing of a pace."""
        for gates in unsent:
            for key in gates:
                if key in self.flows:
                    self.flows[key].unsent += 1

    def flow_after(self, key: str, until: datetime) -> FlowState:
        """The state of a place after what leaves; a probe is out until `until` at the latest."""
        flow = self.flows[key]
        sent = flow.taken - flow.unsent
        state = granted(flow.state, self.policy.flow_of(key), sent, self.now)
        if flow.probe and flow.taken and state.probe is not None:
            state = probing(state, state.probe, until)
        return state

    def used(self, key: str) -> int:
        """The places under a limit that count."""
        return sum(self.limits[key].values())

    def why(self, key: str, lane: Lane) -> WaitReason:
        """Why mail of `lane` waits for a gate that lets none through."""
        if is_place(key):
            return self.flows[key].narrowest(lane).reason
        cap = self.policy.cap_of(key)
        shared = self.policy.share_of(key, lane) < 100
        return reason_of(key, reserve=shared and cap is not None and self.used(key) < cap)
