"""Hours of work against somebody who looks at the clock every minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgate.model.hours import Hours, Shift

ZONES = ("UTC", "Asia/Seoul", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
         "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia")  # fmt: skip
MINUTE = timedelta(minutes=1)
patient = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a machine is, is not what is tested."""

# Around the nights in which clocks change, somewhere.
STARTS = [
    datetime(2026, 3, 7, tzinfo=UTC),
    datetime(2026, 3, 28, tzinfo=UTC),
    datetime(2026, 4, 4, tzinfo=UTC),
    datetime(2026, 10, 3, tzinfo=UTC),
    datetime(2026, 10, 24, tzinfo=UTC),
    datetime(2026, 10, 31, tzinfo=UTC),
    datetime(2011, 12, 29, tzinfo=UTC),  # Samoa left a whole day out
    datetime(2026, 6, 10, tzinfo=UTC),
]


@st.composite
def days(draw: st.DrawFn) -> tuple[Shift, ...]:
    edges = draw(st.lists(st.integers(0, 1440), unique=True, max_size=6).map(sorted))
    return tuple(Shift(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    return Hours(
        "any",
        ZoneInfo(draw(st.sampled_from(ZONES))),
        tuple(draw(days()) for _ in range(7)),
        holidays=frozenset(draw(st.lists(st.sampled_from([one.date() for one in STARTS])))),
        yearly=frozenset(draw(st.lists(st.sampled_from([(3, 29), (11, 1), (6, 11)])))),
    )


moments = st.builds(
    lambda start, minutes: start + minutes * MINUTE,
    st.sampled_from(STARTS),
    st.integers(0, 2 * 1440),
)


def by_the_minute(of: Hours, start: datetime, end: datetime) -> int:
    return sum(of.is_open(start + n * MINUTE) for n in range(int((end - start) / MINUTE)))


@patient
@given(hours(), moments, st.integers(0, 3 * 1440))
def test_how_long_it_is_open(of: Hours, start: datetime, minutes: int) -> None:
    end = start + minutes * MINUTE
    assert of.between(start, end) == by_the_minute(of, start, end) * MINUTE


@patient
@given(hours(), moments, st.integers(1, 1440))
def test_until_when_it_takes(of: Hours, start: datetime, work: int) -> None:
    due = of.add(start, work * MINUTE)
    if due - start > timedelta(days=40):
        return
    assert of.between(start, due) == work * MINUTE
    assert of.is_open(due - MINUTE), "the last minute of the work is one of work"


@patient
@given(hours(), moments, st.integers(0, 1440), st.integers(0, 1440))
def test_a_pause_loses_nothing(of: Hours, start: datetime, before: int, after: int) -> None:
    """What is left after some of the time is what is due in the end."""
    until = start + before * MINUTE
    work = of.between(start, until) + after * MINUTE
    if after:
        assert of.add(start, work) == of.add(until, after * MINUTE)
