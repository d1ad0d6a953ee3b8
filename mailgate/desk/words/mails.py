"""The mails that the desk writes, as drafts. Pure: `mail.compose` makes bytes of them.

To the customer: acknowledgement and reply, from the support address, with nothing of an
agent's mailbox. To agents: notifications, one mail each, because the address to answer to is
bound to the agent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.words.attached import split_attachments
from mailgate.desk.words.discretion import (
    above_notification,
    carried,
    discreet,
    discreet_files,
    discreet_html,
    holds_notification,
    holds_sign,
    without_signs,
)
from mailgate.desk.words.frame import Frame, display_name, named, one_line, support_of
from mailgate.desk.words.moments import leaving
from mailgate.desk.words.page import words_page
from mailgate.desk.words.recipients import recipients_of
from mailgate.desk.words.templates import TemplateName
from mailgate.mail.address import Address, NamedAddress, NullReversePath
from mailgate.mail.html import from_text
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import Attachment
from mailgate.model.decision import Reason
from mailgate.model.delivery import Draft, Lane, WaitReason
from mailgate.model.directory import Agent
from mailgate.model.ids import EntryId
from mailgate.model.seed import Seed
from mailgate.model.ticket import Author, EntryKind, Ticket, Visibility
from mailgate.threading.marker import marker_html
from mailgate.threading.token import Purpose


@dataclass(frozen=True, slots=True)
class EntryContent:
    """A message on a ticket, with the bytes of its attachments, as a mail carries it.

    `id` is None when the entry is written after its mail. `text` and `html` are the visible
    reply; `quoted_html` is all of the mail's HTML, where it is known, to tell the images of the
    quoted part from the others.
    """

    id: EntryId | None
    kind: EntryKind
    author: Author
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    attachments: tuple[Attachment, ...]
    message_id: str | None
    at: datetime
    visibility: Visibility = Visibility.PUBLIC
    quoted_html: str | None = field(default=None, repr=False)
    doubtful: bool = False
    """Nothing but their From address speaks for the author: the agents are told so."""
    oddities: tuple[Reason, ...] = ()
    """What else they are told of the author's fields."""
    asked: Address | None = None
    """Where the author wants answers to go."""


@dataclass(frozen=True, slots=True)
class CauseMail:
    """The mail that an acknowledgement answers; what is not here cannot be quoted by it."""

    message_id: str | None
    subject: str


def acknowledgement(
    ctx: DeskContext,
    ticket: Ticket,
    cause: CauseMail,
    *,
    neutral: bool,
    now: datetime,
    seed: Seed,
) -> Draft | None:
    """The answer that a mail has arrived; None when the support address gives none.

    `neutral` is for a requester of whom nothing is known: the mail then holds nothing that the
    sender could choose, neither words nor ids, because who forges a sender would choose them
    for somebody else.
    """
    support = ctx.directory.support_for(ticket.address)
    to = ticket.requester.address
    if support is None or not support.acknowledge or ctx.directory.support_for(to) is not None:
        return None
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_PUBLIC, now, seed)
    subject, text = _acknowledgement_text(frame, ticket.requester, cause, neutral=neutral)
    heard = () if neutral or cause.message_id is None else (cause.message_id,)
    return _automatic(frame, ticket, "acknowledgement", subject, text, heard, neutral=neutral)


def resolved(ctx: DeskContext, ticket: Ticket, *, now: datetime, seed: Seed) -> Draft:
    """What a customer is told when their ticket is resolved. Where they have proven nothing
    and nobody has answered them, no word of it is theirs: it is not known who wrote."""
    support = support_of(ctx, ticket.address)
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_PUBLIC, now, seed)
    neutral = ticket.first_response_at is None and not ticket.proven
    customer = ticket.requester
    template = frame.template(TemplateName.RESOLVED)
    names = {
        **frame.our_names(),
        "subject": "" if neutral else one_line(ticket.subject),
        "name": ("" if neutral else display_name(customer.name)) or str(customer.address),
    }
    text = f"{template.fill_body(names)}\n{frame.marker()}\n"
    subject = template.fill_subject(names)
    return _automatic(frame, ticket, "resolved", subject, text, (), neutral=neutral)


