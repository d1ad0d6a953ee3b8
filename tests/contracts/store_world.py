"""Arrivals, tickets and entries for the tests of the store."""

from datetime import UTC, datetime, timedelta

from mailgate.mail.address import Address, NamedAddress, ReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import Attachment
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import Arrival, Door, JournalState
from mailgate.model.ticket import (
    Author,
    Direction,
    EntryKind,
    NewEntry,
    NewTicket,
    Role,
    Source,
    Visibility,
)
from mailgate.store import entries, journal, tickets
from mailgate.store.core import Connection

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SUPPORT = Address("support", "acme.example")
HONG = NamedAddress("홍길동", Address("hong", "customer.example"))


def arrival(
    content: bytes = b"From: hong@customer.example\r\n\r\nhello\r\n",
    *,
    at: datetime = NOW,
    reverse_path: ReversePath = HONG.address,
) -> Arrival:
    return Arrival(
        door=Door.SMTP,
        envelope=Envelope(reverse_path, (SUPPORT,)),
        content=content,
        at=at,
        peer="192.0.2.7",
        trusted=True,
        authenticated=None,
    )


def append(conn: Connection, content: bytes = b"hello") -> JournalId:
    """A unit: one message into the journal."""
    return journal.append(conn, arrival(content))


def journal_rows(conn: Connection) -> int:
    """How many messages are in the journal."""
    return len(journal.listing(conn, state=None, limit=100_000))


def open_ticket(
    conn: Connection,
    *,
    subject: str = "broken",
    requester: NamedAddress = HONG,
    cc: tuple[Address, ...] = (),
    linked: tuple[TicketId, ...] = (),
    at: datetime = NOW,
) -> TicketId:
    new = NewTicket(
        subject=subject,
        source=Source.EMAIL,
        address=SUPPORT,
        brand="acme",
        group="support",
        requester=requester,
        cc=cc,
        at=at,
        linked=linked,
    )
    return tickets.create(conn, new)


def entry(
    ticket: TicketId,
    *,
    text: str = "it is broken",
    direction: Direction = Direction.IN,
    visibility: Visibility = Visibility.PUBLIC,
    message_id: str | None = None,
    row: JournalId | None = None,
    attachments: tuple[Attachment, ...] = (),
    at: datetime = NOW,
) -> NewEntry:
    return NewEntry(
        ticket=ticket,
        kind=EntryKind.MESSAGE,
        direction=direction,
        visibility=visibility,
        author=Author(HONG.address, HONG.name, Role.REQUESTER),
        subject="broken",
        text=text,
        full_text=f"{text}\n> quoted",
        html=f"<p>{text}</p>",
        attachments=attachments,
        message_id=message_id,
        journal=row,
        at=at,
        flags=("flagged",),
    )


def add_entry(conn: Connection, new: NewEntry) -> None:
    entries.add(conn, new)


def finish(
    conn: Connection,
    row: JournalId,
    *,
    state: JournalState = JournalState.DONE,
    ticket: TicketId | None = None,
    cause: str | None = None,
    digest: bytes = b"\x01" * 32,
    message_id: str | None = "1@customer.example",
    subject: str | None = "broken",
) -> None:
    journal.finish(
        conn,
        row,
        state=state,
        cause=cause,
        decision='{"disposition": "open_ticket"}',
        ticket=ticket,
        digest=digest,
        message_id=message_id,
        from_address="hong@customer.example",
        subject=subject,
        now=NOW,
    )
