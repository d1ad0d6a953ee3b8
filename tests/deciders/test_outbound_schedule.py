"""When a deferred mail is tried again (RFC 5321 §4.5.4.1)."""

from datetime import UTC, datetime, timedelta

from mailgate.outbound.schedule import GIVE_UP_AFTER, GiveUp, next_due

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def waits_of(jitter: float) -> list[timedelta]:
    """The wait before each attempt of a mail that is always deferred at once."""
    waits, now, attempts = [], START, 1
    while not isinstance(due := next_due(attempts, START, now, jitter), GiveUp):
        waits.append(due - now)
        now, attempts = due, attempts + 1
    return waits


def test_the_whole_schedule() -> None:
    minutes = [1, 5, 15, 30, 60, 120, 240, 480, *[480] * 13]
    assert waits_of(0) == [timedelta(minutes=minute) for minute in minutes]


def test_jitter_lengthens_a_wait_by_a_tenth_at_most() -> None:
    assert next_due(4, START, START, 1.0) == START + timedelta(minutes=33)
    assert next_due(4, START, START, 0.5) == START + timedelta(minutes=31, seconds=30)


def test_greylisting_of_five_minutes_passes_at_the_third_try_in_under_twenty_minutes() -> None:
    """F22: deferred for five minutes, then taken; whatever the jitter."""
    second = next_due(1, START, START, 1.0)
    assert isinstance(second, datetime)
    third = next_due(2, START, second, 1.0)
    assert isinstance(third, datetime)
    assert timedelta(minutes=5) < third - START < timedelta(minutes=20)


def test_it_is_given_up_when_the_next_try_would_come_after_five_days() -> None:
    eight_hours = timedelta(hours=8)
    last_chance = START + GIVE_UP_AFTER - eight_hours
    assert next_due(20, START, last_chance, 0) == START + GIVE_UP_AFTER
    assert next_due(20, START, last_chance + timedelta(seconds=1), 0) == GiveUp()


def test_the_days_count_from_the_first_attempt_and_not_from_queueing() -> None:
    """A campaign that waited a week for the hourly cap has all its retries."""
    week_later = START + timedelta(days=7)
    assert next_due(1, week_later, week_later, 0) == week_later + timedelta(minutes=1)