def of_rule(
    ctx: DeskContext, ticket: Ticket, name: str, heard: Sequence[str], *, now: datetime, seed: Seed
) -> Draft | None:
    """What a rule sends to a requester who is proven: a text of the operator's (`own/NAME.txt`).
    None when there is no such text, or nobody whom it could go to. `heard` are ids of the
    conversation that the customer knows."""
    support = support_of(ctx, ticket.address)
    template, customer = ctx.templates.find_own(support.locale, name), ticket.requester
    if template is None or ctx.directory.support_for(customer.address) is not None:
        return None
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_PUBLIC, now, seed)
    names = {
        **frame.our_names(),
        "subject": one_line(ticket.subject),
        "name": display_name(customer.name) or str(customer.address),
    }
    text = f"{template.fill_body(names)}\n{frame.marker()}\n"
    subject = template.fill_subject(names)
    return _automatic(frame, ticket, f"rule {name}", subject, text, heard, neutral=False)


def _automatic(
    frame: Frame,
    ticket: Ticket,
    label: str,
    subject: str,
    text: str,
    heard: Sequence[str],
    *,
    neutral: bool,
) -> Draft:
    """A mail to the requester that nobody has written; machines do not answer it."""
    to = ticket.requester.address
    references, in_reply_to = frame.conversation(heard)
    mail = OutgoingMail(
        from_=frame.from_(""),
        to=(NamedAddress("", to) if neutral else named(ticket.requester),),
        reply_to=frame.reply_to(Purpose.CUSTOMER_REPLY, to),
        subject=frame.subject(subject),
        message_id=frame.message_id(label),
        date=frame.now,
        text=text,
        html=words_page(text, frame.marker(), frame.support.locale),
        boundary_seed=frame.boundary_seed(label),
        in_reply_to=in_reply_to,
        references=references,
        headers=frame.headers("auto-replied"),
    )
    return Draft(
        lane=Lane.ACKNOWLEDGEMENT,
        kind="acknowledgement",
        ticket=ticket.id,
        entry=None,
        mail=mail,
        sender=frame.support.address,
        reverse_path=NullReversePath(),
        recipients=(to,),
        outside=frame.ctx.directory.agent_for(to) is None,
    )


def _acknowledgement_text(
    frame: Frame, requester: NamedAddress, cause: CauseMail, *, neutral: bool
) -> tuple[str, str]:
    """Subject and text."""
    name = TemplateName.ACKNOWLEDGEMENT_NEUTRAL if neutral else TemplateName.ACKNOWLEDGEMENT
    template = frame.template(name)
    names = frame.our_names()
    if not neutral:
        names["subject"] = one_line(cause.subject)
        names["name"] = display_name(requester.name) or str(requester.address)
    return template.fill_subject(names), f"{template.fill_body(names)}\n{frame.marker()}\n"


