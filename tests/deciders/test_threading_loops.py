"""What counters and budgets take away from a decision, and what they leave."""

from dataclasses import replace
from typing import Any

import pytest

from mailgate.mail.address import Address
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    Duplicate,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
    RecordAutoReply,
    RecordBounce,
    Suppress,
)
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.ticket import Status, Visibility
from mailgate.model.traffic import LoopLimits, Machines, Rate, Traffic
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Evidence, Facts
from mailgate.threading.token import Purpose
from tests.deciders.threading_cases import (
    ALICE,
    HONG,
    KNOWN,
    NOW,
    POLICY,
    STRANGER,
    TICKET,
    Policy,
    mail_from,
    tagged,
    with_own_id,
    with_token,
)

PASS, NONE, FAIL = Authentication.PASS, Authentication.NONE, Authentication.FAIL
CUSTOMER_TOKEN = with_token(Purpose.CUSTOMER_REPLY)
AGENT_TOKEN = with_token(Purpose.AGENT_REPLY)
ANSWERED = OpenTicket(None, answer=True)
UNANSWERED = OpenTicket(None, answer=False)
FLOOD = Quarantine(QuarantineCause.FLOOD)


def lately(**came: Rate) -> Facts:
    """The store knows the ticket, and that so much came."""
    return replace(KNOWN, traffic=Traffic(**came))


def on_ticket(**facts: Any) -> Facts:
    return replace(KNOWN, tickets={TICKET.id: replace(TICKET, **facts)})


def of(evidence: Evidence, facts: Facts, **limits: Any) -> Decision:
    return decide(evidence, facts, Policy(limits=LoopLimits(**limits)), NOW)


# --- one sender on one ticket -------------------------------------------------------------------


@pytest.mark.parametrize("sender", [HONG, STRANGER])
@pytest.mark.parametrize(
    ("written", "too_many"),
    [
        (Rate(9, 29, 99), False),
        (Rate(10, 10, 10), True),
        (Rate(0, 30, 30), True),
        (Rate(0, 0, 100), True),
    ],
)
def test_who_writes_faster_than_people_do_is_kept_and_not_heard(
    sender: Address, written: Rate, too_many: bool
) -> None:
    """After 10 in ten minutes, 30 in an hour, 100 in a day."""
    decision = of(mail_from(sender, NONE, **CUSTOMER_TOKEN), on_ticket(written=written))
    assert (decision.disposition == RecordAutoReply(TICKET.id)) is too_many
    assert (Reason.TOO_MANY_FROM_SENDER in decision.reasons) is too_many


@pytest.mark.parametrize(
    "agent", [mail_from(ALICE, NONE, **AGENT_TOKEN), mail_from(ALICE, PASS, **tagged(12))]
)
def test_a_proven_agent_is_held_back_by_what_nobody_writes_by_hand(agent: Evidence) -> None:
    """Different words each time are somebody's work: eleven in ten minutes go out."""
    for written in (Rate(11, 11, 11), Rate(19, 59, 199)):
        decision = of(agent, on_ticket(written=written))
        assert decision.disposition == Append(TICKET.id, Visibility.PUBLIC, flagged=False)
    for written in (Rate(20, 20, 20), Rate(0, 60, 60), Rate(0, 0, 200)):
        over = of(agent, on_ticket(written=written))
        assert over.disposition == RecordAutoReply(TICKET.id)
        assert Reason.TOO_MANY_FROM_SENDER in over.reasons


def test_reports_of_the_same_are_kept_only_so_often() -> None:
    """Who has the address for reports may write there without end."""
    signals = {**with_token(Purpose.BOUNCE), **with_own_id(Purpose.MESSAGE_PUBLIC)}
    report = mail_from(STRANGER, kind=MailKind.BOUNCE, null_reverse_path=True, **signals)
    assert isinstance(of(report, lately(reports=Rate(2, 2, 2))).disposition, RecordBounce)
    fourth = of(report, lately(reports=Rate(0, 0, 3)))
    assert fourth.disposition == Suppress(TICKET.id, Reason.REPORT_REPEATED)
    assert Reason.REPORT_REPEATED in fourth.reasons


