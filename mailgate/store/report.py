"""What a report is made of: a few statements, however many tickets there are."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from mailgate.model.figures import Answered, Counted, Happened
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Direction, EntryKind, EventKind, Source, Status, Visibility
from mailgate.store.core import Connection
from mailgate.store.tables import contacts, entries, events, ticket_tags, tickets

__all__ = ["happened_since"]

_COLUMNS = (
    *("id", "source", "address", "brand", "assignee", "started_by", "created_at"),
    *("first_response_at", "sla_started_at", "waiting_since", "score", "scored_at"),
)
_DONE = (Status.RESOLVED.value, Status.CLOSED.value)


def happened_since(conn: Connection, since: datetime) -> Happened:
    """Everything that a report of the time from `since` on can count, and more of the same
    tickets: what was before."""
    concerned = _concerned(since)
    tags = defaultdict[int, list[str]](list)
    tagged = select(ticket_tags).join(tickets, tickets.c.id == ticket_tags.c.ticket)
    for row in conn.execute(tagged.where(concerned).order_by(ticket_tags.c.tag)):
        tags[row.ticket].append(row.tag)
    return Happened(
        tickets=_tickets(conn, concerned, tags),
        answers=_answers(conn, concerned),
        reopened=_reopened(conn, concerned),
    )


def _concerned(since: datetime) -> ColumnElement[bool]:
    """A ticket on which something happens is changed at that time, but for its score, and for what
    a rule does by the time: that counts as no change. One that is from the desk to itself (a part
    of a larger matter) is nobody's who waits for us."""
    from_us = exists().where(
        contacts.c.id == tickets.c.requester, contacts.c.address == tickets.c.address
    )
    return and_(
        ~from_us,
        or_(
            tickets.c.updated_at >= since,
            tickets.c.scored_at >= since,
            tickets.c.resolved_at >= since,
            tickets.c.closed_at >= since,
            tickets.c.waiting_since.is_not(None),
        ),
        tickets.c.spam == false(),
        tickets.c.merged_into.is_(None),
    )


def _tickets(
    conn: Connection, concerned: ColumnElement[bool], tags: dict[int, list[str]]
) -> tuple[Counted, ...]:
    done_at = func.coalesce(tickets.c.resolved_at, tickets.c.closed_at)
    query = select(
        *(tickets.c[name] for name in _COLUMNS),
        tickets.c.status,
        tickets.c.group_name,
        done_at.label("done_at"),
    ).where(concerned)
    return tuple(
        Counted(
            **{name: getattr(row, name) for name in _COLUMNS[2:]},
            id=TicketId(row.id),
            source=Source(row.source),
            group=row.group_name,
            done_at=row.done_at if row.status in _DONE else None,
            tags=tuple(tags.get(row.id, ())),
        )
        for row in conn.execute(query)
    )


def _answers(conn: Connection, concerned: ColumnElement[bool]) -> tuple[Answered, ...]:
    query = (
        select(entries.c.ticket, entries.c.author_address, entries.c.at)
        .join(tickets, tickets.c.id == entries.c.ticket)
        .where(
            concerned,
            entries.c.direction == Direction.OUT.value,
            entries.c.kind == EntryKind.MESSAGE.value,
            entries.c.visibility == Visibility.PUBLIC.value,
        )
        .order_by(entries.c.at, entries.c.id)
    )
    return tuple(
        Answered(TicketId(row.ticket), row.author_address, row.at) for row in conn.execute(query)
    )


def _reopened(
    conn: Connection, concerned: ColumnElement[bool]
) -> tuple[tuple[TicketId, datetime], ...]:
    query = (
        select(events.c.ticket, events.c.at)
        .join(tickets, tickets.c.id == events.c.ticket)
        .where(concerned, events.c.kind == EventKind.REOPENED.value)
    )
    return tuple((TicketId(row.ticket), row.at) for row in conn.execute(query))
