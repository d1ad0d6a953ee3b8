"""What holds of rights for every mail: nobody forges themselves into a ticket."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from mailgate.desk.arriving.participants import may_bring
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.model.decision import (
    Append,
    Authentication,
    Claim,
    Decision,
    Disposition,
    OpenTicket,
    Quarantine,
    RecordScore,
    Right,
    Who,
)
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Visibility
from mailgate.threading.authentication import Trust
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Evidence, Facts, gather
from mailgate.threading.rights import RIGHTS
from mailgate.threading.token import Purpose, ReplyToken, mint_message_id, mint_token
from tests.deciders.threading_cases import (
    DIRECTORY,
    HONG,
    KEYS,
    KNOWN,
    NOW,
    POLICY,
    SUPPORT,
    Policy,
)
from tests.properties.threading_world import POLICIES, all_facts, as_a_person, evidences

NOT_PROVEN = st.sampled_from([Authentication.NONE, Authentication.FAIL])


def moves_nothing(evidence: Evidence, decision: Decision) -> bool:
    """No word in public, nothing opened again, nobody brought along; a ticket of its own is
    all, with an answer at the most that has no word of theirs."""
    if may_bring(evidence, decision):
        return False
    match decision.disposition:
        case Append(visibility=visibility, flagged=flagged, reopens=reopens):
            return visibility is Visibility.PRIVATE and flagged and not reopens
        case OpenTicket(answer=answer):
            return not answer or evidence.authentication is Authentication.NONE
        case _:
            return True


@given(evidences(), all_facts(), POLICIES, NOT_PROVEN)
def test_who_has_seen_nothing_of_a_ticket_gains_nothing_by_a_name(
    evidence: Evidence, facts: Facts, policy: Policy, authentication: Authentication
) -> None:
    """Whoever is written in From and whatever number in the subject: without a proof and
    without anything that only the thread has, it is as much as a stranger gets."""
    forged = replace(
        as_a_person(evidence),
        authentication=authentication,
        tokens=(),
        bound_tokens=frozenset(),
        own_ids=(),
        foreign_ids=(),
    )
    assert moves_nothing(forged, decide(forged, facts, policy, NOW))


@given(evidences(), all_facts(), POLICIES)
def test_what_is_known_to_be_forged_gains_nothing_whatever_it_has(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    forged = replace(as_a_person(evidence), authentication=Authentication.FAIL)
    decision = decide(forged, facts, policy, NOW)
    assert moves_nothing(forged, decision)
    if isinstance(decision.disposition, OpenTicket):
        assert not decision.disposition.answer


@given(evidences(), all_facts(), POLICIES)
def test_cc_brings_nobody_without_a_proof(evidence: Evidence, facts: Facts, policy: Policy) -> None:
    """Neither a token nor an id is one: they say that somebody has seen the thread."""
    assume(evidence.authentication is not Authentication.PASS)
    person = as_a_person(evidence)
    assert not may_bring(person, decide(person, facts, policy, NOW))


@given(evidences(), all_facts(), POLICIES)
def test_a_stranger_never_speaks_in_public(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    decision = decide(as_a_person(evidence), facts, policy, NOW)
    assert decision.cell is not None
    if decision.cell.who is Who.STRANGER:
        assert moves_nothing(replace(evidence, authentication=Authentication.NONE), decision)


@given(evidences(), all_facts(), POLICIES)
def test_a_decision_is_never_wider_than_its_cell(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    """What the table does not give, no rule gives: not a machine's header, nor an old ticket."""
    decision = decide(evidence, facts, policy, NOW)
    cell = decision.cell
    assert cell is not None
    assert cell.right is RIGHTS[cell.who, cell.authentication, cell.claim]
    match decision.disposition:
        case Append(visibility=Visibility.PUBLIC):
            assert cell.right is Right.PUBLIC
        case Append(flagged=False):
            assert cell.right in {Right.PUBLIC, Right.PRIVATE}
        case Append():
            assert cell.right is Right.FLAGGED
        case RecordScore(score=score) if score is not None:
            assert cell.right is Right.PUBLIC
        case OpenTicket():
            assert cell.right is not Right.QUARANTINE
        case _:
            pass