def test_an_agent_who_says_the_same_to_one_customer_again_and_again_is_a_machine() -> None:
    """On whichever tickets: the customer's machine opens a new one each time."""
    answer = mail_from(ALICE, NONE, **AGENT_TOKEN)
    assert isinstance(of(answer, on_ticket(repeated=Rate(9, 29, 99))).disposition, Append)
    over = of(answer, on_ticket(repeated=Rate(10, 10, 10)))
    assert over.disposition == RecordAutoReply(TICKET.id)
    assert Reason.TOO_MANY_FROM_SENDER in over.reasons


def test_a_fast_sender_opens_tickets_elsewhere() -> None:
    """The limit is the ticket's: what goes onto none of it is no business of it."""
    decision = of(mail_from(STRANGER, **tagged(12)), on_ticket(written=Rate(50, 50, 50)))
    assert decision.disposition == OpenTicket(TICKET.id, answer=True)


# --- soft limits --------------------------------------------------------------------------------


@pytest.mark.parametrize("authentication", [PASS, NONE])
@pytest.mark.parametrize(
    ("came", "reasons"),
    [
        ({"sender": Rate(19, 59, 199)}, set()),
        ({"sender": Rate(20, 20, 20)}, {Reason.LOOP_SUSPECTED}),
        ({"sender": Rate(0, 60, 60)}, {Reason.LOOP_SUSPECTED}),
        ({"sender": Rate(0, 0, 200)}, {Reason.LOOP_SUSPECTED}),
        ({"domain": Rate(99, 299, 999)}, set()),
        ({"domain": Rate(100, 100, 100)}, {Reason.LOOP_SUSPECTED}),
    ],
)
def test_above_a_soft_limit_a_ticket_is_opened_and_nobody_answered(
    authentication: Authentication, came: dict[str, Rate], reasons: set[Reason]
) -> None:
    decision = of(mail_from(HONG, authentication), lately(**came))
    assert decision.disposition == (UNANSWERED if reasons else ANSWERED)
    assert reasons == {Reason.LOOP_SUSPECTED} & {*decision.reasons}


def test_the_same_words_in_the_name_of_many_are_not_answered() -> None:
    """Who proves to have written them is: a form letter has many senders."""
    unknown = mail_from(HONG, NONE)
    assert of(unknown, lately(words=Rate(29, 59, 199))).disposition == ANSWERED
    for came in (Rate(30, 30, 30), Rate(0, 60, 60), Rate(0, 0, 200)):
        over = of(unknown, lately(words=came))
        assert over.disposition == UNANSWERED
        assert Reason.MANY_WITH_SAME_WORDS in over.reasons
    assert of(mail_from(HONG, PASS), lately(words=Rate(30, 30, 30))).disposition == ANSWERED
    both = of(unknown, lately(sender=Rate(20, 20, 20), words=Rate(30, 30, 30)))
    assert {Reason.LOOP_SUSPECTED, Reason.MANY_WITH_SAME_WORDS} < {*both.reasons}


def test_a_soft_limit_takes_nothing_from_the_conversation() -> None:
    decision = of(mail_from(HONG, **CUSTOMER_TOKEN), lately(sender=Rate(250, 250, 250)))
    assert isinstance(decision.disposition, Append)
    assert decision.disposition.visibility is Visibility.PUBLIC
    assert Reason.LOOP_SUSPECTED not in decision.reasons, "nothing was withheld"


def test_a_second_copy_is_not_answered_again() -> None:
    """The same Message-ID with other bytes: the first was answered."""
    decision = of(mail_from(HONG, PASS), replace(KNOWN, same_id=True))
    assert decision.disposition == UNANSWERED


# --- floods -------------------------------------------------------------------------------------

HARD = lately(sender=Rate(1000, 1000, 1000))
ORDERS = {"machines": Machines(frozenset({HONG.key}), frozenset())}
SHOP = {"machines": Machines(frozenset(), frozenset({HONG.domain}))}


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param(mail_from(HONG, PASS), id="proven"),
        pytest.param(mail_from(HONG, NONE), id="unknown"),
        pytest.param(mail_from(HONG, FAIL), id="failed"),
        pytest.param(mail_from(HONG, **CUSTOMER_TOKEN), id="on a ticket"),
        pytest.param(mail_from(HONG, automated=("Precedence: bulk",)), id="a machine"),
    ],
)
def test_a_flood_is_set_aside(evidence: Evidence) -> None:
    decision = of(evidence, HARD)
    assert decision.disposition == FLOOD
    assert Reason.FLOOD in decision.reasons
    assert of(evidence, lately(sender=Rate(999, 2999, 9999))).disposition != FLOOD


