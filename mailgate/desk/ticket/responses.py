"""The first answer to a customer, and how long they waited for it."""

from datetime import datetime, timedelta

from mailgate.model.ticket import Source, Ticket
from mailgate.store import ticketlife, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange

__all__ = ["note_answer", "note_question"]


def note_answer(
    conn: Connection, ticket: Ticket, leaves: datetime, now: datetime
) -> timedelta | None:
    """Somebody has answered, and the mail leaves at `leaves`. How long the customer waited, None
    unless this is the first answer to them. The ticket is locked by the caller."""
    if ticket.first_response_at is not None or _asks_nothing(ticket):
        if ticket.waiting_since is not None:
            ticketlife.nobody_waits(conn, ticket.id)
        return None
    tickets.update(conn, ticket.id, TicketChange(first_response_at=leaves), now)
    # How long an old mail waited for its answer, nobody here can know.
    if ticket.source is Source.IMPORT:
        return None
    return leaves - (ticket.sla_started_at or ticket.created_at)


def note_question(conn: Connection, ticket: Ticket, now: datetime) -> None:
    """A customer has written on the ticket: from now on they wait for an answer, also on one
    that we began. The ticket is locked by the caller."""
    if ticket.waiting_since is None:
        ticketlife.note_waiting(conn, ticket.id, now)
    if _asks_nothing(ticket):
        tickets.update(conn, ticket.id, TicketChange(sla_started_at=now), now)


def _asks_nothing(ticket: Ticket) -> bool:
    """We wrote first, and nobody has answered: nobody waits for us."""
    return ticket.source is Source.OUTBOUND_EMAIL and ticket.sla_started_at is None