def rank(disposition: Disposition) -> int:
    """How much of what the sender wants is done."""
    match disposition:
        case Append(visibility=Visibility.PUBLIC):
            return 5
        case Append(flagged=False):
            return 4
        case RecordScore(score=score):
            return 3 if score is None else 4
        case Append():
            return 3
        case OpenTicket(linked=linked):
            return 1 if linked is None else 2
        case Quarantine():
            return 0
        case other:
            raise AssertionError(f"no person's: {other}")


@given(evidences(), all_facts(), POLICIES)
def test_a_better_proof_of_the_sender_never_gives_less(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    person, known = as_a_person(evidence), replace(facts, original=None)
    ranks = [
        rank(decide(replace(person, authentication=proof), known, policy, NOW).disposition)
        for proof in (Authentication.FAIL, Authentication.NONE, Authentication.PASS)
    ]
    assert ranks == sorted(ranks)


@given(evidences(), all_facts(), POLICIES)
def test_a_token_of_their_own_never_gives_less(
    evidence: Evidence, facts: Facts, policy: Policy
) -> None:
    """One for the ticket that the mail is for anyway, as the sender was given it."""
    person, known = as_a_person(evidence), replace(facts, original=None)
    before = decide(person, known, policy, NOW)
    named = next((signal.ticket for signal in before.signals if signal.ticket is not None), None)
    assume(named is not None and person.from_ is not None)
    assert named is not None
    assert before.cell is not None
    staff = before.cell.who in {Who.AGENT, Who.COLLABORATOR}
    purpose = Purpose.AGENT_REPLY if staff else Purpose.CUSTOMER_REPLY
    theirs = ReplyToken(purpose, named, b"theirs", "theirs")
    with_token = replace(
        person,
        tokens=(*person.tokens, theirs),
        bound_tokens=person.bound_tokens | {theirs.text},
    )
    after = decide(with_token, known, policy, NOW)
    assert after.cell is not None
    assert after.cell.claim is Claim.TOKEN
    if before.cell.who is not after.cell.who:
        return  # an agent on their own ticket is asked for a proof once they answer as an agent
    assert rank(after.disposition) >= rank(before.disposition)


TOKEN = mint_token(KEYS, Purpose.CUSTOMER_REPLY, TicketId(12), HONG)
OUR_ID = mint_message_id(KEYS, Purpose.MESSAGE_PUBLIC, TicketId(12), "acme.example", bytes(4))
FIELDS = (
    'From: "Hong" <hong@customer.example>',
    f"To: Desk <support+t{TOKEN}@acme.example>",
    "Cc: park@customer.example, sales@acme.example",
    "Reply-To: hong.gildong@naver.com",
    "Subject: Re: [#13] parcel",
    "Message-ID: <q2@customer.example>",
    f"In-Reply-To: <{OUR_ID}>",
    "References: <first@customer.example> <second@customer.example>",
    "Date: Mon, 05 Jan 2026 09:00:00 +0000",
    "Auto-Submitted: no",
    "X-Mailer: any",
    "MIME-Version: 1.0",
)
TRUSTED = Trust(peer=True, authserv_ids=frozenset({"mx.acme.example"}))


def evidence_of(fields: Sequence[str]) -> Evidence:
    top = "Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example"
    mail = parse_mail("\r\n".join((top, *fields, "", "It has not come.", "")).encode())
    return gather(
        mail,
        Envelope(HONG, (SUPPORT,)),
        trust=TRUSTED,
        directory=DIRECTORY,
        keyring=KEYS,
        subject_prefix="",
    )


@given(st.permutations(FIELDS))
def test_the_order_of_the_fields_changes_nothing(fields: list[str]) -> None:
    """RFC 5322 §3.6: only trace fields have one."""
    assert evidence_of(fields) == evidence_of(FIELDS)
    assert evidence_of(FIELDS).authentication is Authentication.PASS
    assert decide(evidence_of(fields), KNOWN, POLICY, NOW).disposition == Append(
        TicketId(12), Visibility.PUBLIC, flagged=False, reopens=True
    )
