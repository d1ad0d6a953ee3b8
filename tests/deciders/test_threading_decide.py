"""Which rule decides about a mail, and on which ticket. The table of rights has its own tests."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.mail.address import Address
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import (
    Append,
    Authentication,
    Disposition,
    Duplicate,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
    RecordAutoReply,
    RecordBounce,
    SignalKind,
    Suppress,
)
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.ticket import Role, Status, Visibility
from mailgate.model.traffic import Rate
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Evidence
from mailgate.threading.token import Purpose
from tests.deciders.threading_cases import (
    ALICE,
    ALICE_AT_HOME,
    BOB,
    CAROL,
    HONG,
    KNOWN,
    NOTHING_KNOWN,
    NOW,
    PARK,
    POLICY,
    STRANGER,
    TICKET,
    WITH_STORED_ID,
    Claims,
    Policy,
    mail_from,
    own_id,
    tagged,
    token,
    with_own_id,
    with_token,
)

PASS, NONE, FAIL = Authentication.PASS, Authentication.NONE, Authentication.FAIL

PUBLIC = Append(TicketId(12), Visibility.PUBLIC, flagged=False)
HEARD = replace(PUBLIC, reopens=True)
"""What a customer says in public opens the ticket again; what an agent says does not."""
NOTE = Append(TicketId(12), Visibility.PRIVATE, flagged=False)
FLAGGED = Append(TicketId(12), Visibility.PRIVATE, flagged=True)
NEW = OpenTicket(None, answer=True)
NEW_UNANSWERED = OpenTicket(None, answer=False)
LINKED = OpenTicket(TicketId(12), answer=True)
LINKED_UNANSWERED = OpenTicket(TicketId(12), answer=False)
NOT_PROVEN = Quarantine(QuarantineCause.AGENT_NOT_PROVEN)
FROM_SUPPORT = Quarantine(QuarantineCause.FROM_SUPPORT_ADDRESS)
HOPS = Quarantine(QuarantineCause.HOP_LIMIT)
NO_TICKET = Quarantine(QuarantineCause.AUTOMATED_WITHOUT_TICKET)

CUSTOMER_TOKEN = with_token(Purpose.CUSTOMER_REPLY)
AGENT_TOKEN = with_token(Purpose.AGENT_REPLY)
NOTE_TOKEN = with_token(Purpose.AGENT_NOTE)
PUBLIC_ID = with_own_id(Purpose.MESSAGE_PUBLIC)
AGENT_ID = with_own_id(Purpose.MESSAGE_AGENT)
NOTE_ID = with_own_id(Purpose.MESSAGE_NOTE)
TAG = tagged(12)
NOTHING: Claims = {}


def outcome(evidence: Evidence) -> Disposition:
    return decide(evidence, KNOWN, POLICY, NOW).disposition


@pytest.mark.parametrize(
    ("authentication", "expected"),
    [(PASS, LINKED), (NONE, LINKED), (FAIL, LINKED_UNANSWERED)],
)
def test_a_stranger_with_a_number_gets_a_ticket_that_points_to_the_named_one(
    authentication: Authentication, expected: Disposition
) -> None:
    decision = decide(mail_from(STRANGER, authentication, **TAG), KNOWN, POLICY, NOW)
    assert decision.disposition == expected
    assert Reason.SUBJECT_TAG_NOT_ENOUGH in decision.reasons
    assert decision.sender.role is Role.STRANGER


@pytest.mark.parametrize("sender", [HONG, STRANGER])
@pytest.mark.parametrize(
    ("authentication", "expected"), [(PASS, NEW), (NONE, NEW), (FAIL, NEW_UNANSWERED)]
)
def test_without_a_signal_it_is_a_new_ticket(
    sender: Address, authentication: Authentication, expected: Disposition
) -> None:
    decision = decide(mail_from(sender, authentication), KNOWN, POLICY, NOW)
    assert decision.disposition == expected
    assert decision.reasons[0] is Reason.NEW_CONVERSATION
    assert decision.sender.role is Role.REQUESTER


@pytest.mark.parametrize("sender", [ALICE, ALICE_AT_HOME])
@pytest.mark.parametrize(
    ("signal", "authentication", "expected"),
    [
        # the agent's own token proves them, unless the mail is known to be forged
        (AGENT_TOKEN, PASS, PUBLIC),
        (AGENT_TOKEN, NONE, PUBLIC),
        (AGENT_TOKEN, FAIL, NOT_PROVEN),
        (NOTE_TOKEN, PASS, NOTE),
        (NOTE_TOKEN, NONE, NOTE),
        (NOTE_TOKEN, FAIL, NOT_PROVEN),
        # a customer's token says nothing of an agent
        (CUSTOMER_TOKEN, PASS, PUBLIC),
        (CUSTOMER_TOKEN, NONE, NOT_PROVEN),
        (CUSTOMER_TOKEN, FAIL, NOT_PROVEN),
        # ids and numbers find the ticket; the sender has to be proven
        (AGENT_ID, PASS, PUBLIC),
        (AGENT_ID, NONE, NOT_PROVEN),
        (AGENT_ID, FAIL, NOT_PROVEN),
        (NOTE_ID, PASS, NOTE),
        (NOTE_ID, NONE, NOT_PROVEN),
        (WITH_STORED_ID, PASS, PUBLIC),
        (WITH_STORED_ID, NONE, NOT_PROVEN),
        (TAG, PASS, PUBLIC),
        (TAG, NONE, NOT_PROVEN),
        (TAG, FAIL, NOT_PROVEN),
        # an agent who writes to support is its customer, once it is them
        (NOTHING, PASS, NEW),
        (NOTHING, NONE, NOT_PROVEN),
        (NOTHING, FAIL, NOT_PROVEN),
    ],
)
def test_agents_are_agents_when_it_is_proven(
    sender: Address,
    signal: Claims,
    authentication: Authentication,
    expected: Disposition,
) -> None:
    assert outcome(mail_from(sender, authentication, **signal)) == expected


@pytest.mark.parametrize(
    ("signal", "authentication", "expected"),
    [
        (NOTE_TOKEN, NONE, NOTE),
        (AGENT_TOKEN, NONE, NOTE),
        (TAG, PASS, NOTE),
        (TAG, NONE, NOT_PROVEN),
        (NOTHING, NONE, NOT_PROVEN),
    ],
)
def test_what_a_collaborator_writes_stays_inside(
    signal: Claims, authentication: Authentication, expected: Disposition
) -> None:
    decision = decide(mail_from(CAROL, authentication, **signal), KNOWN, POLICY, NOW)
    assert decision.disposition == expected
    proven = not isinstance(expected, Quarantine)
    assert decision.sender.role is (Role.COLLABORATOR if proven else Role.STRANGER)
    assert Reason.SENDER_IS_COLLABORATOR in decision.reasons


def test_another_agents_token_proves_nothing() -> None:
    forged = mail_from(BOB, NONE, **AGENT_TOKEN, bound_tokens=frozenset())
    assert outcome(forged) == NOT_PROVEN
    proven = mail_from(BOB, PASS, **AGENT_TOKEN, bound_tokens=frozenset())
    assert outcome(proven) == PUBLIC


def test_a_token_for_another_ticket_proves_nothing_here() -> None:
    """It was given to the agent, and for ticket 13; a human puts the mail on ticket 12."""
    theirs = mail_from(ALICE, NONE, **with_token(Purpose.AGENT_REPLY, 13))
    decision = decide(theirs, KNOWN, POLICY, NOW, released=BY_HOPS, released_to=TicketId(12))
    assert decision.disposition == NOT_PROVEN


def test_of_several_tokens_the_one_that_the_sender_was_given_is_meant() -> None:
    theirs, other = token(Purpose.AGENT_REPLY, 12), token(Purpose.CUSTOMER_REPLY, 13)
    for tokens in ((theirs, other), (other, theirs)):
        mixed = mail_from(ALICE, NONE, tokens=tokens, bound_tokens=frozenset({theirs.text}))
        decision = decide(mixed, KNOWN, POLICY, NOW)
        assert decision.disposition == PUBLIC
        assert Reason.SIGNALS_DISAGREE in decision.reasons
        assert [signal.ticket for signal in decision.signals] == [12, 13]


def test_of_an_agents_token_and_a_customers_the_senders_own_counts() -> None:
    """Both are for ticket 12: the customer has put the address of an agent into Cc."""
    agents, customers = token(Purpose.AGENT_REPLY), token(Purpose.CUSTOMER_REPLY)
    both = {"tokens": (customers, agents)}
    assert outcome(mail_from(ALICE, NONE, **both, bound_tokens={agents.text})) == PUBLIC
    assert outcome(mail_from(ALICE, NONE, **both, bound_tokens={customers.text})) == NOT_PROVEN
    assert outcome(mail_from(HONG, NONE, **both, bound_tokens={customers.text})) == HEARD
    assert outcome(mail_from(STRANGER, PASS, **both, bound_tokens=frozenset())) == FLAGGED


def test_where_a_note_and_a_reply_are_both_meant_it_is_a_note() -> None:
    tokens = (token(Purpose.AGENT_REPLY), token(Purpose.AGENT_NOTE))
    assert outcome(mail_from(ALICE, NONE, tokens=tokens)) == NOTE


def test_the_address_that_was_answered_outdoes_the_ids_of_the_thread() -> None:
    mail = mail_from(
        ALICE,
        NONE,
        tokens=(token(Purpose.AGENT_REPLY),),
        own_ids=(own_id(Purpose.MESSAGE_NOTE),),
    )
    assert outcome(mail) == PUBLIC


def test_the_message_that_is_answered_says_whether_it_is_a_note() -> None:
    """In-Reply-To names a customer's message, an older reference a note."""
    ids = (own_id(Purpose.MESSAGE_AGENT), own_id(Purpose.MESSAGE_NOTE))
    assert outcome(mail_from(ALICE, PASS, own_ids=ids)) == PUBLIC
    assert outcome(mail_from(ALICE, PASS, own_ids=ids[::-1])) == NOTE


