"""What the desk does about a mail that the other side did not take: the use case of the outbound
worker, in the transaction that settles it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from mailgate.desk.context import DeskContext
from mailgate.desk.returned.failures import (
    Failure,
    FailureKind,
    kept_by,
    notices,
    said_by,
    with_code,
)
from mailgate.desk.words.noticing import queue_notices, told_ticket
from mailgate.mail.badaddress import is_bad_address
from mailgate.model.delivery import Delivery, Draft
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.settlement import ResultName, Settlement
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.store import events, outbound, suppressions
from mailgate.store.core import Connection

__all__ = ["keep_mail_from", "tell_undelivered"]

_SEED_SIZE = 32


def tell_undelivered(
    conn: Connection,
    settlement: Settlement,
    *,
    context: Callable[[], DeskContext],
    random: Callable[[int], bytes],
) -> tuple[Draft, ...]:
    """Suppresses an address that is bad, and queues what the agents are told; returns it."""
    delivery = outbound.get(conn, settlement.delivery)
    ticket = None if delivery is None else told_ticket(conn, delivery.ticket)
    if delivery is None or ticket is None:
        return ()
    ctx, now = context(), settlement.at
    failure = _failure(settlement, delivery, ctx.policy.suppress_hard_bounces_for)
    if failure.kind is FailureKind.EXPIRED:
        failure = replace(failure, since=outbound.first_attempt(conn, delivery.id))
    if failure.kind is FailureKind.BAD_ADDRESS:
        bounced = Suppression(
            address=delivery.recipient,
            cause=SuppressionCause.BOUNCE,
            lanes=Lanes.ALL,
            status=settlement.reply.status,
            text=settlement.reply.text,
            at=now,
            until=failure.until,
            delivery=delivery.id,
        )
        keep_mail_from(conn, ticket.id, bounced)
    if settlement.is_notice:
        return ()
    seed = Seed(random(_SEED_SIZE))
    write = partial(notices, ctx, ticket, failure, now=now, seed=seed)
    return queue_notices(conn, ctx, ticket, delivery.id, write, now)


def keep_mail_from(conn: Connection, ticket: TicketId, new: Suppression) -> bool:
    """Suppresses an address, with an event on the ticket whose mail it was; whether that is
    new."""
    is_new = suppressions.suppress(conn, new)
    detail = {
        "address": str(new.address),
        "cause": new.cause.value,
        "lanes": new.lanes.value,
        "until": None if new.until is None else new.until.isoformat(),
        "delivery": new.delivery,
    }
    if is_new:
        event = TicketEvent(new.at, EventKind.ADDRESS_SUPPRESSED, "system", detail)
        events.add(conn, ticket, event)
    return is_new


def _failure(settlement: Settlement, delivery: Delivery, rest: timedelta) -> Failure:
    if settlement.suppressed_by is not None:
        kept = kept_by(settlement.suppressed_by, delivery.id, delivery.lane)
        return replace(kept, author=delivery.agent)
    reply = settlement.reply
    bad = settlement.result is ResultName.REJECTED and is_bad_address(reply.status)
    kind = FailureKind.BAD_ADDRESS if bad else FailureKind.REFUSED
    return Failure(
        FailureKind.EXPIRED if settlement.event is DeliveryEvent.GAVE_UP else kind,
        delivery.id,
        delivery.recipient,
        delivery.lane,
        said_by(reply.status, with_code(reply)),
        settlement.at + rest if bad else None,
        attempts=delivery.attempts,
        author=delivery.agent,
    )
