"""The messages on tickets (entries), their attachments, and the Message-IDs that name tickets."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from mailgate.mail.parsed import Attachment
from mailgate.model.ids import EntryId, JournalId, TicketId
from mailgate.model.ticket import (
    Author,
    Direction,
    Entry,
    EntryKind,
    NewEntry,
    Role,
    StoredAttachment,
    Visibility,
)
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared, Row
from mailgate.store.tables import attachments as attachments_table
from mailgate.store.tables import blobs, entries, message_ids, tickets
from mailgate.store.values import address_of, from_json, id_hash, is_id, json_text

__all__ = [
    "KnownId",
    "add",
    "attachments",
    "get",
    "known_ids",
    "last_public_message_ids",
    "note_aliases",
    "note_message_id",
    "note_message_ids",
    "of_ticket",
    "tickets_of_ids",
]

_NEW = tuple(column.name for column in entries.c if column.name != "id")
_ADD = Prepared(insert(entries).values({name: bindparam(name) for name in _NEW}))
_COUNT = Prepared(
    update(tickets)
    .where(tickets.c.id == bindparam("ticket"))
    .values(messages=tickets.c.messages + 1, updated_at=bindparam("at"))
)


def add(conn: Connection, new: NewEntry, *, counted: bool = False) -> EntryId:
    """Puts a message on its ticket. StoreError when one of the same journal row is there:
    an accepted message changes its ticket once. `counted`: its ticket was opened with it, and
    knows of it (`tickets.create`)."""
    entry = EntryId(
        _ADD.insert(
            conn,
            ticket=new.ticket,
            kind=new.kind.value,
            direction=new.direction.value,
            visibility=new.visibility.value,
            author_address=str(new.author.address),
            author_name=new.author.name,
            author_role=new.author.role.value,
            subject=new.subject,
            text=new.text,
            full_text=new.full_text,
            html=new.html,
            message_id=new.message_id,
            journal=new.journal,
            at=new.at,
            flags=json_text(new.flags),
        )
    )
    _attach(conn, entry, new.attachments)
    if new.message_id is not None:
        own = new.direction is Direction.OUT
        note_message_id(conn, new.ticket, new.message_id, own=own, at=new.at)
    if not counted:
        _COUNT.run(conn, ticket=new.ticket, at=new.at)
    return entry


_ADD_BLOB = insert_or_ignore(blobs, "sha256", "content")
_ATTACHED = ("entry", "filename", "content_type", "size", "sha256", "inline", "content_id")
_ATTACH = Prepared(insert(attachments_table).values({name: bindparam(name) for name in _ATTACHED}))


def _attach(conn: Connection, entry: EntryId, attached: tuple[Attachment, ...]) -> None:
    """The bytes are kept once, however many messages carry them."""
    hashed = [(attachment.sha256, attachment) for attachment in attached]
    # In one order for everybody: two transactions that wait for each other's rows are a deadlock.
    for sha256, attachment in sorted(hashed, key=lambda pair: pair[0]):
        _ADD_BLOB(conn, {"sha256": sha256, "content": attachment.content})
    for sha256, attachment in hashed:
        _ATTACH.run(
            conn,
            entry=entry,
            filename=attachment.filename,
            content_type=attachment.content_type,
            size=len(attachment.content),
            sha256=sha256,
            inline=attachment.inline,
            content_id=attachment.content_id,
        )


_GET = Prepared(select(entries).where(entries.c.id == bindparam("entry")))
_OF_TICKET = Prepared(
    select(entries)
    .where(entries.c.ticket == bindparam("ticket"))
    .order_by(entries.c.at, entries.c.id)
)
_STORED = select(
    *(attachments_table.c[name] for name in ("id", *_ATTACHED)),
).order_by(attachments_table.c.id)
_ATTACHED_TO = Prepared(_STORED.where(attachments_table.c.entry == bindparam("entry")))
_ATTACHED_ON = Prepared(
    _STORED.join(entries, entries.c.id == attachments_table.c.entry).where(
        entries.c.ticket == bindparam("ticket")
    )
)


def get(conn: Connection, entry: EntryId) -> Entry | None:
    """The message, None when there is no such one."""
    row = _GET.one(conn, entry=entry) if is_id(entry) else None
    return None if row is None else _entry(row, _ATTACHED_TO.all(conn, entry=entry))


def of_ticket(conn: Connection, ticket: TicketId) -> list[Entry]:
    """All messages of the ticket, by their times; old mail can be put in later than new."""
    if not is_id(ticket):
        return []
    attached: dict[int, list[Row]] = defaultdict(list)
    for row in _ATTACHED_ON.all(conn, ticket=ticket):
        attached[row.entry].append(row)
    return [_entry(row, attached[row.id]) for row in _OF_TICKET.all(conn, ticket=ticket)]


_BYTES = Prepared(
    select(*(attachments_table.c[name] for name in _ATTACHED), blobs.c.content)
    .join(blobs, blobs.c.sha256 == attachments_table.c.sha256)
    .where(attachments_table.c.entry == bindparam("entry"))
    .order_by(attachments_table.c.id)
)


def attachments(conn: Connection, entry: EntryId) -> tuple[Attachment, ...]:
    """The attachments of a message, with their bytes."""
    rows = _BYTES.all(conn, entry=entry) if is_id(entry) else []
    return tuple(
        Attachment(row.filename, row.content_type, row.content, row.inline, row.content_id)
        for row in rows
    )


def _entry(row: Row, attached: Sequence[Row]) -> Entry:
    return Entry(
        id=EntryId(row.id),
        ticket=TicketId(row.ticket),
        kind=EntryKind(row.kind),
        direction=Direction(row.direction),
        visibility=Visibility(row.visibility),
        author=Author(address_of(row.author_address), row.author_name, Role(row.author_role)),
        subject=row.subject,
        text=row.text,
        full_text=row.full_text,
        html=row.html,
        attachments=tuple(_stored(each) for each in attached),
        message_id=row.message_id,
        journal=None if row.journal is None else JournalId(row.journal),
        at=row.at,
        flags=tuple(from_json(row.flags)),
    )


def _stored(row: Row) -> StoredAttachment:
    return StoredAttachment(
        id=row.id,
        filename=row.filename,
        content_type=row.content_type,
        size=row.size,
        sha256=row.sha256,
        inline=row.inline,
        content_id=row.content_id,
    )


_NOTE_ID = insert_or_ignore(message_ids, "hash", "ticket", "own", "at")
_NOTE_ALIAS = insert_or_ignore(message_ids, "hash", "ticket", "own", "at", "ours")


def note_message_id(
    conn: Connection, ticket: TicketId, message_id: str, *, own: bool, at: datetime
) -> None:
    """From now on a reference to this Message-ID names this ticket. `own` says that we made
    the id; what was noted first stays."""
    note_message_ids(conn, [(ticket, message_id)], own=own, at=at)


def note_message_ids(
    conn: Connection, known: Sequence[tuple[TicketId, str]], *, own: bool, at: datetime
) -> None:
    """The same for several at once."""
    _NOTE_ID(
        conn,
        *(
            {"hash": id_hash(message_id), "ticket": ticket, "own": own, "at": at}
            for ticket, message_id in known
        ),
    )


def note_aliases(
    conn: Connection, known: Sequence[tuple[TicketId, str, str]], at: datetime
) -> None:
    """From now on a reference to an id that a relay gave to mail of ours is one to our own:
    for each the ticket, the new id and the one that we signed."""
    # In one order for everybody: two transactions that wait for each other's rows are a deadlock.
    hashed = sorted((id_hash(alias), ticket, ours) for ticket, alias, ours in known)
    _NOTE_ALIAS(
        conn,
        *(
            {"hash": hash_, "ticket": ticket, "own": True, "at": at, "ours": ours}
            for hash_, ticket, ours in hashed
        ),
    )


@dataclass(frozen=True, slots=True)
class KnownId:
    """Where a Message-ID is known from. `ours` is the signed id of ours that it stands for, by
    the word of the relay that put it there; None for any other id."""

    ticket: TicketId
    ours: str | None = None


# A fixed number of places, so that it is one statement for every number of ids.
_IDS_AT_ONCE = 16
_TICKETS_OF_IDS = Prepared(
    select(message_ids.c.hash, message_ids.c.ticket, message_ids.c.ours)
    .where(message_ids.c.hash.in_([bindparam(f"id{n}") for n in range(_IDS_AT_ONCE)]))
    .order_by(message_ids.c.ticket)
)


def tickets_of_ids(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[TicketId, ...]]:
    """The tickets that each of these Message-IDs is known on; unknown ids are left out."""
    found = known_ids(conn, ids)
    return {text: tuple(known.ticket for known in each) for text, each in found.items()}


def known_ids(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[KnownId, ...]]:
    """The same, with what each id is on its ticket."""
    by_hash = {id_hash(message_id): message_id for message_id in ids}
    hashes = list(by_hash)
    found: dict[str, tuple[KnownId, ...]] = {}
    for start in range(0, len(hashes), _IDS_AT_ONCE):
        some = hashes[start : start + _IDS_AT_ONCE]
        places = some + some[:1] * (_IDS_AT_ONCE - len(some))
        rows = _TICKETS_OF_IDS.all(conn, **{f"id{n}": value for n, value in enumerate(places)})
        for row in rows:
            message_id = by_hash[bytes(row.hash)]
            found[message_id] = (
                *found.get(message_id, ()),
                KnownId(TicketId(row.ticket), row.ours),
            )
    return found


_LAST_IDS = Prepared(
    select(entries.c.message_id, entries.c.direction, entries.c.author_address)
    .where(
        entries.c.ticket == bindparam("ticket"),
        entries.c.visibility == Visibility.PUBLIC.value,
        entries.c.message_id.is_not(None),
    )
    .order_by(entries.c.at.desc(), entries.c.id.desc())
    .limit(bindparam("rows"))
)


def last_public_message_ids(
    conn: Connection, ticket: TicketId, limit: int, *, by: Collection[str] | None = None
) -> list[str]:
    """Message-IDs of the last `limit` public messages, oldest first as References has them
    (RFC 5322 §3.6.4). `by` are keys of addresses: of what came in, what they wrote alone."""
    rows = _LAST_IDS.all(conn, ticket=ticket, rows=limit)
    return [
        row.message_id
        for row in reversed(rows)
        if by is None
        or row.direction == Direction.OUT.value
        or address_of(row.author_address).key in by
    ]
