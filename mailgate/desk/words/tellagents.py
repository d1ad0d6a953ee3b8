"""What the desk itself tells agents of a ticket: a mail each, answered by notes. Pure."""

from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import Frame, display_name, one_line, support_of
from mailgate.desk.words.page import words_page
from mailgate.desk.words.state import state_names
from mailgate.desk.words.templatenames import FORMS, TemplateName
from mailgate.desk.words.who import Around, Happening, told
from mailgate.mail.address import Address, NamedAddress, NullReversePath
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.quote import marker_line
from mailgate.model.delivery import Draft, Lane
from mailgate.model.directory import Agent
from mailgate.model.seed import Seed
from mailgate.model.ticket import Ticket
from mailgate.threading.token import Purpose

__all__ = ["say_to_agent", "to_agent", "who_is_told"]


def who_is_told(
    ctx: DeskContext, ticket: Ticket, happening: Happening, but: Address, author: str | None = None
) -> tuple[Agent, ...]:
    """Who hears of a mail of ours that did not go well: by the table of `desk.words.who`, with the
    agent who wrote it (`author`, a key), and never the one whose address is `but`."""
    wrote = None if author is None else ctx.directory.agents.get(author)
    around = Around(writers=() if wrote is None else (wrote,), but=frozenset({but.key}))
    return told(ctx.directory, ticket, happening, author=None, around=around).agents


def say_to_agent(
    ctx: DeskContext,
    ticket: Ticket,
    agent: Agent,
    words: str,
    *,
    label: str,
    now: datetime,
    seed: Seed,
) -> Draft:
    """A mail to one agent about a mail of theirs, in `words` that are in no template. Its first
    line says what an answer to it does, as that of every other one."""
    support = support_of(ctx, ticket.address)
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_NOTE, now, seed)
    names = {
        **dict.fromkeys(FORMS[TemplateName.NOTE].names, ""),
        **frame.our_names(),
        **state_names(ctx.directory, ticket, support.locale),
        "subject": one_line(ticket.subject),
    }
    marker = marker_line(frame.template(TemplateName.NOTE).fill_marker(names))
    text = f"{marker}\n\n{words}\n\n{frame.marker()}\n"
    return to_agent(frame, ticket, agent, label=label, text=text)


def to_agent(frame: Frame, ticket: Ticket, agent: Agent, *, label: str, text: str) -> Draft:
    """A mail to one agent; `label` tells it from the others that one unit of work causes. Of its
    own failure nobody is told: its reverse path is null (RFC 5321 §6.1)."""
    to = agent.address
    root = frame.root(Purpose.MESSAGE_AGENT)
    mail = OutgoingMail(
        from_=frame.from_(""),
        to=(NamedAddress(display_name(agent.name), to),),
        reply_to=frame.reply_to(Purpose.AGENT_NOTE, to),
        subject=frame.subject(ticket.subject),
        message_id=frame.message_id(f"{label} {to.key}"),
        date=frame.now,
        text=text,
        html=words_page(text, frame.marker(), frame.support.locale),
        boundary_seed=frame.boundary_seed(f"{label} {to.key}"),
        in_reply_to=root,
        # The last reference is the strongest: an answer to it is a note.
        references=(root, frame.root(Purpose.MESSAGE_NOTE)),
        headers=frame.headers("auto-generated"),
    )
    return Draft(
        lane=Lane.NOTIFICATION,
        kind="notification",
        ticket=ticket.id,
        entry=None,
        mail=mail,
        sender=frame.support.address,
        reverse_path=NullReversePath(),
        recipients=(to,),
        outside=False,
    )
