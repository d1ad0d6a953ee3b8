"""Lists of tickets: which ones, and in what order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, exists, func, select

from mailgate.model.ticket import Priority, Source, Status, Ticket
from mailgate.store import search
from mailgate.store.columns import Text
from mailgate.store.core import Connection
from mailgate.store.desktables import timers
from mailgate.store.tables import contacts, ticket_cc, ticket_links, ticket_tags, tickets
from mailgate.store.tickets import WITH_REQUESTER, ticket_of_row

__all__ = ["TicketFilter", "listing"]


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets a list shows; None and empty is any. `status` and `priority` are each one of
    these; `requester` and `assignee` are addresses as typed, `unassigned` is nobody's; `waiting`:
    a customer waits for an answer; `overdue_at`: something on it was due by then; `search` are
    words that all stand on it (`model.searchwords`)."""

    status: tuple[Status, ...] = ()
    priority: tuple[Priority, ...] = ()
    tag: str | None = None
    requester: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    source: Source | None = None
    group: str | None = None
    brand: str | None = None
    waiting: bool = False
    overdue_at: datetime | None = None
    search: str | None = None
    limit: int = 50


def listing(conn: Connection, wanted: TicketFilter) -> list[Ticket]:
    """Tickets that pass the filter, the last changed first; where customers wait, who waits the
    longest. QueryError when nothing can be looked for."""
    order = (tickets.c.waiting_since,) if wanted.waiting else (tickets.c.updated_at.desc(),)
    query = (
        WITH_REQUESTER.where(*_conditions(conn, wanted))
        .order_by(*order, tickets.c.id.desc())
        .limit(wanted.limit)
    )
    rows = conn.execute(query).all()
    ids = [row.id for row in rows]
    cc = _by_ticket(conn, ids, ticket_cc.c.ticket, ticket_cc.c.key, ticket_cc.c.address)
    tags = _by_ticket(conn, ids, ticket_tags.c.ticket, ticket_tags.c.tag, ticket_tags.c.tag)
    links = _by_ticket(
        conn, ids, ticket_links.c.ticket, ticket_links.c.linked, ticket_links.c.linked
    )
    return [ticket_of_row(r, cc=cc[r.id], tags=tags[r.id], linked=links[r.id]) for r in rows]


def _conditions(conn: Connection, wanted: TicketFilter) -> list[ColumnElement[bool]]:
    tagged = select(ticket_tags.c.ticket).where(ticket_tags.c.tag == wanted.tag)
    requester = (wanted.requester or "").casefold()
    assignee = (wanted.assignee or "").lower()
    by_whether = (
        (wanted.status, tickets.c.status.in_([each.value for each in wanted.status])),
        (wanted.priority, tickets.c.priority.in_([each.value for each in wanted.priority])),
        (wanted.source, tickets.c.source == wanted.source),
        (wanted.group, tickets.c.group_name == wanted.group),
        (wanted.brand, tickets.c.brand == wanted.brand),
        (wanted.tag, tickets.c.id.in_(tagged)),
        (wanted.requester, contacts.c.key == requester),
        (wanted.assignee, func.lower(tickets.c.assignee, type_=Text) == assignee),
        (wanted.unassigned, tickets.c.assignee.is_(None)),
        (wanted.waiting, tickets.c.waiting_since.is_not(None)),
    )
    conditions = [condition for asked, condition in by_whether if asked]
    if wanted.overdue_at is not None:
        conditions.append(_overdue(wanted.overdue_at))
    if wanted.search is not None:
        conditions.append(search.found(conn, wanted.search))
    return conditions


def _overdue(now: datetime) -> ColumnElement[bool]:
    return exists().where(timers.c.ticket == tickets.c.id, timers.c.due_at <= now)


def _by_ticket(
    conn: Connection,
    ids: Sequence[int],
    ticket: Column[Any],
    order: Column[Any],
    value: Column[Any],
) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for owner, item in conn.execute(select(ticket, value).where(ticket.in_(ids)).order_by(order)):
        found[owner].append(item)
    return found
