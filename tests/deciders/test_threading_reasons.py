"""Each reason, disposition and cause comes from some mail: the sets have no dead words."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from mailgate.mail.address import Address
from mailgate.mail.parsed import DsnRecipient, MailKind
from mailgate.model.decision import (
    Authentication,
    Decision,
    Disposition,
    Quarantine,
    QuarantineCause,
    Reason,
    SignalKind,
)
from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId, JournalId, TicketId
from mailgate.model.ticket import Status
from mailgate.model.traffic import Rate, Traffic
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Evidence, Facts
from mailgate.threading.returned import Sent
from mailgate.threading.token import BodyMarker, OwnMessageId, Purpose
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
    WITH_STORED_ID,
    Claims,
    mail_from,
    own_id,
    tagged,
    token,
    with_own_id,
    with_token,
)

MERGED = replace(
    KNOWN,
    tickets={TicketId(12): replace(TICKET, id=TicketId(20), merged_from=TicketId(12))},
)
CLOSED = replace(
    KNOWN,
    tickets={TICKET.id: replace(TICKET, status=Status.CLOSED, closed_at=NOW - timedelta(days=31))},
)
COPY = replace(KNOWN, original=(JournalId(1), None))
SAME_ID = replace(KNOWN, same_id=True)
HASTY = replace(KNOWN, tickets={TICKET.id: replace(TICKET, written=Rate(10, 10, 10))})
BUSY = Rate(20, 20, 20)
SUSPECTED = replace(KNOWN, traffic=Traffic(sender=BUSY))
SAME_WORDS = replace(KNOWN, traffic=Traffic(words=Rate(30, 30, 30)))
SHUT_OUT = replace(KNOWN, blocked=True)
FLOODED = replace(KNOWN, traffic=Traffic(sender=Rate(1000, 1000, 1000)))
RESTLESS = replace(KNOWN, tickets={TICKET.id: replace(TICKET, status=Status.RESOLVED, reopened=10)})
UNANSWERABLE = replace(KNOWN, tickets={TICKET.id: replace(TICKET, answerable=False)})
RELAYED = replace(KNOWN, relayed={"x@relay.example": (own_id(Purpose.MESSAGE_PUBLIC),)})
QUOTED = BodyMarker(Purpose.MESSAGE_PUBLIC, TICKET.id, "marker-12")

SENT = Sent(DeliveryId(1), HONG, Lane.REPLY, "mg.first@acme.example", signed=True, known=False)
TO_ANOTHER = replace(SENT, delivery=DeliveryId(2), recipient=PARK, signed=False)
WRITTEN = replace(KNOWN, sent=(SENT, TO_ANOTHER))
REPORTED = replace(WRITTEN, traffic=Traffic(reports=Rate(3, 3, 3)))
UNSIGNED = replace(KNOWN, sent=(replace(SENT, signed=False),))

_LINKS = tuple(token(each) for each in (Purpose.SURVEY_GOOD, Purpose.SURVEY_BAD))
_THEIRS = frozenset(each.text for each in _LINKS)
CLICKED: Claims = {"tokens": _LINKS[:1], "bound_tokens": _THEIRS}
CLICKED_TWICE: Claims = {"tokens": _LINKS, "bound_tokens": _THEIRS}


def report(
    *recipients: Address, about: str = SENT.message_id, ours: str = SENT.message_id
) -> Evidence:
    """A delivery report that came home by its signed address, of mail that failed."""
    told = tuple(DsnRecipient(one, "failed", "5.1.1", "", about) for one in recipients)
    own = OwnMessageId(Purpose.MESSAGE_PUBLIC, TICKET.id, ours)
    named = with_token(Purpose.BOUNCE)
    return mail_from(kind=MailKind.BOUNCE, reports=told, own_ids=(own,), **named)


CASES: dict[Reason, tuple[Evidence, Facts]] = {
    Reason.REPORT_MATCHED: (report(HONG), WRITTEN),
    Reason.REPORT_UNSIGNED: (report(HONG), UNSIGNED),
    Reason.REPORT_OF_FORWARDED: (report(STRANGER), WRITTEN),
    Reason.REPORT_OF_ANOTHER_RECIPIENT: (report(PARK), WRITTEN),
    Reason.REPORT_OF_ANOTHER_MAIL: (
        report(HONG, about="mg.other@acme.example", ours="mg.other@acme.example"),
        WRITTEN,
    ),
    Reason.REPORT_OF_SEVERAL: (report(HONG, PARK), WRITTEN),
    Reason.REPORT_REPEATED: (report(HONG), REPORTED),
    Reason.NEW_CONVERSATION: (mail_from(), KNOWN),
    Reason.MATCHED_REPLY_TOKEN: (mail_from(**with_token(Purpose.CUSTOMER_REPLY)), KNOWN),
    Reason.MATCHED_OWN_ID: (mail_from(**with_own_id(Purpose.MESSAGE_PUBLIC)), KNOWN),
    Reason.MATCHED_RELAYED_ID: (mail_from(foreign_ids=("x@relay.example",)), RELAYED),
    Reason.MATCHED_BODY_MARKER: (mail_from(markers=(QUOTED,)), KNOWN),
    Reason.MATCHED_STORED_ID: (mail_from(**WITH_STORED_ID), KNOWN),
    Reason.MATCHED_SUBJECT_TAG: (mail_from(**tagged(12)), KNOWN),
    Reason.TOKEN_INVALID: (mail_from(invalid_tokens=1), KNOWN),
    Reason.SIGNALS_DISAGREE: (mail_from(**tagged(12, 13)), KNOWN),
    Reason.TICKET_UNKNOWN: (mail_from(**tagged(99)), KNOWN),
    Reason.FOLLOWED_MERGE: (mail_from(**tagged(12)), MERGED),
    Reason.TICKET_CLOSED_LONG_AGO: (mail_from(**tagged(12)), CLOSED),
    Reason.SUBJECT_CHANGED: (mail_from(subject="Another matter", **WITH_STORED_ID), KNOWN),
    Reason.SENDER_IS_REQUESTER: (mail_from(**tagged(12)), KNOWN),
    Reason.SENDER_IS_PARTICIPANT: (mail_from(PARK, **tagged(12)), KNOWN),
    Reason.SENDER_IS_AGENT: (mail_from(ALICE), KNOWN),
    Reason.SENDER_IS_COLLABORATOR: (mail_from(CAROL), KNOWN),
    Reason.SENDER_IS_COLLEAGUE: (mail_from(LEE, **with_own_id(Purpose.MESSAGE_PUBLIC)), KNOWN),
    Reason.SENDER_IS_THIRD_PARTY: (mail_from(SUPPLIER, **tagged(12)), KNOWN),
    Reason.SENDER_IS_STRANGER: (mail_from(STRANGER, **tagged(12)), KNOWN),
    Reason.SENDER_UNREADABLE: (mail_from(None), KNOWN),
    Reason.SENDER_UNAUTHENTICATED: (mail_from(), KNOWN),
    Reason.AGENT_PROVEN_BY_TOKEN: (mail_from(ALICE, **with_token(Purpose.AGENT_REPLY)), KNOWN),
    Reason.AGENT_PROVEN_BY_AUTHENTICATION: (mail_from(ALICE, Authentication.PASS), KNOWN),
    Reason.AGENT_NOT_PROVEN: (mail_from(ALICE), KNOWN),
    Reason.SUBJECT_TAG_NOT_ENOUGH: (mail_from(STRANGER, **tagged(12)), KNOWN),
    Reason.OWN_MAIL: (mail_from(message_id_ours=own_id(Purpose.MESSAGE_PUBLIC)), KNOWN),
    Reason.ANSWERS_DIGEST: (
        mail_from(kind=MailKind.AUTO_REPLY, **with_own_id(Purpose.MESSAGE_NOTE, 0)),
        KNOWN,
    ),
    Reason.PROBE: (mail_from(is_probe=True, from_is_support=True), KNOWN),
    Reason.FROM_SUPPORT_ADDRESS: (mail_from(from_is_support=True), KNOWN),
    Reason.NULL_REVERSE_PATH: (mail_from(null_reverse_path=True), KNOWN),
    Reason.AUTOMATED: (mail_from(kind=MailKind.BULK), KNOWN),
    Reason.HOP_LIMIT: (mail_from(received_count=31), KNOWN),
    Reason.DUPLICATE_BYTES: (mail_from(), COPY),
    Reason.SAME_ID_OTHER_CONTENT: (mail_from(), SAME_ID),
    Reason.RELEASED_BY_OPERATOR: (mail_from(ALICE), KNOWN),
    Reason.TOO_MANY_FROM_SENDER: (mail_from(**tagged(12)), HASTY),
    Reason.REQUESTER_UNANSWERABLE: (
        mail_from(ALICE, **with_token(Purpose.AGENT_REPLY)),
        UNANSWERABLE,
    ),
    Reason.LOOP_SUSPECTED: (mail_from(), SUSPECTED),
    Reason.MANY_WITH_SAME_WORDS: (mail_from(), SAME_WORDS),
    Reason.FLOOD: (mail_from(), FLOODED),
    Reason.SENDER_BLOCKED: (mail_from(), SHUT_OUT),
    Reason.REOPENING_BUDGET: (mail_from(**with_token(Purpose.CUSTOMER_REPLY)), RESTLESS),
    Reason.ONLY_COPIED: (mail_from(only_copied=True), KNOWN),
    Reason.REPLY_TO_DIFFERS: (mail_from(oddities=(Reason.REPLY_TO_DIFFERS,)), KNOWN),
    Reason.NAME_OF_AGENT: (mail_from(oddities=(Reason.NAME_OF_AGENT,)), KNOWN),
    Reason.NAME_WITH_ADDRESS: (mail_from(oddities=(Reason.NAME_WITH_ADDRESS,)), KNOWN),
    Reason.SURVEY_ANSWER: (mail_from(**CLICKED), KNOWN),
    Reason.SURVEY_NOT_THEIRS: (mail_from(**with_token(Purpose.SURVEY_GOOD)), KNOWN),
    Reason.SURVEY_REPEATED: (mail_from(**CLICKED), replace(KNOWN, voted=True)),
    Reason.SURVEY_UNCLEAR: (mail_from(**CLICKED_TWICE), KNOWN),
    Reason.NOTE_TOKEN: (mail_from(ALICE, **with_token(Purpose.AGENT_NOTE)), KNOWN),
}
OF_THE_DESK = frozenset({Reason.BEGUN_BY_AGENT, Reason.WRITTEN_BY_AGENT, Reason.PASSED_ON_BY_AGENT})
"""What is seen in the words of an agent's mail: tests/deciders/test_desk_starts_by_mail.py."""
OF_RULES = frozenset({Reason.QUARANTINED_BY_RULE, Reason.DROPPED_BY_RULE})
"""What the operator has written: tests/deciders/test_desk_rules.py."""
CAUSES_OF_THE_DESK = frozenset(
    {
        QuarantineCause.START_NOT_ALLOWED,
        QuarantineCause.COMMAND_REFUSED,
        QuarantineCause.RULE,
    }
)
REPORT = mail_from(kind=MailKind.BOUNCE, **with_token(Purpose.BOUNCE))
AWAY = mail_from(kind=MailKind.AUTO_REPLY, **tagged(12))


