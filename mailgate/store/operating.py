"""An operator's changes to the queue: each is one guarded UPDATE of what was selected.

Trying mail now or once more is `mailgate.store.again`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)

from mailgate.model.delivery import DeliveryState, Lane, WaitReason
from mailgate.model.delivery_states import DeliveryEvent, sources, target
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.ticket import (
    Direction,
    EntryKind,
    EventKind,
    Role,
    Status,
    TicketEvent,
    Visibility,
)
from mailgate.store import claiming, events, limits
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, outbound
from mailgate.store.tables import entries, tickets
from mailgate.store.values import is_id

__all__ = ["EVERYTHING", "Selection", "answered_by", "cancel", "hold", "named", "release"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which deliveries a change is for: what fits all that is given. Nothing given is all."""

    ids: tuple[DeliveryId, ...] | None = None
    ticket: TicketId | None = None
    lane: Lane | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Of a row of `deliveries`. Numbers that no row can have select nothing."""
        column, wanted = deliveries.c, list[ColumnElement[bool]]()
        if self.ids is not None:
            wanted.append(column.id.in_([each for each in self.ids if is_id(each)]))
        if self.ticket is not None:
            wanted.append(column.ticket == (self.ticket if is_id(self.ticket) else 0))
        if self.lane is not None:
            wanted.append(column.lane == self.lane.value)
        return wanted


EVERYTHING = Selection()
_TICKETS = 1000
_END = func.coalesce(tickets.c.merged_into, tickets.c.id)
"""Where the messages of a ticket are: what was merged is one step from where it ended."""
_ASIDE = EntryKind.FORWARD.value
"""The kind of a mail to a third party, that answers no customer."""
_ASKING = (Role.REQUESTER.value, Role.PARTICIPANT.value)


def named(*ids: DeliveryId) -> Selection:
    """These alone."""
    return Selection(ids=ids)


def hold(conn: Connection, wanted: Selection, now: datetime) -> int:
    """Stops mail that waits, from `now` until it is released; how many deliveries that
    changed."""
    held = {"wait_reason": WaitReason.HELD.value, "waits_for": None, "due_at": now}
    stopped = _change(conn, wanted, DeliveryEvent.HOLD, held)
    _let_others_by(conn, stopped, now)
    return len(stopped)


def release(conn: Connection, wanted: Selection, now: datetime) -> int:
    """Lets held mail go: now, or at the time for which it was scheduled. What agents are told of
    its delay counts from then. How many deliveries that changed."""
    column = deliveries.c
    is_early = column.due_from > bindparam("released", now, type_=column.due_from.type)
    at = case((is_early, column.due_from), else_=bindparam("then", now, type_=column.due_at.type))
    reason = case((is_early, WaitReason.SCHEDULED.value), else_=WaitReason.QUEUED.value)
    due = {"wait_reason": reason, "due_at": at, "due_from": at, "delay_told_at": None}
    return len(_change(conn, wanted, DeliveryEvent.RELEASE, due))


def cancel(conn: Connection, wanted: Selection, now: datetime) -> int:
    """Ends mail that has not left, with an event on its ticket; how many deliveries."""
    ended = {"wait_reason": None, "waits_for": None, "final_at": now}
    gone = _change(conn, wanted, DeliveryEvent.CANCEL, ended)
    for row in gone:
        if row.ticket is None:
            continue
        detail = {"delivery": row.id, "recipient": row.recipient}
        event = TicketEvent(now, EventKind.DELIVERY_CANCELLED, "operator", detail)
        events.add(conn, TicketId(row.ticket), event)
    _let_others_by(conn, gone, now)
    answers = _answers_among(conn, gone)
    for row in gone:
        if row.ticket is not None and row.outbound in answers:
            _answer_anew(conn, _where_it_is(conn, row.ticket), row.created_at)
    return len(gone)


def _where_it_is(conn: Connection, ticket: int) -> TicketId:
    """The ticket, or the one that it was merged into: there its messages are by now."""
    end = select(_END).where(tickets.c.id == ticket)
    return TicketId(conn.execute(end).scalar_one())


def _all_of(ticket: TicketId) -> Select[tuple[int]]:
    """The ticket, and those that were merged into it: mails stay with the one that they left."""
    return select(tickets.c.id).where(or_(tickets.c.id == ticket, tickets.c.merged_into == ticket))


def _is_answer(of: FromClause) -> ColumnElement[bool]:
    """Of a row of `deliveries`: the customer gets it, and not a third party on the side."""
    same = outbound.c.id == of.c.outbound
    aside = select(outbound.c.id).where(same, outbound.c.kind == _ASIDE)
    return and_(of.c.lane == Lane.REPLY.value, ~aside.exists())


def _answers_among(conn: Connection, gone: Sequence[Row[Any]]) -> frozenset[int]:
    """The mails among those deliveries that are answers."""
    about = sorted({row.outbound for row in gone if row.ticket is not None})
    found = set[int]()
    for start in range(0, len(about), _TICKETS):
        some = outbound.c.id.in_(about[start : start + _TICKETS])
        answers = (outbound.c.lane == Lane.REPLY.value, outbound.c.kind != _ASIDE)
        found.update(conn.execute(select(outbound.c.id).where(some, *answers)).scalars())
    return frozenset(found)


def _answer_anew(conn: Connection, ticket: TicketId, written: datetime) -> None:
    """An answer that never leaves answers nobody: the first one is the next that leaves, if
    there is one. What was answered before this one was written stays so."""
    other = deliveries.alias()
    left = select(func.min(other.c.due_from)).where(
        other.c.ticket.in_(_all_of(ticket)),
        _is_answer(other),
        other.c.state != DeliveryState.CANCELLED.value,
        other.c.created_at >= written,
    )
    change = update(tickets).values(first_response_at=left.scalar_subquery())
    conn.execute(change.where(tickets.c.id == ticket, tickets.c.first_response_at >= written))
    _wait_anew(conn, ticket)


def _wait_anew(conn: Connection, ticket: TicketId) -> None:
    """Whoever has asked since the last answer that was not taken back waits again, unless the
    ticket was put off."""
    other = deliveries.alias()
    answered = select(func.max(other.c.created_at)).where(
        other.c.ticket.in_(_all_of(ticket)),
        _is_answer(other),
        other.c.state != DeliveryState.CANCELLED.value,
    )
    never = literal(0, BigInteger)
    asked = select(func.min(entries.c.at)).where(
        entries.c.ticket == ticket,
        entries.c.kind == EntryKind.MESSAGE.value,
        entries.c.direction == Direction.IN.value,
        entries.c.visibility == Visibility.PUBLIC.value,
        entries.c.author_role.in_(_ASKING),
        entries.c.at > func.coalesce(answered.scalar_subquery(), never),
    )
    is_open = tickets.c.status == Status.OPEN.value
    conn.execute(
        update(tickets)
        .where(tickets.c.id == ticket, is_open, tickets.c.waiting_since.is_(None))
        .values(waiting_since=asked.scalar_subquery())
    )


def answered_by(conn: Connection, wanted: Selection) -> list[TicketId]:
    """The tickets whose answers `cancel` would take back, in order."""
    answers = (
        select(_END)
        .distinct()
        .join(deliveries, deliveries.c.ticket == tickets.c.id)
        .where(
            deliveries.c.state.in_(sources(DeliveryEvent.CANCEL)),
            _is_answer(deliveries),
            *wanted.conditions(),
        )
    )
    return sorted({TicketId(number) for number in conn.execute(answers).scalars()})


def _let_others_by(conn: Connection, stopped: Sequence[Row[Any]], now: datetime) -> None:
    """Later mail to the same people need not wait for what was stopped. Where that is a great
    deal, it leaves at its time."""
    about = {TicketId(row.ticket) for row in stopped if row.ticket is not None}
    claiming.release_order(conn, sorted(about)[:_TICKETS], now)


def _change(
    conn: Connection, wanted: Selection, event: DeliveryEvent, values: Mapping[str, object]
) -> Sequence[Row[Any]]:
    """The guarded UPDATE of a transition: rows in another state stay as they are."""
    limits.lock(conn)
    change = (
        update(deliveries)
        .where(deliveries.c.state.in_(sources(event)), *wanted.conditions())
        .values(state=target(event).value, **values)
    )
    column = deliveries.c
    columns = (column.id, column.ticket, column.recipient, column.created_at, column.outbound)
    return conn.execute(change.returning(*columns)).all()
