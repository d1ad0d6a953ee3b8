"""Who may do what: every cell of the table of rights, written by hand, and the rows that the
table does not name (a second address, a colleague, a mailing list, a forwarded token)."""

from dataclasses import replace
from itertools import product

import pytest

from mailgate.mail.address import Address
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import (
    Append,
    Authentication,
    Disposition,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
    RecordAutoReply,
)
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Role, Visibility
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Evidence, TicketFacts
from mailgate.threading.rights import RIGHTS, Claim, Right, Who
from mailgate.threading.rightspage import page
from mailgate.threading.token import Purpose
from tests.deciders.threading_cases import (
    ALICE,
    BOB,
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
    WITH_STORED_ID,
    Claims,
    mail_from,
    tagged,
    token,
    with_own_id,
    with_token,
)

PASS, NONE, FAIL = Authentication.PASS, Authentication.NONE, Authentication.FAIL

EXPECTED = """
                      token      forwarded  own id     foreign id tag        nothing
requester     pass    public     public     public     public     public     new
requester     none    public     public     public     public     flagged    new
requester     fail    flagged    flagged    flagged    flagged    flagged    new
participant   pass    public     public     public     public     public     new
participant   none    public     public     public     public     flagged    new
participant   fail    flagged    flagged    flagged    flagged    flagged    new
colleague     pass    public     public     public     flagged    flagged    new
colleague     none    flagged    flagged    flagged    flagged    linked     new
colleague     fail    flagged    flagged    flagged    linked     linked     new
agent         pass    public     public     public     public     public     new
agent         none    public     quarantine quarantine quarantine quarantine quarantine
agent         fail    quarantine quarantine quarantine quarantine quarantine quarantine
collaborator  pass    private    private    private    private    private    new
collaborator  none    private    quarantine quarantine quarantine quarantine quarantine
collaborator  fail    quarantine quarantine quarantine quarantine quarantine quarantine
side_party    pass    private    private    private    private    private    new
side_party    none    private    private    private    private    flagged    new
side_party    fail    flagged    flagged    flagged    flagged    flagged    new
stranger      pass    flagged    flagged    flagged    flagged    linked     new
stranger      none    flagged    flagged    flagged    flagged    linked     new
stranger      fail    flagged    flagged    flagged    linked     linked     new
"""

CELLS = [
    (Who(who), Authentication(authentication), claim, Right(right))
    for who, authentication, *rights in (line.split() for line in EXPECTED.splitlines()[2:])
    for claim, right in zip(Claim, rights, strict=True)
]

SENDERS = {
    Who.REQUESTER: HONG,
    Who.PARTICIPANT: PARK,
    Who.COLLEAGUE: LEE,
    Who.AGENT: ALICE,
    Who.COLLABORATOR: CAROL,
    Who.SIDE_PARTY: SUPPLIER,
    Who.STRANGER: STRANGER,
}
STAFF = {Who.AGENT, Who.COLLABORATOR}
PUBLIC_ID = with_own_id(Purpose.MESSAGE_PUBLIC)
TAG = tagged(12)
NOTHING: Claims = {}


def given_to_them(who: Who) -> Claims:
    given = token(Purpose.AGENT_REPLY if who in STAFF else Purpose.CUSTOMER_REPLY)
    return {"tokens": (given,), "bound_tokens": frozenset({given.text})}


def given_to_another(who: Who) -> Claims:
    return {**given_to_them(who), "bound_tokens": frozenset()}


def claims(who: Who, claim: Claim) -> Claims:
    agents_id = with_own_id(Purpose.MESSAGE_AGENT)
    return {
        Claim.TOKEN: given_to_them(who),
        Claim.FORWARDED_TOKEN: given_to_another(who),
        Claim.OWN_ID: agents_id if who in STAFF else PUBLIC_ID,
        Claim.FOREIGN_ID: WITH_STORED_ID,
        Claim.SUBJECT_TAG: TAG,
        Claim.NOTHING: NOTHING,
    }[claim]


def becomes(who: Who, authentication: Authentication, right: Right) -> Disposition:
    """What a person's mail becomes on ticket 12, which is open and has been answered before."""
    staff, known = who in STAFF, authentication is not FAIL
    number = TicketId(12)
    match right:
        case Right.PUBLIC:
            return Append(number, Visibility.PUBLIC, flagged=False, reopens=not staff)
        case Right.PRIVATE if staff:
            return Append(number, Visibility.PRIVATE, flagged=False)
        case Right.PRIVATE:
            return Append(number, Visibility.PRIVATE, flagged=False, side=True, reopens=True)
        case Right.FLAGGED:
            return Append(number, Visibility.PRIVATE, flagged=True)
        case Right.LINKED:
            return OpenTicket(number, answer=known)
        case Right.NEW:
            return OpenTicket(None, answer=known)
        case Right.QUARANTINE:
            return Quarantine(QuarantineCause.AGENT_NOT_PROVEN)