def public_reply(
    ctx: DeskContext,
    ticket: Ticket,
    entry: EntryContent,
    agent: Agent | None,
    *,
    from_override: Address | None,
    extra_cc: Sequence[Address],
    references: Sequence[str],
    now: datetime,
    seed: Seed,
    extra_to: Sequence[Address] = (),
    bcc: Sequence[Address] = (),
    at: datetime | None = None,
) -> Draft:
    """An agent's answer to the requester and the CC participants, of whom those in `extra_to`
    stand beside the requester; nobody sees those in `bcc`. `references` are ids of the
    conversation that the customer knows, oldest first. Nothing of the agent's mailbox goes along:
    see `desk.words.discretion`, and `desk.words.attached` for the files that stay behind
    (`Draft.withheld`). It leaves at `at`, and not while it can be taken back."""
    support = support_of(ctx, from_override or ticket.address)
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_PUBLIC, now, seed)
    to = recipients_of(ctx, ticket, beside=extra_to, cc=extra_cc, unseen=bcc)
    customer = to.all[0]
    due_at, waits = leaving(ctx.policy, at, now)
    files, withheld = split_attachments(entry.attachments, agent, ctx.keyring)
    text, html, attachments = _answer(frame, ticket, replace(entry, attachments=files), agent)
    thread, in_reply_to = frame.conversation(references)
    mail = OutgoingMail(
        from_=frame.from_(_sender_name(ctx, agent)),
        to=to.to,
        cc=to.cc,
        reply_to=frame.reply_to(Purpose.CUSTOMER_REPLY, customer),
        subject=frame.subject(ticket.subject),
        message_id=frame.message_id("reply"),
        date=due_at if waits is WaitReason.SCHEDULED and due_at else now,
        text=text,
        html=html,
        attachments=attachments,
        boundary_seed=frame.boundary_seed("reply"),
        in_reply_to=in_reply_to,
        references=thread,
        headers=frame.headers(None),
    )
    return Draft(
        lane=Lane.REPLY,
        kind="reply",
        ticket=ticket.id,
        entry=entry.id,
        mail=mail,
        sender=support.address,
        reverse_path=frame.reverse_path(customer),
        recipients=to.all,
        outside=True,
        agent=None if agent is None else agent.address.key,
        withheld=tuple(one.filename for one in withheld),
        reverse_paths={each.key: frame.reverse_path(each) for each in to.all[1:]},
        due_at=due_at,
        waits=waits,
    )


def _sender_name(ctx: DeskContext, agent: Agent | None) -> str:
    return display_name(agent.name) if agent is not None and ctx.policy.names_agents else ""


def _answer(
    frame: Frame, ticket: Ticket, entry: EntryContent, agent: Agent | None
) -> tuple[str, str | None, tuple[Attachment, ...]]:
    """Text, HTML and attachments of an answer, signed by the desk."""
    ours, keyring = frame.support.address, frame.ctx.keyring
    files = discreet_files(entry.attachments, agent, ours, keyring)
    own, quoted = entry.html, entry.quoted_html
    if own is not None and holds_notification(own):
        own = quoted = None  # nobody can tell what of it is the answer; the text can be cut
    html, kept = carried(own, quoted, files, domain=frame.domain, seed=frame.seed)
    if html is not None:
        html = discreet_html(html, agent, ours, keyring)
        if holds_sign(html, keyring):  # written in a way that cannot be taken out
            html, kept = carried(None, None, files, domain=frame.domain, seed=frame.seed)
    # "-- " alone on a line begins a signature: the customer's client does not quote it.
    signature = _signature(frame, agent)
    closing = f"-- \n{signature}\n" if signature else ""
    plain = discreet(above_notification(entry.text), agent, ours)
    # The marker stands above the signature, which clients leave out when they quote.
    line = frame.marker()
    head, tail = _around(frame, ticket, agent)
    said = f"{head}{without_signs(plain, keyring).rstrip()}{tail}"
    text = f"{said.rstrip()}\n\n{line}\n"
    if html is not None:
        html = from_text(head) + html + from_text(tail)
        html += (from_text(closing) if closing else "") + marker_html(line)
    return (f"{text}\n{closing}" if closing else text), html, kept


def _around(frame: Frame, ticket: Ticket, agent: Agent | None) -> tuple[str, str]:
    """What the desk writes above and below every answer; as a rule nothing."""
    customer = ticket.requester
    names = {
        **frame.our_names(),
        "subject": one_line(ticket.subject),
        "name": display_name(customer.name) or str(customer.address),
        "agent": _sender_name(frame.ctx, agent),
    }
    return frame.template(TemplateName.REPLY).fill_around_text(names)


def _signature(frame: Frame, agent: Agent | None) -> str:
    """The agent's own where they have one and customers see their name; it does not show their
    mailbox either."""
    own = ""
    if agent is not None and frame.ctx.policy.names_agents:
        own = discreet(agent.signature, agent, frame.support.address).strip()
    return own or frame.support.signature.strip()
