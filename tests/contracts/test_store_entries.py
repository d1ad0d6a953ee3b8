"""Messages on tickets, their attachments, and the Message-IDs that lead back to a ticket."""

import asyncio
from functools import partial

import pytest

from mailgate.mail.parsed import Attachment
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.ticket import (
    Author,
    Direction,
    Entry,
    EntryKind,
    NewEntry,
    Role,
    Source,
    StoredAttachment,
    Visibility,
)
from mailgate.store import entries, tickets
from mailgate.store.core import Connection, Store, StoreError, StoreUnavailable
from tests.contracts.store_world import HONG, MINUTE, NOW, append, entry, open_ticket

LOGO = Attachment("logo.png", "image/png", bytes(range(256)), inline=True, content_id="logo@x")
BILL = Attachment("청구서.pdf", "application/pdf", b"%PDF-1.7")


async def add(store: Store, new: NewEntry) -> EntryId:
    return await store.write(partial(entries.add, new=new))


async def test_a_message_comes_back_as_it_was_put_on_the_ticket(store: Store) -> None:
    row = await store.write(append)
    ticket = await store.write(open_ticket)
    new = entry(ticket, message_id="1@x", row=row, attachments=(LOGO, BILL))
    entry_id = await add(store, new)

    stored = await store.read(partial(entries.get, entry=entry_id))
    assert stored is not None
    assert stored == Entry(
        id=entry_id,
        ticket=ticket,
        kind=EntryKind.MESSAGE,
        direction=Direction.IN,
        visibility=Visibility.PUBLIC,
        author=Author(HONG.address, HONG.name, Role.REQUESTER),
        subject="broken",
        text="it is broken",
        full_text="it is broken\n> quoted",
        html="<p>it is broken</p>",
        attachments=(
            StoredAttachment(
                stored.attachments[0].id,
                "logo.png",
                "image/png",
                256,
                LOGO.sha256,
                inline=True,
                content_id="logo@x",
            ),
            StoredAttachment(
                stored.attachments[1].id,
                "청구서.pdf",
                "application/pdf",
                8,
                BILL.sha256,
                inline=False,
                content_id=None,
            ),
        ),
        message_id="1@x",
        journal=row,
        at=NOW,
        flags=("flagged",),
    )
    assert await store.read(partial(entries.attachments, entry=entry_id)) == (LOGO, BILL)


async def test_a_ticket_has_its_messages_in_order(store: Store) -> None:
    ticket, other = await store.write(open_ticket), await store.write(open_ticket)
    first = await add(store, entry(ticket, attachments=(LOGO,)))
    await add(store, entry(other, attachments=(BILL,)))
    second = await add(store, entry(ticket, attachments=(LOGO, BILL), at=NOW + MINUTE))

    found = await store.read(partial(entries.of_ticket, ticket=ticket))
    assert [(each.id, [a.filename for a in each.attachments]) for each in found] == [
        (first, ["logo.png"]),
        (second, ["logo.png", "청구서.pdf"]),
    ]
    assert found[0] == await store.read(partial(entries.get, entry=first))


async def test_a_message_counts_and_is_a_change_of_the_ticket(store: Store) -> None:
    ticket = await store.write(open_ticket)
    for minute in (1, 2):
        await add(store, entry(ticket, at=NOW + minute * MINUTE))
    found = await store.read(partial(tickets.get, ticket=ticket))
    assert found is not None
    assert (found.messages, found.updated_at) == (2, NOW + 2 * MINUTE)


async def test_an_accepted_message_is_put_on_a_ticket_once(store: Store) -> None:
    row = await store.write(append)
    ticket, other = await store.write(open_ticket), await store.write(open_ticket)
    results = await asyncio.gather(
        add(store, entry(ticket, row=row)),
        add(store, entry(other, row=row)),
        return_exceptions=True,
    )
    (error,) = [result for result in results if isinstance(result, Exception)]
    assert isinstance(error, StoreError)
    assert not isinstance(error, StoreUnavailable)


async def test_messages_without_a_journal_row_are_many(store: Store) -> None:
    ticket = await store.write(open_ticket)
    assert await add(store, entry(ticket)) != await add(store, entry(ticket))


