"""A real store for the tests of what people do on tickets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from mailgate import settings
from mailgate.daemon.gateway import Gateway, desk_context
from mailgate.desk.by import By
from mailgate.desk.ticket import merging
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import Arrival, Door
from mailgate.model.seed import Seed
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
from mailgate.store.core import Connection, Store
from mailgate.store.open import open_store
from mailgate.telemetry.facts import Telemetry
from mailgate.telemetry.null import NullTelemetry
from tests.deciders.desk_world import HONG, NOW, SUPPORT, desk
from tests.harness.clock import FakeClock
from tests.harness.database import empty_database

NEW_TICKET = NewTicket(
    subject="Where is my parcel?",
    source=Source.EMAIL,
    address=SUPPORT,
    brand=None,
    group="support",
    requester=HONG,
    cc=(),
    at=NOW,
)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Store]:
    """An empty store on SQLite, closed at the end."""
    store = open_store(empty_database(folder / "desk.db"), telemetry=NullTelemetry())
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def gateway_with(folder: Path, telemetry: Telemetry) -> AsyncIterator[Gateway]:
    """A gateway without doors, on an empty store, whose time stands still."""
    text = f'[gateway]\ndata_dir = "{folder}"\n[[address]]\naddress = "{SUPPORT}"\n'
    given = settings.parse(text.encode(), source="test")
    async with opened(folder) as store:
        yield Gateway(
            settings=given,
            context=desk_context(given),
            store=store,
            clock=FakeClock(),
            telemetry=telemetry,
            random=bytes,
            node="one",
        )


def opened_ticket(
    conn: Connection, *, cc: tuple[Address, ...] = (), requester: NamedAddress = HONG
) -> TicketId:
    """A ticket with the customer's first mail on it."""
    ticket = tickets.create(conn, replace(NEW_TICKET, cc=cc, requester=requester))
    question = NewEntry(
        ticket=ticket,
        kind=EntryKind.MESSAGE,
        direction=Direction.IN,
        visibility=Visibility.PUBLIC,
        author=Author(requester.address, requester.name, Role.REQUESTER),
        subject=NEW_TICKET.subject,
        text="My parcel has not come.",
        full_text="My parcel has not come.",
        html=None,
        attachments=(),
        message_id=f"q{ticket}@customer.example",
        journal=None,
        at=NOW,
    )
    entries.add(conn, question)
    return ticket


def merge(conn: Connection, ticket: TicketId, into: TicketId) -> None:
    """An operator makes one ticket a part of the other; nobody is told."""
    merging.merge(conn, desk(), ticket, into, By("operator", NOW, Seed(bytes(32))))


def set_aside(conn: Connection) -> JournalId:
    """A mail in quarantine."""
    envelope = Envelope(HONG.address, (SUPPORT,))
    row = journal.append(conn, Arrival(Door.SMTP, envelope, b"Subject: x\r\n\r\ny\r\n", NOW))
    journal.quarantine(conn, row, cause="agent_not_proven", error="", now=NOW)
    return row


async def ticket_in(store: Store) -> TicketId:
    return await store.write(partial(opened_ticket))
