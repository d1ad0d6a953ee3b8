"""A mail that nobody has asked for: what it may be. Pure; `desk.starts.starting` carries it out."""

from dataclasses import dataclass, field
from datetime import datetime

from mailgate.desk.arriving.participants import MAX_CC
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changes import clean_tags
from mailgate.desk.words.discretion import discreet, without_signs
from mailgate.desk.words.frame import SUBJECT_LIMIT, one_line
from mailgate.mail.address import Address
from mailgate.mail.parsed import Attachment
from mailgate.model.directory import Agent, SupportAddress
from mailgate.model.ticket import Status

__all__ = ["StartRequest", "Startable", "clean_subject", "startable"]


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


@dataclass(frozen=True, slots=True)
class Startable:
    """What a request comes to: `others` are the participants, everybody who is seen but the
    first recipient."""

    support: SupportAddress
    subject: str
    others: tuple[Address, ...]
    tags: tuple[str, ...]


def startable(ctx: DeskContext, request: StartRequest) -> Startable:
    """The request, checked. DeskError when such a mail cannot be."""
    support = _support(ctx, request.from_)
    subject = clean_subject(ctx, request.subject, request.agent, support.address)
    if not subject:
        raise DeskError("A mail that starts a conversation needs a subject.")
    return Startable(support, subject, _others(ctx, request), clean_tags(request.tags))


def clean_subject(ctx: DeskContext, subject: str, agent: Agent | None, support: Address) -> str:
    """The subject as everybody on the ticket may read it, from now on: without the agent's
    mailboxes, and without what was given to an agent alone."""
    clean = without_signs(discreet(one_line(subject, SUBJECT_LIMIT), agent, support), ctx.keyring)
    return one_line(clean, SUBJECT_LIMIT)


def _support(ctx: DeskContext, from_: Address) -> SupportAddress:
    found = ctx.directory.support_for(from_)
    if found is None:
        known = ", ".join(sorted(str(each.address) for each in ctx.directory.supports.values()))
        raise DeskError(
            f"{from_} is none of the configured support addresses; there are: {known or 'none'}."
        )
    return found


def _others(ctx: DeskContext, request: StartRequest) -> tuple[Address, ...]:
    """DeskError when somebody named cannot get the mail."""
    if not request.to:
        raise DeskError("Name the recipient.")
    seen = {one.key: one for one in (*request.to, *request.cc)}
    to = {one.key for one in request.to}
    if len(to) > 1 and not ctx.policy.free_recipients:
        raise DeskError(
            "More than one recipient in To: name the others in Cc, or set "
            "gateway.free_recipients = true."
        )
    ours = (one for one in (*seen.values(), *request.bcc) if ctx.directory.support_for(one))
    for one in ours:
        raise DeskError(f"{one} is a support address: the copy would come back to the desk.")
    number = len(seen.keys() | {one.key for one in request.bcc})
    if number > MAX_CC:
        raise DeskError(f"{number} recipients; one mail has {MAX_CC} at most.")
    agent = next((one for one in seen.values() if ctx.directory.agent_for(one)), None)
    if agent is not None:
        raise DeskError(
            f"{agent} is an agent: customers do not see the desk's own mailboxes. Name them in "
            "Bcc, or leave a note."
        )
    del seen[request.to[0].key]
    return tuple(seen.values())
