"""What the desk does about a mail that the other side did not take: the use case of the outbound
worker, in the transaction that settles it."""

from collections.abc import Callable
from datetime import timedelta

from mailgate.desk.context import DeskContext
from mailgate.desk.failures import Failure, FailureKind, kept_by, notices, said_by
from mailgate.desk.writing import composed
from mailgate.mail.badaddress import is_bad_address
from mailgate.model.delivery import Delivery, Draft, Reply
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.settlement import ResultName, Settlement
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.model.ticket import EventKind, Ticket, TicketEvent
from mailgate.store import events, outbound, suppressions, tickets
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
    about = None if delivery is None else delivery.ticket
    ticket = None if about is None else _ticket(conn, about)
    if delivery is None or ticket is None:
        return ()
    ctx, now = context(), settlement.at
    failure = _failure(settlement, delivery, ctx.policy.suppress_hard_bounces_for)
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
    try:
        told = notices(ctx, ticket, failure, now=now, seed=Seed(random(_SEED_SIZE)))
        mails = composed(ctx, told, now)
    except Exception as error:  # noqa: BLE001  a notice that cannot be written stops no mail
        # Not what it says: that may quote the mail.
        why: dict[str, str | int | None] = {
            "what": "notice",
            "why": type(error).__name__,
            "delivery": delivery.id,
        }
        events.add(conn, ticket.id, TicketEvent(now, EventKind.SUPPRESSED, "system", why))
        return ()
    outbound.enqueue_all(conn, mails, now)
    return told


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
        return kept_by(settlement.suppressed_by, delivery.id, delivery.lane)
    reply = settlement.reply
    bad = settlement.result is ResultName.REJECTED and is_bad_address(reply.status)
    return Failure(
        FailureKind.BAD_ADDRESS if bad else FailureKind.REFUSED,
        delivery.id,
        delivery.recipient,
        delivery.lane,
        said_by(reply.status, _with_code(reply)),
        settlement.at + rest if bad else None,
    )


def _with_code(reply: Reply) -> str:
    return reply.text if reply.code is None else f"{reply.code} {reply.text}"


def _ticket(conn: Connection, number: TicketId) -> Ticket | None:
    ticket = tickets.get(conn, number)
    if ticket is None or ticket.merged_into is None:
        return ticket
    target = tickets.resolve_merge(conn, number)
    return ticket if target is None else tickets.get(conn, target)
