"""Asking customers how the answers were, some time after their ticket was resolved.

Use cases, to be run in one transaction (`store.write`).
"""

import hashlib
import json
from datetime import datetime
from functools import partial

from mailgate.desk.arriving.traffic import acknowledgements_today, count_acknowledgement
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.safely import safely
from mailgate.desk.surveys.surveymail import survey_mail
from mailgate.desk.swept import Swept
from mailgate.desk.telling.account import account_of
from mailgate.desk.words.heard import heard_on
from mailgate.desk.words.recipients import is_answerable
from mailgate.desk.words.who import Around, Happening, told
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import Address
from mailgate.model.decision import Reason
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.survey import Asking
from mailgate.model.ticket import (
    Direction,
    Entry,
    EntryKind,
    EventKind,
    Role,
    Status,
    Ticket,
    TicketEvent,
    Visibility,
)
from mailgate.store import entries, events, journal, once, surveys, tickets
from mailgate.store.core import Connection

__all__ = ["due_surveys"]

_DONE = frozenset({Status.RESOLVED, Status.CLOSED})
_ASKED = Around(asked=True)
_MACHINES = frozenset({Reason.AUTOMATED, Reason.NULL_REVERSE_PATH})


def due_surveys(conn: Connection, ctx: DeskContext, now: datetime, seed: Seed, limit: int) -> Swept:
    """Asks the customers whose time has come, those of `limit` tickets at most. Several nodes may
    do it at once: each ticket is one node's."""
    taken = surveys.take_due(conn, now, limit)
    asking = ctx.policy.survey
    if asking is None:
        return Swept(len(taken))
    by, drafts = By("system", now, seed), list[Draft]()
    for number in sorted(taken):
        ask = partial(_ask, conn, ctx, asking, number, by)
        drafts += safely(conn, number, "survey", by, ask) or ()
    return Swept(len(taken), tuple(drafts))


def _ask(
    conn: Connection, ctx: DeskContext, asking: Asking, number: TicketId, by: By
) -> tuple[Draft, ...]:
    now = by.now
    tickets.lock(conn, number)
    ticket = tickets.get(conn, number)
    if ticket is None or not _is_settled(ctx, asking, ticket) or not _had_an_answer(conn, ticket):
        return ()
    to = ticket.requester.address
    if acknowledgements_today(conn, to, now) >= ctx.policy.acknowledgements_per_address_per_day:
        return ()
    # Last: who is not asked for another reason is not taken for one who was.
    if not once.begin(conn, _key(to), since=now - asking.again_after, now=now):
        return ()
    count_acknowledgement(conn, to, now)
    events.add(conn, number, TicketEvent(now, EventKind.SURVEYED, "system", {"to": str(to)}))
    mail = survey_mail(ctx, ticket, references=heard_on(conn, ticket), now=now, seed=by.seed)
    queue_drafts(conn, ctx, (mail,), now)
    return (mail,)


def _key(to: Address) -> str:
    """Who was asked is known for longer than their tickets may be: not by their address."""
    return f"survey {hashlib.sha256(to.key.encode()).hexdigest()}"


def _is_settled(ctx: DeskContext, asking: Asking, ticket: Ticket) -> bool:
    """It is still done with, on its own, no spam, and mail goes from and to where it should: not to
    a colleague who has asked as a customer."""
    # Opening it again forgets it: one that was resolved, and only closed since, is none.
    became = ticket.resolved_at if asking.when is Status.RESOLVED else ticket.closed_at
    asked = told(ctx.directory, ticket, Happening.SURVEYED, author=None, around=_ASKED).outside
    return (
        ticket.status in _DONE
        and became is not None
        and ticket.requester.address in asked
        and ctx.directory.agent_for(ticket.requester.address) is None
        and ticket.merged_into is None
        and not ticket.spam
        and ctx.directory.support_for(ticket.address) is not None
        and is_answerable(ticket.requester.address, ctx.directory)
    )


def _had_an_answer(conn: Connection, ticket: Ticket) -> bool:
    """A person has asked, and an answer of ours has reached them: that also says that the address
    is theirs. A mail of ours that nobody has answered, or whose answer we have not, an order of a
    shop's machine and what was settled before mailgate came are no occasion to ask."""
    if ticket.first_response_at is None:
        return False
    if not surveys.was_answered(conn, ticket.id, ticket.requester.address.key):
        return False
    theirs = ticket.requester.address
    return any(_is_a_persons(conn, one, theirs) for one in entries.of_ticket(conn, ticket.id))


def _is_a_persons(conn: Connection, entry: Entry, who: Address) -> bool:
    """Whether it is a message of theirs, and not of whose ticket was merged into this one, that no
    machine sent, as far as it was known when it came."""
    said = (
        entry.kind is EntryKind.MESSAGE
        and entry.direction is Direction.IN
        and entry.visibility is Visibility.PUBLIC
        and entry.author.role is Role.REQUESTER
        and entry.author.address.key == who.key
    )
    if not said or entry.journal is None:
        return said
    row = journal.get(conn, entry.journal)
    if row is None or row.decision is None:
        return True
    return _MACHINES.isdisjoint(account_of(json.loads(row.decision)).reasons)
