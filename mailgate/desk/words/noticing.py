"""Queueing what agents are told."""

from collections.abc import Callable
from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.writing import composed
from mailgate.model.delivery import Draft
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.ticket import EventKind, Ticket, TicketEvent
from mailgate.store import events, outbound, tickets
from mailgate.store.core import Connection

__all__ = ["queue_notices", "told_ticket"]


def told_ticket(conn: Connection, number: TicketId | None) -> Ticket | None:
    """The ticket whose agents are told: the one that it was merged into, if it was."""
    ticket = None if number is None else tickets.get(conn, number)
    if ticket is None or ticket.merged_into is None:
        return ticket
    target = tickets.resolve_merge(conn, ticket.id)
    return ticket if target is None else tickets.get(conn, target)


def queue_notices(
    conn: Connection,
    ctx: DeskContext,
    ticket: Ticket,
    about: DeliveryId | None,
    write: Callable[[], tuple[Draft, ...]],
    now: datetime,
) -> tuple[Draft, ...]:
    """Queues what `write` makes, and returns it; an event on the ticket when it fails. `about` is
    the mail of ours that it is about, if it is one."""
    try:
        told = write()
        mails = composed(ctx, told, now)
    except Exception as error:  # noqa: BLE001  a notice that cannot be written stops no mail
        # Not what it says: that may quote the mail.
        why: dict[str, str | int | None] = {"what": "notice", "why": type(error).__name__}
        if about is not None:
            why["delivery"] = about
        events.add(conn, ticket.id, TicketEvent(now, EventKind.SUPPRESSED, "system", why))
        return ()
    outbound.enqueue_all(conn, mails, now)
    return told
