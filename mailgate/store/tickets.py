"""Tickets: opening, reading, listing, changing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    String,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy import update as sql_update

from mailgate.mail.address import Address, NamedAddress
from mailgate.model.ids import TicketId
from mailgate.model.ticket import NewTicket, Priority, Source, Status, Ticket
from mailgate.store import contacts as people
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection
from mailgate.store.desktables import followers
from mailgate.store.prepared import Prepared
from mailgate.store.tables import contacts, ticket_cc, ticket_links, ticket_tags, tickets
from mailgate.store.values import address_of, is_id

__all__ = [
    "WITH_REQUESTER",
    "TicketChange",
    "add_cc",
    "counts",
    "create",
    "get",
    "lock",
    "remove_cc",
    "resolve_merge",
    "ticket_of_row",
    "update",
]

MAX_TAG = 100
"""Characters of a tag that are kept."""
_MAX_MERGES = 20
"""Merges that are followed; more of them is a circle, or as good as one."""

_NEW = (
    *("subject", "status", "priority", "source", "address", "brand", "group_name", "requester"),
    *("created_at", "updated_at", "messages", "waiting_since", "started_by"),
    "proven",
)
_CREATE = Prepared(insert(tickets).values({name: bindparam(name) for name in _NEW}))
_ADD_CC = insert_or_ignore(ticket_cc, "ticket", "key", "address")
_ADD_TAG = insert_or_ignore(ticket_tags, "ticket", "tag")
_ADD_LINK = insert_or_ignore(ticket_links, "ticket", "linked")


def create(conn: Connection, new: NewTicket, *, messages: int = 0) -> TicketId:
    """Opens a ticket; its requester becomes a contact. `messages` are those that it is opened
    with: `entries.add` does not count them again."""
    ticket = _CREATE.insert(
        conn,
        subject=new.subject,
        status=new.status.value,
        priority=new.priority.value,
        source=new.source.value,
        address=str(new.address),
        brand=new.brand,
        group_name=new.group,
        requester=people.upsert(conn, new.requester, new.at),
        created_at=new.at,
        updated_at=new.at,
        messages=messages,
        waiting_since=new.waiting_since,
        started_by=new.started_by,
        proven=new.proven,
    )
    add_cc(conn, TicketId(ticket), new.cc)
    for other in new.linked:
        _ADD_LINK(conn, {"ticket": ticket, "linked": other})
    return TicketId(ticket)


WITH_REQUESTER = select(
    *(column for column in tickets.c if column is not tickets.c.requester),
    contacts.c.address.label("requester_address"),
    contacts.c.name.label("requester_name"),
    exists().where(followers.c.ticket == tickets.c.id).label("followed"),
).join(contacts, contacts.c.id == tickets.c.requester)
_GET = Prepared(WITH_REQUESTER.where(tickets.c.id == bindparam("ticket")))
_CC = Prepared(
    select(ticket_cc.c.address)
    .where(ticket_cc.c.ticket == bindparam("ticket"))
    .order_by(ticket_cc.c.key)
)
_TAGS = Prepared(
    select(ticket_tags.c.tag)
    .where(ticket_tags.c.ticket == bindparam("ticket"))
    .order_by(ticket_tags.c.tag)
)
_LINKS = Prepared(
    select(ticket_links.c.linked)
    .where(ticket_links.c.ticket == bindparam("ticket"))
    .order_by(ticket_links.c.linked)
)


def get(conn: Connection, ticket: TicketId) -> Ticket | None:
    """The ticket, None when there is no such one."""
    row = _GET.one(conn, ticket=ticket) if is_id(ticket) else None
    if row is None:
        return None
    return ticket_of_row(
        row,
        cc=[r.address for r in _CC.all(conn, ticket=ticket)],
        tags=[r.tag for r in _TAGS.all(conn, ticket=ticket)],
        linked=[r.linked for r in _LINKS.all(conn, ticket=ticket)],
    )


def ticket_of_row(
    row: Any,  # noqa: ANN401  of either kind
    *,
    cc: Sequence[str],
    tags: Sequence[str],
    linked: Sequence[int],
) -> Ticket:
    """The ticket of a row of `WITH_REQUESTER`."""
    return Ticket(
        id=TicketId(row.id),
        subject=row.subject,
        status=Status(row.status),
        priority=Priority(row.priority),
        source=Source(row.source),
        address=address_of(row.address),
        brand=row.brand,
        group=row.group_name,
        assignee=None if row.assignee is None else address_of(row.assignee),
        requester=NamedAddress(row.requester_name, address_of(row.requester_address)),
        cc=tuple(address_of(address) for address in cc),
        tags=tuple(tags),
        parent=row.parent,
        merged_into=row.merged_into,
        linked=tuple(TicketId(other) for other in linked),
        created_at=row.created_at,
        updated_at=row.updated_at,
        first_response_at=row.first_response_at,
        sla_started_at=row.sla_started_at,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        messages=row.messages,
        waiting_since=row.waiting_since,
        spam=bool(row.spam),
        started_by=row.started_by,
        score=row.score,
        untold_since=row.untold_since,
        proven=bool(row.proven),
        followed=bool(row.followed),
    )


_MERGED_INTO = Prepared(select(tickets.c.merged_into).where(tickets.c.id == bindparam("ticket")))


def resolve_merge(conn: Connection, ticket: TicketId) -> TicketId | None:
    """The ticket that this one was merged into, itself when it was not; None when there is no
    such ticket."""
    for _ in range(_MAX_MERGES):
        row = _MERGED_INTO.one(conn, ticket=ticket) if is_id(ticket) else None
        if row is None:
            return None
        if row.merged_into is None:
            return ticket
        ticket = TicketId(row.merged_into)
    return None


_LOCK = Prepared(
    select(tickets.c.id).where(tickets.c.id == bindparam("ticket")).with_for_update(key_share=True)
)


def lock(conn: Connection, ticket: TicketId) -> None:
    """Nobody else changes the ticket until the transaction ends; SQLite has one writer anyway.
    Rows that only name it (events, deliveries) may come meanwhile: whoever settles what was sent
    holds the lock of the limits, and must not wait for a ticket."""
    if conn.dialect.name == "postgresql" and is_id(ticket):
        _LOCK.one(conn, ticket=ticket)


@dataclass(frozen=True, slots=True)
class TicketChange:
    """What is to be changed; None leaves a thing as it is. The first `first_response_at`
    stays, whatever comes later; with one, nobody waits any more. `closed_at` is for a ticket that
    this change closes, None for now."""

    status: Status | None = None
    assignee: Address | None = None
    group: str | None = None
    priority: Priority | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    first_response_at: datetime | None = None
    sla_started_at: datetime | None = None
    closed_at: datetime | None = None


def _or_kept(name: str) -> Any:  # noqa: ANN401  an expression of the column's type
    return func.coalesce(bindparam(name, type_=tickets.c[name].type), tickets.c[name])


def _when(status: Status, moment: str) -> Any:  # noqa: ANN401  as above
    """The first time at which the ticket got so far since it was last open."""
    wanted = bindparam("status", type_=String)
    column, instant = tickets.c[moment], tickets.c.updated_at.type
    then, now = bindparam(f"{status.value}_then", type_=instant), bindparam("now", type_=instant)
    return case(
        (wanted == status.value, func.coalesce(column, then, now)),
        (or_(wanted == Status.OPEN.value, wanted == Status.PENDING.value), None),
        else_=column,
    )


def _waiting() -> Any:  # noqa: ANN401  as above
    """Nobody waits for an answer on a ticket that we have set aside, or answered for the first
    time."""
    wanted = bindparam("status", type_=String)
    answered = bindparam("first_response_at", type_=tickets.c.first_response_at.type)
    aside = (wanted == each.value for each in (Status.PENDING, Status.RESOLVED, Status.CLOSED))
    return case((or_(answered.is_not(None), *aside), None), else_=tickets.c.waiting_since)


_UPDATE = Prepared(
    sql_update(tickets)
    .where(tickets.c.id == bindparam("ticket"))
    .values(
        {name: _or_kept(name) for name in ("status", "assignee", "group_name", "priority")}
        | {
            "first_response_at": func.coalesce(
                tickets.c.first_response_at,
                bindparam("first_response_at", type_=tickets.c.first_response_at.type),
            ),
            "sla_started_at": _or_kept("sla_started_at"),
            "waiting_since": _waiting(),
            "resolved_at": _when(Status.RESOLVED, "resolved_at"),
            "closed_at": _when(Status.CLOSED, "closed_at"),
            "updated_at": bindparam("now"),
        }
    )
)
_REMOVE_TAG = Prepared(
    delete(ticket_tags).where(
        ticket_tags.c.ticket == bindparam("ticket"), ticket_tags.c.tag == bindparam("tag")
    )
)


def update(conn: Connection, ticket: TicketId, change: TicketChange, now: datetime) -> None:
    """Changes a ticket. Opening it again forgets when it was resolved and closed."""
    _UPDATE.run(
        conn,
        ticket=ticket,
        status=None if change.status is None else change.status.value,
        assignee=None if change.assignee is None else str(change.assignee),
        group_name=change.group,
        priority=None if change.priority is None else change.priority.value,
        first_response_at=change.first_response_at,
        sla_started_at=change.sla_started_at,
        resolved_then=None,
        closed_then=change.closed_at,
        now=now,
    )
    for tag in change.remove_tags:
        _REMOVE_TAG.run(conn, ticket=ticket, tag=tag[:MAX_TAG])
    for tag in change.add_tags:
        _ADD_TAG(conn, {"ticket": ticket, "tag": tag[:MAX_TAG]})


_REMOVE_CC = Prepared(
    delete(ticket_cc).where(
        ticket_cc.c.ticket == bindparam("of"), ticket_cc.c.key == bindparam("who")
    )
)


def remove_cc(conn: Connection, ticket: TicketId, address: Address) -> None:
    """Makes this address no participant any more."""
    _REMOVE_CC.run(conn, of=ticket, who=address.key)


def add_cc(conn: Connection, ticket: TicketId, addresses: Sequence[Address]) -> None:
    """Makes participants of these addresses; who is one already stays one."""
    if addresses:
        _ADD_CC(conn, *({"ticket": ticket, "key": a.key, "address": str(a)} for a in addresses))


def counts(conn: Connection) -> Mapping[Status, int]:
    """How many tickets are in each status; every status is there."""
    found = conn.execute(select(tickets.c.status, func.count()).group_by(tickets.c.status))
    by_status = {Status(status): number for status, number in found}
    return {status: by_status.get(status, 0) for status in Status}
