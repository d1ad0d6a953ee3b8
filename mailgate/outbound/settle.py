"""What becomes of a delivery after an attempt."""

from datetime import datetime
from typing import assert_never

from mailgate.mail.address import NullReversePath
from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    Lane,
    LeasedDelivery,
    Reach,
    Rejected,
    Reply,
    Suppressed,
    WaitReason,
)
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.settlement import ResultName, Settlement
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.outbound.schedule import GiveUp, next_due

__all__ = ["result_name", "settle"]

_IS_NEW = 3
"""Attempts in which a mail may meet greylisting: the next one comes after more than 20 minutes."""


def settle(
    leased: LeasedDelivery, result: AttemptResult, now: datetime, jitter: float
) -> Settlement:
    """The next state of `leased`, and what its attempt says of where it went; `jitter` from 0 to 1
    lengthens waits."""
    match result:
        case Delivered():
            return _end(leased, result, DeliveryEvent.ACCEPTED, EventKind.DELIVERED, now, jitter)
        case Rejected() | Suppressed():
            return _end(
                leased, result, DeliveryEvent.REJECTED, EventKind.DELIVERY_FAILED, now, jitter
            )
        case Deferred() | Ambiguous():
            due = next_due(leased.attempts, leased.first_attempt_at or now, now, jitter)
            if isinstance(due, GiveUp):
                gave_up = DeliveryEvent.GAVE_UP
                return _end(leased, result, gave_up, EventKind.DELIVERY_EXPIRED, now, jitter)
            return _settlement(leased, result, DeliveryEvent.DEFERRED, now, jitter, due_at=due)
    assert_never(result)


def result_name(result: AttemptResult) -> ResultName:
    match result:
        case Delivered():
            return ResultName.DELIVERED
        case Deferred():
            return ResultName.DEFERRED
        case Rejected():
            return ResultName.REJECTED
        case Ambiguous():
            return ResultName.AMBIGUOUS
        case Suppressed():
            return ResultName.SUPPRESSED
    assert_never(result)


def _end(
    leased: LeasedDelivery,
    result: AttemptResult,
    event: DeliveryEvent,
    kind: EventKind,
    now: datetime,
    jitter: float,
) -> Settlement:
    story = TicketEvent(now, kind, "system", _detail(leased, result.reply))
    return _settlement(leased, result, event, now, jitter, ticket_event=story)


def _settlement(
    leased: LeasedDelivery,
    result: AttemptResult,
    event: DeliveryEvent,
    now: datetime,
    jitter: float,
    *,
    due_at: datetime | None = None,
    ticket_event: TicketEvent | None = None,
) -> Settlement:
    return Settlement(
        delivery=leased.id,
        ticket=leased.ticket,
        fence=leased.fence,
        number=leased.attempts,
        event=event,
        result=result_name(result),
        reply=result.reply,
        relay_id=result.relay_id if isinstance(result, Delivered) else None,
        at=now,
        due_at=due_at,
        wait_reason=None if due_at is None else WaitReason.RETRY,
        # An ambiguous mail may have gone: only a clear refusal gives its place back.
        counted=isinstance(result, Delivered | Ambiguous),
        reach=_reach(result),
        throttled=isinstance(result, Deferred) and _asks_for_patience(result, leased.attempts),
        jitter=jitter,
        ticket_event=ticket_event,
        message_id=leased.message_id,
        aliases=result.aliases if isinstance(result, Delivered) else (),
        suppressed_by=result.by if isinstance(result, Suppressed) else None,
        is_notice=_is_notice(leased),
    )


def _reach(result: AttemptResult) -> Reach | None:
    match result:
        case Deferred():
            return result.reach
        case Suppressed():
            return None
        case Delivered() | Rejected() | Ambiguous():
            return Reach.MAIL
    assert_never(result)


def _asks_for_patience(result: Deferred, attempts: int) -> bool:
    """421 comes from who is too busy, 4.7.x from who does not want that much (RFC 3463 §3.8): but
    45x 4.7.x to a recipient or a mail in its first attempts is greylisting (RFC 6647), which takes
    that mail soon and says nothing of the others. What has no code is a word of our own: a
    certificate that does not hold asks for nothing."""
    reply = result.reply
    if reply.code is None:
        return False
    if reply.code == 421:
        return True
    is_new = result.reach is Reach.MAIL and reply.code // 10 == 45 and attempts <= _IS_NEW
    return (reply.status or "").startswith("4.7.") and not is_new


def _is_notice(leased: LeasedDelivery) -> bool:
    """What tells agents of failures has no reverse path (`desk.words.tellagents`)."""
    return leased.lane is Lane.NOTIFICATION and isinstance(leased.reverse_path, NullReversePath)


def _detail(leased: LeasedDelivery, reply: Reply) -> dict[str, str | int | None]:
    return {
        "delivery": leased.id,
        "recipient": str(leased.recipient),
        "message_id": leased.message_id,
        "code": reply.code,
        "status": reply.status,
        "text": reply.text,
        "attempts": leased.attempts,
    }
