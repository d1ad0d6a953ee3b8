"""What holds of the flow to a destination whatever happens."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailgate.model.delivery import Reply
from mailgate.model.ids import DeliveryId
from mailgate.model.pace import Pace
from mailgate.ratelimit.flow import (
    FREE,
    FlowPolicy,
    FlowState,
    granted,
    probe_ended,
    probing,
    reached,
    room,
    seen,
    succeeded,
    throttled,
    unreachable,
)

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SAID = Reply(421, "4.7.0", "later", START)
LEASE = timedelta(minutes=20)


@dataclass
class Place:
    """A destination and all that claims mail for it. `put_back` is how far the clock was put back;
    real time never runs backwards."""

    policy: FlowPolicy
    state: FlowState = FREE
    now: datetime = START
    put_back: timedelta = timedelta(0)
    out: list[DeliveryId] = field(default_factory=list)
    left: list[datetime] = field(default_factory=list)
    probes: int = 0
    number: int = 0

    def step(self, action: str, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        shown = self.now - self.put_back
        self.state = seen(self.state, self.policy, shown)
        match action:
            case "claim":
                self.claim(shown)
            case "clock put back":
                self.put_back += timedelta(seconds=seconds)
            case _ if self.out:
                self.settle(action, self.out.pop(0), shown)
            case _:
                pass

    def claim(self, now: datetime) -> None:
        found = room(self.state, self.policy, len(self.out), now)
        mails = 5 if found.places is None else min(5, found.places)
        for _ in range(mails):
            self.number += 1
            self.out.append(DeliveryId(self.number))
            self.left.append(self.now)
        self.state = granted(self.state, self.policy, mails, now)
        if found.probe and mails:
            assert mails == 1
            self.state = probing(self.state, self.out[-1], now + LEASE)

    def settle(self, action: str, delivery: DeliveryId, now: datetime) -> None:
        match action:
            case "taken":
                self.state = succeeded(self.state, now)
            case "throttled":
                self.state = throttled(reached(self.state), SAID, now)
            case "not tried":
                self.state = probe_ended(self.state, delivery, now)
            case _:
                self.state = unreachable(self.state, delivery, SAID, now, 0.5)


ACTIONS = ["claim", "claim", "claim", "taken", "throttled", "unreachable", "not tried"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*ACTIONS, "clock put back"]),
        st.sampled_from([0.0, 0.5, 1.0, 9.999999, 10.0, 61.0, 300.0, 1201.0]),
    ),
    max_size=80,
)


@given(st.integers(1, 9), st.integers(1, 6), STEPS)
def test_a_pace_is_never_exceeded_in_any_window(
    count: int, burst: int, steps: list[tuple[str, float]]
) -> None:
    place = Place(FlowPolicy(Pace(count, 60, burst)))
    for action, seconds in steps:
        place.step(action, seconds)
    left = place.left
    for first, at in enumerate(left):
        for last in range(first, len(left)):
            allowed = burst + (left[last] - at) / timedelta(seconds=60) * count
            assert last - first + 1 <= allowed


@given(st.integers(1, 6), STEPS)
def test_no_more_are_on_their_way_than_connections(
    connections: int, steps: list[tuple[str, float]]
) -> None:
    place = Place(FlowPolicy(connections=connections))
    for action, seconds in steps:
        place.step(action, seconds)
        # One that tries whether it is there again goes whatever is on its way still.
        assert len(place.out) <= connections + (1 if place.state.probe is not None else 0)


@given(STEPS)
def test_whatever_happened_mail_leaves_again(steps: list[tuple[str, float]]) -> None:
    place = Place(FlowPolicy(Pace(6, 60, 2), connections=2))
    for action, seconds in steps:
        place.step(action, seconds)
    before = len(place.left)
    for _ in range(len(place.out)):
        place.step("taken", 0)
    for _ in range(10):
        place.step("claim", 60)
        place.step("taken", 0)
    assert len(place.left) >= before + 2
