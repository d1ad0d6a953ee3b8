"""What no database can hold comes in with mail every day; none of it may stop a message.

PostgreSQL refuses NUL in text and lone surrogates, and its driver raises before it even asks:
as a 4yz for the sender that would be five days of retries, as a crash of the worker a quarantine.
"""

from dataclasses import replace
from functools import partial

import pytest

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import Attachment
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.store import entries, events, journal, search, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.listing import TicketFilter, listing
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import NOW, append, arrival, entry, finish, open_ticket

POISON = {
    "nul": ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
    "lone surrogate": ("a\ud83db", "a\N{REPLACEMENT CHARACTER}b"),
    "swapped pair": ("a\udc00\ud800b", "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"),
    "astral": ("a\N{GRINNING FACE}b", "a\N{GRINNING FACE}b"),
    "controls": ("a\x01\x7f\x9f\ufffe\uffffb", "a\x01\x7f\x9f\ufffe\uffffb"),
}

poisoned = pytest.mark.parametrize(("text", "clean"), POISON.values(), ids=POISON.keys())


@poisoned
async def test_tickets_and_messages(store: Store, text: str, clean: str) -> None:
    who = NamedAddress(text, Address("kim", "customer.example"))
    cc = (Address(f"cc{text}", "customer.example"),)
    ticket = await store.write(partial(open_ticket, subject=text, requester=who, cc=cc))
    attachment = Attachment(text, text, b"\0", content_id=text)
    new = replace(
        entry(ticket, text=text, message_id=text, attachments=(attachment,)), flags=(text,)
    )
    await store.write(partial(entries.add, new=new))
    tag = partial(tickets.update, ticket=ticket, change=TicketChange(add_tags=(text,)), now=NOW)
    await store.write(tag)
    event = TicketEvent(NOW, EventKind.TAGGED, text, {"tag": text})
    await store.write(partial(events.add, ticket=ticket, event=event))

    found = await store.read(partial(tickets.get, ticket=ticket))
    assert found is not None
    assert (found.subject, found.requester.name, found.tags) == (clean, clean, (clean,))
    (message,) = await store.read(partial(entries.of_ticket, ticket=ticket))
    assert (message.text, message.message_id, message.flags) == (clean, clean, (clean,))
    assert message.html == f"<p>{clean}</p>"
    assert (message.attachments[0].filename, message.attachments[0].content_id) == (clean, clean)
    (told,) = await store.read(partial(events.of_ticket, ticket=ticket))
    assert (told.actor, told.detail) == (clean, {"tag": clean})
    assert await store.read(partial(entries.tickets_of_ids, ids=[text])) == {text: (ticket,)}


@poisoned
async def test_the_journal(store: Store, text: str, clean: str) -> None:
    localpart = Address(text, "customer.example")
    given = replace(arrival(), envelope=Envelope(localpart, (localpart,)), authenticated=text)
    row_id = await store.write(partial(journal.append, arrival=given))
    await store.write(partial(journal.fail, row_id=row_id, error=text, due_at=NOW))
    failed = await store.read(partial(journal.get, row_id=row_id))
    assert failed is not None
    assert failed.error == clean
    assert failed.envelope.forward_paths == (Address(clean, "customer.example"),)

    def same_id(conn: Connection) -> bool:
        return journal.has_other_with_message_id(conn, row_id, text, b"\2" * 32)

    await store.write(partial(finish, row=row_id, message_id=text, subject=text))
    done = await store.read(partial(journal.get, row_id=row_id))
    assert done is not None
    assert (done.message_id, done.subject) == (clean, clean)
    other = await store.write(append)
    await store.write(partial(finish, row=other, message_id=text))
    assert await store.read(same_id) is True


@poisoned
async def test_what_people_search_for(store: Store, text: str, clean: str) -> None:
    ticket = await store.write(partial(open_ticket, subject=f"lamp {text}"))
    await store.write(partial(entries.add, new=entry(ticket, text=text)))
    await store.write(partial(search.catch_up, limit=10, now=NOW))
    wanted = TicketFilter(search=f"lamp {text}")
    found = await store.read(partial(listing, wanted=wanted))
    assert [each.id for each in found] == [ticket]
    none = TicketFilter(tag=text, requester=text, assignee=text, group=text, brand=text)
    assert await store.read(partial(listing, wanted=none)) == []


@pytest.mark.parametrize("content", [b"", b"\0", b"\xff\xfe\r\n\0" * 1000, b"x" * 5_000_000])
async def test_bytes_are_never_changed(store: Store, content: bytes) -> None:
    row_id = await store.write(partial(append, content=content))
    assert await store.read(partial(journal.content, row_id=row_id)) == content


async def test_a_message_id_of_4_kb_can_be_finished(store: Store) -> None:
    row_id = await store.write(append)
    await store.write(partial(finish, row=row_id, message_id="m" * 4096))
    row = await store.read(partial(journal.get, row_id=row_id))
    assert row is not None
    assert row.message_id == "m" * 4096
