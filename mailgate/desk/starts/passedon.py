"""Somebody's mail that an agent passes on to a support address. Pure.

Whom it is from is what the agent shows us: enough to make it that person's ticket, because the
agent is proven and could write as much by hand.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailgate.desk.context import DeskContext
from mailgate.mail.address import NamedAddress
from mailgate.mail.forward import find_forward
from mailgate.mail.parsed import Attachment, Forwarded, ParsedMail
from mailgate.mail.quote import visible_reply
from mailgate.mail.signature import is_device_line
from mailgate.mail.subject import is_forward
from mailgate.model.decision import Reason
from mailgate.model.directory import Agent
from mailgate.threading.tag import untagged_subject

__all__ = ["PassedOn", "is_of_nobody", "passed_on", "words_above"]

_OLDEST = timedelta(days=3653)
"""A mail of ten years ago is rather one whose date cannot be read."""
_DELIMITERS = frozenset({"--", "---", "—"})


@dataclass(frozen=True, slots=True)
class PassedOn:
    """The mail, and `words`: what the agent wrote above it, "" for nothing. `at` is when it was
    written, where that can be."""

    agent: Agent
    sender: NamedAddress
    subject: str
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...]
    message_id: str | None
    at: datetime | None
    words: str = field(repr=False)

    @property
    def reason(self) -> Reason:
        """What the decision says of it."""
        return Reason.PASSED_ON_BY_AGENT


def passed_on(ctx: DeskContext, mail: ParsedMail, agent: Agent, now: datetime) -> PassedOn | None:
    """The mail of somebody outside that this one passes on; None when it passes none on, or
    nobody can tell whose."""
    inner = mail.forwarded
    sender = None if inner is None else inner.from_
    if inner is None or sender is None:
        return None
    ours = ctx.directory.support_for(sender.address) or ctx.directory.agent_for(sender.address)
    if ours is not None or not (inner.text.strip() or inner.attachments):
        return None
    prefix = ctx.policy.subject_prefix
    subject = untagged_subject(prefix, inner.subject) or untagged_subject(prefix, mail.subject)
    return PassedOn(
        agent=agent,
        sender=sender,
        subject=subject,
        text=inner.text,
        attachments=inner.attachments,
        message_id=inner.message_id,
        at=_written(inner, now),
        words=words_above(mail),
    )


def is_of_nobody(mail: ParsedMail) -> bool:
    """Whether a mail is passed on of which nobody can tell whose it is."""
    inner = mail.forwarded
    return inner is not None and inner.from_ is None and is_forward(mail.subject)


def _written(inner: Forwarded, now: datetime) -> datetime | None:
    at = inner.date
    return at if at is not None and now - _OLDEST <= at <= now else None


def words_above(mail: ParsedMail) -> str:
    """What the agent wrote above it, without their signature. Beside an attached mail all of the
    text is theirs."""
    place = find_forward(mail.full_text, mail.subject)
    if place is None:
        return mail.text.strip()
    above = "\n".join(mail.full_text.split("\n")[: place.start]).strip()
    first = above.partition("\n")[0].strip()
    if first in _DELIMITERS or is_device_line(first):
        return ""
    return visible_reply(above).strip()