def outcome(evidence: Evidence) -> Disposition:
    return decide(evidence, KNOWN, POLICY, NOW).disposition


@pytest.mark.parametrize(("who", "authentication", "claim", "right"), CELLS)
def test_a_cell(who: Who, authentication: Authentication, claim: Claim, right: Right) -> None:
    assert RIGHTS[who, authentication, claim] is right
    decision = decide(
        mail_from(SENDERS[who], authentication, **claims(who, claim)), KNOWN, POLICY, NOW
    )
    assert decision.disposition == becomes(who, authentication, right)
    assert decision.cell is not None
    assert decision.cell.right is right
    if claim is not Claim.NOTHING:
        assert (decision.cell.who, decision.cell.claim) == (who, claim)


def test_every_cell_is_listed() -> None:
    assert [cell[:3] for cell in CELLS] == list(product(Who, Authentication, Claim))
    assert set(RIGHTS) == set(product(Who, Authentication, Claim))


def test_the_page_has_a_word_for_everything_and_the_whole_table() -> None:
    written = page()
    for word in (*Who, *Authentication, *Claim, *Right):
        assert f"| {word.value.replace('_', ' ')} | " in written
    assert "| colleague | none | flagged | flagged | flagged | flagged | linked | new |" in written
    assert written.count("\n| stranger | ") == 1 + len(Authentication)


RANKS = (
    Right.QUARANTINE,
    Right.NEW,
    Right.LINKED,
    Right.FLAGGED,
    Right.PRIVATE,
    Right.PUBLIC,
)


@pytest.mark.parametrize(
    ("who", "authentication", "claim"), list(product(Who, Authentication, Claim))
)
def test_a_stronger_proof_never_gives_less(
    who: Who, authentication: Authentication, claim: Claim
) -> None:
    here = RANKS.index(RIGHTS[who, authentication, claim])
    proofs, signals = list(Authentication), list(Claim)
    for proof in proofs[: proofs.index(authentication)]:
        assert RANKS.index(RIGHTS[who, proof, claim]) >= here
    for signal in signals[: signals.index(claim)]:
        assert RANKS.index(RIGHTS[who, authentication, signal]) >= here


# --- rows that have no name of their own ------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        (given_to_another(Who.STRANGER), Right.FLAGGED),
        (PUBLIC_ID, Right.FLAGGED),
        (WITH_STORED_ID, Right.FLAGGED),
        (TAG, Right.LINKED),
    ],
    ids=["token", "own id", "their own first mail", "number"],
)
def test_a_customer_from_a_second_address_is_a_stranger_who_has_seen_the_thread(
    claimed: Claims, expected: Right
) -> None:
    at_home = Address("hong.gildong", "naver.com")
    found = outcome(mail_from(at_home, PASS, **claimed))
    assert found == becomes(Who.STRANGER, PASS, expected)


@pytest.mark.parametrize(
    ("requester", "sender", "who"),
    [
        ("hong@customer.example", "lee@customer.example", Who.COLLEAGUE),
        ("hong@customer.example", "lee@seoul.customer.example", Who.COLLEAGUE),
        ("hong@seoul.customer.example", "lee@busan.customer.example", Who.COLLEAGUE),
        ("hong@customer.co.kr", "lee@customer.co.kr", Who.COLLEAGUE),
        ("hong@customer.co.kr", "lee@another.co.kr", Who.STRANGER),
        ("hong@gmail.com", "lee@gmail.com", Who.STRANGER),
        ("hong@naver.com", "lee@naver.com", Who.STRANGER),
        ("hong@customer.example", "lee@customer.example.org", Who.STRANGER),
        ("hong@customer.example", "lee@notcustomer.example", Who.STRANGER),
    ],
)
def test_colleagues_share_a_domain_that_is_no_providers(
    requester: str, sender: str, who: Who
) -> None:
    theirs = replace(TICKET, requester=requester)
    facts = replace(KNOWN, tickets={TICKET.id: theirs})
    localpart, _, domain = sender.partition("@")
    evidence = mail_from(Address(localpart, domain), PASS, **given_to_another(who))
    decision = decide(evidence, facts, POLICY, NOW)
    assert decision.cell is not None
    assert decision.cell.who is who
    assert decision.sender.role is Role.STRANGER
    assert (Reason.SENDER_IS_COLLEAGUE in decision.reasons) is (who is Who.COLLEAGUE)


