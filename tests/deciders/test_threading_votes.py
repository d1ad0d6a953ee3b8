"""Who may say by a survey's link how the answers were, and when their word counts."""

from dataclasses import replace
from typing import Any

import pytest

from mailgate.mail.address import Address
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
    RecordAutoReply,
    RecordScore,
)
from mailgate.model.ids import TicketId
from mailgate.model.survey import Score
from mailgate.model.ticket import Status
from mailgate.model.traffic import Rate
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Evidence, Facts
from mailgate.threading.token import Purpose
from tests.deciders.threading_cases import (
    ALICE,
    CAROL,
    HONG,
    KNOWN,
    LEE,
    NOW,
    PARK,
    POLICY,
    STRANGER,
    SUPPLIER,
    TICKET,
    mail_from,
    token,
)

PASS, NONE, FAIL = Authentication.PASS, Authentication.NONE, Authentication.FAIL
LINKS = {
    Purpose.SURVEY_GOOD: Score.GOOD,
    Purpose.SURVEY_OK: Score.OK,
    Purpose.SURVEY_BAD: Score.BAD,
}


def click(
    sender: Address | None = HONG,
    authentication: Authentication = NONE,
    *,
    links: tuple[Purpose, ...] = (Purpose.SURVEY_GOOD,),
    theirs: bool = True,
    ticket: int = 12,
    **claims: Any,
) -> Evidence:
    """A mail to these addresses of a survey; `theirs` says that they were made for its sender."""
    tokens = tuple(token(purpose, ticket) for purpose in links)
    bound = frozenset(one.text for one in tokens) if theirs else frozenset()
    return mail_from(sender, authentication, tokens=tokens, bound_tokens=bound, **claims)


def decided(evidence: Evidence, facts: Facts = KNOWN) -> Decision:
    return decide(evidence, facts, POLICY, NOW)


@pytest.mark.parametrize(("link", "score"), LINKS.items())
@pytest.mark.parametrize("authentication", [PASS, NONE])
def test_the_requester_s_click_counts(
    link: Purpose, score: Score, authentication: Authentication
) -> None:
    decision = decided(click(authentication=authentication, links=(link,)))
    assert decision.disposition == RecordScore(TICKET.id, score)
    assert Reason.SURVEY_ANSWER in decision.reasons


@pytest.mark.parametrize("status", Status)
def test_a_click_is_heard_and_opens_nothing_whatever_the_ticket_s_status(status: Status) -> None:
    ticket = replace(TICKET, status=status, closed_at=NOW.replace(year=2020))
    facts = replace(KNOWN, tickets={ticket.id: ticket})
    assert decided(click(), facts).disposition == RecordScore(TICKET.id, Score.GOOD)


OTHERS = [PARK, LEE, SUPPLIER, STRANGER, None]


@pytest.mark.parametrize("sender", OTHERS, ids=str)
@pytest.mark.parametrize("authentication", [PASS, NONE, FAIL])
@pytest.mark.parametrize("theirs", [True, False])
def test_nobody_else_s_click_counts(
    sender: Address | None, authentication: Authentication, *, theirs: bool
) -> None:
    """The survey was passed on to them; whoever they are, the ticket stays as it is."""
    decision = decided(click(sender, authentication, theirs=theirs))
    assert decision.disposition == RecordScore(TICKET.id, None)
    assert Reason.SURVEY_NOT_THEIRS in decision.reasons


def test_a_forged_requester_does_not_count() -> None:
    decision = decided(click(authentication=FAIL))
    assert decision.disposition == RecordScore(TICKET.id, None)
    assert Reason.SURVEY_NOT_THEIRS in decision.reasons


def test_a_link_that_was_made_for_somebody_else_does_not_count() -> None:
    """The ticket has another requester than when it was asked about."""
    decision = decided(click(authentication=PASS, theirs=False))
    assert decision.disposition == RecordScore(TICKET.id, None)


def test_an_agent_s_click_never_becomes_an_answer_to_the_customer() -> None:
    for agent in (ALICE, CAROL):
        decision = decided(click(agent, PASS, theirs=False))
        assert decision.disposition == RecordScore(TICKET.id, None)


def test_who_claims_to_be_an_agent_waits_for_a_human_as_ever() -> None:
    decision = decided(click(ALICE, theirs=False))
    assert decision.disposition == Quarantine(QuarantineCause.AGENT_NOT_PROVEN)


@pytest.mark.parametrize(
    "machine",
    [
        {"null_reverse_path": True},
        {"kind": MailKind.AUTO_REPLY},
        {"kind": MailKind.BULK},
        {"automated": ("Auto-Submitted: auto-generated",)},
        {"kind": MailKind.RECEIPT},
    ],
    ids=str,
)
def test_no_machine_votes(machine: dict[str, Any]) -> None:
    """An absence note, a scanner that answers what it finds: nobody has clicked."""
    assert decided(click(**machine)).disposition == RecordAutoReply(TICKET.id)


def test_the_same_mail_once_more_does_not_count_again() -> None:
    decision = decided(click(), replace(KNOWN, voted=True))
    assert decision.disposition == RecordScore(TICKET.id, None)
    assert Reason.SURVEY_REPEATED in decision.reasons


def test_two_different_answers_at_once_are_none() -> None:
    both = (Purpose.SURVEY_GOOD, Purpose.SURVEY_BAD)
    decision = decided(click(links=both))
    assert decision.disposition == RecordScore(TICKET.id, None)
    assert Reason.SURVEY_UNCLEAR in decision.reasons


def test_who_clicks_faster_than_people_do_is_taken_for_a_machine() -> None:
    hasty = replace(TICKET, written=Rate(10, 10, 10))
    decision = decided(click(), replace(KNOWN, tickets={TICKET.id: hasty}))
    assert decision.disposition == RecordAutoReply(TICKET.id)
    assert Reason.TOO_MANY_FROM_SENDER in decision.reasons


def test_after_a_merge_the_word_counts_for_the_requester_of_what_is_left() -> None:
    into = replace(TICKET, id=TicketId(20), merged_from=TICKET.id)
    merged = replace(KNOWN, tickets={TICKET.id: into})
    assert decided(click(), merged).disposition == RecordScore(TicketId(20), Score.GOOD)


def test_after_a_merge_into_somebody_else_s_ticket_it_is_kept_and_does_not_count() -> None:
    """Whose ticket became part of it takes part in it; the score is its requester's to give."""
    into = replace(
        TICKET,
        id=TicketId(20),
        merged_from=TICKET.id,
        requester=PARK.key,
        participants=frozenset({HONG.key}),
    )
    merged = replace(KNOWN, tickets={TICKET.id: into})
    assert decided(click(authentication=PASS), merged).disposition == RecordScore(
        TicketId(20), None
    )


def test_a_link_for_a_ticket_that_is_gone_opens_one_like_any_mail() -> None:
    decision = decided(click(ticket=99))
    assert isinstance(decision.disposition, OpenTicket)
    assert Reason.TICKET_UNKNOWN in decision.reasons


def test_the_reply_address_of_the_survey_is_an_answer_like_any() -> None:
    """Who answers the survey instead of clicking wants something."""
    evidence = mail_from(tokens=(token(Purpose.CUSTOMER_REPLY),))
    assert isinstance(decided(evidence).disposition, Append)
