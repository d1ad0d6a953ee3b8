"""What happened to a ticket."""

from collections.abc import Sequence

from sqlalchemy import bindparam, insert, select

from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import events
from mailgate.store.values import from_json, is_id, json_text

__all__ = ["add", "add_all", "of_ticket"]

_COLUMNS = ("ticket", "at", "kind", "actor", "detail")
_ADD = Prepared(insert(events).values({name: bindparam(name) for name in _COLUMNS}))
_OF_TICKET = Prepared(
    select(events.c.at, events.c.kind, events.c.actor, events.c.detail)
    .where(events.c.ticket == bindparam("ticket"))
    .order_by(events.c.id)
)


def add(conn: Connection, ticket: TicketId, event: TicketEvent) -> None:
    """Records an event; events are never changed."""
    _ADD.run(conn, **_values(ticket, event))


def add_all(conn: Connection, found: Sequence[tuple[TicketId, TicketEvent]]) -> None:
    """Records events in this order."""
    if found:
        _ADD.run_many(conn, [_values(ticket, event) for ticket, event in found])


def _values(ticket: TicketId, event: TicketEvent) -> dict[str, object]:
    return {
        "ticket": ticket,
        "at": event.at,
        "kind": event.kind.value,
        "actor": event.actor,
        "detail": json_text(event.detail),
    }


def of_ticket(conn: Connection, ticket: TicketId) -> list[TicketEvent]:
    """The ticket's events in the order in which they were recorded."""
    rows = _OF_TICKET.all(conn, ticket=ticket) if is_id(ticket) else []
    return [TicketEvent(r.at, EventKind(r.kind), r.actor, from_json(r.detail)) for r in rows]
