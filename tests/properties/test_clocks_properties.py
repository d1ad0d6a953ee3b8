"""The clocks of a ticket against somebody who notes every minute for whom it counts."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgate.desk.timers.clocks import clocks
from mailgate.model.hours import Hours, Shift, WorkTime
from mailgate.model.ids import TicketId
from mailgate.model.response import Response, Standing, Timer, TimerKind
from mailgate.model.ticket import Priority, Source, Status

FIRST, NEXT, SOLVE = TimerKind.FIRST_RESPONSE, TimerKind.NEXT_RESPONSE, TimerKind.SOLVE
MINUTE = timedelta(minutes=1)
patient = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a machine is, is not what is tested."""
START = datetime(2026, 3, 6, 9, tzinfo=UTC)  # a Friday
OFFICE = Hours("office", UTC, (*((Shift(9 * 60, 12 * 60), Shift(13 * 60, 17 * 60)),) * 5, (), ()))
ALLOWED = {FIRST: 3 * 60 * MINUTE, NEXT: 5 * 60 * MINUTE, SOLVE: 20 * 60 * MINUTE}
TIMES = Response(
    "all",
    OFFICE,
    first=WorkTime(ALLOWED[FIRST]),
    next=WorkTime(ALLOWED[NEXT]),
    solve=WorkTime(ALLOWED[SOLVE]),
)
DONE = frozenset({Status.RESOLVED, Status.CLOSED})


@dataclass
class Ticket:
    """As the store keeps it: setting it aside ends the waiting."""

    status: Status = Status.OPEN
    answered: datetime | None = None
    waiting: datetime | None = None

    def standing(self) -> Standing:
        return Standing(
            ticket=TicketId(1),
            status=self.status,
            priority=Priority.NORMAL,
            source=Source.EMAIL,
            address="support@acme.example",
            brand=None,
            first_response_at=self.answered,
            sla_started_at=None,
            waiting_since=self.waiting,
        )

    def happens(self, what: str, now: datetime) -> None:
        match what:
            case "ask":
                self.status, self.waiting = Status.OPEN, self.waiting or now
            case "answer":
                self.answered, self.waiting = self.answered or now, None
            case "open":
                self.status = Status.OPEN
            case _:
                self.status, self.waiting = Status(what), None


@dataclass
class Watcher:
    """Minutes that count, by what is due; what is due to nobody is not there."""

    minutes: dict[TimerKind, int] = field(default_factory=dict)

    def happens(self, what: str, ticket: Ticket) -> None:
        if what == "answer":
            self.minutes.pop(FIRST, None)
            self.minutes.pop(NEXT, None)
        elif what == "ask":
            self.minutes.setdefault(NEXT if ticket.answered else FIRST, 0)
        if ticket.status in DONE:
            self.minutes.clear()
        elif ticket.status is Status.OPEN:
            self.minutes.setdefault(SOLVE, 0)

    def passes(self, ticket: Ticket, now: datetime) -> None:
        if ticket.status is Status.OPEN and OFFICE.is_open(now):
            self.minutes = {kind: count + 1 for kind, count in self.minutes.items()}


happenings = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "answer", "pending", "open", "resolved", "closed"]),
        st.integers(0, 2 * 1440),
    ),
    max_size=8,
)


@patient
@given(happenings)
def test_each_minute_counts_once_and_for_the_right_clock(story: list[tuple[str, int]]) -> None:
    ticket, watcher, there, now = Ticket(), Watcher(), dict[TimerKind, Timer](), START
    for what, minutes in [("ask", 0), *story]:
        for _ in range(minutes):
            watcher.passes(ticket, now)
            now += MINUTE
        ticket.happens(what, now)
        watcher.happens(what, ticket)
        on, answered = ticket.standing(), what == "answer"
        there = {one.kind: one for one in clocks([TIMES], on, there, now, answered=answered)}
        assert there.keys() == watcher.minutes.keys()
        for kind, timer in there.items():
            left = ALLOWED[kind] - watcher.minutes[kind] * MINUTE
            assert timer.is_paused is (ticket.status is Status.PENDING)
            if timer.due_at is None:
                assert timer.allowed - timer.used == left
            elif left > timedelta():
                assert timer.due_at == OFFICE.add(now, left)
            else:
                assert timer.due_at <= now
        again = clocks([TIMES], on, there, now)
        assert {one.kind: one for one in again} == there, "who asks twice gets the same"


@patient
@given(st.integers(0, 4 * 1440), st.integers(0, 4 * 1440), st.integers(1, 40))
def test_a_pause_puts_off_by_the_pause(before: int, pause: int, target: int) -> None:
    """What is left at the pause is what is left after it."""
    times = replace(TIMES, first=WorkTime(target * 60 * MINUTE))
    ticket = Ticket(waiting=START)
    running = {one.kind: one for one in clocks([times], ticket.standing(), {}, START)}
    stops, goes_on = START + before * MINUTE, START + (before + pause) * MINUTE
    ticket.happens("pending", stops)
    paused = {one.kind: one for one in clocks([times], ticket.standing(), running, stops)}
    ticket.happens("open", goes_on)
    opened = {one.kind: one for one in clocks([times], ticket.standing(), paused, goes_on)}
    left = target * 60 * MINUTE - OFFICE.between(START, stops)
    assert opened[FIRST].due_at == OFFICE.add(goes_on, left)
