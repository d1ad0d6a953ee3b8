"""The hourly cap (free 100, growth 250, pro 400, enterprise 500, or a number)."""

from datetime import UTC, datetime, timedelta

import pytest

from mailgate.ratelimit.policy import LimitPolicy, hourly_cap
from mailgate.ratelimit.window import free_places, place_at

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("own", "others", "cap", "share", "free"),
    [
        (0, 0, 1, 100, 1),
        (0, 1, 1, 100, 0),
        (3, 5, 10, 100, 2),
        (12, 0, 10, 100, 0),  # the cap was lowered
        (0, 0, 500, 70, 350),  # a campaign: 70 % of what the others leave
        (0, 300, 500, 70, 140),
        (140, 300, 500, 70, 0),
        (350, 0, 500, 70, 0),
        (0, 0, 1, 70, 1),  # never nothing while there is a place
        (0, 499, 500, 50, 1),
        (1, 499, 500, 50, 0),
        (0, 500, 500, 70, 0),
    ],
)
def test_how_many_more_may_leave(own: int, others: int, cap: int, share: int, free: int) -> None:
    assert free_places(own, others, cap, share) == free


@pytest.mark.parametrize(
    ("others", "sharing", "cap", "share", "free"),
    [
        (0, 0, 2, 50, 1),
        (1, 1, 2, 70, 0),  # of two places one is left for replies
        (1, 0, 2, 70, 1),  # which have theirs
        (1, 1, 3, 70, 1),
        (2, 2, 3, 70, 1),
        (1, 1, 2, 100, 1),
    ],
)
def test_of_two_places_a_reply_finds_one(
    others: int, sharing: int, cap: int, share: int, free: int
) -> None:
    assert free_places(0, others, cap, share, sharing) == free


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
    plans = {plan: hourly_cap(plan) for plan in ("free", "growth", "pro", "enterprise")}
    assert plans == {"free": 100, "growth": 250, "pro": 400, "enterprise": 500}
    assert hourly_cap("free", 1000) == 1000


def test_a_cap_below_one_or_an_unknown_plan_is_no_cap() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        LimitPolicy(0)
    with pytest.raises(ValueError, match="at least 1"):
        LimitPolicy(1, per_agent=0)
    with pytest.raises(ValueError, match="gold"):
        hourly_cap("gold")
