"""Somebody of the desk writes first: the mail is a ticket, on which nobody waits for us until the
customer has answered.

A use case, to be run in one transaction (`store.write`).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from mailgate.desk.changes import clean_tags
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.frame import SUBJECT_LIMIT, one_line
from mailgate.desk.mails import public_reply
from mailgate.desk.participants import MAX_CC
from mailgate.desk.replies import (
    Written,
    actor_of,
    add_entry,
    check_room,
    check_unseen,
    check_words,
    content_of,
    note_withheld,
)
from mailgate.desk.tickets import named_ticket
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parsed import Attachment
from mailgate.model.directory import Agent, SupportAddress
from mailgate.model.ids import EntryId
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

__all__ = ["StartRequest", "start"]


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A mail that nobody has asked for. `from_` is a support address; the first of `to` is the
    requester of the ticket, the others and `cc` are its participants; those in `bcc` get the
    mail without anybody seeing it. It leaves at `at`, without it now."""

    from_: Address
    to: tuple[Address, ...]
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()
    agent: Agent | None = None
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    status: Status = Status.CLOSED
    tags: tuple[str, ...] = ()
    at: datetime | None = None


def start(
    conn: Connection, ctx: DeskContext, request: StartRequest, *, now: datetime, seed: Seed
) -> Written:
    """Opens the ticket with the mail on it, and queues the mail. Nobody is notified.

    DeskError when the mail cannot be, or a limit is full: then nothing is written.
    """
    support = _support(ctx, request.from_)
    subject = _subject(request.subject)
    tags = clean_tags(request.tags)
    check_words(request)
    others = _others(ctx, request)
    ticket = _opened(conn, support, request, others, subject, tags, now)
    content = content_of(ctx, ticket, request, EntryKind.MESSAGE, now)
    draft = public_reply(
        ctx,
        ticket,
        content,
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
    if request.at is None:
        check_room(conn, ctx.policy, draft, now)
    entry = add_entry(conn, ticket, replace(content, message_id=draft.mail.message_id))
    _note_start(conn, ticket, request, content.author, entry, now)
    note_withheld(conn, ticket, content.author, draft.withheld, now)
    queued = queue_drafts(conn, ctx, (replace(draft, entry=entry),), now)
    return Written(ticket.id, entry, queued, None, draft.due_at, draft.waits)


def _opened(
    conn: Connection,
    support: SupportAddress,
    request: StartRequest,
    others: tuple[Address, ...],
    subject: str,
    tags: tuple[str, ...],
    now: datetime,
) -> Ticket:
    new = NewTicket(
        subject=subject,
        source=Source.OUTBOUND_EMAIL,
        address=support.address,
        brand=support.brand,
        group=support.group,
        requester=NamedAddress("", request.to[0]),
        cc=others,
        at=now,
        started_by=None if request.agent is None else request.agent.address.key,
    )
    number = tickets.create(conn, new)
    # As a change: when a ticket was closed is told by its change.
    # One that is closed is so from when its mail leaves: `reopen_within` counts from there.
    change = TicketChange(status=request.status, add_tags=tags, closed_at=request.at)
    tickets.update(conn, number, change, now)
    return named_ticket(conn, number)


def _note_start(
    conn: Connection,
    ticket: Ticket,
    request: StartRequest,
    author: Author,
    entry: EntryId,
    now: datetime,
) -> None:
    """What was begun, and whom the mail went to without being seen."""
    detail: dict[str, str | int | None] = {"message": int(entry), "addresses": str(ticket.address)}
    if request.bcc:
        detail["bcc"] = ", ".join(str(address) for address in request.bcc)
    told = [TicketEvent(now, EventKind.CREATED, actor_of(author), detail)]
    told += (
        TicketEvent(now, EventKind.TAGGED, actor_of(author), {"tag": tag}) for tag in ticket.tags
    )
    for event in told:
        events.add(conn, ticket.id, event)


def _support(ctx: DeskContext, from_: Address) -> SupportAddress:
    found = ctx.directory.support_for(from_)
    if found is None:
        known = ", ".join(sorted(str(each.address) for each in ctx.directory.supports.values()))
        raise DeskError(
            f"{from_} is none of the configured support addresses; there are: {known or 'none'}."
        )
    return found


def _subject(wanted: str) -> str:
    subject = one_line(wanted, SUBJECT_LIMIT)
    if not subject:
        raise DeskError("A mail that starts a conversation needs a subject.")
    return subject


def _others(ctx: DeskContext, request: StartRequest) -> tuple[Address, ...]:
    """The participants: everybody who is seen but the first recipient. DeskError when somebody
    named cannot get the mail."""
    if not request.to:
        raise DeskError("Name the recipient.")
    seen = {one.key: one for one in (*request.to, *request.cc)}
    to = {one.key for one in request.to}
    if len(to) > 1 and not ctx.policy.free_recipients:
        raise DeskError(
            "More than one recipient in To: name the others in Cc, or set "
            "gateway.free_recipients = true."
        )
    check_unseen(ctx, (*seen.values(), *request.bcc))
    number = len(seen.keys() | {one.key for one in request.bcc})
    if number > MAX_CC:
        raise DeskError(f"{number} recipients; one mail has {MAX_CC} at most.")
    del seen[request.to[0].key]
    agent = next((one for one in seen.values() if ctx.directory.agent_for(one)), None)
    if agent is not None:
        raise DeskError(
            f"{agent} is an agent: customers do not see the desk's own mailboxes. Name them in "
            "Bcc, or leave a note."
        )
    return tuple(seen.values())
