"""Pace, slowness and probes as arithmetic."""

from datetime import UTC, datetime, timedelta

import pytest

from mailgate.model.delivery import Reply, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.model.pace import Pace
from mailgate.ratelimit.flow import (
    FREE,
    PROBES,
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

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
SIX_A_MINUTE = FlowPolicy(Pace(6, 60, burst=3))
SAID = Reply(421, "4.7.0", "later", NOW)
ONE, TWO = DeliveryId(1), DeliveryId(2)


def test_the_probes() -> None:
    assert [delay / MINUTE for delay in PROBES] == [1, 5, 15, 30]


def test_a_burst_then_one_an_interval() -> None:
    free = room(FREE, SIX_A_MINUTE, 0, NOW)
    assert (free.places, free.reason) == (3, WaitReason.DESTINATION_PACE)
    used = granted(FREE, SIX_A_MINUTE, 3, NOW)
    full = room(used, SIX_A_MINUTE, 0, NOW)
    assert (full.places, full.at, full.each) == (0, NOW + 10 * SECOND, 10 * SECOND)
    places = [room(used, SIX_A_MINUTE, 0, NOW + n * SECOND).places for n in (9, 10, 19, 20, 30, 60)]
    assert places == [0, 1, 1, 2, 3, 3]


def test_a_rate_that_does_not_divide_is_never_exceeded() -> None:
    seven = FlowPolicy(Pace(7, 60, burst=1))
    used = granted(FREE, seven, 7, NOW)
    assert room(used, seven, 0, NOW + 60 * SECOND).places == 0


def test_connections_are_what_is_on_its_way() -> None:
    five = FlowPolicy(connections=5)
    assert [room(FREE, five, leased, NOW).places for leased in (0, 3, 5, 9)] == [5, 2, 0, 0]
    assert room(FREE, five, 5, NOW).reason is WaitReason.DESTINATION_BUSY
    assert room(FREE, FlowPolicy(), 1000, NOW).places is None


def test_each_time_it_asks_for_patience_the_interval_doubles_up_to_a_bound() -> None:
    state, now, intervals = FREE, NOW, []
    for _ in range(12):
        state = throttled(state, SAID, now)
        intervals.append(room(state, SIX_A_MINUTE, 0, now).each / SECOND)
        now += 10 * SECOND
    assert intervals == [20, 40, 80, 160, *[300] * 8]


def test_where_there_is_no_pace_it_begins_with_some_mails_a_second() -> None:
    state, now, intervals = FREE, NOW, []
    for _ in range(12):
        state = throttled(state, SAID, now)
        intervals.append(room(state, FlowPolicy(), 0, now).each / SECOND)
        now += 10 * SECOND
    assert intervals == [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64, 64, 64]


def test_connections_halve_but_one_is_left() -> None:
    state, now, most = FREE, NOW, []
    for _ in range(5):
        state = throttled(state, SAID, now)
        now += 10 * SECOND
        most.append([room(state, FlowPolicy(connections=8), n, now).places for n in range(5)])
    assert [sum(places > 0 for places in each if places is not None) for each in most] == [
        4,
        2,
        1,
        1,
        1,
    ]


def test_what_is_told_off_together_counts_once() -> None:
    state = FREE
    for _ in range(20):
        state = throttled(state, SAID, NOW + SECOND)
    assert state.slowness == 1


@pytest.mark.parametrize(("minutes", "left"), [(4, 3), (5, 2), (10, 1), (15, 0), (600, 0)])
def test_slowness_wears_off_with_time(minutes: int, left: int) -> None:
    state = FlowState(slowness=3, slowed_at=NOW)
    assert seen(state, FlowPolicy(), NOW + minutes * MINUTE).slowness == left


def test_a_place_that_nobody_tried_for_long_is_down_since_it_is_tried() -> None:
    later = NOW + 6 * DAY
    down = unreachable(FREE, ONE, SAID, NOW, 0)
    found = unreachable(probing(down, TWO, later), TWO, SAID, later, 0)
    assert (found.failures, found.down_since, found.down_until) == (1, later, later + MINUTE)
    # An interval of a mail's own attempts is no such time.
    soon = NOW + 9 * 60 * MINUTE
    known = unreachable(probing(down, TWO, soon), TWO, SAID, soon, 0)
    assert (known.failures, known.down_since) == (2, NOW)


def test_success_takes_one_back_a_minute() -> None:
    state = FlowState(slowness=2, slowed_at=NOW)
    assert succeeded(state, NOW + 59 * SECOND).slowness == 2
    once = succeeded(state, NOW + MINUTE)
    assert (once.slowness, succeeded(once, NOW + MINUTE).slowness) == (1, 1)
    assert succeeded(once, NOW + 2 * MINUTE) == FlowState()


def test_down_until_its_time_then_one_tries() -> None:
    down = unreachable(FREE, ONE, SAID, NOW, 0)
    closed = room(down, FlowPolicy(), 0, NOW + 59 * SECOND)
    assert (closed.places, closed.reason, closed.at) == (
        0,
        WaitReason.DESTINATION_DOWN,
        NOW + MINUTE,
    )
    tried = room(down, FlowPolicy(), 0, NOW + MINUTE)
    assert (tried.places, tried.probe) == (1, True)
    out = probing(down, TWO, NOW + 20 * MINUTE)
    assert room(out, FlowPolicy(), 1, NOW + 19 * MINUTE).places == 0
    assert room(out, FlowPolicy(), 1, NOW + 20 * MINUTE).places == 0, "it is on its way still"
    assert room(out, FlowPolicy(), 0, NOW + 20 * MINUTE).places == 1


def test_the_times_of_probes_and_their_jitter() -> None:
    state, now, waits = FREE, NOW, []
    for number in range(1, 7):
        probe = DeliveryId(number)
        state = unreachable(probing(state, probe, now), probe, SAID, now, 0.5)
        assert state.down_until is not None
        waits.append((state.down_until - now) / MINUTE)
        now = state.down_until
    assert waits == [1.05, 5.25, 15.75, 31.5, 31.5, 31.5]
    assert state.down_since == NOW


def test_only_the_one_that_tries_makes_the_wait_longer_and_anybody_can_end_it() -> None:
    down = probing(unreachable(FREE, ONE, SAID, NOW, 0), TWO, NOW)
    assert unreachable(down, ONE, SAID, NOW, 0) == down
    assert unreachable(down, TWO, SAID, NOW, 0).failures == 2
    assert reached(down) == FlowState(last=SAID)
    assert probe_ended(down, ONE, NOW) == down
    assert probe_ended(down, TWO, NOW).probe is None


def test_a_clock_that_was_put_back_stops_nobody_for_long() -> None:
    hours_ahead = NOW + timedelta(hours=5)
    state = FlowState(
        failures=1, down_until=hours_ahead, slowness=1, slowed_at=hours_ahead, tat=hours_ahead
    )
    as_now = seen(state, SIX_A_MINUTE, NOW)
    assert as_now.down_until == NOW
    assert as_now.slowed_at == NOW
    assert as_now.tat == NOW + timedelta(minutes=5)


def test_a_smaller_burst_while_it_is_slow_exceeds_nothing_when_it_is_quick_again() -> None:
    used = granted(FREE, SIX_A_MINUTE, 3, NOW)
    slow = throttled(used, SAID, NOW)
    assert room(slow, SIX_A_MINUTE, 0, NOW + 29 * SECOND).places == 0
    assert room(slow, SIX_A_MINUTE, 0, NOW + 30 * SECOND).places == 1
