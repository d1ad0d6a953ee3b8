"""Mail that has not left for long: of which agents are told, and which is given up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal_column, select, update

from mailgate.mail.address import NullReversePath
from mailgate.model.delivery import DeliveryState, Lane, Reply, WaitReason
from mailgate.model.delivery_states import DeliveryEvent, target
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.store import obstacles
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries
from mailgate.store.values import reverse_path_of

__all__ = ["Expired", "take_expired", "take_late"]


@dataclass(frozen=True, slots=True)
class Expired:
    """Mail that was given up while it waited for a destination that is down. `said` is what that
    said last, to whatever mail. `is_notice`: it told agents of another failure."""

    delivery: DeliveryId
    ticket: TicketId | None
    lane: Lane
    is_notice: bool
    said: Reply | None


def take_late(conn: Connection, *, before: datetime, now: datetime, limit: int) -> list[DeliveryId]:
    """Notes `now` as the time at which their agents are told, of the `limit` that wait the
    longest of those that may leave since `before` or longer; which. Nobody else gets them.

    What is held waits by an operator's will, what is scheduled may not leave yet: neither is
    late.
    """
    column = deliveries.c
    # As literals: SQLite uses a partial index for nothing else.
    untold = (
        in_state(DeliveryState.READY),
        column.lane == literal_column(f"'{Lane.REPLY.value}'"),
        column.delay_told_at.is_(None),
        column.due_from <= before,
    )
    late = (
        select(column.id)
        .where(*untold)
        .order_by(column.due_from)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    told = (
        update(deliveries)
        .where(column.id.in_(late), *untold)
        .values(delay_told_at=now)
        .returning(column.id)
    )
    return sorted(DeliveryId(row.id) for row in conn.execute(told))


def take_expired(conn: Connection, *, before: datetime, now: datetime, limit: int) -> list[Expired]:
    """Gives up the `limit` longest of those that may leave since `before` or longer, and wait for
    a destination that is down; which. Nobody else gets them."""
    column = deliveries.c
    down = column.wait_reason == literal_column(f"'{WaitReason.DESTINATION_DOWN.value}'")
    over = (in_state(DeliveryState.READY), down, column.due_from <= before)
    found: list[Expired] = []
    # One a lane: so each goes by the index that begins with it.
    for lane in Lane:
        old = (
            select(column.id)
            .where(*over, column.lane == lane.value)
            .order_by(column.due_from)
            .limit(limit - len(found))
            .with_for_update(skip_locked=True)
        )
        rows = conn.execute(
            select(column.id, column.ticket, column.reverse_path, column.waits_for).where(
                column.id.in_(old)
            )
        ).all()
        said = obstacles.of_keys(conn, [row.waits_for for row in rows if row.waits_for])
        gone = conn.execute(
            update(deliveries)
            .where(column.id.in_([row.id for row in rows]), *over)
            .values(
                state=target(DeliveryEvent.GAVE_UP).value,
                wait_reason=None,
                waits_for=None,
                final_at=now,
            )
            .returning(column.id)
        )
        ended = {row.id for row in gone}
        found += [
            Expired(
                DeliveryId(row.id),
                None if row.ticket is None else TicketId(row.ticket),
                lane,
                lane is Lane.NOTIFICATION
                and isinstance(reverse_path_of(row.reverse_path), NullReversePath),
                said[row.waits_for].last_reply if row.waits_for in said else None,
            )
            for row in rows
            if row.id in ended
        ]
    return found
