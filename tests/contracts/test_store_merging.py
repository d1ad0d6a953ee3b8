"""What moves when tickets become one or a message leaves, what time does, and who is shut out."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from mailgate.mail.address import Address, NamedAddress
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.ticket import NewTicket, Role, Source, Status, Ticket, Visibility
from mailgate.store import (
    blocked,
    entries,
    followers,
    journal,
    merging,
    sides,
    ticketlife,
    tickets,
    traffic,
)
from mailgate.store.core import Connection, Store
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import (
    HONG,
    MINUTE,
    NOW,
    add_entry,
    append,
    entry,
    finish,
    open_ticket,
)

ALICE = Address("alice", "acme.example")
BOB = Address("bob", "acme.example")
MINA = NamedAddress("Mina", Address("mina", "customer.example"))
SUPPLIER = Address("parts", "supplier.example")
LATER = NOW + 5 * MINUTE


async def the(store: Store, ticket: TicketId) -> Ticket:
    found = await store.read(partial(tickets.get, ticket=ticket))
    assert found is not None
    return found


def moved(conn: Connection, source: TicketId, into: TicketId) -> None:
    merging.move_all(conn, source, into, LATER)


# --- merged -----------------------------------------------------------------------------------


async def test_messages_of_both_stand_in_the_order_of_their_times(store: Store) -> None:
    source, into = [await store.write(open_ticket) for _ in range(2)]
    for ticket, text, minute in ((into, "one", 1), (source, "two", 2), (into, "three", 3)):
        new = entry(ticket, text=text, at=NOW + minute * MINUTE)
        await store.write(partial(add_entry, new=new))
    await store.write(partial(moved, source=source, into=into))

    on_it = await store.read(partial(entries.of_ticket, ticket=into))
    assert [one.text for one in on_it] == ["one", "two", "three"]
    assert {one.ticket for one in on_it} == {into}
    assert await store.read(partial(entries.of_ticket, ticket=source)) == []
    assert ((await the(store, into)).messages, (await the(store, source)).messages) == (3, 0)


async def test_ids_name_the_ticket_that_they_were_on(store: Store) -> None:
    """Who answers one has the rights there that they had, and is led on."""
    source, into = [await store.write(open_ticket) for _ in range(2)]

    def known(conn: Connection) -> None:
        entries.note_message_id(conn, source, "a@x.example", own=False, at=NOW)
        moved(conn, source, into)

    await store.write(known)
    found = await store.read(partial(entries.tickets_of_ids, ids=["a@x.example"]))
    assert found == {"a@x.example": (source,)}
    assert await store.read(partial(tickets.resolve_merge, ticket=source)) == into


async def test_a_message_that_came_by_a_merge_leaves_with_its_id(store: Store) -> None:
    """Though both knew the id."""
    first, source, into = [await store.write(open_ticket) for _ in range(3)]

    def work(conn: Connection) -> None:
        made = entries.add(conn, entry(first, message_id="m@x.example"))
        entries.note_message_id(conn, source, "m@x.example", own=False, at=NOW)
        moved(conn, first, source)
        merging.move_entry(
            conn, made, "m@x.example", source=source, into=into, as_requester=False, now=LATER
        )

    await store.write(work)
    found = await store.read(partial(entries.tickets_of_ids, ids=["m@x.example"]))
    assert found == {"m@x.example": (into,)}


async def test_third_parties_followers_tags_and_links_go_along(store: Store) -> None:
    source, into, other = [await store.write(open_ticket) for _ in range(3)]

    def work(conn: Connection) -> None:
        sides.add(conn, source, SUPPLIER, NOW)
        for ticket, agent in ((source, ALICE), (into, ALICE), (source, BOB)):
            followers.add(conn, ticket, agent, NOW)
        tickets.update(conn, source, TicketChange(add_tags=("vip", "lift")), NOW)
        tickets.update(conn, into, TicketChange(add_tags=("vip",)), NOW)
        merging.link(conn, source, other)
        merging.link(conn, source, into)
        moved(conn, source, into)

    await store.write(work)
    after = await the(store, into)
    assert after.tags == ("lift", "vip")
    assert after.linked == (other,), "never with itself, nor with what is gone"
    assert (await the(store, other)).linked == (into,)
    assert (await the(store, source)).linked == ()
    assert await store.read(partial(followers.of_ticket, ticket=into)) == [ALICE, BOB]
    assert await store.read(partial(followers.of_ticket, ticket=source)) == []
    assert await store.read(partial(sides.is_party, ticket=into, key=SUPPLIER.key))
    assert not await store.read(partial(sides.is_party, ticket=source, key=SUPPLIER.key))


async def test_children_and_what_was_merged_before_go_along(store: Store) -> None:
    first, source, into, child = [await store.write(open_ticket) for _ in range(4)]

    def work(conn: Connection) -> None:
        moved(conn, first, source)
        for part in (child, into):
            ticketlife.set_parent(conn, part, source, NOW)
        moved(conn, source, into)

    await store.write(work)
    assert (await the(store, first)).merged_into == into, "one step, however many merges"
    assert (await the(store, source)).merged_into == into
    assert await store.read(partial(merging.merged_into, ticket=into)) == [first, source]
    assert (await the(store, child)).parent == into
    assert (await the(store, into)).parent == source, "who is its own parent is for the caller"


async def test_nobody_waits_on_a_ticket_that_is_gone(store: Store) -> None:
    source, into = [await store.write(open_ticket) for _ in range(2)]

    def work(conn: Connection) -> None:
        ticketlife.note_waiting(conn, source, NOW)
        moved(conn, source, into)

    await store.write(work)
    assert (await the(store, source)).waiting_since is None


# --- split ------------------------------------------------------------------------------------


async def test_a_message_leaves_with_its_id_and_its_mail(store: Store) -> None:
    row = await store.write(append)
    source, into = [await store.write(open_ticket) for _ in range(2)]

    def work(conn: Connection) -> EntryId:
        new = entry(source, message_id="m@x.example", row=row, visibility=Visibility.PRIVATE)
        stranger = replace(new, author=replace(new.author, role=Role.STRANGER))
        made = entries.add(conn, stranger)
        entries.add(conn, entry(source, message_id="stays@x.example"))
        finish(conn, row, ticket=source)
        merging.move_entry(
            conn, made, "m@x.example", source=source, into=into, as_requester=True, now=LATER
        )
        return made

    made = await store.write(work)
    found = await store.read(partial(entries.get, entry=made))
    assert found is not None
    assert (found.ticket, found.visibility, found.author.role) == (
        into,
        Visibility.PUBLIC,
        Role.REQUESTER,
    )
    known = partial(entries.tickets_of_ids, ids=["m@x.example", "stays@x.example"])
    assert await store.read(known) == {"m@x.example": (into,), "stays@x.example": (source,)}
    mail = await store.read(partial(journal.get, row_id=row))
    assert mail is not None
    assert mail.ticket == into
    assert ((await the(store, source)).messages, (await the(store, into)).messages) == (1, 1)


async def test_a_note_leaves_as_it_is(store: Store) -> None:
    source, into = [await store.write(open_ticket) for _ in range(2)]

    def work(conn: Connection) -> EntryId:
        made = entries.add(conn, entry(source, visibility=Visibility.PRIVATE))
        merging.move_entry(
            conn, made, None, source=source, into=into, as_requester=False, now=LATER
        )
        return made

    found = await store.read(partial(entries.get, entry=await store.write(work)))
    assert found is not None
    assert (found.ticket, found.visibility) == (into, Visibility.PRIVATE)


# --- linked -----------------------------------------------------------------------------------


async def test_links_go_both_ways(store: Store) -> None:
    one, other = [await store.write(open_ticket) for _ in range(2)]
    for _ in range(2):
        await store.write(partial(merging.link, one=one, other=other))
    assert ((await the(store, one)).linked, (await the(store, other)).linked) == ((other,), (one,))
    assert await store.write(partial(merging.unlink, one=other, other=one))
    assert ((await the(store, one)).linked, (await the(store, other)).linked) == ((), ())
    assert not await store.write(partial(merging.unlink, one=one, other=other))


# --- time -------------------------------------------------------------------------------------


async def test_who_waited_first_can_be_put_right(store: Store) -> None:
    ticket = await store.write(open_ticket)
    await store.write(partial(ticketlife.note_waiting, ticket=ticket, since=LATER))
    await store.write(partial(ticketlife.waits_since, ticket=ticket, since=NOW))
    assert (await the(store, ticket)).waiting_since == NOW


async def test_resolved_tickets_come_the_longest_first(store: Store) -> None:
    ids = [await store.write(open_ticket) for _ in range(4)]

    def resolved(conn: Connection, ticket: TicketId, at: datetime) -> None:
        tickets.update(conn, ticket, TicketChange(status=Status.RESOLVED), at)

    for ticket, minute in zip(ids, (3, 1, 2), strict=False):
        await store.write(partial(resolved, ticket=ticket, at=NOW + minute * MINUTE))
    asked = partial(ticketlife.resolved_before, before=NOW + 2 * MINUTE)
    assert await store.write(partial(asked, limit=10)) == [ids[1], ids[2]]
    assert await store.write(partial(asked, limit=1)) == [ids[1]]


# --- shut out ---------------------------------------------------------------------------------


async def test_who_is_shut_out_is_found_by_their_key(store: Store) -> None:
    block = partial(blocked.add, who=HONG.address, actor="operator", ticket=None, now=NOW)
    asked = partial(traffic.came_from, keys=(), now=NOW, sender=HONG.address.key)
    assert await store.read(asked) == ({}, False)
    await store.write(block)
    assert await store.read(asked) == ({}, True)


async def test_it_is_asked_beside_any_key(store: Store) -> None:
    await store.write(
        partial(blocked.add, who=HONG.address, actor="operator", ticket=None, now=NOW)
    )
    await store.write(partial(traffic.count, keys=(b"k" * 16,), now=NOW))
    asked = partial(traffic.came_from, keys=(b"k" * 16, b"l" * 16), now=NOW)
    counts, shut_out = await store.read(partial(asked, sender=HONG.address.key))
    assert (counts[b"k" * 16].day, shut_out) == (1, True)
    for sender in (MINA.address.key, None):
        assert (await store.read(partial(asked, sender=sender)))[1] is False
    assert await store.write(partial(blocked.remove, who=HONG.address))
    assert not await store.write(partial(blocked.remove, who=HONG.address))
    assert (await store.read(partial(asked, sender=HONG.address.key)))[1] is False


async def test_who_was_blocked_first_stays_so(store: Store) -> None:
    ticket = await store.write(open_ticket)
    add = partial(blocked.add, who=HONG.address)
    await store.write(partial(add, actor="alice@acme.example", ticket=ticket, now=NOW))
    await store.write(partial(add, actor="operator", ticket=None, now=LATER))
    (one,) = await store.read(partial(blocked.listing, limit=10))
    assert (one.address, one.at, one.actor, one.ticket) == (
        str(HONG.address),
        NOW,
        "alice@acme.example",
        ticket,
    )


async def test_known_is_whom_agents_have_written_to(store: Store) -> None:
    spam = await store.write(open_ticket)
    asked = partial(blocked.is_known, who=HONG.address, but=spam)
    assert not await store.read(asked)
    other = await store.write(open_ticket)
    assert not await store.read(asked), "nobody has answered there"
    answered = TicketChange(first_response_at=NOW)
    await store.write(partial(tickets.update, ticket=spam, change=answered, now=NOW))
    assert not await store.read(asked), "this one is the spam"
    await store.write(partial(tickets.update, ticket=other, change=answered, now=NOW))
    assert await store.read(asked)
    assert not await store.read(partial(blocked.is_known, who=MINA.address, but=spam))


async def test_known_is_whom_we_wrote_to_first(store: Store) -> None:
    def started(conn: Connection) -> None:
        new = tickets.get(conn, open_ticket(conn))
        assert new is not None
        tickets.create(
            conn,
            NewTicket(
                subject="Your parcel",
                source=Source.OUTBOUND_EMAIL,
                address=new.address,
                brand=None,
                group=None,
                requester=MINA,
                cc=(),
                at=NOW,
            ),
        )

    await store.write(started)
    spam = await store.write(partial(open_ticket, requester=MINA))
    assert await store.read(partial(blocked.is_known, who=MINA.address, but=spam))
