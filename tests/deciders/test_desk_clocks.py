"""Which clocks a ticket has, and what they show. Office hours are 09:00 to 18:00 UTC from Monday to
Friday; 2 March 2026 is a Monday."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailgate.desk.timers.clocks import clocks, response_of, rung
from mailgate.model.hours import ALWAYS, Hours, Shift, WorkTime
from mailgate.model.ids import TicketId
from mailgate.model.response import Response, Standing, Timer, TimerKind
from mailgate.model.ticket import Priority, Source, Status

FIRST, NEXT, SOLVE = TimerKind.FIRST_RESPONSE, TimerKind.NEXT_RESPONSE, TimerKind.SOLVE
OFFICE = Hours("office", UTC, (*((Shift(9 * 60, 18 * 60),),) * 5, (), ()))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def hours(number: int) -> WorkTime:
    return WorkTime(timedelta(hours=number))


USUAL = Response("usual", OFFICE, hours(4), hours(8), WorkTime(days=3), hours(2))
URGENT = Response(
    "urgent", OFFICE, hours(1), hours(2), None, None, priorities=frozenset({Priority.URGENT})
)
ASKED = Standing(
    ticket=TicketId(1),
    status=Status.OPEN,
    priority=Priority.NORMAL,
    source=Source.EMAIL,
    address="support@acme.example",
    brand="acme",
    first_response_at=None,
    sla_started_at=None,
    waiting_since=at(2, 10),
)
ANSWERED = replace(ASKED, first_response_at=at(2, 11), waiting_since=None)
PENDING = replace(ASKED, status=Status.PENDING, waiting_since=None)


def run(
    on: Standing,
    there: Mapping[TimerKind, Timer],
    now: datetime,
    *,
    answered: bool = False,
    responses: tuple[Response, ...] = (USUAL, URGENT),
) -> dict[TimerKind, Timer]:
    return {one.kind: one for one in clocks(responses, on, there, now, answered=answered)}


def due(found: Mapping[TimerKind, Timer]) -> dict[TimerKind, datetime | None]:
    return {kind: timer.due_at for kind, timer in found.items()}


def test_a_new_ticket_is_to_be_answered_and_solved() -> None:
    found = run(ASKED, {}, at(2, 10))
    # Three days of nine hours from Monday 10:00: Thursday 10:00.
    assert due(found) == {FIRST: at(2, 14), SOLVE: at(5, 10)}
    assert {one.rings_at for one in found.values()} == {at(2, 14), at(5, 10)}


def test_who_asks_again_waits_since_the_first_time() -> None:
    before = run(ASKED, {}, at(2, 10))
    assert run(ASKED, before, at(2, 12)) == before


def test_an_answer_ends_the_waiting() -> None:
    before = run(ASKED, {}, at(2, 10))
    assert due(run(ANSWERED, before, at(2, 11), answered=True)) == {SOLVE: at(5, 10)}


def test_the_next_question_has_a_time_of_its_own() -> None:
    before = run(ANSWERED, run(ASKED, {}, at(2, 10)), at(2, 11), answered=True)
    again = replace(ANSWERED, waiting_since=at(3, 17))
    assert due(run(again, before, at(3, 17))) == {NEXT: at(4, 16), SOLVE: at(5, 10)}


def test_pending_stands_still() -> None:
    before = run(ASKED, {}, at(2, 10))
    paused = run(PENDING, before, at(2, 12))
    assert due(paused) == {FIRST: None, SOLVE: None}
    assert {one.rings_at for one in paused.values()} == {None}
    assert run(PENDING, paused, at(3, 12)) == paused
    # Two of four hours were used; 25 of 27.
    opened = run(replace(PENDING, status=Status.OPEN), paused, at(4, 17))
    assert due(opened) == {FIRST: at(5, 10), SOLVE: at(9, 15)}


def test_the_customer_who_answers_goes_on_waiting() -> None:
    paused = run(PENDING, run(ASKED, {}, at(2, 10)), at(2, 12))
    asks = replace(PENDING, status=Status.OPEN, waiting_since=at(4, 9))
    assert due(run(asks, paused, at(4, 9)))[FIRST] == at(4, 11)


def test_an_answer_while_it_is_pending_ends_the_waiting() -> None:
    later = replace(ANSWERED, waiting_since=at(3, 9))
    running = run(later, {}, at(3, 9))
    paused = run(replace(later, status=Status.PENDING, waiting_since=None), running, at(3, 10))
    assert due(paused) == {NEXT: None, SOLVE: None}
    answered = replace(ANSWERED, status=Status.PENDING)
    assert due(run(answered, paused, at(3, 11), answered=True)) == {SOLVE: None}


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_what_is_done_has_no_clock(status: Status) -> None:
    before = run(ASKED, {}, at(2, 10))
    assert run(replace(ASKED, status=status, waiting_since=None), before, at(2, 11)) == {}


def test_a_ticket_that_comes_back_begins_anew() -> None:
    back = replace(ANSWERED, waiting_since=at(9, 9))
    assert due(run(back, {}, at(9, 9))) == {NEXT: at(9, 17), SOLVE: at(11, 18)}


def test_our_own_mail_waits_for_nobody_until_it_is_answered() -> None:
    ours = replace(ASKED, source=Source.OUTBOUND_EMAIL, status=Status.CLOSED, waiting_since=None)
    assert run(ours, {}, at(2, 10)) == {}
    assert run(replace(ours, status=Status.OPEN), {}, at(2, 10)) == {}
    asked = replace(ours, status=Status.OPEN, waiting_since=at(2, 15), sla_started_at=at(2, 15))
    assert due(run(asked, {}, at(2, 15))) == {FIRST: at(3, 10), SOLVE: at(5, 15)}


def test_an_answer_that_leaves_the_ticket_closed_waits_too() -> None:
    left = replace(
        ASKED,
        source=Source.OUTBOUND_EMAIL,
        status=Status.CLOSED,
        waiting_since=at(2, 15),
        sla_started_at=at(2, 15),
    )
    assert due(run(left, {}, at(2, 15))) == {FIRST: at(3, 10)}


def test_old_mail_has_no_clock_until_its_customer_writes() -> None:
    old = replace(ASKED, source=Source.IMPORT, waiting_since=None)
    assert run(old, {}, at(2, 10)) == {}
    asked = replace(old, waiting_since=at(2, 10))
    assert set(run(asked, {}, at(2, 10))) == {FIRST, SOLVE}


def test_what_is_set_aside_has_no_clock() -> None:
    before = run(ASKED, {}, at(2, 10))
    assert run(replace(ASKED, set_aside=True), before, at(2, 11)) == {}


def test_a_higher_priority_has_less_time() -> None:
    before = run(ASKED, {}, at(2, 10))
    urgent = replace(ASKED, priority=Priority.URGENT)
    found = run(urgent, before, at(2, 10, 30))
    assert due(found) == {FIRST: at(2, 11)}, "an hour since the question; no time to solve it in"
    assert due(run(ASKED, found, at(2, 10, 45)))[FIRST] == at(2, 14)


def test_who_is_out_of_time_at_once_is_told_now() -> None:
    before = run(ASKED, {}, at(2, 10))
    found = run(replace(ASKED, priority=Priority.URGENT), before, at(2, 13))
    assert (found[FIRST].due_at, found[FIRST].rings_at) == (at(2, 11), at(2, 11))


def test_it_rings_for_the_group_then_for_the_supervisors_then_no_more() -> None:
    timer = run(ASKED, {}, at(2, 10))[FIRST]
    once = rung(timer, USUAL)
    assert (once.stage, once.due_at, once.rings_at) == (1, at(2, 14), at(2, 16))
    twice = rung(once, USUAL)
    assert (twice.stage, twice.due_at, twice.rings_at) == (2, at(2, 14), None)
    assert rung(timer, URGENT).rings_at is None, "it has no time after which to escalate"


def test_what_rang_does_not_ring_again_after_a_pause() -> None:
    rang = rung(run(ASKED, {}, at(2, 10))[FIRST], USUAL)
    paused = run(PENDING, {FIRST: rang}, at(2, 15))[FIRST]
    opened = run(replace(PENDING, status=Status.OPEN), {FIRST: paused}, at(3, 9))[FIRST]
    assert opened.stage == 1
    assert opened.rings_at == at(3, 10), "an hour of the two until it escalates was used"


def test_who_got_more_time_is_told_anew_when_it_is_over() -> None:
    urgent = replace(ASKED, priority=Priority.URGENT)
    rang = rung(run(urgent, {}, at(2, 10))[FIRST], URGENT)
    found = run(ASKED, {FIRST: rang}, at(2, 11, 30))[FIRST]
    assert (found.stage, found.rings_at) == (0, at(2, 14))


def test_times_that_are_no_more_take_the_clocks_along() -> None:
    before = run(ASKED, {}, at(2, 10))
    assert run(ASKED, before, at(2, 11), responses=()) == {}


def _named(name: str, **conditions: frozenset[str] | frozenset[Priority]) -> Response:
    return replace(USUAL, name=name, hours=ALWAYS, **conditions)  # type: ignore[arg-type]  # of either kind


ANY = _named("any")
ACME = _named("brand", brands=frozenset({"acme"}))
HERE = _named("address", addresses=frozenset({"support@acme.example"}))
NORMAL = _named("priority", priorities=frozenset({Priority.NORMAL, Priority.LOW}))
BOTH = _named("both", brands=frozenset({"acme"}), priorities=frozenset({Priority.NORMAL}))
OTHER = _named("other", brands=frozenset({"other"}))


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ((ANY, ACME), "brand"),
        ((ACME, ANY), "brand"),
        ((ACME, HERE), "address"),
        ((NORMAL, ACME), "brand"),
        ((NORMAL, HERE), "address"),
        ((HERE, BOTH), "both"),
        ((OTHER, ANY), "any"),
        ((ANY, _named("later")), "any"),
        ((OTHER,), None),
        ((), None),
    ],
)
def test_the_row_with_the_most_conditions_counts(
    rows: tuple[Response, ...], chosen: str | None
) -> None:
    found = response_of(rows, ASKED)
    assert (found and found.name) == chosen
