"""An operator sends mail after all: now instead of later, or once more after it has failed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from mailgate.model.delivery import DeliveryState, WaitReason
from mailgate.model.delivery_states import DeliveryEvent, sources
from mailgate.model.gates import DOMAIN, MX, SMARTHOST
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.store import events, limits
from mailgate.store.core import Connection
from mailgate.store.operating import Selection
from mailgate.store.outboundtables import deliveries, destinations, outbound
from mailgate.store.values import is_id

__all__ = ["retry"]

_FAILED = (DeliveryState.FAILED.value, DeliveryState.EXPIRED.value)
_KEPT = (
    "outbound",
    "ticket",
    "lane",
    "outside",
    "recipient",
    "recipient_key",
    "destination",
    "sender_key",
    "agent",
    "campaign",
    "reverse_path",
)
"""What a second delivery has of the first."""


def retry(conn: Connection, wanted: Selection, now: datetime) -> int:
    """Makes waiting mail due now instead of at its time, and lets a destination that is down be
    tried at once; the limits hold all the same.

    What is named by its id goes although it is scheduled for later or mail is kept from its
    address, and what has failed gets a delivery of its own once more, with the same bytes. How
    many deliveries that made due.
    """
    limits.lock(conn)
    column = deliveries.c
    due: dict[str, object] = {
        "due_at": now,
        "wait_reason": WaitReason.QUEUED.value,
        "waits_for": None,
    }
    waiting = [column.state.in_(sources(DeliveryEvent.CLAIM)), *wanted.conditions()]
    if wanted.ids is None:
        waiting.append(column.due_from <= now)
    _probe_now(conn, waiting, now)
    if wanted.ids is None:
        later = update(deliveries).where(*waiting, column.due_at > now)
        return conn.execute(later.values(due)).rowcount
    # What is due already insists too, and keeps its turn.
    then = bindparam("then", now, type_=column.due_from.type)
    at = case((column.due_at > then, then), else_=column.due_at)
    since = case((column.due_from > then, then), else_=column.due_from)
    due |= {"due_at": at, "due_from": since, "insists": True}
    moved = conn.execute(update(deliveries).where(*waiting).values(due)).rowcount
    return moved + sum(_again(conn, each, now) for each in wanted.ids if is_id(each))


def _probe_now(conn: Connection, waiting: Sequence[ColumnElement[bool]], now: datetime) -> None:
    """One mail may try the destinations that this mail waits for, unless one does; and those that
    mail goes to which waits for its next attempt, whichever of them it goes by."""
    column, of = destinations.c, deliveries.c
    parked_at = select(of.waits_for).where(*waiting, of.waits_for.is_not(None))
    put_off = *waiting, of.waits_for.is_(None), of.wait_reason == WaitReason.RETRY.value
    goes_by = (select(literal(kind) + of.destination).where(*put_off) for kind in (DOMAIN, MX))
    is_relay = column.key.startswith(SMARTHOST) & exists().where(*put_off)
    meant = or_(column.key.in_(parked_at), *(column.key.in_(keys) for keys in goes_by), is_relay)
    down = column.failures > 0, column.probe.is_(None), meant
    conn.execute(update(destinations).where(*down).values(down_until=now, look_at=now))


def _again(conn: Connection, failed: DeliveryId, now: datetime) -> bool:
    """Not when its bytes are past their retention, nor when it went once more already."""
    later = deliveries.alias()
    went_again = exists().where(
        later.c.outbound == deliveries.c.outbound,
        later.c.recipient_key == deliveries.c.recipient_key,
        later.c.id > deliveries.c.id,
    )
    joined = deliveries.join(outbound, outbound.c.id == deliveries.c.outbound)
    wanted = (
        select(deliveries)
        .select_from(joined)
        .where(deliveries.c.id == failed, deliveries.c.state.in_(_FAILED), ~went_again)
        .where(func.length(outbound.c.raw) > 0)
        .with_for_update(of=deliveries)
    )
    row = conn.execute(wanted).one_or_none()
    if row is None:
        return False
    new = {name: getattr(row, name) for name in _KEPT} | {
        "insists": True,
        "state": DeliveryState.READY.value,
        "attempts": 0,
        "due_at": now,
        "due_from": now,
        "wait_reason": WaitReason.QUEUED.value,
        "fence": 0,
        "created_at": now,
    }
    number = conn.execute(insert(deliveries).values(new).returning(deliveries.c.id)).scalar_one()
    if row.ticket is not None:
        detail = {"delivery": number, "failed": failed, "recipient": row.recipient}
        event = TicketEvent(now, EventKind.DELIVERY_RETRIED, "operator", detail)
        events.add(conn, TicketId(row.ticket), event)
    return True
