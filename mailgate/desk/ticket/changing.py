"""A ticket changes: every wish of an operator, an agent's command or the time goes this way. It is
carried out by `desk.ticket.altering`, and rules that look at what became of it follow.

Use cases, to be run in one transaction (`store.write`); what they return is not queued yet.
"""

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.rules.ruling import when_resolved
from mailgate.desk.ticket.altering import Changed, alter, parent_follows
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.writing import queue_drafts
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Ticket
from mailgate.store.core import Connection

__all__ = ["Changed", "change", "followed_by_parent", "set_ticket"]


def change(conn: Connection, ctx: DeskContext, ticket: Ticket, wish: TicketWish, by: By) -> Changed:
    """Makes the changes; what is as wished already makes no event. The ticket is locked by the
    caller. Nothing is changed when one of them cannot be: DeskError."""
    return alter(conn, ctx, ticket, wish, by, when_resolved)


def followed_by_parent(
    conn: Connection, ctx: DeskContext, part: Ticket, by: By
) -> tuple[Draft, ...]:
    """The mails of a parent that is resolved because this part of it is the last, and done. The
    part is locked by the caller."""
    return parent_follows(conn, ctx, part, by, when_resolved)


def set_ticket(
    conn: Connection,
    ctx: DeskContext,
    ticket_id: TicketId,
    wish: TicketWish,
    *,
    by: By,
) -> Changed:
    """The same for a ticket by its number, with its mails queued. A merged one is followed."""
    ticket = named_ticket(conn, ticket_id)
    changed = change(conn, ctx, ticket, wish, by)
    queue_drafts(conn, ctx, changed.drafts, by.now)
    return changed
