"""What an agent's commands want is done: all of it or nothing.

Use cases, to be run in one transaction; the mails that they cause are not queued yet.
"""

from dataclasses import dataclass

from mailgate.desk.by import By
from mailgate.desk.commands.wanted import Wanted
from mailgate.desk.context import DeskContext
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import change
from mailgate.desk.ticket.merging import merge
from mailgate.desk.ticket.spamming import mark_spam
from mailgate.desk.words.frame import one_line
from mailgate.desk.words.notices import beside_answer
from mailgate.model.delivery import Draft
from mailgate.model.ticket import EventKind, Ticket, TicketEvent
from mailgate.model.verb import Verb
from mailgate.store import events, ticketlife
from mailgate.store.core import Connection

__all__ = ["Obeyed", "obey", "prepare"]

_NOTHING = TicketWish()


@dataclass(frozen=True, slots=True)
class Obeyed:
    """The ticket as it is afterwards, another one where it was merged, and the mails."""

    ticket: Ticket
    drafts: tuple[Draft, ...] = ()


def prepare(conn: Connection, ctx: DeskContext, ticket: Ticket, wanted: Wanted, by: By) -> Obeyed:
    """What has to be so before the words go out. DeskError when it cannot be."""
    return _changed(conn, ctx, Obeyed(ticket), wanted.first, by)


def obey(
    conn: Connection,
    ctx: DeskContext,
    ticket: Ticket,
    wanted: Wanted,
    by: By,
    *,
    answered: bool = False,
) -> Obeyed:
    """The rest. `answered` says that the customer gets an answer beside it: then no mail tells
    them that their ticket is resolved. DeskError when something cannot be: the caller undoes what
    was written until then."""
    for name in wanted.macros:
        detail = {"command": f"#{Verb.MACRO} {one_line(name)}"}
        events.add(conn, ticket.id, TicketEvent(by.now, EventKind.COMMANDED, by.actor, detail))
        ticketlife.note_untold(conn, ticket.id, by.now)
    done = _changed(conn, ctx, Obeyed(ticket), wanted.then, by)
    if wanted.spam:
        marked = mark_spam(conn, ctx, done.ticket, by)
        done = Obeyed(marked.ticket, (*done.drafts, *marked.drafts))
    if wanted.merge is not None:
        merged = merge(conn, ctx, done.ticket.id, wanted.merge, by)
        done = Obeyed(merged.ticket, (*done.drafts, *merged.drafts))
    return Obeyed(done.ticket, beside_answer(done.drafts, ticket) if answered else done.drafts)


def _changed(conn: Connection, ctx: DeskContext, done: Obeyed, wish: TicketWish, by: By) -> Obeyed:
    if wish == _NOTHING:
        return done
    changed = change(conn, ctx, done.ticket, wish, by)
    return Obeyed(changed.ticket, (*done.drafts, *changed.drafts))
