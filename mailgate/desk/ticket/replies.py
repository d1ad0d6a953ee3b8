"""What people write on a ticket without a mail of their own: answers and notes.

Each function is a use case, to be run in one transaction (`store.write`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from mailgate.desk.by import By
from mailgate.desk.commands.bothanswered import both_answered
from mailgate.desk.context import DeskContext, DeskPolicy
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.life import after_answer
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.ticket.responses import note_answer
from mailgate.desk.timers.timing import answered
from mailgate.desk.words.frame import support_of
from mailgate.desk.words.heard import heard_on
from mailgate.desk.words.mails import EntryContent, public_reply
from mailgate.desk.words.mentions import mentioned
from mailgate.desk.words.notices import to_others
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.untold import note_told, said_of
from mailgate.desk.words.who import Happening
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import Address
from mailgate.mail.html import sanitise, to_text
from mailgate.mail.parsed import Attachment
from mailgate.model.delivery import Draft, WaitReason
from mailgate.model.directory import Agent
from mailgate.model.ids import EntryId, JournalId, OutboundId, TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import (
    Author,
    Direction,
    EntryKind,
    EventKind,
    NewEntry,
    Role,
    Ticket,
    TicketEvent,
    Visibility,
)
from mailgate.ratelimit.limiter import Full, Grant
from mailgate.ratelimit.policy import mails_of
from mailgate.store import entries, events
from mailgate.store.core import Connection


class Words(Protocol):
    """What somebody writes."""

    @property
    def text(self) -> str:
        """Plain text; "" where there is HTML or a file alone."""

    @property
    def html(self) -> str | None:
        """The same as HTML, as it came."""

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Files."""

    @property
    def agent(self) -> Agent | None:
        """Who; None for the desk itself."""


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """An answer to the customer. `agent` is None when the desk itself writes; `from_` is another
    support address to write from, `cc` further recipients of this mail, `bcc` those whom nobody
    sees; it leaves at `at`, without it now."""

    ticket: TicketId
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()
    agent: Agent | None = None
    from_: Address | None = None
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """A note for the colleagues; nobody outside sees it."""

    ticket: TicketId
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()
    agent: Agent | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was put on a ticket (the one it was merged into, if it was) and queued.

    `first_response` is the time from the ticket's beginning to this answer, None unless it is
    the first one. `leaves_at` is when its mails may leave, None for at once; `waits` is why.
    """

    ticket: TicketId
    entry: EntryId
    outbound: tuple[OutboundId, ...]
    first_response: timedelta | None = None
    leaves_at: datetime | None = None
    waits: WaitReason = WaitReason.QUEUED


def reply(
    conn: Connection, ctx: DeskContext, request: ReplyRequest, *, now: datetime, seed: Seed
) -> Written:
    """Puts an answer on the ticket and queues it to the requester and the CC participants.

    DeskError when the ticket, the sender or the answer cannot be.
    """
    ticket = named_ticket(conn, request.ticket)
    _check_reply(ctx, ticket, request)
    content = content_of(ctx, ticket, request, EntryKind.MESSAGE, now)
    draft = public_reply(
        ctx,
        ticket,
        content,
        request.agent,
        from_override=_sender(ctx, request.from_),
        extra_cc=request.cc,
        bcc=request.bcc,
        at=request.at,
        references=heard_on(conn, ticket),
        now=now,
        seed=seed,
    )
    if not (content.text.strip() or content.html or draft.mail.attachments):
        names = ", ".join(draft.withheld)
        raise DeskError(f"Nothing would reach the customer: {names} shows what is the desk's own.")
    if request.at is None:
        check_room(conn, ctx.policy, draft, now)
    content = replace(content, message_id=draft.mail.message_id)
    entry = _told(conn, ticket, content, bcc=request.bcc)
    note_withheld(conn, ticket, content.author, draft.withheld, now)
    queued = queue_drafts(conn, ctx, (replace(draft, entry=entry),), now)
    waited = note_answer(conn, ticket, draft.due_at or now, now)
    by = By(actor_of(content.author), now, seed, request.agent)
    both = both_answered(conn, ctx, ticket, content.text, by)
    written = replace(content, id=entry)
    told = _told_inside(conn, ctx, ticket, written, Happening.REPLY, now, seed, both)
    then = after_answer(conn, ctx, ticket, by)
    queue_drafts(conn, ctx, (*told, *both, *then.drafts), now)
    answered(conn, ctx, ticket, now)
    return Written(ticket.id, entry, queued, waited, draft.due_at, draft.waits)


def note(
    conn: Connection, ctx: DeskContext, request: NoteRequest, *, now: datetime, seed: Seed
) -> Written:
    """Puts a note on the ticket and tells the other agents of its group.

    DeskError when there is no such ticket, the note is empty, or it names with `@` somebody who
    may be one of several.
    """
    unclear = mentioned(ctx.directory, request.text).unclear
    if unclear:
        raise DeskError(f"More than one agent is called {unclear[0]}: write the address instead.")
    left = noted(conn, ctx, request, now=now, seed=seed)
    return Written(left.ticket, left.entry, queue_drafts(conn, ctx, left.drafts, now))


@dataclass(frozen=True, slots=True)
class Noted:
    """A note on its ticket; its mails are not queued yet."""

    ticket: TicketId
    entry: EntryId
    drafts: tuple[Draft, ...]


def noted(
    conn: Connection, ctx: DeskContext, request: NoteRequest, *, now: datetime, seed: Seed
) -> Noted:
    """The same without queueing."""
    ticket = named_ticket(conn, request.ticket)
    _check_content(request)
    content = content_of(ctx, ticket, request, EntryKind.NOTE, now)
    entry = _told(conn, ticket, content)
    drafts = _told_inside(conn, ctx, ticket, replace(content, id=entry), Happening.NOTE, now, seed)
    return Noted(ticket.id, entry, drafts)


def _told_inside(
    conn: Connection,
    ctx: DeskContext,
    ticket: Ticket,
    content: EntryContent,
    happening: Happening,
    now: datetime,
    seed: Seed,
    both: Sequence[Draft] = (),
) -> tuple[Draft, ...]:
    """What the colleagues are told of it, but for who hears of it as one of two who answered."""
    said = said_of(conn, ctx, ticket)
    around = said.around
    if happening is Happening.NOTE:
        around = replace(around, mentioned=mentioned(ctx.directory, content.text).agents)
    drafts = notifications(
        ctx, ticket, content, happening, around=around, done=said.done, now=now, seed=seed
    )
    drafts = to_others(both, drafts)
    note_told(conn, ticket, said, drafts, now)
    return drafts


def _check_reply(ctx: DeskContext, ticket: Ticket, request: ReplyRequest) -> None:
    check_words(request)
    check_unseen(ctx, request.bcc)
    requester = ticket.requester.address
    if ctx.directory.support_for(requester) is not None:
        raise DeskError(f"The requester {requester} is a support address: nobody would read it.")
    if requester.domain.endswith(".invalid"):  # RFC 2606 §2; stands for a sender unread
        raise DeskError("The requester's address could not be read: there is nobody to answer.")


def check_room(conn: Connection, policy: DeskPolicy, draft: Draft, now: datetime) -> None:
    """`[ratelimit] when_full = "refuse"`: a person hears at once that a limit is reached, which,
    and when the mail would go. An answer that came by mail is never refused: it waits."""
    if policy.refuse_over is None:
        return
    # Mail in its time for being taken back goes before this one, which has the same time.
    until = draft.due_at if draft.waits is WaitReason.UNDO else None
    mails = mails_of(draft)
    match policy.refuse_over.ask(conn, mails, now, until):
        case Full() as full:
            raise DeskError(_no_room(policy, full, len(mails)))
        case Grant():
            return


def _no_room(policy: DeskPolicy, full: Full, recipients: int) -> str:
    limit = _limit_named(full.key)
    if recipients > full.cap:
        return (
            f"{limit} is {full.cap}, and this mail goes to {recipients}: no hour has room "
            "for it. Name fewer recipients; nothing was written."
        )
    left = full.cap - full.used
    is_short = (
        f"has room for {left} more, and this goes to {recipients}" if left > 0 else "is reached"
    )
    when = full.at.astimezone(policy.timezone).strftime("%Y-%m-%d %H:%M:%S %Z")
    return (
        f"{limit} {is_short}: {full.used} of {full.cap} mails are used. "
        f"This one would go at {when}; nothing was written."
    )


def _limit_named(key: str) -> str:
    kind, _, name = key.partition(":")
    whose = {"sender": "", "agent": "the agent ", "campaign": "the campaign ", "recipient": ""}
    return f"The hourly limit of {whose[kind]}{name}" if name else "The hourly limit"


def check_words(words: Words) -> None:
    """DeskError when there are none, or their author may not write to customers."""
    _check_content(words)
    if words.agent is not None and words.agent.role is Role.COLLABORATOR:
        raise DeskError(f"{words.agent.address} is a collaborator and can write notes only.")


def check_unseen(ctx: DeskContext, bcc: Iterable[Address]) -> None:
    """DeskError for a copy that would come back to us."""
    ours = next((one for one in bcc if ctx.directory.support_for(one) is not None), None)
    if ours is not None:
        raise DeskError(f"{ours} is a support address: the copy would come back to the desk.")


def _check_content(words: Words) -> None:
    if not (words.text.strip() or words.html or words.attachments):
        raise DeskError("There is nothing to write: give a text or an attachment.")


def _sender(ctx: DeskContext, wanted: Address | None) -> Address | None:
    if wanted is None:
        return None
    support = ctx.directory.support_for(wanted)
    if support is None:
        raise DeskError(f"{wanted} is none of the configured support addresses.")
    return support.address


def content_of(
    ctx: DeskContext, ticket: Ticket, request: Words, kind: EntryKind, now: datetime
) -> EntryContent:
    """What somebody wrote, as it goes onto the ticket and into mails."""
    html = None if request.html is None else sanitise(request.html)
    return EntryContent(
        id=None,
        kind=kind,
        author=_author(ctx, ticket, request.agent),
        text=request.text if request.text.strip() or html is None else to_text(html),
        html=html,
        attachments=request.attachments,
        message_id=None,
        at=now,
        visibility=Visibility.PRIVATE if kind is EntryKind.NOTE else Visibility.PUBLIC,
    )


def _author(ctx: DeskContext, ticket: Ticket, agent: Agent | None) -> Author:
    if agent is not None:
        return Author(agent.address, agent.name, agent.role)
    support = support_of(ctx, ticket.address)
    return Author(support.address, support.name, Role.SYSTEM)


def _told(
    conn: Connection, ticket: Ticket, content: EntryContent, *, bcc: tuple[Address, ...] = ()
) -> EntryId:
    """Puts it on a ticket that is there; the event names whom it went to without being seen."""
    entry = add_entry(conn, ticket, content)
    detail: dict[str, str | int | None] = {"message": int(entry), "kind": content.kind.value}
    if bcc:
        detail["bcc"] = ", ".join(str(address) for address in bcc)
    event = TicketEvent(content.at, EventKind.MESSAGE, actor_of(content.author), detail)
    events.add(conn, ticket.id, event)
    return entry


def add_entry(
    conn: Connection, ticket: Ticket, content: EntryContent, *, journal: JournalId | None = None
) -> EntryId:
    """Puts on the ticket what the desk writes; what came by mail came as row `journal`."""
    return entries.add(
        conn,
        NewEntry(
            ticket=ticket.id,
            kind=content.kind,
            direction=Direction.OUT,
            visibility=content.visibility,
            author=content.author,
            subject=ticket.subject,
            text=content.text,
            full_text=content.text,
            html=content.html,
            attachments=content.attachments,
            message_id=content.message_id,
            journal=journal,
            at=content.at,
        ),
    )


def note_withheld(
    conn: Connection, ticket: Ticket, author: Author, names: Iterable[str], now: datetime
) -> None:
    """An event for each file that stays inside."""
    for name in names:
        detail = {"what": "attachment", "why": "internal", "file": name}
        event = TicketEvent(now, EventKind.SUPPRESSED, actor_of(author), detail)
        events.add(conn, ticket.id, event)


def actor_of(author: Author) -> str:
    """Whom events name as who did it."""
    return "operator" if author.role is Role.SYSTEM else str(author.address)
