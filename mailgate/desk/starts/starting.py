"""Somebody of the desk writes first: the mail is a ticket, on which nobody waits for us until the
customer has answered.

Use cases, to be run in one transaction (`store.write`).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.starts.startrequest import Startable, StartRequest, startable
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.ticket.replies import (
    Written,
    actor_of,
    add_entry,
    check_room,
    check_words,
    content_of,
    note_withheld,
)
from mailgate.desk.words.mails import public_reply
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import Address, NamedAddress
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent, SupportAddress
from mailgate.model.ids import EntryId, JournalId, TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import (
    Author,
    EntryKind,
    EventKind,
    NewTicket,
    Source,
    Status,
    Ticket,
    TicketEvent,
)
from mailgate.store import events, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange

__all__ = [
    "Begun",
    "StartRequest",
    "begin",
    "first_mail",
    "new_ticket",
    "note_begun",
    "open_outbound",
    "outbound_ticket",
    "start",
]


@dataclass(frozen=True, slots=True)
class Begun:
    """The ticket with the mail on it; the mail is not queued yet."""

    ticket: Ticket
    entry: EntryId
    draft: Draft


def start(
    conn: Connection, ctx: DeskContext, request: StartRequest, *, now: datetime, seed: Seed
) -> Written:
    """Opens the ticket with the mail on it, and queues the mail. Nobody is notified.

    DeskError when the mail cannot be, or a limit is full: then nothing is written.
    """
    if request.agent is not None and not ctx.policy.agents_may_start:
        raise DeskError(
            "Agents begin no conversations here (gateway.agents_may_start = false): the desk "
            "itself does, without --as."
        )
    begun = begin(conn, ctx, request, now=now, seed=seed, refuses=request.at is None)
    draft = begun.draft
    queued = queue_drafts(conn, ctx, (draft,), now)
    return Written(begun.ticket.id, begun.entry, queued, None, draft.due_at, draft.waits)


def begin(
    conn: Connection,
    ctx: DeskContext,
    request: StartRequest,
    *,
    now: datetime,
    seed: Seed,
    refuses: bool,
    journal: JournalId | None = None,
) -> Begun:
    """The same without queueing: `refuses` says that a full limit is an error, `journal` as which
    row the words came, where they came by mail.

    DeskError when the mail cannot be: then nothing is written.
    """
    checked = startable(ctx, request)
    check_words(request)
    ticket = open_outbound(
        conn,
        new_ticket(request, checked, now),
        status=request.status,
        tags=checked.tags,
        closed_at=request.at,
        now=now,
    )
    draft = first_mail(ctx, ticket, request, now=now, seed=seed)
    if refuses:
        check_room(conn, ctx.policy, draft, now)
    content = content_of(ctx, ticket, request, EntryKind.MESSAGE, now)
    content = replace(content, message_id=draft.mail.message_id)
    entry = add_entry(conn, ticket, content, journal=journal)
    note_begun(conn, ticket, content.author, entry, now, bcc=request.bcc)
    note_withheld(conn, ticket, content.author, draft.withheld, now)
    return Begun(ticket, entry, replace(draft, entry=entry))


def first_mail(
    ctx: DeskContext, ticket: Ticket, request: StartRequest, *, now: datetime, seed: Seed
) -> Draft:
    """The mail itself."""
    return public_reply(
        ctx,
        ticket,
        content_of(ctx, ticket, request, EntryKind.MESSAGE, now),
        request.agent,
        from_override=None,
        extra_cc=(),
        extra_to=request.to,
        bcc=request.bcc,
        at=request.at,
        references=(),
        now=now,
        seed=seed,
    )


def new_ticket(request: StartRequest, checked: Startable, now: datetime) -> NewTicket:
    """The ticket of the first recipient."""
    return outbound_ticket(
        checked.support,
        checked.subject,
        NamedAddress("", request.to[0]),
        checked.others,
        request.agent,
        now,
    )


def outbound_ticket(
    support: SupportAddress,
    subject: str,
    requester: NamedAddress,
    others: tuple[Address, ...],
    agent: Agent | None,
    now: datetime,
) -> NewTicket:
    """A ticket that we begin: brand and group are those of the address that it is from."""
    return NewTicket(
        subject=subject,
        source=Source.OUTBOUND_EMAIL,
        address=support.address,
        brand=support.brand,
        group=support.group,
        requester=requester,
        cc=others,
        at=now,
        started_by=None if agent is None else agent.address.key,
    )


def open_outbound(
    conn: Connection,
    new: NewTicket,
    *,
    status: Status,
    tags: tuple[str, ...],
    closed_at: datetime | None,
    now: datetime,
) -> Ticket:
    """Opens it. Neither rules nor clocks nor anybody hear of it before its recipient answers."""
    number: TicketId = tickets.create(conn, new)
    # As a change: when a ticket was closed is told by its change.
    # One that is closed is so from when its mail leaves: `reopen_within` counts from there.
    change = TicketChange(status=status, add_tags=tags, closed_at=closed_at)
    tickets.update(conn, number, change, now)
    return named_ticket(conn, number)


def note_begun(
    conn: Connection,
    ticket: Ticket,
    author: Author,
    entry: EntryId,
    now: datetime,
    *,
    bcc: tuple[Address, ...] = (),
) -> None:
    """What was begun, and whom the mail went to without being seen."""
    detail: dict[str, str | int | None] = {"message": int(entry), "addresses": str(ticket.address)}
    if bcc:
        detail["bcc"] = ", ".join(str(address) for address in bcc)
    told = [TicketEvent(now, EventKind.CREATED, actor_of(author), detail)]
    told += (
        TicketEvent(now, EventKind.TAGGED, actor_of(author), {"tag": tag}) for tag in ticket.tags
    )
    for event in told:
        events.add(conn, ticket.id, event)
