"""What reports say of mail that has left: which it can be about, and that it came back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import bindparam, select, update

from mailgate.mail.address import Address
from mailgate.model.delivery import DeliveryState, Lane
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, outbound
from mailgate.store.prepared import Prepared
from mailgate.store.values import address_of

__all__ = ["Left", "left_from", "note_bounced"]

_MOST = 500
"""Mails of one ticket that a report can be about: the newest of them."""


@dataclass(frozen=True, slots=True)
class Left:
    """A mail that was tried. `reverse_path` is the address for reports about it, "<>" for none;
    `known` says that it is known already not to have arrived."""

    delivery: DeliveryId
    recipient: Address
    lane: Lane
    message_id: str
    reverse_path: str
    known: bool


_GIVEN_UP = frozenset({DeliveryState.FAILED.value, DeliveryState.EXPIRED.value})
_LEFT = Prepared(
    select(
        deliveries.c.id,
        deliveries.c.recipient,
        deliveries.c.lane,
        deliveries.c.reverse_path,
        deliveries.c.state,
        deliveries.c.bounced_at,
        outbound.c.message_id,
    )
    .join(outbound, outbound.c.id == deliveries.c.outbound)
    .where(deliveries.c.ticket == bindparam("of"), deliveries.c.attempts > 0)
    .order_by(deliveries.c.id.desc())
    .limit(_MOST)
)


def left_from(conn: Connection, tickets: Collection[TicketId]) -> list[Left]:
    """The mails that were tried of a ticket, and of one that was merged into it."""
    rows = chain.from_iterable(_LEFT.all(conn, of=ticket) for ticket in sorted(tickets))
    return [
        Left(
            delivery=DeliveryId(row.id),
            recipient=address_of(row.recipient),
            lane=Lane(row.lane),
            message_id=row.message_id,
            reverse_path=row.reverse_path,
            known=row.bounced_at is not None or row.state in _GIVEN_UP,
        )
        for row in rows
    ]


_NOTE_BOUNCED = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), deliveries.c.bounced_at.is_(None))
    .values(
        bounced_status=bindparam("status"),
        bounced_text=bindparam("text"),
        bounced_at=bindparam("now"),
    )
)


def note_bounced(
    conn: Connection, delivery: DeliveryId, *, status: str | None, text: str, now: datetime
) -> bool:
    """The mail came back after it had been taken; False when that was noted before."""
    return _NOTE_BOUNCED.run(conn, of=delivery, status=status, text=text, now=now) > 0
