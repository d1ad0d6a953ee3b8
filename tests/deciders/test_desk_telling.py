"""What became of a mail in plain words: every closed word has its sentence in both languages."""

from dataclasses import replace

import pytest

from mailgate.desk.telling.account import Account, Caused
from mailgate.desk.telling.telling import Telling, tell, words_of
from mailgate.desk.telling.tellwords import Words
from mailgate.model.checks import OURSELVES, Check
from mailgate.model.decision import (
    Authentication,
    Cell,
    Claim,
    QuarantineCause,
    Reason,
    Right,
    Signal,
    SignalKind,
    Who,
)
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Role, Visibility
from mailgate.threading.rights import RIGHTS

ENGLISH, KOREAN = words_of("en"), words_of("ko")
LANGUAGES = pytest.mark.parametrize("words", [ENGLISH, KOREAN], ids=["en", "ko"])
PASS, NONE, FAIL = Authentication.PASS, Authentication.NONE, Authentication.FAIL


def told(account: Account, words: Words = ENGLISH) -> Telling:
    return tell(account, words, RIGHTS)


def cell(who: Who, authentication: Authentication, claim: Claim) -> Cell:
    return Cell(who, authentication, claim, RIGHTS[who, authentication, claim])


# --- a customer ---------------------------------------------------------------------------------

HONG = Account(
    "open_ticket",
    reasons=(Reason.NEW_CONVERSATION, Reason.SENDER_IS_REQUESTER, Reason.SENDER_UNAUTHENTICATED),
    ticket=TicketId(14),
    address="hong@customer.example",
    role=Role.REQUESTER,
    cell=cell(Who.REQUESTER, NONE, Claim.NOTHING),
    mails=(
        Caused("notification", "alice@acme.example"),
        Caused("notification", "bob@acme.example"),
        Caused("acknowledgement", "hong@customer.example"),
    ),
)


def test_a_new_ticket_with_an_acknowledgement_is_all_that_a_first_mail_can_become() -> None:
    telling = told(HONG)
    assert telling.text[:2] == (
        "The mail is from hong@customer.example.",
        "Nobody whom we believe vouches for that address.",
    )
    assert "It opens a new ticket, 14." in telling.text
    assert telling.text[-1] == (
        "What is sent because of it: a notification to alice@acme.example, bob@acme.example; "
        "an acknowledgement to hong@customer.example."
    )
    assert telling.otherwise == ()


def test_in_korean() -> None:
    telling = told(HONG, KOREAN)
    assert telling.text[0] == "hong@customer.example에서 온 메일입니다."
    assert "새 티켓(14번)을 엽니다." in telling.text
    assert telling.text[-1] == (
        "이 메일로 인해 발송되는 메일: 알림(alice@acme.example, bob@acme.example), "
        "접수 확인(hong@customer.example)."
    )


def test_the_checks_are_named_with_who_made_them() -> None:
    checks = (
        Check("dkim", "customer.example", "pass", OURSELVES, "s=k1"),
        Check("spf", "bounces.elsewhere.example", "softfail", "mx.acme.example", ""),
    )
    telling = told(replace(HONG, authentication=PASS, by="dkim", checks=checks))
    assert (
        "What was found out about the sender: DKIM of customer.example passed, aligned with From "
        "(checked by mailgate); SPF of bounces.elsewhere.example failed softly "
        "(as mx.acme.example says)." in telling.text
    )


def test_a_check_cannot_move_the_cursor_nor_fill_the_screen() -> None:
    check = Check("dkim", "x\x1b[2J\u202e" + "y" * 500, "pass", OURSELVES)
    shown = " ".join(told(replace(HONG, checks=(check,))).text)
    assert shown.isprintable()
    assert "y" * 101 not in shown


def test_a_forged_sender_gets_nothing_and_is_told_how_to_be_proven() -> None:
    failed = (Check("dmarc", "customer.example", "fail", "mx.acme.example"),)
    telling = told(replace(HONG, authentication=FAIL, checks=failed, mails=()))
    assert (
        "There is no acknowledgement: the address failed authentication, so it would go to "
        "somebody who has not written." in telling.text
    )
    assert "Nothing is sent because of it." in telling.text
    assert telling.otherwise == (
        "If customer.example were proven, hong@customer.example would get an acknowledgement.",
    )


def test_an_answer_goes_onto_the_ticket_and_needs_no_otherwise() -> None:
    answer = Account(
        "append",
        ticket=TicketId(12),
        visibility=Visibility.PUBLIC,
        reasons=(Reason.MATCHED_REPLY_TOKEN, Reason.SENDER_IS_REQUESTER),
        signals=(
            Signal(SignalKind.REPLY_TOKEN, "abc", TicketId(12), verified=True),
            Signal(SignalKind.OWN_ID, "x@acme.example", TicketId(12), verified=True),
        ),
        address="hong@customer.example",
        role=Role.REQUESTER,
        cell=cell(Who.REQUESTER, NONE, Claim.TOKEN),
    )
    telling = told(answer)
    assert telling.text[0] == "The mail is from hong@customer.example, who opened ticket 12."
    assert "It came to a reply address that we signed for ticket 12." in telling.text
    assert "A signed id of ours names it too." in telling.text
    assert "It goes onto ticket 12 as part of the conversation." in telling.text
    assert telling.otherwise == ()


