"""What agents are told of mail that waits for long: a use case of the daemon's upkeep, in one
transaction. Several nodes may do this: each mail is told of by the one that takes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from mailgate.desk.context import DeskContext
from mailgate.desk.returned.failures import said_by, with_code
from mailgate.desk.telling.waiting import outlook, tried, why_it_waits
from mailgate.desk.words.frame import Frame, one_line, support_of
from mailgate.desk.words.noticing import queue_notices, told_ticket
from mailgate.desk.words.tellagents import to_agent, who_is_told
from mailgate.desk.words.templates import TemplateName
from mailgate.desk.words.who import Happening
from mailgate.desk.words.wording import local_time
from mailgate.mail.quote import marker_line
from mailgate.model.delivery import Delivery, Draft, Reply, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind, Ticket, TicketEvent
from mailgate.store import delays, events, obstacles, outbound
from mailgate.store.core import Connection
from mailgate.threading.token import Purpose

__all__ = ["Delay", "Late", "delay_notices", "tell_delayed"]


@dataclass(frozen=True, slots=True)
class Late:
    """Who counts as late, and at most how many are told of at once.

    `before`: what may leave since then or longer. `give_up_after` the first attempt, or after it
    might have left, mail is given up.
    """

    before: datetime
    give_up_after: timedelta
    limit: int


@dataclass(frozen=True, slots=True)
class Delay:
    """A mail that has not left yet. `first` is the time of its first attempt, `said` what the
    other side said last, `until` when it is given up; None when it is not."""

    delivery: Delivery
    first: datetime | None
    said: Reply | None
    until: datetime | None


def tell_delayed(
    conn: Connection, *, ctx: DeskContext, late: Late, now: datetime, seed: Seed
) -> tuple[tuple[DeliveryId, ...], tuple[Draft, ...]]:
    """Tells the agents of mail that is late, once, and notes it on the ticket; which mail that
    was, and the notices that it has queued."""
    taken = delays.take_late(conn, before=late.before, now=now, limit=late.limit)
    drafts: list[Draft] = []
    for number in taken:
        delivery = outbound.get(conn, number)
        if delivery is None or delivery.ticket is None:
            continue
        delay = _delay(conn, delivery, late.give_up_after)
        event = TicketEvent(now, EventKind.DELIVERY_DELAYED, "system", _detail(delay))
        events.add(conn, delivery.ticket, event)
        ticket = told_ticket(conn, delivery.ticket)
        if ticket is not None:
            write = partial(delay_notices, ctx, ticket, delay, now=now, seed=seed)
            drafts += queue_notices(conn, ctx, ticket, number, write, now)
    return tuple(taken), tuple(drafts)


def delay_notices(
    ctx: DeskContext, ticket: Ticket, delay: Delay, *, now: datetime, seed: Seed
) -> tuple[Draft, ...]:
    """The mails that tell of it: to its author and the assignee, else to the group."""
    delivery = delay.delivery
    frame = Frame(ctx, ticket.id, support_of(ctx, ticket.address), Purpose.MESSAGE_NOTE, now, seed)
    text = _text(frame, ticket, delay)
    told = who_is_told(ctx, ticket, Happening.DELAYED, delivery.recipient, delivery.agent)
    label = f"delay {delivery.id}"
    return tuple(to_agent(frame, ticket, agent, label=label, text=text) for agent in told)


def _delay(conn: Connection, delivery: Delivery, give_up_after: timedelta) -> Delay:
    first = outbound.first_attempt(conn, delivery.id)
    down = delivery.wait_reason is WaitReason.DESTINATION_DOWN
    since = first or (delivery.due_from if down else None)
    return Delay(
        delivery,
        first,
        _last_said(conn, delivery),
        None if since is None else since + give_up_after,
    )


def _last_said(conn: Connection, delivery: Delivery) -> Reply | None:
    """What was said of this mail; of one that was never tried, to another on the same way."""
    if delivery.last_reply is not None or delivery.waits_for is None:
        return delivery.last_reply
    known = obstacles.of_keys(conn, [delivery.waits_for]).get(delivery.waits_for)
    return None if known is None else known.last_reply


def _detail(delay: Delay) -> dict[str, str | int | None]:
    delivery, said = delay.delivery, delay.said
    reason = delivery.wait_reason
    return {
        "delivery": delivery.id,
        "recipient": str(delivery.recipient),
        "message_id": delivery.message_id,
        "reason": None if reason is None else reason.value,
        "waits_for": delivery.waits_for,
        "attempts": delivery.attempts,
        "code": None if said is None else said.code,
        "status": None if said is None else said.status,
        "text": None if said is None else said.text,
        "due_at": delivery.due_at.isoformat(),
        "until": None if delay.until is None else delay.until.isoformat(),
    }


def _text(frame: Frame, ticket: Ticket, delay: Delay) -> str:
    delivery, said = delay.delivery, delay.said
    timezone, locale = frame.ctx.policy.timezone, frame.support.locale
    template = frame.template(TemplateName.DELAYED)
    reason = delivery.wait_reason or WaitReason.QUEUED
    due = max(delivery.due_at, frame.now)
    names = {
        **frame.our_names(),
        "subject": one_line(ticket.subject),
        "recipient": one_line(str(delivery.recipient)),
        "said": "-" if said is None else said_by(said.status, with_code(said)) or "-",
        "at": local_time(frame.now, timezone),
        "since": local_time(delivery.due_from or delivery.created_at, timezone),
        "why": one_line(why_it_waits(reason, delivery.waits_for, locale)),
        "tried": tried(delivery.attempts, delay.first, timezone, locale),
        "outlook": outlook(due, delay.until, timezone, locale),
        "delivery": str(delivery.id),
    }
    before = marker_line(template.fill_marker(names))
    return f"{before}\n\n{template.fill_body(names)}\n{frame.marker()}\n"
