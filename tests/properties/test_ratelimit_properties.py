"""Never more than N in any 3,600 seconds, whatever happens and whatever the clock shows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailgate.ratelimit.window import WINDOW, Grant, WaitUntil, ask, place_at

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
                if isinstance(ask(self.settled, self.running, self.cap, self.shown()), Grant):
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
    st.lists(st.timedeltas(timedelta(0), timedelta(hours=2)), max_size=20),
    st.integers(0, 5),
    st.integers(1, 10),
)
def test_at_the_time_that_was_told_there_is_room_and_not_before(
    ages: list[timedelta], pending: int, cap: int
) -> None:
    times = [START - age for age in ages]
    answer = ask(times, pending, cap, START)
    if isinstance(answer, WaitUntil):
        assert answer.at > START
        just_before = ask(times, pending, cap, answer.at - timedelta(microseconds=1))
        assert isinstance(just_before, WaitUntil)
        if not pending:
            assert isinstance(ask(times, 0, cap, answer.at), Grant)


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