@pytest.mark.parametrize("known", [ORDERS, SHOP], ids=["address", "domain"])
def test_a_machine_that_the_operator_knows_may_write_more(known: dict[str, Machines]) -> None:
    for authentication in (PASS, NONE):
        assert of(mail_from(HONG, authentication), HARD, **known).disposition == UNANSWERED
    assert of(mail_from(HONG, FAIL), HARD, **known).disposition == FLOOD
    assert of(mail_from(STRANGER), HARD, **known).disposition == FLOOD


def test_agents_who_are_proven_are_no_flood() -> None:
    assert of(mail_from(ALICE, PASS, **AGENT_TOKEN), HARD).disposition != FLOOD
    assert of(mail_from(ALICE, NONE, **AGENT_TOKEN), HARD).disposition != FLOOD
    forged = of(mail_from(ALICE, FAIL), HARD).disposition
    assert forged == Quarantine(QuarantineCause.AGENT_NOT_PROVEN)


def test_reports_about_our_mail_are_no_flood() -> None:
    signals = {**with_token(Purpose.BOUNCE), **with_own_id(Purpose.MESSAGE_PUBLIC)}
    report = mail_from(STRANGER, kind=MailKind.BOUNCE, null_reverse_path=True, **signals)
    assert isinstance(of(report, HARD).disposition, RecordBounce)


def test_a_copy_of_the_same_bytes_is_no_flood() -> None:
    copied = replace(HARD, original=(JournalId(1), TicketId(12)))
    assert of(mail_from(HONG), copied).disposition == Duplicate(JournalId(1), TicketId(12))


def test_what_an_operator_let_out_is_filed() -> None:
    released = decide(mail_from(HONG), HARD, POLICY, NOW, released=QuarantineCause.FLOOD)
    assert released.disposition == UNANSWERED
    assert Reason.RELEASED_BY_OPERATOR in released.reasons


# --- reopening ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_a_ticket_is_reopened_so_often_a_day(status: Status) -> None:
    answer = mail_from(HONG, **CUSTOMER_TOKEN)
    within = of(answer, on_ticket(status=status, reopened=9))
    assert within.disposition == Append(TICKET.id, Visibility.PUBLIC, flagged=False, reopens=True)
    over = of(answer, on_ticket(status=status, reopened=10))
    assert over.disposition == Append(TICKET.id, Visibility.PUBLIC, flagged=False, reopens=False)
    assert Reason.REOPENING_BUDGET in over.reasons
    none = of(answer, on_ticket(status=status, reopened=0), reopenings_per_day=0)
    assert Reason.REOPENING_BUDGET in none.reasons


@pytest.mark.parametrize("status", [Status.OPEN, Status.PENDING])
def test_an_answer_on_a_ticket_that_is_not_shut_spends_nothing(status: Status) -> None:
    decision = of(mail_from(HONG, **CUSTOMER_TOKEN), on_ticket(status=status, reopened=99))
    assert Reason.REOPENING_BUDGET not in decision.reasons


# --- copies -------------------------------------------------------------------------------------

COPIED: dict[str, Any] = {"only_copied": True}


def test_a_copy_that_belongs_to_no_ticket_is_suppressed() -> None:
    decision = of(mail_from(HONG, PASS, **COPIED), KNOWN)
    assert decision.disposition == Suppress(None, Reason.ONLY_COPIED)
    assert decision.reasons == (Reason.ONLY_COPIED,)


def test_an_agent_who_lets_us_read_along_needs_no_proof() -> None:
    decision = of(mail_from(ALICE, NONE, **COPIED), KNOWN)
    assert decision.disposition == Suppress(None, Reason.ONLY_COPIED)


@pytest.mark.parametrize("signal", [CUSTOMER_TOKEN, tagged(12)], ids=["token", "tag"])
def test_a_copy_that_a_signal_ties_to_a_ticket_is_heard(signal: dict[str, Any]) -> None:
    decision = of(mail_from(HONG, PASS, **signal, **COPIED), KNOWN)
    assert isinstance(decision.disposition, Append)


def test_a_copy_that_an_operator_let_in_is_wanted() -> None:
    copy = mail_from(HONG, **COPIED)
    released = decide(copy, KNOWN, POLICY, NOW, released=QuarantineCause.HOP_LIMIT)
    assert isinstance(released.disposition, OpenTicket)
