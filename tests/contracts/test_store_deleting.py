"""A ticket is deleted with everything that stands on it, and nothing else goes along."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import func, select

import mailgate.store.tables  # noqa: F401  all of them
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parsed import Attachment
from mailgate.model.delivery import Delivered
from mailgate.model.ids import EntryId, JournalId, TicketId
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.model.ticket import EventKind, Status, TicketEvent
from mailgate.model.webhook import WebhookState
from mailgate.store import (
    blocked,
    deleting,
    entries,
    events,
    followers,
    journal,
    merging,
    operating,
    outbound,
    search,
    sides,
    suppressions,
    ticketlife,
    tickets,
    webhooks,
)
from mailgate.store.columns import metadata
from mailgate.store.core import Connection, Store
from mailgate.store.tickets import TicketChange
from tests.contracts.outbound_world import claim, draft, reply
from tests.contracts.outbound_world import finish as ended
from tests.contracts.plans import plan_of
from tests.contracts.store_world import HONG, MINUTE, NOW, append, entry, finish, open_ticket

ALICE = Address("alice", "acme.example")
MINA = NamedAddress("Mina", Address("mina", "customer.example"))
FILE = Attachment("invoice.pdf", "application/pdf", b"%PDF an invoice")


def closed(conn: Connection, ticket: TicketId, at: datetime = NOW) -> None:
    tickets.update(conn, ticket, TicketChange(status=Status.CLOSED), at)


def queued(conn: Connection, ticket: TicketId, about: EntryId) -> None:
    mail = replace(draft(ticket, HONG.address), entry=about)
    outbound.enqueue(conn, mail, b"Subject: an answer\r\n\r\nIt comes.\r\n", NOW)


def filled(conn: Connection, row: JournalId) -> TicketId:
    """A closed ticket with something of each kind on it."""
    ticket = open_ticket(conn, cc=(MINA.address,))
    about = entries.add(
        conn, entry(ticket, message_id="m1@x.example", row=row, attachments=(FILE,))
    )
    finish(conn, row, ticket=ticket)
    queued(conn, ticket, about)
    (mail,) = outbound.deliveries_of_ticket(conn, ticket)
    suppressions.suppress(
        conn,
        Suppression(
            address=HONG.address,
            cause=SuppressionCause.BOUNCE,
            lanes=Lanes.ALL,
            status="5.1.1",
            text="unknown",
            at=NOW,
            until=None,
            delivery=mail.id,
        ),
    )
    ended(conn, claim(conn).leased, Delivered(reply(250, "2.0.0 taken", NOW)), NOW)
    assert outbound.attempts_of(conn, mail.id)
    events.add(conn, ticket, TicketEvent(NOW, EventKind.CREATED, "system", {}))
    followers.add(conn, ticket, ALICE, NOW)
    sides.add(conn, ticket, Address("parts", "supplier.example"), NOW)
    blocked.add(conn, HONG.address, actor="operator", ticket=ticket, now=NOW)
    tickets.update(conn, ticket, TicketChange(add_tags=("vip",)), NOW)
    search.catch_up(conn, 100, NOW)
    closed(conn, ticket)
    return ticket


def left_over(conn: Connection) -> dict[str, int]:
    """How many rows each table has, those without any left out."""
    counted = {
        table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }
    return {name: number for name, number in counted.items() if number}


def ripe(conn: Connection, limit: int = 10) -> list[TicketId]:
    return list(deleting.ripe(conn, NOW + MINUTE, limit))


async def test_nothing_of_it_is_left_but_an_empty_row_of_the_journal(store: Store) -> None:
    before = await store.read(left_over)
    row = await store.write(append)
    ticket = await store.write(partial(filled, row=row))
    await store.write(partial(deleting.delete_ticket, ticket=ticket))
    after = await store.read(left_over)
    for name in ("search_state", "destinations", "grants"):  # of no ticket in particular
        after.pop(name, None)
        before.pop(name, None)
    assert after == before | {"journal": 1, "suppressions": 1, "blocked_senders": 1}
    mail = await store.read(partial(journal.get, row_id=row))
    assert mail is not None
    assert (mail.subject, mail.from_, mail.message_id, mail.decision) == (None, None, None, None)
    assert (mail.ticket, mail.cause, mail.envelope.forward_paths) == (None, "deleted", ())
    assert (mail.received_at, mail.size) == (NOW, len(b"hello"))
    assert await store.read(partial(journal.content, row_id=row)) is None
    assert await store.read(partial(tickets.get, ticket=ticket)) is None
    assert await store.read(partial(entries.tickets_of_ids, ids=["m1@x.example"])) == {}


async def test_the_same_bytes_are_known_to_have_come(store: Store) -> None:
    row = await store.write(append)
    ticket = await store.write(partial(filled, row=row))
    await store.write(partial(deleting.delete_ticket, ticket=ticket))
    other = await store.write(append)
    copies = partial(journal.copies, row_id=other, digest=b"\x01" * 32, since=NOW - MINUTE)
    assert [copy.row for copy in await store.read(copies)] == [row]


async def test_what_others_have_stays(store: Store) -> None:
    """The file that both sent, the customer of both, the link and the part."""
    row = await store.write(append)
    ticket = await store.write(partial(filled, row=row))

    def another(conn: Connection) -> TicketId:
        other = open_ticket(conn, requester=HONG)
        entries.add(conn, entry(other, attachments=(FILE,)))
        merging.link(conn, ticket, other)
        ticketlife.set_parent(conn, other, ticket, NOW)
        return other

    other = await store.write(another)
    await store.write(partial(deleting.delete_ticket, ticket=ticket))
    left = await store.read(partial(tickets.get, ticket=other))
    assert left is not None
    assert (left.requester, left.linked, left.parent) == (HONG, (), None)
    (message,) = await store.read(partial(entries.of_ticket, ticket=other))
    files = await store.read(partial(entries.attachments, entry=message.id))
    assert [one.content for one in files] == [FILE.content]


async def test_what_was_merged_into_it_goes_with_it(store: Store) -> None:
    row = await store.write(append)
    source = await store.write(partial(filled, row=row))

    def work(conn: Connection) -> TicketId:
        into = open_ticket(conn, requester=MINA)
        merging.move_all(conn, source, into, NOW)
        closed(conn, into)
        return into

    into = await store.write(work)
    assert await store.write(ripe) == [into], "the other goes with it, never without it"
    await store.write(partial(deleting.delete_ticket, ticket=into))
    for number in (source, into):
        assert await store.read(partial(tickets.get, ticket=number)) is None
    assert "contacts" not in await store.read(left_over)


async def test_a_mail_of_another_ticket_that_told_of_its_message_stays(store: Store) -> None:
    def work(conn: Connection) -> tuple[TicketId, TicketId]:
        first = open_ticket(conn)
        about = entries.add(conn, entry(first))
        queued(conn, first, about)
        second = open_ticket(conn)
        merging.move_entry(
            conn, about, None, source=first, into=second, as_requester=False, now=NOW
        )
        return first, second

    first, second = await store.write(work)
    await store.write(partial(deleting.delete_ticket, ticket=second))
    (mail,) = await store.read(partial(outbound.deliveries_of_ticket, ticket=first))
    assert mail.entry is None


async def test_the_longest_closed_are_ripe_and_no_others(store: Store) -> None:
    ids = [await store.write(open_ticket) for _ in range(4)]
    for ticket, minute in zip(ids, (1, 0, 2), strict=False):
        await store.write(partial(closed, ticket=ticket, at=NOW + minute * MINUTE))
    assert await store.write(ripe) == [ids[1], ids[0]]
    assert await store.write(partial(ripe, limit=1)) == [ids[1]]


@pytest.mark.parametrize("where", ["its own", "of what was merged into it"])
async def test_mail_that_is_still_queued_keeps_it(store: Store, where: str) -> None:
    def work(conn: Connection) -> TicketId:
        ticket, source = open_ticket(conn), open_ticket(conn)
        about = entries.add(conn, entry(source))
        queued(conn, ticket if where == "its own" else source, about)
        merging.move_all(conn, source, ticket, NOW)
        closed(conn, ticket)
        return ticket

    ticket = await store.write(work)
    assert await store.write(ripe) == []
    await store.write(partial(operating.cancel, wanted=operating.EVERYTHING, now=NOW))
    assert await store.write(ripe) == [ticket]


@pytest.mark.parametrize("where", ["its own", "of what was merged into it"])
async def test_what_is_still_to_be_told_elsewhere_keeps_it(store: Store, where: str) -> None:
    def work(conn: Connection) -> TicketId:
        ticket, source = open_ticket(conn), open_ticket(conn)
        about = ticket if where == "its own" else source
        webhooks.put(conn, about, "VIP", "https://hooks.acme.example/", "{}", NOW)
        merging.move_all(conn, source, ticket, NOW)
        closed(conn, ticket)
        return ticket

    ticket = await store.write(work)
    assert await store.write(ripe) == []
    take = partial(webhooks.claim, now=NOW, lease=MINUTE, limit=1)
    (leased,) = await store.write(take)
    assert await store.write(ripe) == [], "it is under way"
    await store.write(partial(webhooks.settle, of=leased, state=WebhookState.DONE))
    assert await store.write(ripe) == [ticket]


def naming() -> Iterator[tuple[str, str]]:
    """Each column that names rows of a table which is deleted from: the table, the column."""
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in deleting.HANDLED:
                yield key.column.table.name, f"{table.name}.{key.parent.name}"


def test_whatever_names_a_ticket_is_seen_to() -> None:
    """Who adds a table that points to tickets says here what becomes of its rows."""
    found = {name: frozenset(c for n, c in naming() if n == name) for name in deleting.HANDLED}
    assert found == deleting.HANDLED


SMALL = frozenset({"blocked_senders.ticket", "suppressions.delivery"})
"""Addresses that somebody looks through: searched as a whole."""


def test_whatever_names_what_is_deleted_is_found_by_an_index() -> None:
    """The database itself looks for it, once for each row that goes."""
    first = {
        f"{table.name}.{next(iter(columns)).name}"
        for table in metadata.sorted_tables
        for columns in (*(index.columns for index in table.indexes), table.primary_key.columns)
    }
    assert {column for _, column in naming()} - first == SMALL


async def test_nothing_large_is_searched_as_a_whole(store: Store) -> None:
    row = await store.write(append)
    ticket = await store.write(partial(filled, row=row))

    def plan(conn: Connection) -> str:
        def ask(inside: Connection) -> None:
            deleting.ripe(inside, NOW, 10)
            deleting.delete_ticket(inside, ticket)

        return plan_of(conn, ask)

    found = await store.write(plan)
    large = ("entries", "message_ids", "events", "outbound", "deliveries", "attempts", "journal")
    also = ("attachments", "blobs", "tickets", "contacts", "journal_content")
    lines = found.splitlines()
    for name in (*large, *also):
        assert f"SCAN {name}" not in lines
        assert not [line for line in lines if f"Seq Scan on {name} " in line]
    assert "tickets_closed" in found
