"""Everything that is known of one delivery."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mailgate.model.delivery import Delivery, DeliveryState, Lane
from mailgate.model.ids import DeliveryId
from mailgate.model.suppression import Lanes, Suppression
from mailgate.model.ticket import TicketEvent
from mailgate.store import events, obstacles, outbound, suppressions
from mailgate.store.core import Connection
from mailgate.store.obstacles import Obstacle
from mailgate.store.outbound import Attempt
from mailgate.store.outboundtables import deliveries
from mailgate.store.outboundtables import outbound as messages

__all__ = ["DeliveryStory", "of_delivery"]


@dataclass(frozen=True, slots=True)
class DeliveryStory:
    """`kind` is what the mail is; `insists`: an operator wants it sent whatever is suppressed;
    `obstacle` what it waits for, where that is a destination; `kept` why mail is kept from its
    recipient now; `events` those of its ticket that are about it, the oldest first."""

    delivery: Delivery
    kind: str
    insists: bool
    delay_told_at: datetime | None
    final_at: datetime | None
    attempts: tuple[Attempt, ...]
    obstacle: Obstacle | None
    kept: tuple[Suppression, ...]
    events: tuple[TicketEvent, ...]


def of_delivery(conn: Connection, number: DeliveryId, now: datetime) -> DeliveryStory | None:
    """None for an unknown delivery."""
    delivery = outbound.get(conn, number)
    if delivery is None:
        return None
    column = deliveries.c
    more = conn.execute(
        select(messages.c.kind, column.insists, column.delay_told_at, column.final_at)
        .join(messages, column.outbound == messages.c.id)
        .where(column.id == number)
    ).one()
    key = delivery.waits_for
    return DeliveryStory(
        delivery=delivery,
        kind=more.kind,
        insists=more.insists,
        delay_told_at=more.delay_told_at,
        final_at=more.final_at,
        attempts=tuple(outbound.attempts_of(conn, number)),
        obstacle=None if key is None else obstacles.of_keys(conn, [key]).get(key),
        kept=_kept(conn, delivery, now),
        events=_events(conn, delivery),
    )


def _kept(conn: Connection, delivery: Delivery, now: datetime) -> tuple[Suppression, ...]:
    if delivery.state is DeliveryState.DELIVERED:
        return ()
    known = suppressions.of_address(conn, delivery.recipient, now)
    return tuple(one for one in known if one.lanes is Lanes.ALL or delivery.lane is Lane.CAMPAIGN)


def _events(conn: Connection, delivery: Delivery) -> tuple[TicketEvent, ...]:
    if delivery.ticket is None:
        return ()
    known = events.of_ticket(conn, delivery.ticket)
    return tuple(one for one in known if one.detail.get("delivery") == delivery.id)
