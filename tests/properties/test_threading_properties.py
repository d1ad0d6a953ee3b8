"""What holds for every mail, however it is made."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mailgate.desk.telling.explain import decision_json
from mailgate.mail.address import Address
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    RecordBounce,
)
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Role, Visibility
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Evidence, Facts
from mailgate.threading.tag import tagged_subject, tags_in, untagged_subject
from mailgate.threading.token import (
    Keyring,
    Purpose,
    is_for,
    mint_message_id,
    mint_token,
    token_in,
    verify_loop_token,
    verify_message_id,
    verify_token,
)
from tests.deciders.threading_cases import NOW, Policy
from tests.properties.threading_world import (
    ID_PURPOSES,
    POLICIES,
    RELEASES,
    TICKETS,
    TOKEN_PURPOSES,
    all_facts,
    as_a_person,
    evidences,
)

KEYS = Keyring({0: b"k" * 32, 5: b"n" * 32}, 5)


@given(evidences(), all_facts(), POLICIES, RELEASES, st.none() | TICKETS)
def test_every_mail_gets_one_decision_that_can_be_stored(
    evidence: Evidence,
    facts: Facts,
    policy: Policy,
    released: QuarantineCause | None,
    to: TicketId | None,
) -> None:
    decision = decide(evidence, facts, policy, NOW, released=released, released_to=to)
    stored = json.loads(decision_json(decision))
    assert stored["disposition"] == decision.disposition.name
    assert len(decision.reasons) == len(set(decision.reasons)) > 0
    assert decision == decide(evidence, facts, policy, NOW, released=released, released_to=to)


@given(evidences(), all_facts(), POLICIES, RELEASES)
def test_a_machine_is_never_answered_and_moves_nothing(
    evidence: Evidence, facts: Facts, policy: Policy, released: QuarantineCause | None
) -> None:
    """RFC 3834 §2, RFC 5321 §4.5.5: whatever else the mail claims, a human's word included. Words
    under a field that anybody can write may be a customer's, and are heard; they go to nobody
    outside, and open nothing again."""
    decision = decide(evidence, facts, policy, NOW, released=released)
    surely = evidence.null_reverse_path or evidence.kind not in {MailKind.MAIL, MailKind.CALENDAR}
    if not surely and not evidence.automated:
        return
    match decision.disposition:
        case Append(reopens=reopens):
            assert not surely
            assert not reopens
            assert decision.sender.role not in {Role.AGENT, Role.COLLABORATOR}
        case OpenTicket(answer=answer):
            assert not answer
        case _:
            pass


def is_public(decision: Decision) -> bool:
    match decision.disposition:
        case Append(visibility=Visibility.PUBLIC):
            return True
        case _:
            return False


@given(evidences(), all_facts(), POLICIES)
def test_a_forged_mail_gains_nothing(evidence: Evidence, facts: Facts, policy: Policy) -> None:
    """No more than a stranger has: private and flagged, a ticket of its own without an answer,
    or quarantine."""
    forged = replace(as_a_person(evidence), authentication=Authentication.FAIL)
    disposition = decide(forged, facts, policy, NOW).disposition
    match disposition:
        case OpenTicket(answer=answer):
            assert not answer
        case Append(visibility=visibility, flagged=flagged):
            assert visibility is Visibility.PRIVATE
            assert flagged
        case _:
            assert not is_public(decide(forged, facts, policy, NOW))


@given(evidences(), all_facts(), POLICIES, RELEASES)
def test_nobody_writes_as_an_agent_without_proof(
    evidence: Evidence, facts: Facts, policy: Policy, released: QuarantineCause | None
) -> None:
    """Without a token of their own and without authentication, From alone makes nobody staff,
    whatever headers of machines it has and whatever a human let it out in spite of."""
    claimed = replace(evidence, authentication=Authentication.NONE, bound_tokens=frozenset())
    decision = decide(claimed, facts, policy, NOW, released=released)
    if released is not QuarantineCause.AGENT_NOT_PROVEN:
        assert decision.sender.role not in {Role.AGENT, Role.COLLABORATOR}


@given(evidences(), all_facts(), POLICIES, RELEASES)
def test_a_human_who_lets_a_mail_out_is_not_asked_for_ever(
    evidence: Evidence, facts: Facts, policy: Policy, released: QuarantineCause | None
) -> None:
    """Each time it is set aside, it is for what nobody has looked at yet."""
    for _ in QuarantineCause:
        disposition = decide(evidence, facts, policy, NOW, released=released).disposition
        if not isinstance(disposition, Quarantine):
            return
        released = disposition.cause
    raise AssertionError(f"set aside again and again, at last for {released}")


@given(evidences(), all_facts(), POLICIES)
def test_a_number_in_a_subject_reports_no_bounce(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    hinted = replace(evidence, tokens=(), own_ids=(), foreign_ids=())
    assert not isinstance(decide(hinted, facts, policy, NOW).disposition, RecordBounce)


@given(st.text())
def test_any_text_can_be_asked_whether_it_is_ours(text: str) -> None:
    assert verify_token(KEYS, text) is None
    assert verify_message_id(KEYS, text) is None
    assert not verify_loop_token(KEYS, text)
    token_in(Address(text, "acme.example"))


@given(
    st.sampled_from(TOKEN_PURPOSES),
    st.integers(1, 2**40 - 1).map(TicketId),
    st.text(min_size=1, max_size=64),
)
def test_a_token_comes_back_as_it_was_made(
    purpose: Purpose, ticket: TicketId, localpart: str
) -> None:
    party = Address(localpart, "customer.example")
    token = verify_token(KEYS, mint_token(KEYS, purpose, ticket, party))
    assert token is not None
    assert (token.purpose, token.ticket) == (purpose, ticket)
    assert is_for(KEYS, token, party)


@given(
    st.sampled_from(ID_PURPOSES),
    st.integers(1, 2**40 - 1).map(TicketId),
    st.from_regex(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){1,4}",
        fullmatch=True,
    ),
    st.binary(min_size=4, max_size=8),
)
def test_a_message_id_comes_back_and_is_never_too_long(
    purpose: Purpose, ticket: TicketId, domain: str, random: bytes
) -> None:
    text = mint_message_id(KEYS, purpose, ticket, domain, random)
    assert len(f"<{text}>") <= 66
    own = verify_message_id(KEYS, text)
    assert own is not None
    assert (own.purpose, own.ticket) == (purpose, ticket)


@given(st.text(), st.sampled_from(["", "acme"]))
def test_numbers_in_any_subject_are_bounded(subject: str, prefix: str) -> None:
    assert all(0 < ticket < 10**12 for ticket in tags_in(subject, prefix))


@given(st.text(max_size=200), st.integers(1, 10**12 - 1).map(TicketId), st.sampled_from(["", "ac"]))
def test_the_tag_stands_once_in_every_answer_to_every_answer(
    subject: str, ticket: TicketId, prefix: str
) -> None:
    once = tagged_subject(prefix, ticket, subject)
    assert tags_in(once, prefix) == (ticket,)
    assert tagged_subject(prefix, ticket, f"Re: {once}") == once
    assert untagged_subject(prefix, once) == untagged_subject(prefix, subject)