def test_replies_can_be_notes_by_policy() -> None:
    private = Policy(reply_is_public=False)
    assert decide(mail_from(ALICE, NONE, **AGENT_TOKEN), KNOWN, private, NOW).disposition == NOTE


def test_an_agent_who_is_the_customer_of_a_ticket_writes_there_as_the_customer() -> None:
    theirs = replace(TICKET, requester=ALICE.key)
    facts = replace(KNOWN, tickets={TICKET.id: theirs})
    decision = decide(mail_from(ALICE, NONE, **CUSTOMER_TOKEN), facts, POLICY, NOW)
    assert decision.disposition == HEARD
    assert decision.sender.role is Role.REQUESTER


# --- how the sender is proven, as it is stored ------------------------------------------------


@pytest.mark.parametrize(
    ("evidence", "by", "reason"),
    [
        (mail_from(ALICE, NONE, **AGENT_TOKEN), "token", Reason.AGENT_PROVEN_BY_TOKEN),
        (mail_from(ALICE, PASS, **TAG), "dmarc", Reason.AGENT_PROVEN_BY_AUTHENTICATION),
        (mail_from(ALICE, NONE, **TAG), None, Reason.AGENT_NOT_PROVEN),
        (mail_from(HONG, PASS, **TAG), "dmarc", Reason.SENDER_IS_REQUESTER),
        (mail_from(HONG, NONE, **TAG), None, Reason.SENDER_UNAUTHENTICATED),
        (mail_from(PARK, NONE, **TAG), None, Reason.SENDER_IS_PARTICIPANT),
    ],
)
def test_the_proof_is_kept_with_the_decision(
    evidence: Evidence, by: str | None, reason: Reason
) -> None:
    decision = decide(evidence, KNOWN, POLICY, NOW)
    assert decision.sender.by == by
    assert reason in decision.reasons


