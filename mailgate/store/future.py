"""Times that lie so far ahead that no clock in order can have written them: the clock of this
machine was ahead, and was put right. What was written then is earlier than now."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, or_, select, text, update

from mailgate.model.delivery import DeliveryState, Lane, WaitReason
from mailgate.store import limits
from mailgate.store.candidates import FREE, in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, destinations, grants

__all__ = ["bring_back", "move_on"]

_COUNTS = timedelta(hours=1)
"""So long a place counts (`ratelimit.window`)."""

_NO_PLACE_LATER = timedelta(hours=2)
"""Places get the time at which a mail went, and a look at a gate is planned for half an hour."""
_NO_TRY_LATER = timedelta(hours=9)
"""The longest pause between two attempts is eight hours and a tenth."""


def bring_back(conn: Connection, now: datetime) -> int:
    """Makes it now; what is scheduled has its time from a person and keeps it. How many rows."""
    limits.lock(conn)
    ahead = now + _NO_PLACE_LATER
    places = conn.execute(update(grants).where(grants.c.at > ahead).values(at=now))
    # As in the partial indices, literally.
    parked = text("destinations.parked")
    late = update(destinations).where(parked, destinations.c.look_at > ahead).values(look_at=now)
    gates = conn.execute(late)
    column = deliveries.c
    then = bindparam("then", now, type_=column.due_from.type)
    mails = conn.execute(
        update(deliveries)
        .where(
            in_state(DeliveryState.READY),
            FREE,
            column.lane.in_([lane.value for lane in Lane]),
            column.due_at > now + _NO_TRY_LATER,
            column.wait_reason != WaitReason.SCHEDULED.value,
            # How long mail may be taken back is a setting.
            or_(column.wait_reason != WaitReason.UNDO.value, column.created_at > now),
        )
        .values(due_at=now, due_from=case((column.due_from > then, then), else_=column.due_from))
    )
    return places.rowcount + gates.rowcount + mails.rowcount


def move_on(conn: Connection, *, now: datetime, by: timedelta) -> None:
    """The clock was put ahead `by` so much: the places that counted a moment ago go with it, and
    so count as long as they should. Done twice, they count for an hour from now at most."""
    limits.lock(conn)
    counted = select(grants.c.id, grants.c.at).where(grants.c.at > now - by - _COUNTS)
    moved = [
        {"of": row.id, "then": max(row.at, min(row.at + by, now))} for row in conn.execute(counted)
    ]
    if moved:
        change = update(grants).where(grants.c.id == bindparam("of"))
        conn.execute(change.values(at=bindparam("then")), moved)
