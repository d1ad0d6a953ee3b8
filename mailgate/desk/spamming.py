"""A ticket is spam: it is closed, and its sender's next mails wait for an operator.

Use cases, to be run in one transaction (`store.write`); their mails are not queued yet.
"""

from mailgate.desk.by import By
from mailgate.desk.changes import TicketWish
from mailgate.desk.changing import Changed, change
from mailgate.desk.context import DeskContext
from mailgate.desk.facts import is_answerable
from mailgate.mail.address import Address
from mailgate.model.ticket import EventKind, Status, Ticket, TicketEvent
from mailgate.store import blocked, events, ticketlife
from mailgate.store.core import Connection

__all__ = ["TAG", "mark_spam"]

TAG = "spam"


def mark_spam(conn: Connection, ctx: DeskContext, ticket: Ticket, by: By) -> Changed:
    """Closes it, with the tag `spam`, and blocks its requester, unless that is one of ours or
    somebody to whom agents have written: the event SPAM says which (`blocked`, or `kept` with the
    reason). The ticket is locked by the caller."""
    ticketlife.note_spam(conn, ticket.id, by.now, spam=True)
    changed = change(conn, ctx, ticket, TicketWish(status=Status.CLOSED, add_tags=(TAG,)), by)
    sender = ticket.requester.address
    kept = _kept(conn, ctx, ticket, sender)
    if kept is None:
        blocked.add(conn, sender.base, actor=by.actor, ticket=ticket.id, now=by.now)
    detail = {"blocked": str(sender.base) if kept is None else None, "kept": kept}
    event = TicketEvent(by.now, EventKind.SPAM, by.actor, detail)
    events.add(conn, ticket.id, event)
    return Changed(changed.ticket, (*changed.events, event), changed.drafts)


def _kept(conn: Connection, ctx: DeskContext, ticket: Ticket, sender: Address) -> str | None:
    """Why mail of this sender comes in as before; None where it does not."""
    if ctx.directory.agent_for(sender) is not None:
        return "agent"
    if not is_answerable(sender, ctx.directory):
        return "unreadable"
    return "known" if blocked.is_known(conn, sender, ticket.id) else None
