"""Old mail: rows that nobody has to work on, and tickets with the times of their mails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from mailgate.mail.address import Address
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import Arrival, JournalState
from mailgate.model.ticket import Status
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import entries, journal, journal_content, message_ids, ticket_cc, tickets
from mailgate.store.values import addresses_text, id_hash, reverse_path_text

__all__ = [
    "Filed",
    "Times",
    "add_cc",
    "add_done",
    "file",
    "is_sent",
    "known",
    "look_up",
    "set_ended",
    "set_times",
    "texts_of_id",
]


@dataclass(frozen=True, slots=True)
class Filed:
    """What is to be recorded of a message; as `journal.finish` has it."""

    digest: bytes = field(repr=False)
    message_id: str | None
    from_address: str | None
    subject: str | None


_VALUES = (
    *("door", "trusted", "received_at", "reverse_path", "forward_paths", "size", "due_at"),
    *("digest", "message_id", "message_id_hash", "from_address", "subject", "state", "attempts"),
    *("released", "done_at"),
)
_ADD = Prepared(insert(journal).values({name: bindparam(name) for name in _VALUES}))
_ADD_CONTENT = Prepared(
    insert(journal_content).values(journal=bindparam("journal"), raw=bindparam("raw"))
)


def add_done(conn: Connection, arrival: Arrival, what: Filed) -> JournalId:
    """Puts a message in that comes to its end in the same transaction: no worker sees it.
    What became of it is said with `file`."""
    row = JournalId(
        _ADD.insert(
            conn,
            door=arrival.door.value,
            trusted=arrival.trusted,
            received_at=arrival.at,
            reverse_path=reverse_path_text(arrival.envelope.reverse_path),
            forward_paths=addresses_text(arrival.envelope.forward_paths),
            size=len(arrival.content),
            due_at=arrival.at,
            digest=what.digest,
            message_id=what.message_id,
            message_id_hash=None if what.message_id is None else id_hash(what.message_id),
            from_address=what.from_address,
            subject=what.subject,
            state=JournalState.DONE.value,
            attempts=1,
            released=False,
            done_at=arrival.at,
        )
    )
    _ADD_CONTENT.run(conn, journal=row, raw=arrival.content)
    return row


_FILE = Prepared(
    update(journal)
    .where(journal.c.id == bindparam("row"))
    .values(
        decision=bindparam("decision", type_=journal.c.decision.type),
        ticket=bindparam("on", type_=journal.c.ticket.type),
    )
)


def file(conn: Connection, row: JournalId, *, ticket: TicketId, decision: str) -> None:
    """Records which ticket a row is on, and why."""
    _FILE.run(conn, row=row, on=ticket, decision=decision)


_KNOWN = Prepared(
    select(journal.c.ticket)
    .where(journal.c.digest == bindparam("digest"))
    # One that is on a ticket says more than one that was dropped or is in quarantine.
    .order_by(journal.c.ticket.is_(None), journal.c.id)
    .limit(1)
)
_LOCK = Prepared(select(func.pg_advisory_xact_lock(bindparam("key", type_=journal.c.id.type))))


def known(conn: Connection, digests: Sequence[bytes]) -> Mapping[bytes, TicketId | None]:
    """Those of the digests that came before, by whatever door and however long ago, with the
    ticket that the message is on. Until the transaction ends, nobody else decides about them."""
    if conn.dialect.name == "postgresql":
        # In one order for everybody, as `journal.copies` does it for one.
        for key in sorted({int.from_bytes(digest[:8], signed=True) for digest in digests}):
            _LOCK.one(conn, key=key)
    return look_up(conn, digests)


def look_up(conn: Connection, digests: Sequence[bytes]) -> Mapping[bytes, TicketId | None]:
    """As `known`, for those who only look."""
    rows = ((digest, _KNOWN.one(conn, digest=digest)) for digest in digests)
    return {digest: row.ticket for digest, row in rows if row is not None}


_SENT = Prepared(
    select(message_ids.c.ticket)
    .where(message_ids.c.hash == bindparam("hash"), message_ids.c.own)
    .limit(1)
)


def is_sent(conn: Connection, message_id: str) -> bool:
    """Whether a mail with this Message-ID is known as one of ours, and not only named by others."""
    return _SENT.one(conn, hash=id_hash(message_id)) is not None


_TEXTS = Prepared(
    select(entries.c.full_text).where(
        entries.c.ticket == bindparam("ticket"), entries.c.message_id == bindparam("message_id")
    )
)


def texts_of_id(conn: Connection, ticket: TicketId, message_id: str) -> list[str]:
    """The texts of the messages on a ticket that have this Message-ID."""
    return [row.full_text for row in _TEXTS.all(conn, ticket=ticket, message_id=message_id)]


_ADD_CC = insert_or_ignore(ticket_cc, "ticket", "key", "address")


def add_cc(conn: Connection, ticket: TicketId, address: Address) -> None:
    """Makes somebody a participant, unless they are one."""
    _ADD_CC(conn, {"ticket": ticket, "key": address.key, "address": str(address)})


@dataclass(frozen=True, slots=True)
class Times:
    """Of a ticket with old mail on it."""

    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None


_TIMES = Prepared(
    update(tickets)
    .where(tickets.c.id == bindparam("ticket"))
    .values(
        created_at=bindparam("created_at"),
        updated_at=bindparam("updated_at"),
        first_response_at=bindparam("first_response_at", type_=tickets.c.first_response_at.type),
    )
)
_ENDED = Prepared(
    update(tickets)
    .where(tickets.c.id == bindparam("ticket"))
    .values(
        resolved_at=bindparam("resolved_at", type_=tickets.c.resolved_at.type),
        closed_at=bindparam("closed_at", type_=tickets.c.closed_at.type),
    )
)


def set_times(conn: Connection, ticket: TicketId, times: Times) -> None:
    """A ticket's times are those of its mails, not those of when they were put in."""
    _TIMES.run(
        conn,
        ticket=ticket,
        created_at=times.created_at,
        updated_at=times.updated_at,
        first_response_at=times.first_response_at,
    )


def set_ended(conn: Connection, ticket: TicketId, status: Status, now: datetime) -> None:
    """When a ticket that was made in this status was resolved or closed."""
    resolved = now if status is Status.RESOLVED else None
    closed = now if status is Status.CLOSED else None
    _ENDED.run(conn, ticket=ticket, resolved_at=resolved, closed_at=closed)
