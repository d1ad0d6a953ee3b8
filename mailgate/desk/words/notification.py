"""What agents are told of a message on a ticket: one mail each, because the address to answer to
is bound to the agent. Pure.

What an answer to each mail does is in its first line, in its Reply-To and in its Message-ID.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.words.discretion import carried
from mailgate.desk.words.frame import Frame, display_name, one_line, support_of
from mailgate.desk.words.mails import EntryContent
from mailgate.desk.words.page import told_page
from mailgate.desk.words.recipients import is_answerable, participants
from mailgate.desk.words.state import state_names
from mailgate.desk.words.templates import TemplateName
from mailgate.desk.words.who import Around, Happening, told
from mailgate.desk.words.wording import author_shown, local_time, recipients_shown, shortened
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.html import from_text
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import Attachment
from mailgate.mail.quote import marker_line
from mailgate.model.delivery import Draft, Lane
from mailgate.model.directory import Agent
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, Role, Ticket, Visibility
from mailgate.threading.token import Purpose

__all__ = ["notifications"]

_ALONE = Around()
_TEMPLATES: Mapping[Happening, TemplateName] = {
    Happening.NEW: TemplateName.NOTIFICATION_NEW,
    Happening.ANSWER: TemplateName.NOTIFICATION_ANSWER,
    Happening.REPLY: TemplateName.NOTIFICATION_REPLY,
    Happening.NOTE: TemplateName.NOTE,
    Happening.ASSIGNED: TemplateName.ASSIGNED,
    Happening.HANDED_OVER: TemplateName.HANDED_OVER,
}


def notifications(
    ctx: DeskContext,
    ticket: Ticket,
    entry: EntryContent,
    happening: Happening,
    *,
    around: Around = _ALONE,
    by: By | None = None,
    done: str = "",
    now: datetime,
    seed: Seed,
) -> tuple[Draft, ...]:
    """What the agents whom the table of `desk.words.who` names are told of an entry, a mail each;
    the author is never told of their own words. `done` is what else was done to the ticket. With
    `by` it is told of what they did, and the entry is what the customer wrote last."""
    author = entry.author.address if by is None else _address_of(by)
    agents = told(ctx.directory, ticket, happening, author=author, around=around).agents
    if not agents:
        return ()
    support = support_of(ctx, ticket.address)
    html, files = carried(
        entry.html, None, entry.attachments, domain=support.address.domain, seed=seed
    )
    written = _Written(ticket, entry, happening, by, done)
    bodies: dict[Purpose, _Body] = {}
    drafts = []
    for agent in agents:
        inside = _stays_inside(ctx, ticket, entry, agent)
        purpose = Purpose.MESSAGE_NOTE if inside else Purpose.MESSAGE_AGENT
        frame = Frame(ctx, ticket.id, support, purpose, now, seed)
        if purpose not in bodies:
            bodies[purpose] = _body(frame, written, html, files)
        drafts.append(_notification(frame, written, bodies[purpose], agent))
    return tuple(drafts)


def _stays_inside(ctx: DeskContext, ticket: Ticket, entry: EntryContent, agent: Agent) -> bool:
    """Whether this agent's answer to the notification of this entry becomes a note: always
    when the entry itself is not public, so that nothing private is answered in public, and where
    the ticket has nobody to answer."""
    return (
        entry.kind is EntryKind.NOTE
        or entry.visibility is Visibility.PRIVATE
        or agent.role is Role.COLLABORATOR
        or not ctx.policy.reply_is_public
        or not is_answerable(ticket.requester.address, ctx.directory)
    )


@dataclass(frozen=True, slots=True)
class _Written:
    """What is told of, and on which ticket it stands."""

    ticket: Ticket
    entry: EntryContent
    happening: Happening
    by: By | None
    done: str

    @property
    def label(self) -> str:
        """Tells its mails from others of the same unit of work."""
        return self.happening.value if self.by is None else f"{self.happening} {self.by.actor}"


@dataclass(frozen=True, slots=True)
class _Body:
    """What a notification says, made ready once for all agents whose answer does the same."""

    text: str = field(repr=False)
    html: str = field(repr=False)
    attachments: tuple[Attachment, ...]


def _notification(frame: Frame, written: _Written, body: _Body, agent: Agent) -> Draft:
    to, author = agent.address, written.entry.author
    inside = frame.purpose is Purpose.MESSAGE_NOTE
    # The last reference is the strongest: an answer to a note is a note. The first is in all
    # notifications of the ticket, and keeps them together in the agent's client.
    root = frame.root(Purpose.MESSAGE_AGENT)
    mail = OutgoingMail(
        from_=frame.from_(display_name(author.name) or author.address.localpart),
        to=(NamedAddress(display_name(agent.name), to),),
        reply_to=frame.reply_to(Purpose.AGENT_NOTE if inside else Purpose.AGENT_REPLY, to),
        subject=frame.subject(written.ticket.subject),
        message_id=frame.message_id(f"{written.label} {to.key}"),
        date=frame.now,
        text=body.text,
        html=body.html,
        attachments=body.attachments,
        boundary_seed=frame.boundary_seed(f"{written.label} {to.key}"),
        in_reply_to=root,
        references=(root, frame.root(Purpose.MESSAGE_NOTE)) if inside else (root,),
        headers=frame.headers("auto-generated"),
    )
    return Draft(
        lane=Lane.NOTIFICATION,
        kind="notification",
        ticket=written.ticket.id,
        entry=written.entry.id,
        mail=mail,
        sender=frame.support.address,
        reverse_path=frame.reverse_path(to),
        recipients=(to,),
        outside=False,
    )


def _body(
    frame: Frame, written: _Written, html: str | None, files: tuple[Attachment, ...]
) -> _Body:
    """The marker line, who wrote on which ticket, and what they wrote."""
    inside = frame.purpose is Purpose.MESSAGE_NOTE
    about = _TEMPLATES[written.happening]
    promise = TemplateName.NOTE if inside else _promise(about)
    names = _names(frame, written)
    marker = marker_line(frame.template(promise).fill_marker(names))
    head, tail = frame.template(about).fill_around_text(names)
    line = frame.marker()
    text = written.entry.text.rstrip()
    message = from_text(text) if html is None else html
    page = told_page(marker, head, message, tail, line, frame.support.locale)
    return _Body(f"{marker}\n\n{head}{text}{tail}\n{line}\n", page, files)


def _address_of(by: By) -> Address | None:
    return None if by.agent is None else by.agent.address


def _name_of(by: By | None) -> str:
    if by is None or by.agent is None:
        return ""
    return one_line(by.agent.name) or str(by.agent.address)


def _promise(about: TemplateName) -> TemplateName:
    """Whose marker says that an answer goes out: that of a note never does."""
    return TemplateName.NOTIFICATION_ANSWER if about is TemplateName.NOTE else about


def _names(frame: Frame, written: _Written) -> dict[str, str]:
    ticket, entry, locale = written.ticket, written.entry, frame.support.locale
    timezone = frame.ctx.policy.timezone
    answered = (ticket.requester.address, *participants(frame.ctx, ticket, ()))
    return {
        **frame.our_names(),
        **state_names(frame.ctx.directory, ticket, locale),
        "subject": one_line(ticket.subject),
        "requester": shortened(str(ticket.requester.address)),
        "recipients": recipients_shown(answered, locale),
        "author": author_shown(
            entry.author,
            locale,
            doubtful=entry.doubtful,
            oddities=entry.oddities,
            asked=entry.asked,
        ),
        "at": local_time(entry.at if written.by is None else frame.now, timezone),
        "written": local_time(entry.at, timezone),
        "by": _name_of(written.by),
        "done": written.done,
    }