def test_a_sender_that_can_be_read_in_two_ways_is_nobody() -> None:
    new = decide(mail_from(None), KNOWN, POLICY, NOW)
    assert new.disposition == NEW_UNANSWERED
    assert new.sender.address is None
    assert Reason.SENDER_UNREADABLE in new.reasons
    assert outcome(mail_from(None, **CUSTOMER_TOKEN)) == FLAGGED
    assert outcome(mail_from(None, **TAG)) == LINKED_UNANSWERED


# --- which ticket -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "found", "reason"),
    [
        (CUSTOMER_TOKEN, SignalKind.REPLY_TOKEN, Reason.MATCHED_REPLY_TOKEN),
        (PUBLIC_ID, SignalKind.OWN_ID, Reason.MATCHED_OWN_ID),
        (WITH_STORED_ID, SignalKind.STORED_ID, Reason.MATCHED_STORED_ID),
        (TAG, SignalKind.SUBJECT_TAG, Reason.MATCHED_SUBJECT_TAG),
    ],
)
def test_each_signal_is_named(claims: Claims, found: SignalKind, reason: Reason) -> None:
    decision = decide(mail_from(HONG, **claims), KNOWN, POLICY, NOW)
    assert [signal.kind for signal in decision.signals] == [found]
    assert decision.signals[0].verified is (found is not SignalKind.SUBJECT_TAG)
    assert decision.signals[0].ticket == 12
    assert reason in decision.reasons


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        (CUSTOMER_TOKEN, with_own_id(Purpose.MESSAGE_PUBLIC, 13)),
        (PUBLIC_ID, tagged(13)),
        (WITH_STORED_ID, tagged(13)),
    ],
)
def test_the_strongest_signal_decides_and_the_disagreement_is_noted(
    stronger: Claims, weaker: Claims
) -> None:
    decision = decide(mail_from(HONG, **stronger, **weaker), KNOWN, POLICY, NOW)
    assert decision.disposition == HEARD
    assert Reason.SIGNALS_DISAGREE in decision.reasons


