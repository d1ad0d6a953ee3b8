"""Mail of a sender who is shut out waits for a human; but not in a conversation with us."""

from dataclasses import replace

import pytest

from mailgate.mail.parsed import MailKind
from mailgate.model.decision import (
    Append,
    Authentication,
    Disposition,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
)
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
    mail_from,
    tagged,
    with_own_id,
    with_token,
)

SHUT_OUT = replace(KNOWN, blocked=True)
ON_SPAM = replace(SHUT_OUT, tickets={TICKET.id: replace(TICKET, spam=True)})
WAITS = Quarantine(QuarantineCause.BLOCKED_SENDER)


def becomes(mail: Evidence, facts: Facts, released: QuarantineCause | None = None) -> Disposition:
    return decide(mail, facts, POLICY, NOW, released=released).disposition


def test_a_new_mail_waits_and_says_why() -> None:
    decision = decide(mail_from(HONG), SHUT_OUT, POLICY, NOW)
    assert decision.disposition == WAITS
    assert Reason.SENDER_BLOCKED in decision.reasons


@pytest.mark.parametrize("authentication", list(Authentication))
def test_proof_of_the_sender_makes_no_difference(authentication: Authentication) -> None:
    assert becomes(mail_from(HONG, authentication=authentication), SHUT_OUT) == WAITS


def test_a_number_in_the_subject_lets_nobody_in() -> None:
    assert becomes(mail_from(HONG, **tagged(12)), SHUT_OUT) == WAITS


def test_who_answers_a_mail_of_ours_is_heard() -> None:
    """An agent began a conversation with them after all."""
    answers = (
        mail_from(HONG, **with_token(Purpose.CUSTOMER_REPLY)),
        mail_from(HONG, **with_own_id(Purpose.MESSAGE_PUBLIC)),
    )
    assert [type(becomes(answer, SHUT_OUT)) for answer in answers] == [Append, Append]


def test_who_answers_the_acknowledgement_of_their_spam_is_not() -> None:
    answer = mail_from(HONG, **with_token(Purpose.CUSTOMER_REPLY))
    assert becomes(answer, ON_SPAM) == WAITS


def test_a_stranger_to_the_ticket_is_not_heard_there() -> None:
    assert becomes(mail_from(STRANGER, **with_own_id(Purpose.MESSAGE_PUBLIC)), SHUT_OUT) == WAITS


def test_a_machine_of_theirs_waits_too() -> None:
    assert becomes(mail_from(HONG, kind=MailKind.BULK), SHUT_OUT) == WAITS


def test_an_agent_is_never_shut_out() -> None:
    mail = mail_from(ALICE, authentication=Authentication.PASS, **with_token(Purpose.AGENT_REPLY))
    assert isinstance(becomes(mail, SHUT_OUT), Append)


def test_what_a_human_let_out_is_filed() -> None:
    released = becomes(mail_from(HONG), SHUT_OUT, QuarantineCause.BLOCKED_SENDER)
    assert isinstance(released, OpenTicket)


def test_what_waited_for_another_reason_waits_for_this_one_as_well() -> None:
    assert becomes(mail_from(HONG), SHUT_OUT, QuarantineCause.HOP_LIMIT) == WAITS
