"""Mail that has waited too long for a destination that is down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, null, select, update

from mailgate.mail.address import ReversePath
from mailgate.model.delivery import DeliveryState, Lane, Reply
from mailgate.model.delivery_states import DeliveryEvent, target
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.settlement import Settlement
from mailgate.store import events
from mailgate.store.candidates import in_state
from mailgate.store.claiming import release_order
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, destinations, outbound
from mailgate.store.prepared import Prepared
from mailgate.store.values import reverse_path_of

__all__ = ["Outdated", "expire", "outdated"]


@dataclass(frozen=True, slots=True)
class Outdated:
    """A delivery that has waited for `key`, which refused us with `last`."""

    id: DeliveryId
    ticket: TicketId | None
    lane: Lane
    fence: int
    attempts: int
    recipient: str
    reverse_path: ReversePath
    message_id: str
    key: str
    last: Reply | None


_DOWN_LONG = Prepared(
    select(
        destinations.c.key,
        destinations.c.last_code,
        destinations.c.last_status,
        destinations.c.last_text,
        destinations.c.last_at,
    ).where(
        destinations.c.failures > 0,
        destinations.c.down_since <= bindparam("since"),
        # What is on its way there may find it open: its failure may be of long ago.
        destinations.c.probe.is_(None),
        destinations.c.last_at >= bindparam("tried"),
    )
)
_OUTDATED = Prepared(
    select(
        deliveries.c.id,
        deliveries.c.ticket,
        deliveries.c.lane,
        deliveries.c.fence,
        deliveries.c.attempts,
        deliveries.c.recipient,
        deliveries.c.reverse_path,
        outbound.c.message_id,
    )
    .join(outbound, outbound.c.id == deliveries.c.outbound)
    .where(
        in_state(DeliveryState.READY),
        deliveries.c.waits_for == bindparam("key"),
        deliveries.c.due_from <= bindparam("since"),
    )
    .order_by(deliveries.c.due_from)
    .limit(bindparam("most"))
    .with_for_update(of=deliveries, skip_locked=True)
)
_EXPIRE = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), in_state(DeliveryState.READY))
    .values(
        state=target(DeliveryEvent.GAVE_UP).value,
        due_at=bindparam("now"),
        final_at=bindparam("now"),
        wait_reason=null(),
        waits_for=null(),
        last_code=bindparam("code"),
        last_status=bindparam("status"),
        last_text=bindparam("text"),
        last_at=bindparam("now"),
    )
)


def outdated(conn: Connection, since: datetime, tried: datetime, limit: int) -> list[Outdated]:
    """Deliveries that may leave since then or longer, and wait for a destination that has been
    down as long, also when they began to wait for it while it was busy. It has refused us after
    `tried`, and nobody is trying it now. Locked until the end of the transaction."""
    found: list[Outdated] = []
    for gate in _DOWN_LONG.all(conn, since=since, tried=tried):
        last = None
        if gate.last_at is not None:
            last = Reply(gate.last_code, gate.last_status, gate.last_text or "", gate.last_at)
        rows = _OUTDATED.all(conn, key=gate.key, since=since, most=limit - len(found))
        found += [
            Outdated(
                id=DeliveryId(row.id),
                ticket=row.ticket,
                lane=Lane(row.lane),
                fence=row.fence,
                attempts=row.attempts,
                recipient=row.recipient,
                reverse_path=reverse_path_of(row.reverse_path),
                message_id=row.message_id,
                key=gate.key,
                last=last,
            )
            for row in rows
        ]
        if len(found) >= limit:
            break
    return found


def expire(conn: Connection, settlements: Sequence[Settlement], now: datetime) -> None:
    """Writes that deliveries ended without an attempt."""
    _EXPIRE.run_many(
        conn,
        [
            {
                "of": each.delivery,
                "now": now,
                "code": each.reply.code,
                "status": each.reply.status,
                "text": each.reply.text,
            }
            for each in settlements
        ],
    )
    for each in settlements:
        if each.ticket is not None and each.ticket_event is not None:
            events.add(conn, each.ticket, each.ticket_event)
    release_order(conn, [each.ticket for each in settlements if each.ticket is not None], now)