def test_signals_that_name_one_ticket_agree() -> None:
    decision = decide(mail_from(HONG, **CUSTOMER_TOKEN, **PUBLIC_ID, **TAG), KNOWN, POLICY, NOW)
    assert len(decision.signals) == 3
    assert Reason.SIGNALS_DISAGREE not in decision.reasons


def test_of_two_numbers_the_one_of_the_senders_own_ticket_is_meant() -> None:
    assert outcome(mail_from(HONG, PASS, **tagged(13, 12))) == HEARD


def test_a_number_that_no_ticket_has_opens_a_new_one() -> None:
    decision = decide(mail_from(HONG, **tagged(99)), KNOWN, POLICY, NOW)
    assert decision.disposition == NEW
    assert Reason.TICKET_UNKNOWN in decision.reasons
    assert decision.signals[0].ticket is None


def test_a_forged_token_is_as_good_as_none() -> None:
    decision = decide(mail_from(HONG, invalid_tokens=1), KNOWN, POLICY, NOW)
    assert decision.disposition == NEW
    assert Reason.TOKEN_INVALID in decision.reasons


def test_a_merged_ticket_is_followed() -> None:
    merged = replace(TICKET, id=TicketId(20), merged_from=TicketId(12))
    facts = replace(NOTHING_KNOWN, tickets={TicketId(12): merged})
    decision = decide(mail_from(HONG, **CUSTOMER_TOKEN), facts, POLICY, NOW)
    assert decision.disposition == replace(HEARD, ticket=TicketId(20))
    assert Reason.FOLLOWED_MERGE in decision.reasons


