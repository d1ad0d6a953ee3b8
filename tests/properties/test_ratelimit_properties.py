"""Never more than N in any 3,600 seconds, whatever happens and whatever the clock shows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailgate.ratelimit.window import WINDOW, free_places, place_at, window_start

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass
class Gate:
    """What several processes on one database do: each step is one transaction. `put_back` is
    how far the clock was put back; real time never runs backwards."""

    cap: int
    now: datetime = START
    put_back: timedelta = timedelta(0)
    settled: list[datetime] = field(default_factory=list)
    running: int = 0
    sent: list[datetime] = field(default_factory=list)

    def shown(self) -> datetime:
        return self.now - self.put_back

    def step(self, action: str, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        match action:
            case "claim":
                since = window_start(self.shown())
                counting = sum(at > since for at in self.settled)
                if free_places(counting + self.running, 0, self.cap):
                    self.running += 1
            case "sent" if self.running:
                self.running -= 1
                self.sent.append(self.now)
                self.settled.append(self.shown())
            case "nothing sent" if self.running:
                self.running -= 1
            case "clock put back":
                self.put_back += timedelta(seconds=seconds)
            case _:
                pass


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "sent", "sent", "nothing sent", "clock put back"]),
        st.sampled_from([0.0, 0.000001, 1.0, 600.0, 1799.999999, 1800.0, 3599.999999, 3600.0]),
    ),
    max_size=120,
)


@given(st.integers(1, 4), STEPS)
def test_no_hour_has_more_than_the_cap(cap: int, steps: list[tuple[str, float]]) -> None:
    gate = Gate(cap)
    for action, seconds in steps:
        gate.step(action, seconds)
    for first, beyond in zip(gate.sent, gate.sent[cap:], strict=False):
        assert beyond - first >= WINDOW


@given(
    st.lists(st.timedeltas(timedelta(0), timedelta(minutes=59)), max_size=20), st.integers(1, 10)
)
def test_at_the_time_that_was_told_there_is_room_and_not_before(
    ages: list[timedelta], cap: int
) -> None:
    counting = sorted(START - age for age in ages)
    told = place_at(counting, 0, cap, START, 0)
    for at, free in ((told, True), (told - timedelta(microseconds=1), told == START)):
        still = sum(time > window_start(at) for time in counting)
        assert (free_places(still, 0, cap) > 0) is free


@given(
    st.lists(st.timedeltas(timedelta(0), timedelta(minutes=59)), max_size=20),
    st.integers(0, 5),
    st.integers(1, 10),
)
def test_who_is_behind_never_goes_before_who_is_ahead(
    ages: list[timedelta], pending: int, cap: int
) -> None:
    counting = sorted(START - age for age in ages)
    times = [place_at(counting, pending, cap, START, rank) for rank in range(30)]
    assert times == sorted(times)
    for ahead, behind in zip(times, times[cap:], strict=False):
        assert behind - ahead >= WINDOW
