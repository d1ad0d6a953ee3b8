"""What the agents are told of mail of ours that did not arrive. Pure.

One place for it, however the failure was learnt: the other side said no in the dialogue, the
tries have come to their end, a report came home, or the mail was not even sent. The notices go to
agents alone, and their own reverse path is null: of their failure nobody is told (RFC 5321 §6.1).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mailgate.desk.context import DeskContext
from mailgate.desk.telling.waiting import tried
from mailgate.desk.words.frame import Frame, one_line, support_of
from mailgate.desk.words.tellagents import to_agent, who_is_told
from mailgate.desk.words.templates import TemplateName
from mailgate.desk.words.who import Happening
from mailgate.desk.words.wording import local_time
from mailgate.mail.address import Address
from mailgate.mail.quote import marker_line
from mailgate.model.delivery import Draft, Lane, Reply
from mailgate.model.directory import Agent
from mailgate.model.ids import DeliveryId
from mailgate.model.returned import Outcome, Returned
from mailgate.model.seed import Seed
from mailgate.model.suppression import Suppression
from mailgate.model.ticket import Ticket
from mailgate.threading.token import Purpose

__all__ = [
    "Failure",
    "FailureKind",
    "failure_of",
    "kept_by",
    "notices",
    "said_by",
    "told_of",
    "with_code",
]

_SAID_LIMIT = 300


class FailureKind(StrEnum):
    """What has gone wrong, as far as the agents have to do different things about it."""

    REFUSED = "refused"
    """Not delivered, for a reason that may pass."""
    EXPIRED = "expired"
    """Nobody has taken it for days, and it is given up."""
    BAD_ADDRESS = "bad_address"
    """Not delivered, and nothing more goes there for a while."""
    KEPT = "kept"
    """Not even sent, because the address took no mail before."""
    COMPLAINT = "complaint"
    """Delivered, and called spam."""


_TEMPLATES = {
    FailureKind.REFUSED: TemplateName.FAILED,
    FailureKind.EXPIRED: TemplateName.FAILED_EXPIRED,
    FailureKind.BAD_ADDRESS: TemplateName.FAILED_ADDRESS,
    FailureKind.KEPT: TemplateName.FAILED_KEPT,
    FailureKind.COMPLAINT: TemplateName.COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A mail of ours that has come to no good end. `said` is what the other side said, `until`
    how long nothing goes there, `since` when it took no mail for the first time, or this one was
    tried first; `attempts` of them. `author` is the key of the agent who wrote it."""

    kind: FailureKind
    delivery: DeliveryId
    recipient: Address
    lane: Lane
    said: str = field(repr=False)
    until: datetime | None = None
    since: datetime | None = None
    attempts: int = 0
    author: str | None = None


def failure_of(returned: Returned, ctx: DeskContext, now: datetime) -> Failure | None:
    """The failure that a report tells of; None for one that brings no bad news, or none that is
    new."""
    said = said_by(returned.status, returned.text)
    failure = Failure(
        FailureKind.REFUSED, returned.delivery, returned.recipient, returned.lane, said
    )
    match returned.outcome:
        case Outcome.COMPLAINED:
            return replace(failure, kind=FailureKind.COMPLAINT)
        case Outcome.HARD if not returned.known:
            until = now + ctx.policy.suppress_hard_bounces_for
            return replace(failure, kind=FailureKind.BAD_ADDRESS, until=until)
        case Outcome.SOFT if not returned.known:
            return failure
        case _:
            return None


def told_of(
    ctx: DeskContext, ticket: Ticket, returned: Returned, now: datetime, seed: Seed
) -> tuple[Draft, ...]:
    """The mails that tell agents of what a report says."""
    failure = failure_of(returned, ctx, now)
    return () if failure is None else notices(ctx, ticket, failure, now=now, seed=seed)


def said_by(status: str | None, text: str) -> str:
    """What the other side said, with its status code once."""
    return one_line(text if status is None or status in text else f"{status} {text}", _SAID_LIMIT)


def with_code(reply: Reply) -> str:
    """What the other side said, with its reply code."""
    return reply.text if reply.code is None else f"{reply.code} {reply.text}"


def kept_by(suppression: Suppression, delivery: DeliveryId, lane: Lane) -> Failure:
    """The failure of a mail that was not sent because of it."""
    return Failure(
        FailureKind.KEPT,
        delivery,
        suppression.address,
        lane,
        said_by(suppression.status, suppression.text),
        suppression.until,
        suppression.at,
    )


def notices(
    ctx: DeskContext, ticket: Ticket, failure: Failure, *, now: datetime, seed: Seed
) -> tuple[Draft, ...]:
    """The mails that tell of it: to its author and the assignee, else to the group; never to whom
    the failed mail was for."""
    colleague = ctx.directory.agent_for(failure.recipient)
    if not _is_news(ctx, ticket, failure, colleague):
        return ()
    support = support_of(ctx, ticket.address)
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_NOTE, now, seed)
    text = _text(frame, ticket, failure)
    label = f"failure {failure.delivery}"
    complained = failure.kind is FailureKind.COMPLAINT
    happening = Happening.COMPLAINED if complained else Happening.FAILED
    told = who_is_told(ctx, ticket, happening, failure.recipient, failure.author)
    return tuple(to_agent(frame, ticket, agent, label=label, text=text) for agent in told)


def _is_news(ctx: DeskContext, ticket: Ticket, failure: Failure, colleague: Agent | None) -> bool:
    """Whether anybody has to do something about it that they do not know of."""
    match failure.lane:
        case Lane.REPLY:
            return True
        case Lane.ACKNOWLEDGEMENT:
            # Nobody has written it; what counts is that no answer would arrive either.
            return failure.kind in {FailureKind.BAD_ADDRESS, FailureKind.COMPLAINT}
        case Lane.NOTIFICATION if failure.kind is FailureKind.KEPT:
            # The others of the group got it themselves, unless it was for the assignee alone.
            assignee = ticket.assignee
            return assignee is not None and ctx.directory.agent_for(assignee) == colleague
        case Lane.NOTIFICATION:
            return failure.kind is not FailureKind.COMPLAINT
        case Lane.CAMPAIGN:
            return failure.kind is FailureKind.COMPLAINT


def _text(frame: Frame, ticket: Ticket, failure: Failure) -> str:
    timezone = frame.ctx.policy.timezone
    to_colleague = failure.lane is Lane.NOTIFICATION
    name = TemplateName.FAILED_AGENT if to_colleague else _TEMPLATES[failure.kind]
    template = frame.template(name)
    names = {
        **frame.our_names(),
        "subject": one_line(ticket.subject),
        "recipient": one_line(str(failure.recipient)),
        "said": failure.said or "-",
        "at": local_time(frame.now, timezone),
        "until": "-" if failure.until is None else local_time(failure.until, timezone),
        "since": "-" if failure.since is None else local_time(failure.since, timezone),
        "tried": tried(failure.attempts, failure.since, timezone, frame.support.locale),
    }
    before = marker_line(template.fill_marker(names))
    return f"{before}\n\n{template.fill_body(names)}\n{frame.marker()}\n"