def test_an_agents_token_for_a_merged_ticket_still_proves_them() -> None:
    merged = replace(TICKET, id=TicketId(20), merged_from=TicketId(12))
    facts = replace(NOTHING_KNOWN, tickets={TicketId(12): merged})
    decision = decide(mail_from(ALICE, NONE, **AGENT_TOKEN), facts, POLICY, NOW)
    assert decision.disposition == replace(PUBLIC, ticket=TicketId(20))


@pytest.mark.parametrize(
    ("sender", "claims", "since_closed", "expected"),
    [
        (HONG, CUSTOMER_TOKEN, timedelta(days=30), HEARD),
        (HONG, CUSTOMER_TOKEN, timedelta(days=30, seconds=1), LINKED),
        (PARK, TAG, timedelta(days=31), LINKED),
        (STRANGER, CUSTOMER_TOKEN, timedelta(days=31), LINKED),
        (ALICE, AGENT_TOKEN, timedelta(days=31), PUBLIC),
    ],
)
def test_a_ticket_that_was_closed_long_ago_stays_closed_for_customers(
    sender: Address,
    claims: Claims,
    since_closed: timedelta,
    expected: Disposition,
) -> None:
    closed = replace(TICKET, status=Status.CLOSED, closed_at=NOW - since_closed)
    facts = replace(KNOWN, tickets={TICKET.id: closed})
    decision = decide(mail_from(sender, **claims), facts, POLICY, NOW)
    assert decision.disposition == expected
    assert (Reason.TICKET_CLOSED_LONG_AGO in decision.reasons) is isinstance(expected, OpenTicket)


# --- machines ---------------------------------------------------------------------------------

AUTO_REPLY: Claims = {"kind": MailKind.AUTO_REPLY, "automated": ("Auto-Submitted: auto-replied",)}
BULK: Claims = {"kind": MailKind.BULK, "automated": ("Precedence: bulk",)}
NULL_PATH: Claims = {"null_reverse_path": True}
BOUNCE: Claims = {"kind": MailKind.BOUNCE, "null_reverse_path": True, "automated": ("report",)}
CLAIMS_MACHINE: Claims = {"automated": ("X-Loop: forms@customer.example",)}
ON_TICKET = RecordAutoReply(TicketId(12))