def test_what_a_mailing_list_passes_on_is_kept_on_the_ticket_and_moves_nothing() -> None:
    """A list breaks what proves its members, and says that it is one."""
    through_a_list = mail_from(HONG, FAIL, kind=MailKind.BULK, **PUBLIC_ID)
    assert outcome(through_a_list) == RecordAutoReply(TicketId(12))


def test_a_mailing_list_that_writes_in_its_own_name_is_a_stranger() -> None:
    munged = mail_from(Address("users", "lists.example"), PASS, **PUBLIC_ID)
    assert outcome(munged) == becomes(Who.STRANGER, PASS, Right.FLAGGED)


def test_a_participant_answers_with_the_token_that_the_requester_got() -> None:
    """One mail goes to both, and its Reply-To was made for the requester."""
    assert outcome(mail_from(PARK, NONE, **given_to_another(Who.PARTICIPANT))) == becomes(
        Who.PARTICIPANT, NONE, Right.PUBLIC
    )


def test_an_agents_token_in_a_customers_hands_is_a_forwarded_one() -> None:
    forwarded = {**with_token(Purpose.AGENT_REPLY), "bound_tokens": frozenset[str]()}
    customer = decide(mail_from(HONG, NONE, **forwarded), KNOWN, POLICY, NOW)
    assert customer.disposition == becomes(Who.REQUESTER, NONE, Right.PUBLIC)
    assert customer.sender.role is Role.REQUESTER
    stranger = decide(mail_from(STRANGER, PASS, **forwarded), KNOWN, POLICY, NOW)
    assert stranger.disposition == becomes(Who.STRANGER, PASS, Right.FLAGGED)


# --- agents who are something else too --------------------------------------------------------


def on_ticket_of(requester: Address, *participants: Address) -> TicketFacts:
    keys = frozenset(address.key for address in participants)
    return replace(TICKET, requester=requester.key, participants=keys)


def once_of(requester: Address) -> TicketFacts:
    """Somebody's ticket that became part of Hong's."""
    return replace(on_ticket_of(HONG, requester), former_requester=requester.key)


@pytest.mark.parametrize(
    ("ticket", "sender", "authentication", "claimed", "who"),
    [
        # an agent with a question of their own is its customer, as far as a customer goes
        (on_ticket_of(ALICE), ALICE, PASS, TAG, Who.REQUESTER),
        (on_ticket_of(ALICE), ALICE, NONE, TAG, Who.REQUESTER),
        (on_ticket_of(ALICE), ALICE, FAIL, TAG, Who.REQUESTER),
        # what they were sent as an agent they answer as one
        (on_ticket_of(ALICE), ALICE, PASS, given_to_them(Who.AGENT), Who.AGENT),
        # an agent on the CC is an agent: no mail goes to them as a participant
        (on_ticket_of(HONG, ALICE), ALICE, PASS, TAG, Who.AGENT),
        (on_ticket_of(HONG, ALICE), ALICE, NONE, WITH_STORED_ID, Who.AGENT),
        (on_ticket_of(HONG, CAROL), CAROL, PASS, TAG, Who.COLLABORATOR),
        # ... and so is one who had asked, by what leads to their old ticket
        (once_of(ALICE), ALICE, PASS, TAG, Who.PARTICIPANT),
        (once_of(ALICE), ALICE, NONE, WITH_STORED_ID, Who.PARTICIPANT),
        (once_of(ALICE), ALICE, PASS, given_to_them(Who.AGENT), Who.AGENT),
        (once_of(BOB), ALICE, PASS, TAG, Who.AGENT),
        # another agent's question
        (on_ticket_of(ALICE), BOB, PASS, TAG, Who.AGENT),
    ],
)
def test_agents_who_take_part_in_another_way_too(
    ticket: TicketFacts,
    sender: Address,
    authentication: Authentication,
    claimed: Claims,
    who: Who,
) -> None:
    facts = replace(KNOWN, tickets={TICKET.id: ticket})
    evidence = mail_from(sender, authentication, **claimed)
    decision = decide(evidence, facts, POLICY, NOW)
    assert decision.cell is not None
    assert decision.cell.who is who
    right = RIGHTS[who, authentication, decision.cell.claim]
    assert decision.disposition == becomes(who, authentication, right)


def test_a_forged_agent_is_set_aside_although_they_are_on_the_cc() -> None:
    ticket = replace(TICKET, participants=frozenset({BOB.key}))
    facts = replace(KNOWN, tickets={TICKET.id: ticket})
    for claimed in (TAG, WITH_STORED_ID, PUBLIC_ID, given_to_another(Who.AGENT)):
        for authentication in (NONE, FAIL):
            decision = decide(mail_from(BOB, authentication, **claimed), facts, POLICY, NOW)
            assert decision.disposition == Quarantine(QuarantineCause.AGENT_NOT_PROVEN)