async def test_the_same_bytes_are_kept_once(store: Store) -> None:
    ticket = await store.write(open_ticket)
    await asyncio.gather(*(add(store, entry(ticket, attachments=(LOGO, BILL))) for _ in range(5)))
    await asyncio.gather(*(add(store, entry(ticket, attachments=(BILL, LOGO))) for _ in range(5)))

    def blobs(conn: Connection) -> int:
        count: int = conn.exec_driver_sql("SELECT count(*) FROM blobs").scalar_one()
        return count

    assert await store.read(blobs) == 2


# --- Message-IDs ------------------------------------------------------------------------------


async def known(store: Store, *ids: str) -> dict[str, tuple[TicketId, ...]]:
    return await store.read(partial(entries.tickets_of_ids, ids=ids))


async def test_a_reference_leads_to_the_ticket(store: Store) -> None:
    ticket, other = await store.write(open_ticket), await store.write(open_ticket)
    await add(store, entry(ticket, message_id="1@x"))
    await add(store, entry(other, message_id="2@x"))
    assert await known(store, "1@x", "2@x", "3@x") == {"1@x": (ticket,), "2@x": (other,)}


async def test_an_id_can_be_on_several_tickets(store: Store) -> None:
    first, second = await store.write(open_ticket), await store.write(open_ticket)
    for ticket in (second, first, second):
        await add(store, entry(ticket, message_id="1@x"))
    assert await known(store, "1@x") == {"1@x": (first, second)}


async def test_ids_are_compared_as_they_are_written(store: Store) -> None:
    """RFC 5322 §3.6.4: an id is an opaque text."""
    ticket = await store.write(open_ticket)
    await add(store, entry(ticket, message_id="Abc@x"))
    assert await known(store, "abc@x", "Abc@X") == {}


@pytest.mark.parametrize("count", [0, 1, 16, 17, 100])
async def test_any_number_of_references_is_looked_up(store: Store, count: int) -> None:
    ticket = await store.write(open_ticket)
    ids = [f"{number}@x" for number in range(count)]
    for message_id in ids[::2]:
        note = partial(entries.note_message_id, message_id=message_id, own=True, at=NOW)
        await store.write(partial(note, ticket=ticket))
    assert await known(store, *ids) == dict.fromkeys(ids[::2], (ticket,))


async def test_a_message_id_of_4_kb_is_found(store: Store) -> None:
    """PostgreSQL refuses index entries of more than 2,704 bytes."""
    ticket = await store.write(open_ticket)
    long_id = "m" * 4096 + "@x"
    await add(store, entry(ticket, message_id=long_id))
    assert await known(store, long_id) == {long_id: (ticket,)}


async def test_the_last_public_ids_are_told_oldest_first(store: Store) -> None:
    ticket = await store.write(open_ticket)
    for number in range(1, 6):
        await add(store, entry(ticket, message_id=f"{number}@x"))
    await add(store, entry(ticket, message_id=None))
    await add(store, entry(ticket, message_id="note@x", visibility=Visibility.PRIVATE))
    last = partial(entries.last_public_message_ids, ticket=ticket, limit=3)
    assert await store.read(last) == ["3@x", "4@x", "5@x"]


async def test_ids_that_we_made_are_marked_as_ours(store: Store) -> None:
    ticket = await store.write(open_ticket)
    await add(store, entry(ticket, message_id="in@x", direction=Direction.IN))
    await add(store, entry(ticket, message_id="out@x", direction=Direction.OUT))

    def own(conn: Connection) -> list[bool]:
        found = conn.exec_driver_sql("SELECT own FROM message_ids")
        return sorted(bool(row.own) for row in found)

    assert await store.read(own) == [False, True]


@pytest.mark.parametrize("number", [0, 404, 2**63, 10**30])
async def test_a_message_that_does_not_exist_is_none(store: Store, number: int) -> None:
    assert await store.read(partial(entries.get, entry=EntryId(number))) is None
    assert await store.read(partial(entries.attachments, entry=EntryId(number))) == ()
    assert await store.read(partial(entries.of_ticket, ticket=TicketId(number))) == []


def test_sources_fit_their_column() -> None:
    assert max(len(source) for source in Source) <= 16