@pytest.mark.parametrize(
    ("sender", "claims", "expected"),
    [
        # on its ticket: kept there
        (HONG, {**AUTO_REPLY, **CUSTOMER_TOKEN}, ON_TICKET),
        (HONG, {**AUTO_REPLY, **TAG}, ON_TICKET),
        (HONG, {**NULL_PATH, **TAG}, ON_TICKET),
        (HONG, {**BULK, **CUSTOMER_TOKEN}, ON_TICKET),
        (STRANGER, {**AUTO_REPLY, **CUSTOMER_TOKEN}, ON_TICKET),
        (STRANGER, {**AUTO_REPLY, **PUBLIC_ID}, ON_TICKET),
        (ALICE, {**AUTO_REPLY, **AGENT_TOKEN}, ON_TICKET),
        (None, {**AUTO_REPLY, **CUSTOMER_TOKEN}, ON_TICKET),
        # a report about our own mail
        (None, {**BOUNCE, **with_token(Purpose.BOUNCE)}, RecordBounce(TicketId(12))),
        (STRANGER, {**BOUNCE, **PUBLIC_ID}, RecordBounce(TicketId(12))),
        (
            STRANGER,
            {**BOUNCE, **PUBLIC_ID, "kind": MailKind.DELIVERY_NOTICE},
            RecordBounce(TicketId(12)),
        ),
        # a report that proves nothing changes nothing
        (STRANGER, {**BOUNCE, **TAG}, NO_TICKET),
        (STRANGER, BOUNCE, NO_TICKET),
        # without a ticket: set aside what answers something, take the rest unanswered
        (STRANGER, {**AUTO_REPLY, **TAG}, NO_TICKET),
        (HONG, {**AUTO_REPLY, "foreign_ids": ("x@elsewhere.example",)}, NO_TICKET),
        (HONG, {**AUTO_REPLY, "subject": "Re: hello"}, NO_TICKET),
        (HONG, {**AUTO_REPLY, "automated": ("Subject: Automatic reply: x",)}, NO_TICKET),
        # one field alone, which anybody can write, hides nobody's request
        (HONG, AUTO_REPLY, NEW_UNANSWERED),
        (HONG, NULL_PATH, NO_TICKET),
        (HONG, {"kind": MailKind.RECEIPT}, NO_TICKET),
        (HONG, {"kind": MailKind.COMPLAINT}, NO_TICKET),
        (HONG, BULK, NEW_UNANSWERED),
        (STRANGER, {**BULK, **TAG}, LINKED_UNANSWERED),
        (HONG, {"automated": ("Auto-Submitted: auto-generated",)}, NEW_UNANSWERED),
        # what says of itself that a machine made it is still a customer's word (RFC 3834 §2
        # speaks of answers alone)
        (HONG, {**CLAIMS_MACHINE, **CUSTOMER_TOKEN}, PUBLIC),
        (HONG, {**CLAIMS_MACHINE, **TAG}, FLAGGED),
        (HONG, {**CLAIMS_MACHINE, **CUSTOMER_TOKEN, "kind": MailKind.CALENDAR}, PUBLIC),
        (STRANGER, {**CLAIMS_MACHINE, **CUSTOMER_TOKEN}, FLAGGED),
        (STRANGER, {**CLAIMS_MACHINE, **TAG}, LINKED_UNANSWERED),
        (HONG, {**CLAIMS_MACHINE, **NULL_PATH, **CUSTOMER_TOKEN}, ON_TICKET),
        (ALICE, {**CLAIMS_MACHINE, **AGENT_TOKEN}, ON_TICKET),
        # an invitation is a person's
        (HONG, {"kind": MailKind.CALENDAR}, NEW),
    ],
)
def test_machines_are_kept_and_never_answered(
    sender: Address | None, claims: Claims, expected: Disposition
) -> None:
    assert outcome(mail_from(sender, **claims)) == expected


def test_why_it_is_a_machines_is_named() -> None:
    both = decide(mail_from(HONG, **BOUNCE), KNOWN, POLICY, NOW).reasons
    assert Reason.NULL_REVERSE_PATH in both
    assert Reason.AUTOMATED in both
    null = decide(mail_from(HONG, **NULL_PATH), KNOWN, POLICY, NOW).reasons
    assert Reason.AUTOMATED not in null


def test_a_machine_does_not_reopen_what_was_closed_long_ago() -> None:
    closed = replace(TICKET, status=Status.CLOSED, closed_at=NOW - timedelta(days=365))
    facts = replace(KNOWN, tickets={TICKET.id: closed})
    mail = mail_from(HONG, **AUTO_REPLY, **CUSTOMER_TOKEN)
    assert decide(mail, facts, POLICY, NOW).disposition == ON_TICKET


def test_what_may_be_a_persons_word_opens_a_linked_ticket_after_a_long_time_unanswered() -> None:
    closed = replace(TICKET, status=Status.CLOSED, closed_at=NOW - timedelta(days=365))
    facts = replace(KNOWN, tickets={TICKET.id: closed})
    mail = mail_from(HONG, **CLAIMS_MACHINE, **CUSTOMER_TOKEN)
    decision = decide(mail, facts, POLICY, NOW)
    assert decision.disposition == LINKED_UNANSWERED
    assert Reason.AUTOMATED in decision.reasons


# --- loops, copies ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (
            {"message_id_ours": own_id(Purpose.MESSAGE_PUBLIC)},
            Suppress(TicketId(12), Reason.OWN_MAIL),
        ),
        (
            {"message_id_ours": own_id(Purpose.MESSAGE_PUBLIC, 99)},
            Suppress(None, Reason.OWN_MAIL),
        ),
        ({"loop_token_ours": True}, Suppress(None, Reason.OWN_MAIL)),
        ({"from_is_support": True, "loop_token_ours": True}, Suppress(None, Reason.OWN_MAIL)),
        # what only says so may be a contact form: kept where people see it, answered by nobody
        ({"from_is_support": True}, FROM_SUPPORT),
        ({"received_count": 31}, Quarantine(QuarantineCause.HOP_LIMIT)),
        ({"received_count": 30}, NEW),
    ],
)
def test_our_own_mail_come_back(claims: Claims, expected: Disposition) -> None:
    assert outcome(mail_from(HONG, **claims)) == expected


