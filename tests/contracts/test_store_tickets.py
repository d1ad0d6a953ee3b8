"""Tickets: opened with their contact, found, changed, merged."""

import asyncio
from functools import partial

import pytest

from mailgate.mail.address import Address, NamedAddress
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, Priority, Source, Status, Ticket, TicketEvent
from mailgate.store import contacts, events, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.listing import TicketFilter, listing
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import (
    HONG,
    MINUTE,
    NOW,
    SUPPORT,
    open_ticket,
)

MINA = NamedAddress("Mina", Address("Mina", "customer.example"))
ALICE = Address("alice", "acme.example")


async def the(store: Store, ticket: TicketId) -> Ticket:
    found = await store.read(partial(tickets.get, ticket=ticket))
    assert found is not None
    return found


async def change(store: Store, ticket: TicketId, what: TicketChange, minute: int = 1) -> None:
    await store.write(
        partial(tickets.update, ticket=ticket, change=what, now=NOW + minute * MINUTE)
    )


async def test_a_new_ticket_has_what_it_was_given_and_nothing_else(store: Store) -> None:
    other = await store.write(open_ticket)
    opening = partial(open_ticket, cc=(MINA.address,), linked=(other,), subject="고장")
    ticket = await store.write(opening)
    assert await the(store, ticket) == Ticket(
        id=ticket,
        subject="고장",
        status=Status.OPEN,
        priority=Priority.NORMAL,
        source=Source.EMAIL,
        address=SUPPORT,
        brand="acme",
        group="support",
        assignee=None,
        requester=HONG,
        cc=(MINA.address,),
        tags=(),
        parent=None,
        merged_into=None,
        linked=(other,),
        created_at=NOW,
        updated_at=NOW,
        first_response_at=None,
        sla_started_at=None,
        resolved_at=None,
        closed_at=None,
        messages=0,
    )


@pytest.mark.parametrize("number", [0, -5, 404, 2**63, 10**30])
async def test_a_ticket_that_does_not_exist_is_none(store: Store, number: int) -> None:
    """Anybody can write any number behind a # into a subject."""
    nothing = TicketId(number)
    assert await store.read(partial(tickets.get, ticket=nothing)) is None
    assert await store.read(partial(tickets.resolve_merge, ticket=nothing)) is None
    assert await store.read(partial(events.of_ticket, ticket=nothing)) == []
    await store.write(partial(tickets.lock, ticket=nothing))


async def test_mails_of_a_new_customer_that_race_make_one_contact(store: Store) -> None:
    spellings = [NamedAddress("", Address(name, "customer.example")) for name in ("kim", "Kim")]
    opened = await asyncio.gather(
        *(store.write(partial(open_ticket, requester=who)) for who in spellings * 10)
    )
    assert len(set(opened)) == 20

    def count(conn: Connection) -> int:
        number: int = conn.exec_driver_sql("SELECT count(*) FROM contacts").scalar_one()
        return number

    assert await store.read(count) == 1


async def test_a_contact_keeps_the_first_name_it_gave(store: Store) -> None:
    """A display name proves nothing: a forged mail must not rename a customer."""
    names = ["", "홍길동", "Somebody Else", ""]
    opened = [
        await store.write(partial(open_ticket, requester=NamedAddress(name, HONG.address)))
        for name in names
    ]
    assert {(await the(store, ticket)).requester for ticket in opened} == {HONG}


async def test_upserting_tells_the_same_contact(store: Store) -> None:
    first = await store.write(partial(contacts.upsert, who=HONG, at=NOW))
    other = await store.write(partial(contacts.upsert, who=MINA, at=NOW))
    assert await store.write(partial(contacts.upsert, who=HONG, at=NOW)) == first
    assert other != first


# --- changing ---------------------------------------------------------------------------------


async def test_a_change_changes_what_it_names_and_the_time(store: Store) -> None:
    ticket = await store.write(open_ticket)
    before = await the(store, ticket)
    await change(store, ticket, TicketChange(assignee=ALICE, priority=Priority.URGENT))
    after = await the(store, ticket)

    assert (after.assignee, after.priority) == (ALICE, Priority.URGENT)
    assert (after.status, after.group) == (before.status, before.group)
    assert after.updated_at == NOW + MINUTE


async def test_tags_are_a_set(store: Store) -> None:
    ticket = await store.write(open_ticket)
    await change(store, ticket, TicketChange(add_tags=("vip", "반품", "vip")))
    await change(store, ticket, TicketChange(add_tags=("vip", "new"), remove_tags=("반품", "none")))
    assert (await the(store, ticket)).tags == ("new", "vip")


async def test_resolved_and_closed_remember_since_when(store: Store) -> None:
    ticket = await store.write(open_ticket)
    await change(store, ticket, TicketChange(status=Status.RESOLVED), minute=1)
    await change(store, ticket, TicketChange(status=Status.RESOLVED), minute=2)
    await change(store, ticket, TicketChange(status=Status.CLOSED), minute=3)
    await change(store, ticket, TicketChange(group="sales"), minute=4)
    closed = await the(store, ticket)
    assert (closed.resolved_at, closed.closed_at) == (NOW + MINUTE, NOW + 3 * MINUTE)


