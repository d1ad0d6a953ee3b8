"""A report's figures, from what happened to tickets: the expectations are worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailgate.desk.errors import DeskError
from mailgate.desk.report.figures import figures_by, figures_of
from mailgate.desk.report.period import period
from mailgate.model.figures import (
    Answered,
    Counted,
    Figures,
    Grouping,
    Happened,
    Spans,
    Voted,
)
from mailgate.model.hours import Hours, Shift
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Source

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)  # a Sunday
END = datetime(2026, 4, 1, tzinfo=UTC)
NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALICE, BOB = "alice@acme.example", "bob@acme.example"
AGENTS = {ALICE: ALICE, "alice@home.example": ALICE, BOB: BOB}
OFFICE = Hours("office", UTC, ((Shift(540, 1080),),) * 5 + ((), ()))

TICKET = Counted(
    id=TicketId(1),
    source=Source.EMAIL,
    address="support@acme.example",
    brand="acme",
    group="support",
    assignee=None,
    started_by=None,
    created_at=MONDAY,
    first_response_at=None,
    sla_started_at=None,
    done_at=None,
    waiting_since=None,
    score=None,
    scored_at=None,
)


def answer(ticket: int, hours: float, author: str = ALICE) -> Answered:
    return Answered(TicketId(ticket), author, MONDAY + hours * HOUR)


def of(
    *tickets: Counted,
    answers: tuple[Answered, ...] = (),
    reopened: tuple[tuple[TicketId, datetime], ...] = (),
    hours: Hours | None = None,
) -> Figures:
    return figures_of(Happened(tickets, answers, reopened), (BEGIN, END), NOW, hours)


def by(
    what: Grouping, *tickets: Counted, answers: tuple[Answered, ...] = ()
) -> dict[str | None, Figures]:
    return figures_by(Happened(tickets, answers, ()), (BEGIN, END), NOW, what, AGENTS)


def number(n: int, of: Counted = TICKET, **changes: object) -> Counted:
    return replace(of, id=TicketId(n), **changes)  # type: ignore[arg-type]  # checked by the test


def test_nothing_happened() -> None:
    assert of() == Figures()


def test_new_tickets_are_counted_by_source() -> None:
    found = of(
        number(1),
        number(2),
        number(3, source=Source.FORM),
        number(4, created_at=BEGIN),
        number(5, created_at=BEGIN - timedelta(microseconds=1)),
        number(6, created_at=END),
    )
    assert found.new == 4
    assert found.by_source == {Source.EMAIL: 3, Source.FORM: 1}


def test_old_mail_is_nothing_new_and_has_no_times() -> None:
    old = number(
        1, source=Source.IMPORT, first_response_at=MONDAY + HOUR, done_at=MONDAY + 2 * HOUR
    )
    assert of(old) == Figures()


def test_what_we_begin_is_apart_and_counts_in_no_first_contact() -> None:
    outbound = number(
        1, source=Source.OUTBOUND_EMAIL, started_by=ALICE, done_at=MONDAY, assignee=BOB
    )
    first = answer(1, 0)
    assert of(outbound, answers=(first,)) == Figures(started=1)
    assert by(Grouping.AGENT, outbound, answers=(first,)) == {ALICE: Figures(started=1)}


def test_the_first_answer_to_our_own_mail_opens_nothing_again() -> None:
    heard = MONDAY + HOUR
    outbound = number(1, source=Source.OUTBOUND_EMAIL, started_by=ALICE, sla_started_at=heard)
    opened = ((TicketId(1), heard), (TicketId(1), heard + HOUR))
    assert of(outbound, reopened=opened[:1]).reopened == 0
    assert of(outbound, reopened=opened).reopened == 1
    done = replace(outbound, done_at=heard + 2 * HOUR)
    answers = (answer(1, 0), answer(1, 1.5))
    assert of(done, answers=answers, reopened=opened[:1]).one_touch == 1


def test_what_we_begin_takes_its_time_from_when_it_is_answered() -> None:
    answered = number(
        1,
        source=Source.OUTBOUND_EMAIL,
        started_by=ALICE,
        sla_started_at=MONDAY + 10 * HOUR,
        first_response_at=MONDAY + 11 * HOUR,
        done_at=MONDAY + 14 * HOUR,
    )
    found = of(answered, answers=(answer(1, 0), answer(1, 11)))
    assert (found.new, found.started, found.answers) == (0, 1, 1)
    assert found.first_response == Spans()
    assert found.resolution == Spans(1, 4 * HOUR, 4 * HOUR)
    assert (found.replies_per_ticket, found.one_touch) == (1.0, 1)


@pytest.mark.parametrize(
    ("taken", "median", "p90"),
    [
        ([5], 5, 5),
        ([1, 3], 2, 3),
        ([9, 1, 2], 2, 9),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 100], 5.5, 9),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100], 6, 10),
    ],
)
def test_median_and_nine_in_ten(taken: list[int], median: float, p90: float) -> None:
    tickets = [
        number(n, first_response_at=MONDAY + hours * HOUR, done_at=MONDAY + hours * HOUR)
        for n, hours in enumerate(taken)
    ]
    spans = Spans(len(taken), median * HOUR, p90 * HOUR)
    found = of(*tickets)
    assert (found.first_response, found.resolution) == (spans, spans)


def test_times_in_hours_of_work() -> None:
    """From Friday 17:00 to Monday 10:00 is 65 hours, and two of work."""
    friday = MONDAY + timedelta(days=4, hours=8)
    ticket = number(1, created_at=friday, first_response_at=MONDAY + timedelta(days=7, hours=1))
    found = of(ticket, hours=OFFICE).first_response
    assert found == Spans(1, 65 * HOUR, 65 * HOUR, 2 * HOUR, 2 * HOUR)


def test_tickets_that_are_done_count_when_they_are() -> None:
    earlier = BEGIN - timedelta(days=40)
    found = of(
        number(1, created_at=earlier, done_at=MONDAY),
        number(2, done_at=END),
        answers=(answer(1, -9000),),
    )
    assert found.resolution.count == 1
    assert found.resolution.median == MONDAY - earlier
    assert (found.replies_per_ticket, found.answers) == (1.0, 0)


def test_one_touch_is_one_answer_and_no_second_time() -> None:
    done = [number(n, done_at=MONDAY + 5 * HOUR) for n in range(4)]
    found = of(
        *done,
        answers=(answer(0, 1), answer(1, 1), answer(2, 1), answer(2, 2)),
        reopened=((TicketId(1), MONDAY + 3 * HOUR), (TicketId(1), BEGIN - HOUR)),
    )
    assert found.one_touch == 1
    assert found.replies_per_ticket == 1.0
    assert found.reopened == 1


def test_who_waits_and_for_how_long() -> None:
    found = of(
        number(1, waiting_since=NOW - HOUR),
        number(2, waiting_since=NOW - 5 * HOUR, created_at=BEGIN - 99 * HOUR),
        number(3),
    )
    assert (found.waiting, found.longest_wait) == (2, 5 * HOUR)


def test_what_customers_said() -> None:
    votes = [number(n, score=score, scored_at=MONDAY) for n, score in enumerate((3, 3, 2, 1))]
    found = of(*votes, number(9, score=3, scored_at=END), number(10, score=1, scored_at=None))
    assert found.voted == Voted(2, 1, 1)
    assert found.voted.percent == 50
    assert Voted().percent is None


def test_each_ticket_is_told_apart_by_what_it_has() -> None:
    one = number(1, tags=("refund", "vip"))
    two = number(2, address="help@hangook.example", brand=None, group="지원", tags=("vip",))
    three = number(3, brand=None)
    new = Figures(new=1, by_source={Source.EMAIL: 1})
    both = Figures(new=2, by_source={Source.EMAIL: 2})
    assert by(Grouping.ADDRESS, one, two, three) == {
        "help@hangook.example": new,
        "support@acme.example": both,
    }
    assert by(Grouping.BRAND, one, two, three) == {"acme": new, None: both}
    assert by(Grouping.GROUP, one, two, three) == {"support": both, "지원": new}
    assert by(Grouping.TAG, one, two, three) == {"refund": new, "vip": both, None: new}
    assert list(by(Grouping.TAG, one, two, three)) == ["refund", "vip", None]


def test_an_agent_has_what_they_did_and_what_is_theirs() -> None:
    """Bob has the ticket; Alice gave the first answer, from home, and who has left the other."""
    ticket = number(
        1, assignee=BOB, first_response_at=MONDAY + HOUR, done_at=MONDAY + 3 * HOUR, score=3,
        scored_at=MONDAY + 4 * HOUR,
    )  # fmt: skip
    answers = (answer(1, 1, "Alice@Home.example"), answer(1, 2, "gone@acme.example"))
    assert by(Grouping.AGENT, ticket, answers=answers) == {
        ALICE: Figures(answers=1, first_response=Spans(1, HOUR, HOUR)),
        BOB: Figures(
            new=1,
            by_source={Source.EMAIL: 1},
            resolution=Spans(1, 3 * HOUR, 3 * HOUR),
            replies_per_ticket=2.0,
            voted=Voted(good=1),
        ),
        "gone@acme.example": Figures(answers=1),
    }


# --- from when to when --------------------------------------------------------------------------

SEOUL = timezone(9 * HOUR)
AT = datetime(2026, 3, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "begin", "end"),
    [
        (None, None, AT - timedelta(days=30), AT),
        ("7d", None, AT - timedelta(days=7), AT),
        ("12h", None, AT - 12 * HOUR, AT),
        ("2w", "1w", AT - timedelta(days=14), AT - timedelta(days=7)),
        (
            "2026-03-01",
            "2026-03-02",
            datetime(2026, 2, 28, 15, tzinfo=UTC),
            datetime(2026, 3, 2, 15, tzinfo=UTC),
        ),
        (
            "2026-03-01 09:00",
            "2026-03-01T00:30:00Z",
            datetime(2026, 3, 1, 0, 0, tzinfo=UTC),
            datetime(2026, 3, 1, 0, 30, tzinfo=UTC),
        ),
        (None, "2026-03-01", datetime(2026, 1, 30, 15, tzinfo=UTC), None),
    ],
)
def test_a_time_as_somebody_types_it(
    since: str | None, until: str | None, begin: datetime, end: datetime | None
) -> None:
    found = period(since, until, SEOUL, AT)
    assert found[0] == begin
    assert end is None or found[1] == end


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("yesterday", None, "is no time; write a day"),
        ("2026-02-30", None, "in no calendar"),
        ("2026-03-01", "9999-12-31", "in no calendar"),
        ("2026-03-02", "2026-03-01", "since comes before until"),
        ("2027-01-01", None, "since comes before until"),
    ],
)
def test_what_is_no_time_is_said(since: str, until: str | None, said: str) -> None:
    with pytest.raises(DeskError, match=said):
        period(since, until, SEOUL, AT)
