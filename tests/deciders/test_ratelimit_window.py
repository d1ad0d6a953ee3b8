"""The hourly cap (free 100, growth 250, pro 400, enterprise 500, or a number)."""

from datetime import UTC, datetime, timedelta

import pytest

from mailgate.model.delivery import Lane
from mailgate.ratelimit.spec import HourlyCap, hourly_cap
from mailgate.ratelimit.window import Grant, WaitUntil, ask, place_at

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("times", "pending", "cap", "answer"),
    [
        ([], 0, 1, Grant(1)),
        ([], 0, 100, Grant(100)),
        ([ago(10)], 1, 3, Grant(1)),
        ([ago(10), ago(20)], 0, 2, WaitUntil(ago(20) + HOUR)),
        ([ago(60), ago(20)], 0, 2, Grant(1)),  # exactly an hour old: free
        ([ago(59.99), ago(20)], 0, 2, WaitUntil(ago(59.99) + HOUR)),
        ([], 2, 2, WaitUntil(NOW + HOUR)),  # both still run; each may leave this instant
        ([ago(50)], 1, 2, WaitUntil(ago(50) + HOUR)),
        ([ago(50), ago(30), ago(20)], 0, 2, WaitUntil(ago(30) + HOUR)),  # the cap was lowered
        ([ago(-30)], 0, 1, WaitUntil(ago(-30) + HOUR)),  # the clock was put back
    ],
)
def test_may_one_more_leave(
    times: list[datetime], pending: int, cap: int, answer: Grant | WaitUntil
) -> None:
    assert ask(times, pending, cap, NOW) == answer


def test_who_waits_behind_others_goes_when_as_many_places_are_free() -> None:
    counting = [ago(50), ago(40), ago(10)]
    hours = [place_at(counting, 0, 3, NOW, rank) for rank in range(7)]
    first = [at + HOUR for at in counting]
    assert hours == [*first, *(at + HOUR for at in first), first[0] + 2 * HOUR]


def test_while_there_is_room_nobody_waits() -> None:
    assert [place_at([ago(10)], 0, 3, NOW, rank) for rank in range(3)] == [
        NOW,
        NOW,
        ago(10) + HOUR,
    ]


def test_the_plans() -> None:
    plans = {plan: hourly_cap(plan).limit for plan in ("free", "growth", "pro", "enterprise")}
    assert plans == {"free": 100, "growth": 250, "pro": 400, "enterprise": 500}
    assert hourly_cap("free", 1000).limit == 1000


def test_a_cap_below_one_or_an_unknown_plan_is_no_cap() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        hourly_cap("free", 0)
    with pytest.raises(ValueError, match="gold"):
        hourly_cap("gold")


def test_acknowledgements_may_use_half_of_the_hour_and_campaigns_seventy_percent() -> None:
    cap = HourlyCap(500)
    assert {lane: cap.of_lane(lane) for lane in Lane} == {
        Lane.REPLY: 500,
        Lane.NOTIFICATION: 500,
        Lane.ACKNOWLEDGEMENT: 250,
        Lane.CAMPAIGN: 350,
    }
    assert [HourlyCap(1).of_lane(lane) for lane in Lane] == [1] * len(Lane)