# --- signals that disagree ----------------------------------------------------------------------


def test_weaker_signals_are_named_with_the_tickets_that_they_name() -> None:
    signals = (
        Signal(SignalKind.OWN_ID, "x@acme.example", TicketId(12), verified=True),
        Signal(SignalKind.SUBJECT_TAG, "13", TicketId(13), verified=False),
        Signal(SignalKind.SUBJECT_TAG, "99", None, verified=False),
    )
    reasons = (
        Reason.MATCHED_OWN_ID,
        Reason.SIGNALS_DISAGREE,
        Reason.TICKET_UNKNOWN,
        Reason.SENDER_IS_REQUESTER,
    )
    telling = told(
        Account(
            "append",
            ticket=TicketId(12),
            visibility=Visibility.PUBLIC,
            reasons=reasons,
            signals=signals,
            address="hong@customer.example",
        )
    )
    assert "The number in the subject names ticket 13, and is weaker: it is not followed." in (
        telling.text
    )
    assert "The number in the subject names no ticket that exists." in telling.text


# --- whoever may do less ------------------------------------------------------------------------

TAGGED = (Signal(SignalKind.SUBJECT_TAG, "12", TicketId(12), verified=False),)
STRANGER = Account(
    "open_ticket",
    linked=TicketId(12),
    reasons=(
        Reason.MATCHED_SUBJECT_TAG,
        Reason.SENDER_IS_STRANGER,
        Reason.SENDER_UNAUTHENTICATED,
        Reason.SUBJECT_TAG_NOT_ENOUGH,
    ),
    signals=TAGGED,
    address="mallory@elsewhere.example",
    cell=cell(Who.STRANGER, NONE, Claim.SUBJECT_TAG),
    mails=(Caused("acknowledgement", "mallory@elsewhere.example"),),
)


def test_a_stranger_with_a_number_gets_a_linked_ticket_and_is_told_what_helps() -> None:
    telling = told(STRANGER)
    assert telling.text[0] == (
        "The mail is from mallory@elsewhere.example, who has nothing to do with ticket 12."
    )
    assert "The new ticket points to ticket 12." in telling.text
    assert (
        "The rule: somebody who has nothing to do with the ticket, whose address is not proven, "
        "with no more than the number in the subject, gets a new ticket that points to the named "
        "one." in telling.text
    )
    assert telling.otherwise == (
        (
            "If it answered a mail that mallory@elsewhere.example got from us on ticket 12, it "
            "would be on the ticket, for the agents alone."
        ),
        (
            "If mallory@elsewhere.example were on the CC of ticket 12, it would be on the ticket, "
            "for the agents alone. An agent who answers with that address in Cc puts it there."
        ),
    )


def test_an_agent_without_proof_waits_and_the_settings_that_help_are_named() -> None:
    forged = Account(
        "quarantine",
        cause=QuarantineCause.AGENT_NOT_PROVEN,
        reasons=(Reason.MATCHED_SUBJECT_TAG, Reason.SENDER_IS_AGENT, Reason.AGENT_NOT_PROVEN),
        signals=TAGGED,
        address="alice@acme.example",
        cell=cell(Who.AGENT, NONE, Claim.SUBJECT_TAG),
    )
    telling = told(forged)
    assert telling.text[:2] == (
        "The mail bears the address of an agent, alice@acme.example.",
        "Nothing proves that they wrote it.",
    )
    assert telling.outcome[0].startswith("It waits in quarantine for a person.")
    assert "threading.trusted_authserv_ids" in telling.otherwise[0]
    assert "trusted_networks" in telling.otherwise[0]
    assert telling.otherwise[1] == (
        "If it answered a mail that alice@acme.example got from us on ticket 12, it would be part "
        "of the conversation."
    )


def test_of_an_agent_who_failed_the_forwarder_is_named() -> None:
    forged = Account(
        "quarantine",
        cause=QuarantineCause.AGENT_NOT_PROVEN,
        reasons=(Reason.SENDER_IS_AGENT, Reason.AGENT_NOT_PROVEN),
        address="alice@acme.example",
        authentication=FAIL,
        checks=(Check("dmarc", "acme.example", "fail", OURSELVES, "p=reject"),),
        cell=cell(Who.AGENT, FAIL, Claim.NOTHING),
    )
    (otherwise,) = told(forged).otherwise
    assert "authentication.trusted_arc_sealers" in otherwise
    assert otherwise.startswith("If acme.example were proven, it would open a ticket.")


