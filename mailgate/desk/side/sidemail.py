"""The mail to a third party whom an agent asks on the side of a ticket. Pure.

It carries what the agent wrote for them and, if any, one message of the customer as it was read:
nothing of the conversation around it, no mailbox of ours, no token of anybody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.words.attached import split_attachments
from mailgate.desk.words.discretion import (
    above_notification,
    carried,
    discreet,
    discreet_files,
    without_signs,
)
from mailgate.desk.words.frame import Frame, display_name, one_line, support_of
from mailgate.desk.words.moments import leaving
from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.desk.words.wording import local_time
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import Attachment
from mailgate.model.delivery import Draft, Lane, WaitReason
from mailgate.model.directory import Agent
from mailgate.model.seed import Seed
from mailgate.model.ticket import Entry, Ticket
from mailgate.threading.token import Purpose

__all__ = ["PassedOn", "SideMail", "own_files", "side_mail"]


@dataclass(frozen=True, slots=True)
class _Words:
    """How the passed-on message is headed."""

    rule: str
    from_: str
    at: str
    subject: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words("---------- Forwarded message ----------", "From", "Date", "Subject"),
    "ko": _Words("---------- 전달된 메일 ----------", "보낸 사람", "날짜", "제목"),
}


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A customer's message, with the bytes of its files. `shown_html` is the visible part of its
    HTML: an image that only the quoted part shows belongs to another message."""

    entry: Entry
    attachments: tuple[Attachment, ...] = field(repr=False)
    shown_html: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SideMail:
    """The mail, and what of it stands on the ticket."""

    draft: Draft
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...] = field(repr=False)


def side_mail(
    ctx: DeskContext,
    ticket: Ticket,
    to: Address,
    *,
    text: str,
    attachments: tuple[Attachment, ...],
    message: PassedOn | None,
    by: By,
    label: str,
) -> SideMail:
    """An agent's words for `to`, above the customer's message. `label` tells this mail from all
    others of the unit of work."""
    support = support_of(ctx, ticket.address)
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_SIDE, by.now, by.seed)
    agent = by.agent
    own, withheld = split_attachments(attachments, agent, ctx.keyring)
    theirs, also = _files_of(ctx, message, frame)
    files = discreet_files((*own, *theirs), agent, support.address, ctx.keyring)
    said = _clean(ctx, above_notification(text), (agent,) if agent else (), support.address)
    shown = "\n\n".join(part for part in (said, _passed_on(frame, message)) if part)
    due_at, waits = leaving(ctx.policy, None, by.now)
    root = frame.root(Purpose.MESSAGE_SIDE)
    mail = OutgoingMail(
        from_=frame.from_(_sender_name(ctx, agent)),
        to=(NamedAddress("", to),),
        reply_to=frame.reply_to(Purpose.SIDE_REPLY, to),
        subject=frame.subject(_clean(ctx, ticket.subject, _everybody(ctx), support.address)),
        message_id=frame.message_id(label),
        date=by.now,
        text=f"{_with_signature(frame, agent, said)}{_below(frame, message)}",
        attachments=files,
        boundary_seed=frame.boundary_seed(label),
        in_reply_to=root,
        references=(root,),
        headers=frame.headers(None),
    )
    draft = Draft(
        lane=Lane.REPLY,
        kind="forward",
        ticket=ticket.id,
        entry=None,
        mail=mail,
        sender=support.address,
        reverse_path=frame.reverse_path(to),
        recipients=(to,),
        outside=True,
        agent=None if agent is None else agent.address.key,
        withheld=tuple(one.filename for one in (*withheld, *also)),
        due_at=due_at,
        waits=waits if due_at is not None else WaitReason.QUEUED,
    )
    return SideMail(draft, shown, files)


def own_files(
    html: str | None, quoted_html: str | None, attachments: tuple[Attachment, ...], *, seed: Seed
) -> tuple[Attachment, ...]:
    """Files of one message, as plain ones: without the images that only its quoted part shows,
    which belong to another message. `html` is its visible part, `quoted_html` all of it."""
    _, kept = carried(html, quoted_html, attachments, domain="images.invalid", seed=seed)
    return tuple(Attachment(one.filename, one.content_type, one.content) for one in kept)


def _sender_name(ctx: DeskContext, agent: Agent | None) -> str:
    return display_name(agent.name) if agent is not None and ctx.policy.names_agents else ""


def _with_signature(frame: Frame, agent: Agent | None, said: str) -> str:
    """The marker above the signature, which clients leave out when they quote."""
    own = ""
    if agent is not None and frame.ctx.policy.names_agents:
        own = discreet(agent.signature, agent, frame.support.address).strip()
    signature = own or frame.support.signature.strip()
    head = f"{said}\n\n" if said else ""
    closing = f"\n-- \n{signature}\n" if signature else ""
    return f"{head}{frame.marker()}\n{closing}"


def _below(frame: Frame, message: PassedOn | None) -> str:
    passed_on = _passed_on(frame, message)
    return f"\n{passed_on}\n" if passed_on else ""


def _passed_on(frame: Frame, message: PassedOn | None) -> str:
    """The customer's message with who wrote it and when; "" without one."""
    if message is None:
        return ""
    words = _WORDS.get(frame.support.locale, _WORDS[FALLBACK_LOCALE])
    entry, ctx = message.entry, frame.ctx
    name = display_name(entry.author.name)
    inside = ctx.directory.agent_for(entry.author.address) is not None
    shown = frame.support.address if inside else entry.author.address
    ours = _everybody(ctx)
    head = (
        words.rule,
        f"{words.from_}: {NamedAddress(name, shown)}",
        f"{words.at}: {local_time(entry.at, ctx.policy.timezone)}",
        f"{words.subject}: {_clean(ctx, one_line(entry.subject), ours, frame.support.address)}",
    )
    text = _clean(ctx, entry.text, ours, frame.support.address)
    return "\n".join(head) + (f"\n\n{text}" if text else "")


def _files_of(
    ctx: DeskContext, message: PassedOn | None, frame: Frame
) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
    """The files of the customer's message: those that go along, and those that are the desk's."""
    if message is None:
        return (), ()
    entry = message.entry
    shown, all_of_it = message.shown_html, entry.html
    plain = own_files(shown, all_of_it, message.attachments, seed=frame.seed)
    return split_attachments(plain, ctx.directory.agent_for(entry.author.address), ctx.keyring)


def _clean(ctx: DeskContext, text: str, ours: Sequence[Agent], support: Address) -> str:
    """The text without tokens, markers and mailboxes of these agents."""
    for agent in ours:
        text = discreet(text, agent, support)
    return without_signs(discreet(text, None, support), ctx.keyring).strip()


def _everybody(ctx: DeskContext) -> tuple[Agent, ...]:
    return tuple({one.address.key: one for one in ctx.directory.agents.values()}.values())