async def test_it_may_be_closed_from_a_time_to_come(store: Store) -> None:
    ticket = await store.write(open_ticket)
    later, latest = NOW + 5 * MINUTE, NOW + 9 * MINUTE
    await change(store, ticket, TicketChange(closed_at=latest))
    assert (await the(store, ticket)).closed_at is None
    await change(store, ticket, TicketChange(status=Status.CLOSED, closed_at=later))
    await change(store, ticket, TicketChange(status=Status.CLOSED, closed_at=latest))
    assert (await the(store, ticket)).closed_at == later


@pytest.mark.parametrize("status", [Status.OPEN, Status.PENDING])
async def test_opening_again_forgets_when_it_was_closed(store: Store, status: Status) -> None:
    ticket = await store.write(open_ticket)
    await change(store, ticket, TicketChange(status=Status.RESOLVED))
    await change(store, ticket, TicketChange(status=Status.CLOSED))
    await change(store, ticket, TicketChange(status=status))
    again = await the(store, ticket)
    assert (again.status, again.resolved_at, again.closed_at) == (status, None, None)


async def test_the_first_response_stays_the_first(store: Store) -> None:
    ticket = await store.write(open_ticket)
    for minute in (5, 9):
        await change(store, ticket, TicketChange(first_response_at=NOW + minute * MINUTE))
    assert (await the(store, ticket)).first_response_at == NOW + 5 * MINUTE


async def test_counts_name_every_status(store: Store) -> None:
    ids = [await store.write(open_ticket) for _ in range(3)]
    await change(store, ids[0], TicketChange(status=Status.PENDING))
    assert await store.read(tickets.counts) == {
        Status.OPEN: 2,
        Status.PENDING: 1,
        Status.RESOLVED: 0,
        Status.CLOSED: 0,
    }


# --- merges -----------------------------------------------------------------------------------


def merge(conn: Connection, ticket: TicketId, into: TicketId) -> None:
    conn.exec_driver_sql(f"UPDATE tickets SET merged_into = {into} WHERE id = {ticket}")


async def test_merges_are_followed_to_the_end(store: Store) -> None:
    one, two, three = [await store.write(open_ticket) for _ in range(3)]
    await store.write(partial(merge, ticket=one, into=two))
    await store.write(partial(merge, ticket=two, into=three))
    assert await store.read(partial(tickets.resolve_merge, ticket=one)) == three
    assert await store.read(partial(tickets.resolve_merge, ticket=three)) == three


async def test_a_circle_of_merges_ends(store: Store) -> None:
    one, two = [await store.write(open_ticket) for _ in range(2)]
    await store.write(partial(merge, ticket=one, into=two))
    await store.write(partial(merge, ticket=two, into=one))
    assert await store.read(partial(tickets.resolve_merge, ticket=one)) is None


# --- lists ------------------------------------------------------------------------------------


async def listed(store: Store, wanted: TicketFilter) -> list[TicketId]:
    return [ticket.id for ticket in await store.read(partial(listing, wanted=wanted))]


async def test_a_list_is_what_get_tells_of_each_the_last_changed_first(store: Store) -> None:
    old = await store.write(partial(open_ticket, cc=(MINA.address,)))
    new = await store.write(partial(open_ticket, linked=(old,), at=NOW + MINUTE))
    await change(store, old, TicketChange(add_tags=("vip",)), minute=5)

    found = await store.read(partial(listing, wanted=TicketFilter()))
    assert found == [await the(store, old), await the(store, new)]
    assert await listed(store, TicketFilter(limit=1)) == [old]


async def test_each_filter_narrows_the_list(store: Store) -> None:
    plain = await store.write(open_ticket)
    other = await store.write(partial(open_ticket, requester=MINA))
    what = TicketChange(status=Status.PENDING, assignee=ALICE, add_tags=("vip",))
    await change(store, other, what)

    assert await listed(store, TicketFilter(status=(Status.OPEN,))) == [plain]
    assert await listed(store, TicketFilter(tag="vip")) == [other]
    assert await listed(store, TicketFilter(requester="mina@Customer.example")) == [other]
    assert await listed(store, TicketFilter(assignee="Alice@acme.example")) == [other]
    assert await listed(store, TicketFilter(source=Source.CHAT)) == []
    assert await listed(store, TicketFilter(status=(Status.OPEN,), tag="vip")) == []


# --- events -----------------------------------------------------------------------------------


async def test_events_come_back_in_order(store: Store) -> None:
    ticket = await store.write(open_ticket)
    told = [
        TicketEvent(NOW, EventKind.CREATED, "system", {}),
        TicketEvent(
            NOW, EventKind.TAGGED, "alice@acme.example", {"tag": "반품", "n": 3, "x": None}
        ),
    ]
    for event in told:
        await store.write(partial(events.add, ticket=ticket, event=event))
    assert await store.read(partial(events.of_ticket, ticket=ticket)) == told
