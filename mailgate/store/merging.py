"""What moves when a ticket becomes part of another one, or a message gets a ticket of its own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, bindparam, cast, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.model.ids import EntryId, TicketId
from mailgate.model.ticket import Role, Visibility
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection
from mailgate.store.desktables import followers, timers
from mailgate.store.prepared import Prepared
from mailgate.store.tables import (
    entries,
    journal,
    message_ids,
    side_parties,
    ticket_links,
    ticket_tags,
    tickets,
)
from mailgate.store.values import id_hash

__all__ = ["link", "merged_into", "move_all", "move_entry", "unlink"]

_INSTANT = tickets.c.updated_at.type
_NUMBER = tickets.c.id.type
_FROM, _TO = bindparam("source", type_=_NUMBER), bindparam("into", type_=_NUMBER)

_MOVE_ENTRIES = Prepared(update(entries).where(entries.c.ticket == _FROM).values(ticket=_TO))
_COUNTED = select(func.count()).where(entries.c.ticket == tickets.c.id).scalar_subquery()
_COUNT = Prepared(
    update(tickets)
    .where(tickets.c.id == _TO)
    .values(messages=_COUNTED, updated_at=bindparam("at", type_=_INSTANT))
)
_MERGED = Prepared(
    update(tickets)
    .where(tickets.c.id == _FROM)
    .values(
        messages=0,
        merged_into=_TO,
        waiting_since=None,
        updated_at=bindparam("at", type_=_INSTANT),
    )
)
# Whatever was merged into the one that goes goes with it: each is one step from where it ended.
_FOLLOW = Prepared(update(tickets).where(tickets.c.merged_into == _FROM).values(merged_into=_TO))
_CHILDREN = Prepared(
    update(tickets).where(tickets.c.parent == _FROM, tickets.c.id != _TO).values(parent=_TO)
)
_NO_TIMERS = Prepared(delete(timers).where(timers.c.ticket == _FROM))
_MERGED_INTO = Prepared(
    select(tickets.c.id).where(tickets.c.merged_into == _TO).order_by(tickets.c.id)
)


def _moving(
    table: Table, column: str = "ticket", where: Sequence[ColumnElement[bool]] | None = None
) -> tuple[dict[str, Prepared], Prepared]:
    """What puts the rows of one ticket (or those of `where`) on the other, but those that are
    there, and what takes all of the first off it."""
    names = [each.name for each in table.c]
    shown = (cast(_TO, _NUMBER).label(n) if n == column else table.c[n] for n in names)
    rows = select(*shown).where(*(where or (table.c[column] == _FROM,)))
    if table is ticket_links:
        rows = rows.where(*(table.c[n] != _TO for n in names if n != column))
    copies = {
        dialect.__name__.rpartition(".")[2]: Prepared(
            dialect.insert(table).from_select(names, rows).on_conflict_do_nothing()
        )
        for dialect in (sqlite, postgresql)
    }
    return copies, Prepared(delete(table).where(table.c[column] == _FROM))


_MOVED = [
    _moving(side_parties),
    _moving(followers),
    _moving(ticket_links),
    _moving(ticket_links, "linked"),
]
_TAGS, _ = _moving(ticket_tags)


def move_all(conn: Connection, source: TicketId, into: TicketId, now: datetime) -> None:
    """Everything of `source` is on `into` from now on: messages, third parties, followers, links,
    tags, children, and what was merged into it before. What is on both stays as it is there.
    Message-IDs name `source` as before, and so lead to `into` with the rights that one has who
    was on `source`. Both are locked by the caller."""
    both = {"source": source, "into": into}
    _MOVE_ENTRIES.run(conn, **both)
    for copies, rest in _MOVED:
        copies[conn.dialect.name].run(conn, **both)
        rest.run(conn, source=source)
    _TAGS[conn.dialect.name].run(conn, **both)
    _FOLLOW.run(conn, **both)
    _CHILDREN.run(conn, **both)
    _NO_TIMERS.run(conn, source=source)
    _COUNT.run(conn, into=into, at=now)
    _MERGED.run(conn, **both, at=now)


def merged_into(conn: Connection, ticket: TicketId) -> Sequence[TicketId]:
    """The tickets that became part of this one, in order."""
    return [TicketId(row.id) for row in _MERGED_INTO.all(conn, into=ticket)]


_MOVE_ENTRY = Prepared(update(entries).where(entries.c.id == bindparam("entry")).values(ticket=_TO))
_AS_REQUESTER = Prepared(
    update(entries)
    .where(entries.c.id == bindparam("entry"))
    .values(visibility=Visibility.PUBLIC.value, author_role=Role.REQUESTER.value)
)
_OF_SOURCE = (
    message_ids.c.hash == bindparam("of"),
    or_(
        message_ids.c.ticket == _FROM,
        message_ids.c.ticket.in_(
            select(tickets.c.id).where(tickets.c.merged_into == _FROM).scalar_subquery()
        ),
    ),
)
_COPY_ID, _ = _moving(message_ids, where=_OF_SOURCE)
_NO_ID = Prepared(delete(message_ids).where(*_OF_SOURCE))
_MOVE_ROW = Prepared(
    update(journal)
    .where(
        journal.c.id.in_(
            select(entries.c.journal)
            .where(entries.c.id == bindparam("entry"), entries.c.journal.is_not(None))
            .scalar_subquery()
        )
    )
    .values(ticket=_TO)
)


def move_entry(
    conn: Connection,
    entry: EntryId,
    message_id: str | None,
    *,
    source: TicketId,
    into: TicketId,
    as_requester: bool,
    now: datetime,
) -> None:
    """One message goes to another ticket, with its id and the mail that it came by. With
    `as_requester` it is the public word of that ticket's requester there."""
    _MOVE_ENTRY.run(conn, entry=entry, into=into)
    if as_requester:
        _AS_REQUESTER.run(conn, entry=entry)
    if message_id is not None:
        known = {"source": source, "of": id_hash(message_id)}
        _COPY_ID[conn.dialect.name].run(conn, into=into, **known)
        _NO_ID.run(conn, **known)
    _MOVE_ROW.run(conn, entry=entry, into=into)
    for number in (source, into):
        _COUNT.run(conn, into=number, at=now)


_LINK = insert_or_ignore(ticket_links, "ticket", "linked")
_UNLINK = Prepared(
    delete(ticket_links).where(ticket_links.c.ticket == _FROM, ticket_links.c.linked == _TO)
)


def link(conn: Connection, one: TicketId, other: TicketId) -> None:
    """Each points to the other."""
    _LINK(conn, {"ticket": one, "linked": other}, {"ticket": other, "linked": one})


def unlink(conn: Connection, one: TicketId, other: TicketId) -> bool:
    """Neither points to the other any more; False when neither did."""
    gone = _UNLINK.run(conn, source=one, into=other) + _UNLINK.run(conn, source=other, into=one)
    return gone > 0
