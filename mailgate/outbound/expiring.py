"""Mail that has waited for a destination that is down until its days were over: it ends without
an attempt of its own, and with the notice that any other failure gets."""

from datetime import datetime

from mailgate.mail.address import NullReversePath
from mailgate.model.delivery import Draft, Lane, Reply
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.settlement import ResultName, Settlement
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.outbound.schedule import GIVE_UP_AFTER
from mailgate.outbound.telling import Settled, Tell
from mailgate.ratelimit.flow import UNTRIED
from mailgate.store import limits
from mailgate.store.core import Connection
from mailgate.store.outdated import Outdated, expire, outdated

__all__ = ["expire_waiting"]


def expire_waiting(
    conn: Connection, *, tell: Tell | None, now: datetime, limit: int = 100
) -> Settled:
    """Ends `limit` deliveries at most; `released` says that there may be more."""
    limits.lock(conn)
    late = outdated(conn, now - GIVE_UP_AFTER, now - UNTRIED, limit)
    ended = [_ended(each, now) for each in late]
    expire(conn, ended, now)
    told: list[Draft] = []
    for settlement in ended if tell is not None else ():
        if tell is not None:
            told += tell(conn, settlement)
    return Settled(frozenset(), tuple(told), released=len(late) >= limit)


def _ended(late: Outdated, now: datetime) -> Settlement:
    reply = _reply(late, now)
    detail: dict[str, str | int | None] = {
        "delivery": late.id,
        "recipient": late.recipient,
        "message_id": late.message_id,
        "code": reply.code,
        "status": reply.status,
        "text": reply.text,
        "attempts": late.attempts,
    }
    return Settlement(
        delivery=late.id,
        ticket=late.ticket,
        fence=late.fence,
        number=late.attempts,
        event=DeliveryEvent.GAVE_UP,
        result=ResultName.DEFERRED,
        reply=reply,
        relay_id=None,
        at=now,
        due_at=None,
        wait_reason=None,
        counted=False,
        reach=None,
        throttled=False,
        jitter=0.0,
        ticket_event=TicketEvent(now, EventKind.DELIVERY_EXPIRED, "system", detail),
        message_id=late.message_id,
        is_notice=late.lane is Lane.NOTIFICATION and isinstance(late.reverse_path, NullReversePath),
    )


def _reply(late: Outdated, now: datetime) -> Reply:
    """The last word of the destination, with what came of it."""
    last = late.last
    said = f": {last.text}" if last is not None and last.text else ""
    text = f"{late.key.partition(':')[2]} could not be reached for {GIVE_UP_AFTER.days} days{said}"
    return Reply(
        None if last is None else last.code, None if last is None else last.status, text, now
    )
