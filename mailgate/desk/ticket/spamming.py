"""A ticket is spam: it is closed, and its sender's next mails wait for an operator.

Use cases, to be run in one transaction (`store.write`); their mails are not queued yet.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import Changed, change
from mailgate.desk.words.recipients import is_answerable
from mailgate.mail.address import Address
from mailgate.model.delivery import Lane
from mailgate.model.ticket import EventKind, Status, Ticket, TicketEvent
from mailgate.store import blocked, events, ticketlife, tickets
from mailgate.store.core import Connection
from mailgate.store.operating import Selection, cancel

__all__ = ["TAG", "Kept", "mark_spam", "unmark_spam"]

TAG = "spam"


class Kept(StrEnum):
    """Why a sender is not shut out."""

    AGENT = "agent"
    """It is one of ours."""
    UNREADABLE = "unreadable"
    """It is our own address, or nobody could read which it is."""
    KNOWN = "known"
    """Agents have written to them on another ticket."""


def mark_spam(conn: Connection, ctx: DeskContext, ticket: Ticket, by: By) -> Changed:
    """Closes it, with the tag `spam`, cancels what would confirm to its sender that somebody is
    there, and blocks its requester, unless that is one of ours or somebody to whom agents have
    written: the event SPAM says which (`blocked`, or `kept` with the reason). The ticket is locked
    by the caller."""
    ticketlife.note_spam(conn, ticket.id, by.now, spam=True)
    cancel(conn, Selection(ticket=ticket.id, lane=Lane.ACKNOWLEDGEMENT), by.now)
    sender = ticket.requester.address
    kept = _kept(conn, ctx, ticket, sender)
    if kept is None:
        blocked.add(conn, sender.base, actor=by.actor, ticket=ticket.id, now=by.now)
    detail = {"blocked": str(sender.base) if kept is None else None, "kept": kept}
    wish = TicketWish(status=Status.CLOSED, add_tags=(TAG,))
    return _told(conn, ctx, ticket, wish, detail, by)


def unmark_spam(conn: Connection, ctx: DeskContext, ticket: Ticket, by: By) -> Changed:
    """It was none: the ticket is open, and its requester is let in again. The ticket is locked by
    the caller. DeskError when nobody has called it spam."""
    if not ticket.spam:
        raise DeskError(f"Nobody has called ticket {ticket.id} spam.")
    ticketlife.note_spam(conn, ticket.id, by.now, spam=False)
    sender = ticket.requester.address.base
    blocked.remove(conn, sender)
    detail = {"unblocked": str(sender)}
    wish = TicketWish(status=Status.OPEN, remove_tags=(TAG,))
    return _told(conn, ctx, ticket, wish, detail, by)


def _told(
    conn: Connection,
    ctx: DeskContext,
    ticket: Ticket,
    wish: TicketWish,
    detail: Mapping[str, str | int | None],
    by: By,
) -> Changed:
    event = TicketEvent(by.now, EventKind.SPAM, by.actor, detail)
    events.add(conn, ticket.id, event)
    ticketlife.note_untold(conn, ticket.id, by.now)
    now = tickets.get(conn, ticket.id)
    assert now is not None, "it is locked"
    changed = change(conn, ctx, now, wish, by)
    return replace(changed, events=(event, *changed.events))


def _kept(conn: Connection, ctx: DeskContext, ticket: Ticket, sender: Address) -> Kept | None:
    """Why mail of this sender comes in as before; None where it does not."""
    if ctx.directory.agent_for(sender) is not None:
        return Kept.AGENT
    if not is_answerable(sender, ctx.directory):
        return Kept.UNREADABLE
    # Whom that shuts out is everybody who shares the mailbox.
    names = {one.key: one for one in (sender, sender.base)}.values()
    return Kept.KNOWN if any(blocked.is_known(conn, n, ticket.id) for n in names) else None
