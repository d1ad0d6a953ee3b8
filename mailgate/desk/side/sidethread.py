"""An agent asks a third party on the side of a ticket: the customer is not told, and hears nothing
of the answer, which is a private message for the desk.

Use cases, to be run in one transaction (`store.write`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.side.sidemail import PassedOn, SideMail, own_files, side_mail
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.ticket.replies import Written, check_room, note_withheld
from mailgate.desk.words.frame import support_of
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import Address
from mailgate.mail.html import read_html, to_text
from mailgate.mail.parsed import Attachment
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.ticket import (
    Author,
    Direction,
    Entry,
    EntryKind,
    EventKind,
    NewEntry,
    Role,
    Ticket,
    TicketEvent,
    Visibility,
)
from mailgate.store import entries, events, sides
from mailgate.store.core import Connection

__all__ = ["Aside", "check_party", "forward", "forward_ticket"]


@dataclass(frozen=True, slots=True)
class Aside:
    """What somebody writes to a third party; all of it may be empty, the customer's message says
    enough then. `agent` is who, None for the desk itself; `quoted_html` all of the HTML that it was
    cut from: an image that only what is quoted shows stays inside."""

    text: str = field(default="", repr=False)
    html: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()
    agent: Agent | None = None
    quoted_html: str | None = field(default=None, repr=False)


def forward(
    conn: Connection, ctx: DeskContext, ticket: Ticket, to: Address, words: Aside, by: By
) -> tuple[Draft, ...]:
    """Sends `to` the last message that a customer wrote on the ticket, below `words`; what they
    answer comes back as a private message. One whom it was sent to before gets the words alone.
    The ticket is locked by the caller, who queues the mail. DeskError when it cannot be: then
    nothing is written."""
    check_party(ctx, ticket, to)
    told = events.of_ticket(conn, ticket.id)
    written = _last_of_customers(entries.of_ticket(conn, ticket.id))
    had_it = written is not None and _was_sent(told, written.id, to)
    says = _text_of(words)
    message = None if written is None or (had_it and says) else _passed_on(conn, written)
    files = own_files(words.html, words.quoted_html, words.attachments, seed=by.seed)
    if message is None and not (says or files):
        raise DeskError(
            f"There is nothing to forward on ticket {ticket.id}: no customer has written, and you "
            "wrote nothing.",
            f"{ticket.id}번 티켓에는 전달할 내용이 없습니다. 고객이 쓴 글도 함께 적으신 글도 "
            "없습니다.",
        )
    made = side_mail(
        ctx,
        ticket,
        to,
        text=says,
        attachments=files,
        message=message,
        by=by,
        label=f"forward {to.key} {len(told)}",
    )
    return (_noted(conn, ctx, ticket, to, made, message, by),)


def forward_ticket(
    conn: Connection, ctx: DeskContext, ticket_id: TicketId, to: Address, words: Aside, by: By
) -> Written:
    """The same for a ticket by its number, with the mail queued; a merged one is followed."""
    if words.agent is not None and words.agent.role is Role.COLLABORATOR:
        raise DeskError(f"{words.agent.address} is a collaborator and can write notes only.")
    ticket = named_ticket(conn, ticket_id)
    (draft,) = forward(conn, ctx, ticket, to, words, by)
    check_room(conn, ctx.policy, draft, by.now)
    queued = queue_drafts(conn, ctx, (draft,), by.now)
    assert draft.entry is not None, "it was just written"
    return Written(ticket.id, draft.entry, queued, None, draft.due_at, draft.waits)


def check_party(ctx: DeskContext, ticket: Ticket, to: Address) -> None:
    """DeskError for whom nothing can be forwarded to. Changes nothing."""
    if ctx.directory.support_for(to) is not None:
        raise DeskError(f"{to} is a support address: the mail would come back to the desk.")
    if ctx.directory.agent_for(to) is not None:
        raise DeskError(
            f"{to} is an agent, who sees the whole ticket: assign it to them, or let them follow "
            "it."
        )
    known = {ticket.requester.address.key, *(one.key for one in ticket.cc)}
    if to.key in known:
        raise DeskError(
            f"{to} takes part in the ticket: answer them there.",
            f"{to} 주소는 이 티켓의 참여자이므로 답장으로 보내 주세요.",
        )


def _last_of_customers(written: Sequence[Entry]) -> Entry | None:
    """What came in last as part of the conversation: a customer's, or an agent's who asks as one;
    never a note, nor what is doubted."""
    return next(
        (
            one
            for one in reversed(written)
            if one.kind is EntryKind.MESSAGE
            and one.direction is Direction.IN
            and one.visibility is Visibility.PUBLIC
        ),
        None,
    )


def _was_sent(told: Sequence[TicketEvent], entry: EntryId, to: Address) -> bool:
    return any(
        event.kind is EventKind.MESSAGE
        and event.detail.get("kind") == EntryKind.FORWARD.value
        and event.detail.get("forwarded") == entry
        and event.detail.get("to") == to.key
        for event in told
    )


def _passed_on(conn: Connection, entry: Entry) -> PassedOn:
    shown = None if entry.html is None else read_html(entry.html).reply_html
    return PassedOn(entry, entries.attachments(conn, entry.id), shown)


def _text_of(words: Aside) -> str:
    if words.text.strip() or words.html is None:
        return words.text.strip()
    return to_text(words.html).strip()


def _noted(
    conn: Connection,
    ctx: DeskContext,
    ticket: Ticket,
    to: Address,
    made: SideMail,
    message: PassedOn | None,
    by: By,
) -> Draft:
    """The party, the message and the event on the ticket; the mail with the message's number."""
    author = _author(ctx, ticket, by)
    sides.add(conn, ticket.id, to, by.now)
    entry = entries.add(
        conn,
        NewEntry(
            ticket=ticket.id,
            kind=EntryKind.FORWARD,
            direction=Direction.OUT,
            visibility=Visibility.PRIVATE,
            author=author,
            subject=ticket.subject,
            text=made.text,
            full_text=made.text,
            html=None,
            attachments=made.attachments,
            message_id=made.draft.mail.message_id,
            journal=None,
            at=by.now,
        ),
    )
    detail: dict[str, str | int | None] = {
        "message": int(entry),
        "kind": EntryKind.FORWARD.value,
        "to": to.key,
        "forwarded": None if message is None else int(message.entry.id),
    }
    events.add(conn, ticket.id, TicketEvent(by.now, EventKind.MESSAGE, by.actor, detail))
    note_withheld(conn, ticket, author, made.draft.withheld, by.now)
    return replace(made.draft, entry=entry)


def _author(ctx: DeskContext, ticket: Ticket, by: By) -> Author:
    if by.agent is not None:
        return Author(by.agent.address, by.agent.name, by.agent.role)
    support = support_of(ctx, ticket.address)
    return Author(support.address, support.name, Role.SYSTEM)
