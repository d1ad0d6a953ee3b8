"""Agents' mail that has not left for long, and of which nobody has been told."""

from datetime import datetime

from sqlalchemy import literal_column, select, update

from mailgate.model.delivery import DeliveryState, Lane
from mailgate.model.ids import DeliveryId
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries

__all__ = ["take_late"]


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
    # Not one statement: PostgreSQL may run a subquery that locks once for each row, and then it
    # finds others each time.
    found = conn.execute(late).scalars().all()
    told = update(deliveries).where(column.id.in_(found), *untold).values(delay_told_at=now)
    return sorted(map(DeliveryId, conn.execute(told.returning(column.id)).scalars()))
