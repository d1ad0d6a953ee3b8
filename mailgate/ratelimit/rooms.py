"""What the gates let through during one claim: the account that a plan is made on. No I/O; the
limiter fills it in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailgate.model.delivery import Lane, WaitReason
from mailgate.model.gates import is_place
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.flow import FREE, FlowRoom, FlowState, granted, probing, room, seen
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
    now; `taken` so many leave."""

    known: FlowState | None
    state: FlowState
    room: FlowRoom
    left: int
    kept: int = 0
    """So many of `left` are for replies: a fifth of the connections, where mail has to wait for
    one."""
    taken: int = 0


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
        on_their_way = sum(self.leased.get(key, {}).values())
        found = room(state, policy, on_their_way, self.now)
        left = _ANY if found.places is None else found.places
        kept = 0
        if found.places is not None and found.reason is WaitReason.DESTINATION_BUSY:
            replies = self.leased.get(key, {}).get(Lane.REPLY, 0)
            kept = max(0, (left + on_their_way) // 5 - replies)
        self.flows[key] = FlowUse(known, state, found, left, kept)

    def put_limit(self, key: str, settled: Mapping[Lane, int]) -> None:
        pending = self.leased.get(key, {})
        self.limits[key] = {lane: settled.get(lane, 0) + pending.get(lane, 0) for lane in Lane}

    def left(self, key: str, lane: Lane) -> int:
        """How many more of `lane` this gate lets through."""
        flow = self.flows.get(key)
        if flow is not None:
            return flow.left if lane is Lane.REPLY else flow.left - flow.kept
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
            flow.left -= 1
            flow.taken += 1
            if lane is Lane.REPLY and flow.kept:
                flow.kept -= 1
            if flow.room.probe:
                flow.state = probing(flow.state, delivery, self.now)

    def flow_after(self, key: str, until: datetime) -> FlowState:
        """The state of a place after what leaves; a probe is out until `until` at the latest."""
        flow = self.flows[key]
        state = granted(flow.state, self.policy.flow_of(key), flow.taken, self.now)
        if flow.room.probe and flow.taken and state.probe is not None:
            state = probing(state, state.probe, until)
        return state

    def used(self, key: str) -> int:
        """The places under a limit that count."""
        return sum(self.limits[key].values())

    def why(self, key: str, lane: Lane) -> WaitReason:
        """Why mail of `lane` waits for a gate that lets none through."""
        if is_place(key):
            return self.flows[key].room.reason
        cap = self.policy.cap_of(key)
        shared = self.policy.share_of(key, lane) < 100
        return reason_of(key, reserve=shared and cap is not None and self.used(key) < cap)
