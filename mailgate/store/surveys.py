"""When customers are asked how the answers were."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.model.ids import TicketId
from mailgate.store.core import Connection
from mailgate.store.desktables import surveys

__all__ = ["plan", "take_due"]

_INSTANT = surveys.c.due_at.type
_DUE = (
    select(surveys.c.ticket)
    .where(surveys.c.due_at <= bindparam("now", type_=_INSTANT))
    .order_by(surveys.c.due_at, surveys.c.ticket)
    .limit(bindparam("rows"))
    .with_for_update(skip_locked=True)
)


def plan(conn: Connection, ticket: TicketId, due_at: datetime) -> None:
    """The customer is to be asked then, and not at any time that was planned before."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    planned = insert(surveys).values(ticket=ticket, due_at=due_at)
    again = planned.on_conflict_do_update(
        index_elements=[surveys.c.ticket], set_={"due_at": planned.excluded.due_at}
    )
    conn.execute(again)


def take_due(conn: Connection, now: datetime, limit: int) -> Sequence[TicketId]:
    """Tickets whose time has come, the earliest first; nobody else gets them, unless the
    transaction does not end well."""
    found = [row.ticket for row in conn.execute(_DUE, {"now": now, "rows": limit})]
    if found:
        conn.execute(delete(surveys).where(surveys.c.ticket.in_(found)))
    return [TicketId(ticket) for ticket in found]