def decided(reason: Reason) -> Decision:
    evidence, facts = CASES[reason]
    let_out = reason is Reason.RELEASED_BY_OPERATOR
    released = QuarantineCause.AGENT_NOT_PROVEN if let_out else None
    policy = replace(POLICY, split_changed_subject=reason is Reason.SUBJECT_CHANGED)
    return decide(evidence, facts, policy, NOW, released=released)


@pytest.mark.parametrize("reason", [one for one in Reason if one not in OF_THE_DESK | OF_RULES])
def test_each_reason_has_its_mail(reason: Reason) -> None:
    assert reason in decided(reason).reasons


def all_dispositions() -> list[Disposition]:
    more = [decide(evidence, KNOWN, POLICY, NOW) for evidence in (REPORT, AWAY)]
    return [decision.disposition for decision in (*map(decided, CASES), *more)]


def test_each_disposition_has_its_mail() -> None:
    assert {type(one) for one in all_dispositions()} == set(get_args(Disposition))


def test_each_cause_but_the_workers_own_has_its_mail() -> None:
    causes = {one.cause for one in all_dispositions() if isinstance(one, Quarantine)}
    elsewhere = {QuarantineCause.PROCESSING_FAILED, *CAUSES_OF_THE_DESK}
    assert causes == set(QuarantineCause) - elsewhere


def test_each_kind_of_signal_has_its_mail() -> None:
    signals = {signal.kind for reason in CASES for signal in decided(reason).signals}
    assert signals == set(SignalKind)


def test_no_reason_is_given_twice() -> None:
    for reason in CASES:
        reasons = decided(reason).reasons
        assert len(reasons) == len(set(reasons)), reason
