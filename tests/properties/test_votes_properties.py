"""Whatever comes, in whatever state of the desk: a score is the requester's own word, once."""

from datetime import timedelta

from hypothesis import given

from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    OpenTicket,
    Reason,
    RecordScore,
)
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Evidence, Facts
from mailgate.threading.loops import is_automated
from mailgate.threading.votes import SCORES, is_vote
from tests.deciders.threading_cases import NOW, Policy
from tests.properties.threading_world import POLICIES, all_facts, as_a_person, evidences


def decided(evidence: Evidence, facts: Facts, policy: Policy) -> Decision:
    return decide(evidence, facts, policy, NOW + timedelta(hours=1))


@given(evidence=evidences(), facts=all_facts(), policy=POLICIES)
def test_a_score_is_the_requester_s_own_word(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    match decided(evidence, facts, policy).disposition:
        case RecordScore(ticket=number, score=score) if score is not None:
            on = next(one for one in facts.tickets.values() if one.id == number)
            cast = [
                one
                for one in evidence.tokens
                if is_vote(one) and one.ticket in facts.tickets
                if facts.tickets[one.ticket].id == number
            ]
            assert evidence.from_ is not None
            assert evidence.from_.address.key == on.requester
            assert evidence.authentication is not Authentication.FAIL
            assert {SCORES[one.purpose] for one in cast} == {score}
            assert all(one.text in evidence.bound_tokens for one in cast)
            assert not is_automated(evidence)
            assert not facts.voted
        case _:
            pass


@given(evidence=evidences(), facts=all_facts(), policy=POLICIES)
def test_every_word_that_does_not_count_says_why(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    decision = decided(as_a_person(evidence), facts, policy)
    match decision.disposition:
        case RecordScore(score=score):
            doubts = {reason for reason in decision.reasons if reason.value.startswith("survey_")}
            counts = doubts == {Reason.SURVEY_ANSWER}
            assert counts == (score is not None)
        case _:
            assert Reason.SURVEY_ANSWER not in decision.reasons


@given(evidence=evidences(), facts=all_facts(), policy=POLICIES)
def test_a_link_of_a_survey_alone_opens_nothing_and_reaches_no_customer(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    """Whoever has it, agents too: no answer, no ticket, none reopened."""
    person = as_a_person(evidence)
    links = tuple(one for one in person.tokens if is_vote(one) and one.ticket in facts.tickets)
    if not links or links != person.tokens or facts.original is not None:
        return
    decision = decided(person, facts, policy)
    assert not isinstance(decision.disposition, Append | OpenTicket), decision