def test_of_a_signature_that_leaves_the_subject_open_that_is_named() -> None:
    """DKIM proves the writer; anybody may send it again under another subject."""
    resent = Account(
        "quarantine",
        cause=QuarantineCause.AGENT_NOT_PROVEN,
        reasons=(Reason.MATCHED_SUBJECT_TAG, Reason.SENDER_IS_AGENT, Reason.AGENT_NOT_PROVEN),
        signals=TAGGED,
        address="alice@acme.example",
        authentication=PASS,
        method="dkim",
        covers=False,
        cell=Cell(Who.AGENT, PASS, Claim.SUBJECT_TAG, Right.QUARANTINE),
    )
    telling = told(resent)
    assert any("an agent, whose address is not proven" in sentence for sentence in telling.text)
    assert telling.otherwise[0].startswith("The signature leaves the subject")
    assert not any("were proven" in sentence for sentence in telling.otherwise)


def test_what_a_person_let_out_was_not_decided_by_the_table() -> None:
    released = Account(
        "append",
        ticket=TicketId(12),
        visibility=Visibility.PUBLIC,
        reasons=(Reason.SENDER_IS_AGENT, Reason.RELEASED_BY_OPERATOR),
        role=Role.AGENT,
        address="alice@acme.example",
        cell=Cell(Who.AGENT, NONE, Claim.SUBJECT_TAG, Right.PUBLIC),
    )
    assert not any(sentence.startswith("The rule:") for sentence in told(released).text)


@LANGUAGES
@pytest.mark.parametrize("place", RIGHTS, ids="-".join)
def test_every_narrow_cell_says_what_would_make_it_wider(
    place: tuple[Who, Authentication, Claim], words: Words
) -> None:
    """What is proven and answers us can have more only by being somebody else."""
    who, authentication, claim = place
    right = RIGHTS[place]
    dispositions = {
        Right.PUBLIC: Account("append", ticket=TicketId(12), visibility=Visibility.PUBLIC),
        Right.PRIVATE: Account("append", ticket=TicketId(12), visibility=Visibility.PRIVATE),
        Right.FLAGGED: Account(
            "append", ticket=TicketId(12), visibility=Visibility.PRIVATE, flagged=True
        ),
        Right.LINKED: Account("open_ticket", linked=TicketId(12)),
        Right.NEW: HONG,
        Right.QUARANTINE: Account("quarantine", cause=QuarantineCause.AGENT_NOT_PROVEN),
    }
    account = replace(
        dispositions[right],
        cell=cell(who, authentication, claim),
        authentication=authentication,
        address="hong@customer.example",
    )
    telling = told(account, words)
    assert telling.text
    if right in {Right.FLAGGED, Right.LINKED, Right.QUARANTINE}:
        assert telling.otherwise, place


REASONS_THAT_NARROW = {
    Reason.TICKET_CLOSED_LONG_AGO: "threading.reopen_within",
    Reason.SUBJECT_CHANGED: "threading.split_changed_subject",
    Reason.HOP_LIMIT: "loops.hop_limit",
    Reason.DUPLICATE_BYTES: "threading.duplicate_window",
    Reason.TOO_MANY_FROM_SENDER: "sender_on_ticket",
    Reason.LOOP_SUSPECTED: "sender_soft",
    Reason.MANY_WITH_SAME_WORDS: "loops.words_soft",
    Reason.FLOOD: "loops.machines",
    Reason.REOPENING_BUDGET: "loops.reopenings_per_day",
    Reason.ONLY_COPIED: 'cc = "ticket"',
    Reason.AUTOMATED: "Auto-Submitted",
}


@LANGUAGES
@pytest.mark.parametrize("reason", REASONS_THAT_NARROW)
def test_what_a_setting_has_narrowed_names_the_setting(reason: Reason, words: Words) -> None:
    account = Account("open_ticket", reasons=(reason,), address="hong@customer.example")
    assert REASONS_THAT_NARROW[reason] in " ".join(told(account, words).otherwise)


def test_what_an_agent_wrote_and_did_not_go_out_says_so() -> None:
    empty = Account(
        "append",
        ticket=TicketId(12),
        visibility=Visibility.PRIVATE,
        role=Role.AGENT,
        reasons=(Reason.SENDER_IS_AGENT, Reason.AGENT_PROVEN_BY_TOKEN),
        address="alice@acme.example",
        by="token",
        cell=cell(Who.AGENT, NONE, Claim.TOKEN),
        withheld="empty_answer",
    )
    telling = told(empty)
    assert "It is kept on ticket 12 as a note; the customer does not see it." in telling.text
    assert telling.text[-1] == (
        "It says nothing but what it quotes, so it was not sent to the customer."
    )
    assert telling.otherwise == ("Words above the quoted mail would have gone to the customer.",)


def test_a_collaborator_is_told_which_role_would_reach_the_customer() -> None:
    note = Account(
        "append",
        ticket=TicketId(12),
        visibility=Visibility.PRIVATE,
        role=Role.COLLABORATOR,
        address="carol@partner.example",
        cell=cell(Who.COLLABORATOR, PASS, Claim.TOKEN),
    )
    assert 'role = "agent"' in told(note).otherwise[0]
