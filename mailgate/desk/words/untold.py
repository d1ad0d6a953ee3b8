"""What a ticket's mails to agents say besides the message: who else is told, and what was done
since the last one. The store is asked only where the ticket says that there is something."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailgate.desk.arriving.caused import Said
from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import support_of
from mailgate.desk.words.results import done_lines
from mailgate.desk.words.who import Around
from mailgate.mail.address import Address, AddressError, parse_path
from mailgate.model.delivery import Draft, Lane
from mailgate.model.ticket import Ticket, TicketEvent
from mailgate.store import events, followers, ticketlife
from mailgate.store.core import Connection

__all__ = ["note_told", "said_of", "watching"]


def said_of(conn: Connection, ctx: DeskContext, ticket: Ticket) -> Said:
    """Who follows the ticket, and what was done that the agents were not told of."""
    around = Around(followers=followers.of_ticket(conn, ticket.id)) if ticket.followed else Around()
    since = ticket.untold_since
    if since is None:
        return Said(around)
    done = [event for event in events.of_ticket(conn, ticket.id) if event.at >= since]
    locale = support_of(ctx, ticket.address).locale
    return Said(around, done_lines(ctx.directory, done, locale), _last_of_ours(ctx, done))


def watching(said: Said, more: Sequence[Address]) -> Said:
    """The same with others who are told as those who follow are."""
    if not more:
        return said
    around = replace(said.around, followers=(*said.around.followers, *more))
    return replace(said, around=around)


def note_told(
    conn: Connection, ticket: Ticket, said: Said, drafts: Sequence[Draft], now: datetime
) -> None:
    """The agents were told, if any mail of these is for them. What one of ours has done just now
    is told once more: nobody gets a mail of what they wrote themselves, and so not of what came
    of its commands."""
    if ticket.untold_since is None or not any(one.lane is Lane.NOTIFICATION for one in drafts):
        return
    ticketlife.note_told(conn, ticket.id, now if said.last == now else None)


def _last_of_ours(ctx: DeskContext, done: Sequence[TicketEvent]) -> datetime | None:
    return max((event.at for event in done if _is_ours(ctx, event.actor)), default=None)


def _is_ours(ctx: DeskContext, actor: str) -> bool:
    try:
        return ctx.directory.agent_for(parse_path(actor)) is not None
    except AddressError:
        return False