def test_the_same_bytes_are_the_same_mail() -> None:
    facts = replace(KNOWN, original=(JournalId(7), TicketId(12)))
    decision = decide(mail_from(HONG, **TAG), facts, POLICY, NOW)
    assert decision.disposition == Duplicate(JournalId(7), TicketId(12))
    assert decision.reasons == (Reason.DUPLICATE_BYTES,)


def test_the_same_id_with_other_words_is_another_mail() -> None:
    decision = decide(mail_from(HONG), replace(KNOWN, same_id=True), POLICY, NOW)
    assert decision.disposition == NEW_UNANSWERED, "the first was acknowledged"
    assert Reason.SAME_ID_OTHER_CONTENT in decision.reasons


# --- let out of quarantine --------------------------------------------------------------------


PROCESSING_FAILED = QuarantineCause.PROCESSING_FAILED
BY_HOPS = QuarantineCause.HOP_LIMIT
BY_SUPPORT = QuarantineCause.FROM_SUPPORT_ADDRESS
BY_AGENT = QuarantineCause.AGENT_NOT_PROVEN
BY_MACHINE = QuarantineCause.AUTOMATED_WITHOUT_TICKET


@pytest.mark.parametrize(
    ("evidence", "cause", "released_to", "expected"),
    [
        (mail_from(ALICE, NONE, **TAG), BY_AGENT, None, PUBLIC),
        (mail_from(ALICE, FAIL, **AGENT_TOKEN), BY_AGENT, None, PUBLIC),
        (mail_from(ALICE, NONE), BY_AGENT, None, NEW),
        (mail_from(ALICE, NONE), BY_AGENT, 12, PUBLIC),
        (mail_from(ALICE, NONE, **TAG, received_count=99), BY_AGENT, None, PUBLIC),
        (mail_from(ALICE, NONE, **AUTO_REPLY), BY_AGENT, None, NEW_UNANSWERED),
        (mail_from(HONG, received_count=99), BY_HOPS, None, NEW),
        (mail_from(HONG), PROCESSING_FAILED, 12, HEARD),
        (mail_from(STRANGER), PROCESSING_FAILED, 12, FLAGGED),
        (mail_from(STRANGER, **tagged(13)), PROCESSING_FAILED, 12, FLAGGED),
        (mail_from(HONG, from_is_support=True), BY_SUPPORT, None, NEW_UNANSWERED),
        (mail_from(HONG, from_is_support=True, received_count=99), BY_SUPPORT, 12, HEARD),
        (mail_from(HONG, **AUTO_REPLY), BY_MACHINE, None, NEW_UNANSWERED),
        (mail_from(STRANGER, **AUTO_REPLY), BY_MACHINE, 12, ON_TICKET),
        (mail_from(STRANGER, **BOUNCE), BY_MACHINE, 12, RecordBounce(TicketId(12))),
    ],
)
def test_a_human_can_let_a_mail_in(
    evidence: Evidence, cause: QuarantineCause, released_to: int | None, expected: Disposition
) -> None:
    to = None if released_to is None else TicketId(released_to)
    decision = decide(evidence, KNOWN, POLICY, NOW, released=cause, released_to=to)
    assert decision.disposition == expected
    assert Reason.RELEASED_BY_OPERATOR in decision.reasons


