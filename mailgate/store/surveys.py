"""When customers are asked how the answers were."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.model.delivery import DeliveryState, Lane
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EntryKind
from mailgate.store import tables
from mailgate.store.core import Connection
from mailgate.store.desktables import surveys
from mailgate.store.outboundtables import deliveries
from mailgate.store.prepared import Prepared
from mailgate.store.tables import entries
from mailgate.store.values import from_json

__all__ = ["flags_of", "plan", "take_due", "was_answered"]

_INSTANT = surveys.c.due_at.type
_DUE = (
    select(surveys.c.ticket)
    .join(tables.tickets, tables.tickets.c.id == surveys.c.ticket)
    .where(surveys.c.due_at <= bindparam("now", type_=_INSTANT))
    .order_by(surveys.c.due_at, surveys.c.ticket)
    .limit(bindparam("rows"))
    .with_for_update(of=tables.tickets, skip_locked=True, key_share=True)
)
_ANSWERED = Prepared(
    select(deliveries.c.id)
    .where(
        deliveries.c.ticket == bindparam("of"),
        deliveries.c.recipient_key == bindparam("who"),
        deliveries.c.lane == Lane.REPLY.value,
        deliveries.c.state == DeliveryState.DELIVERED.value,
        deliveries.c.bounced_at.is_(None),
    )
    .limit(1)
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
    """Tickets whose time has come, the earliest first, each locked until the transaction ends, as
    by whoever resolves it; nobody else gets them, unless the transaction does not end well."""
    found = [row.ticket for row in conn.execute(_DUE, {"now": now, "rows": limit})]
    if not found:
        return []
    # Another node may have taken one since the statement above began, or put it off.
    still = delete(surveys).where(surveys.c.ticket.in_(found), surveys.c.due_at <= now)
    taken = set(conn.execute(still.returning(surveys.c.ticket)).scalars())
    return [TicketId(ticket) for ticket in found if ticket in taken]


def was_answered(conn: Connection, ticket: TicketId, who: str) -> bool:
    """Whether an answer of ours on the ticket has reached the address with this `Address.key`."""
    return _ANSWERED.one(conn, of=ticket, who=who) is not None


def flags_of(
    conn: Connection, tickets: Sequence[TicketId], message_id: str
) -> Sequence[frozenset[str]]:
    """What people should know of each mail with this Message-ID that stands on one of the tickets
    as an answer to a survey."""
    found = conn.execute(
        select(entries.c.flags).where(
            entries.c.ticket.in_(tickets),
            entries.c.kind == EntryKind.SURVEY.value,
            entries.c.message_id == message_id,
        )
    )
    return [frozenset(from_json(row.flags)) for row in found]
