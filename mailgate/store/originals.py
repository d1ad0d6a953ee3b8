"""Has this message come before? By its bytes, and by its Message-ID."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, literal_column, or_, select

from mailgate.mail.address import Address
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import JournalState
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import journal
from mailgate.store.values import addresses_of, id_hash

__all__ = ["Copy", "copies", "has_other_with_message_id", "twin_ticket"]

_MAX_COPIES = 50
_IS_COPY = (
    journal.c.digest == bindparam("digest"),
    # What was set aside is on no ticket: a copy that can prove more is judged by itself.
    # As a literal: for a bound state SQLite plans anew each time, since it could be that of
    # a partial index.
    journal.c.state == literal_column(f"'{JournalState.DONE.value}'"),
    journal.c.received_at >= bindparam("since"),
    journal.c.id != bindparam("row"),
    # A later copy can be done before an earlier one that had to be tried again.
    or_(journal.c.id < bindparam("row"), journal.c.ticket.is_not(None)),
)
_COPIES = Prepared(
    select(journal.c.id, journal.c.ticket, journal.c.forward_paths, journal.c.decision)
    .where(*_IS_COPY)
    .order_by(journal.c.id)
    .limit(_MAX_COPIES)
)
_LOCK_DIGEST = Prepared(
    select(func.pg_advisory_xact_lock(bindparam("key", type_=journal.c.id.type)))
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A row with the same bytes: where it was sent, the ticket that it is on, and what was decided
    (JSON)."""

    row: JournalId
    ticket: TicketId | None
    recipients: tuple[Address, ...]
    decision: str | None


def copies(conn: Connection, row_id: JournalId, digest: bytes, since: datetime) -> list[Copy]:
    """The rows with the same digest that came before, the first of them first; 50 at most.

    Only rows that are done count: not those in quarantine, nor what was dropped. Rows that were
    received before `since` do not count; nor does a later row, unless it was put on a ticket
    already. Until the transaction ends, nobody else decides about this digest.
    """
    if conn.dialect.name == "postgresql":
        _LOCK_DIGEST.one(conn, key=int.from_bytes(digest[:8], signed=True))
    rows = _COPIES.all(conn, row=row_id, digest=digest, since=since)
    return [
        Copy(JournalId(row.id), row.ticket, addresses_of(row.forward_paths), row.decision)
        for row in rows
    ]


_OTHER_ID = Prepared(
    select(journal.c.id)
    .where(
        journal.c.message_id_hash == bindparam("hash"),
        journal.c.id != bindparam("row"),
        journal.c.digest != bindparam("digest"),
    )
    .limit(1)
)


def has_other_with_message_id(
    conn: Connection, row_id: JournalId, message_id: str, digest: bytes
) -> bool:
    """Whether another message, with other bytes, has the same Message-ID."""
    found = _OTHER_ID.one(conn, row=row_id, hash=id_hash(message_id), digest=digest)
    return found is not None


_TWIN = Prepared(
    select(journal.c.ticket)
    .where(
        journal.c.message_id_hash == bindparam("hash"),
        journal.c.from_address == bindparam("sender"),
        journal.c.ticket.is_not(None),
        journal.c.id != bindparam("row"),
    )
    .order_by(journal.c.id)
    .limit(1)
)


def twin_ticket(
    conn: Connection, row_id: JournalId, message_id: str, sender: Address
) -> TicketId | None:
    """The ticket of the first message with this Message-ID that `sender` seems to have written:
    lists and relays change a mail on its way, and its id stays."""
    found = _TWIN.one(conn, row=row_id, hash=id_hash(message_id), sender=str(sender))
    return None if found is None else TicketId(found.ticket)
