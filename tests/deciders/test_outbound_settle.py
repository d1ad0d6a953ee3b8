"""What an attempt's result does to its delivery."""

from datetime import timedelta

import pytest

from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    Reach,
    Rejected,
    Reply,
    WaitReason,
)
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.settlement import ResultName
from mailgate.model.ticket import EventKind
from mailgate.outbound.settle import settle
from tests.contracts.outbound_world import NOW, leased_delivery

OK = Delivered(Reply(250, "2.0.0", "2.0.0 Ok: queued as 4F1A", NOW), relay_id="4F1A")
UNKNOWN_USER = Rejected(Reply(550, "5.1.1", "5.1.1 User unknown", NOW))
GREYLISTED = Deferred(Reply(451, "4.7.1", "4.7.1 Greylisted", NOW))
CUT_OFF = Ambiguous(Reply(None, None, "Connection lost", NOW))
SIX_DAYS_AGO = NOW - timedelta(days=6)


@pytest.mark.parametrize(
    ("result", "event", "name", "told"),
    [
        (OK, DeliveryEvent.ACCEPTED, ResultName.DELIVERED, EventKind.DELIVERED),
        (UNKNOWN_USER, DeliveryEvent.REJECTED, ResultName.REJECTED, EventKind.DELIVERY_FAILED),
    ],
)
def test_a_clear_answer_is_the_end_and_stands_on_the_ticket(
    result: AttemptResult, event: DeliveryEvent, name: ResultName, told: EventKind
) -> None:
    settled = settle(leased_delivery(), result, NOW, 0)
    assert (settled.event, settled.result, settled.due_at, settled.wait_reason) == (
        event,
        name,
        None,
        None,
    )
    assert settled.ticket_event is not None
    assert settled.ticket_event.kind is told
    assert settled.ticket_event.detail == {
        "delivery": 1,
        "recipient": "hong@customer.example",
        "message_id": "m1@acme.example",
        "code": result.reply.code,
        "status": result.reply.status,
        "text": result.reply.text,
        "attempts": 1,
    }


@pytest.mark.parametrize(
    ("result", "name"),
    [(GREYLISTED, ResultName.DEFERRED), (CUT_OFF, ResultName.AMBIGUOUS)],
)
def test_what_is_not_clear_is_tried_again_and_knows_why_it_waits(
    result: AttemptResult, name: ResultName
) -> None:
    settled = settle(leased_delivery(), result, NOW, 0)
    assert (settled.event, settled.result) == (DeliveryEvent.DEFERRED, name)
    assert (settled.due_at, settled.wait_reason) == (NOW + timedelta(minutes=1), WaitReason.RETRY)
    assert settled.ticket_event is None


@pytest.mark.parametrize("result", [GREYLISTED, CUT_OFF])
def test_after_five_days_it_is_given_up(result: AttemptResult) -> None:
    leased = leased_delivery(attempts=22, first_attempt_at=SIX_DAYS_AGO)
    settled = settle(leased, result, NOW, 0)
    assert (settled.event, settled.due_at) == (DeliveryEvent.GAVE_UP, None)
    assert settled.ticket_event is not None
    assert settled.ticket_event.kind is EventKind.DELIVERY_EXPIRED


def test_what_went_or_may_have_gone_counts_against_the_cap() -> None:
    counted = {
        type(result): settle(leased_delivery(), result, NOW, 0).counted
        for result in (OK, UNKNOWN_USER, GREYLISTED, CUT_OFF)
    }
    assert counted == {Delivered: True, Rejected: False, Deferred: False, Ambiguous: True}


def test_the_settlement_carries_the_fence_of_the_claim() -> None:
    settled = settle(leased_delivery(attempts=3), OK, NOW, 0)
    assert (settled.fence, settled.number, settled.relay_id) == (3, 3, "4F1A")


@pytest.mark.parametrize(
    ("code", "status", "throttled"),
    [
        (421, "4.3.2", True),
        (421, "4.7.28", True),
        (421, None, True),
        (454, "4.7.0", False),
        (450, "4.2.1", False),
        (451, None, False),
        (471, "4.7.1", True),
        # A word of our own: a certificate that does not hold asks for no patience.
        (None, "4.7.5", False),
        (None, None, False),
    ],
)
def test_who_asks_for_patience(code: int | None, status: str | None, throttled: bool) -> None:
    result = Deferred(Reply(code, status, "", NOW))
    assert settle(leased_delivery(), result, NOW, 0).throttled is throttled


@pytest.mark.parametrize(
    ("reach", "attempts", "throttled"),
    [
        (Reach.MAIL, 1, False),
        (Reach.MAIL, 2, False),
        (Reach.MAIL, 3, False),
        # Nobody greylists for so long: it is us who is not wanted.
        (Reach.MAIL, 4, True),
        # No recipient has been named yet.
        (Reach.SENDER, 1, True),
        (Reach.SITE, 1, True),
    ],
)
def test_greylisting_of_a_new_mail_asks_nobody_for_patience(
    reach: Reach, attempts: int, throttled: bool
) -> None:
    result = Deferred(GREYLISTED.reply, reach)
    leased = leased_delivery(attempts=attempts, first_attempt_at=NOW)
    assert settle(leased, result, NOW, 0).throttled is throttled
