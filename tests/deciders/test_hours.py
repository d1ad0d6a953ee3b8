"""Hours of work: what is open, how long, and until when. Expected values are counted by hand on
the calendar of 2026, in which 2 March is a Monday."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailgate.model.hours import ALWAYS, Hours, Shift, WorkTime

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE_DAY = (Shift(9 * 60, 12 * 60), Shift(13 * 60, 18 * 60))
OFFICE = Hours(
    "office",
    SEOUL,
    (*(OFFICE_DAY,) * 5, (), ()),
    holidays=frozenset({date(2026, 3, 4)}),
    yearly=frozenset({(5, 5)}),
)
NIGHT = Hours("night", BERLIN, ((Shift(0, 24 * 60),),) * 7)


def seoul(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SEOUL).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (seoul(2, 9), True),
        (seoul(2, 8, 59), False),
        (seoul(2, 11, 59), True),
        (seoul(2, 12), False),
        (seoul(2, 13), True),
        (seoul(2, 18), False),
        (seoul(4, 10), False),
        (seoul(5, 10), True),
        (seoul(7, 10), False),
        (seoul(5, 10, month=5), False),
        (datetime(2027, 5, 5, 10, tzinfo=SEOUL), False),
    ],
)
def test_when_it_is_open(at: datetime, is_open: bool) -> None:
    assert OFFICE.is_open(at) is is_open


@pytest.mark.parametrize(
    ("start", "work", "due"),
    [
        (seoul(2, 9), 3, seoul(2, 12)),
        (seoul(2, 9), 4, seoul(2, 14)),
        (seoul(2, 17, 30), 1, seoul(3, 9, 30)),
        (seoul(2, 3), 1, seoul(2, 10)),
        (seoul(3, 17), 2, seoul(5, 10)),  # the fourth is a holiday
        (seoul(6, 17), 2, seoul(9, 10)),  # a weekend between
        (seoul(2, 12, 30), 1, seoul(2, 14)),
        (seoul(2, 9), 0, seoul(2, 9)),
        (seoul(2, 9), 8 * 4, seoul(6, 18)),
    ],
)
def test_when_it_has_been_open_for_so_long(start: datetime, work: int, due: datetime) -> None:
    assert OFFICE.add(start, timedelta(hours=work)) == due


def test_how_long_it_was_open() -> None:
    assert OFFICE.between(seoul(2, 9), seoul(9, 9)) == timedelta(hours=8 * 4)
    assert OFFICE.between(seoul(2, 12), seoul(2, 13)) == timedelta()
    assert OFFICE.between(seoul(3, 9), seoul(2, 9)) == timedelta()
    assert OFFICE.between(seoul(2, 10, 15), seoul(2, 10, 45)) == timedelta(minutes=30)


def test_a_night_in_which_clocks_change() -> None:
    """EU directive 2000/84/EC: at 01:00 UTC of the last Sundays of March and October."""
    spring, autumn = datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)
    for midnight, hours in ((spring, 23), (autumn, 25)):
        following = midnight + timedelta(days=1)  # by the clock on the wall
        assert NIGHT.between(midnight, following) == timedelta(hours=hours)
        assert NIGHT.add(midnight, timedelta(hours=hours)) == following


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    early = Hours("early", BERLIN, (*((),) * 6, (Shift(2 * 60, 3 * 60),)))
    autumn, spring = datetime(2026, 10, 25, tzinfo=BERLIN), datetime(2026, 3, 29, tzinfo=BERLIN)
    assert early.between(autumn, autumn + timedelta(days=1)) == timedelta(hours=2)
    assert early.between(spring, spring + timedelta(days=1)) == timedelta()


def test_hours_that_never_come_end_the_search() -> None:
    never = Hours("never", UTC, ((),) * 7)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    assert never.add(start, timedelta(seconds=1)) == start + timedelta(days=3660)


def test_a_day_of_work() -> None:
    assert WorkTime(days=3).within(OFFICE) == timedelta(hours=24)
    assert WorkTime(days=3).within(ALWAYS) == timedelta(days=3)
    assert WorkTime(timedelta(hours=4)).within(OFFICE) == timedelta(hours=4)
    uneven = Hours("uneven", UTC, ((Shift(0, 60),), (Shift(0, 180),), *((),) * 5))
    assert WorkTime(days=1).within(uneven) == timedelta(hours=2)