@pytest.mark.parametrize("released_to", [None, TicketId(12)])
@pytest.mark.parametrize(
    ("evidence", "cause", "expected"),
    [
        (mail_from(ALICE, NONE, **TAG), BY_HOPS, NOT_PROVEN),
        (mail_from(ALICE, NONE, **TAG), PROCESSING_FAILED, NOT_PROVEN),
        (mail_from(ALICE, NONE, **TAG), BY_SUPPORT, NOT_PROVEN),
        (mail_from(ALICE, NONE, **TAG), BY_MACHINE, NOT_PROVEN),
        (mail_from(ALICE, FAIL, **AGENT_TOKEN), BY_HOPS, NOT_PROVEN),
        (mail_from(HONG, from_is_support=True), BY_HOPS, FROM_SUPPORT),
        (mail_from(HONG, received_count=99), PROCESSING_FAILED, HOPS),
    ],
)
def test_a_human_vouches_for_nothing_but_what_they_were_asked(
    evidence: Evidence,
    cause: QuarantineCause,
    released_to: TicketId | None,
    expected: Disposition,
) -> None:
    decision = decide(evidence, KNOWN, POLICY, NOW, released=cause, released_to=released_to)
    assert decision.disposition == expected


# --- machines in an agent's name --------------------------------------------------------------


@pytest.mark.parametrize("machine", [AUTO_REPLY, BULK, NULL_PATH], ids=["auto", "bulk", "null"])
@pytest.mark.parametrize(
    ("signal", "authentication", "expected"),
    [
        # a machine's header is no way around the proof
        (NOTHING, NONE, NOT_PROVEN),
        (TAG, NONE, NOT_PROVEN),
        (WITH_STORED_ID, NONE, NOT_PROVEN),
        (PUBLIC_ID, NONE, NOT_PROVEN),
        (AGENT_ID, FAIL, NOT_PROVEN),
        (AGENT_TOKEN, FAIL, NOT_PROVEN),
        ({**CUSTOMER_TOKEN, "bound_tokens": frozenset()}, NONE, NOT_PROVEN),
        ({**AGENT_TOKEN, "bound_tokens": frozenset()}, NONE, NOT_PROVEN),
        # an out-of-office answers a notification, at one of the addresses that it names
        (AGENT_TOKEN, NONE, ON_TICKET),
        (with_token(Purpose.BOUNCE), NONE, ON_TICKET),
        (AGENT_ID, NONE, ON_TICKET),
        (NOTE_ID, NONE, ON_TICKET),
        (TAG, PASS, ON_TICKET),
    ],
)
def test_an_agents_machine_is_kept_where_it_answers_what_the_agent_got(
    machine: Claims, signal: Claims, authentication: Authentication, expected: Disposition
) -> None:
    assert outcome(mail_from(ALICE, authentication, **machine, **signal)) == expected


@pytest.mark.parametrize("signal", [with_token(Purpose.BOUNCE), AGENT_ID])
def test_an_agents_machine_that_is_not_proven_does_not_speak_as_the_agent(signal: Claims) -> None:
    decision = decide(mail_from(ALICE, NONE, **AUTO_REPLY, **signal), KNOWN, POLICY, NOW)
    assert decision.sender.role is Role.STRANGER
    assert Reason.AGENT_NOT_PROVEN in decision.reasons


# --- machines that hide it --------------------------------------------------------------------


def test_a_report_stays_a_report_however_many_there_are() -> None:
    facts = replace(KNOWN, tickets={TICKET.id: replace(TICKET, written=Rate(50, 50, 50))})
    report = mail_from(STRANGER, **BOUNCE, **PUBLIC_ID)
    assert decide(report, facts, POLICY, NOW).disposition == RecordBounce(TicketId(12))


# --- nobody to answer -------------------------------------------------------------------------


def test_an_answer_to_nobody_is_a_note() -> None:
    facts = replace(KNOWN, tickets={TICKET.id: replace(TICKET, answerable=False)})
    decision = decide(mail_from(ALICE, NONE, **AGENT_TOKEN), facts, POLICY, NOW)
    assert decision.disposition == NOTE
    assert Reason.REQUESTER_UNANSWERABLE in decision.reasons
