"""Several people, or several nodes, do something to the same tickets at once: on both engines."""

import asyncio
from dataclasses import replace
from functools import partial

from mailgate.desk.by import By
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changing import Changed
from mailgate.desk.ticket.deleting import delete_closed
from mailgate.desk.ticket.life import close_resolved
from mailgate.desk.ticket.merging import merge
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind, Status
from mailgate.store import entries, events, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import MINUTE, NOW, add_entry, entry, open_ticket
from tests.deciders.desk_world import desk, policy_of_the_desk

BY = By("operator", NOW + MINUTE, Seed(b"m" * 32))
SWEEPING = replace(
    desk(),
    policy=replace(policy_of_the_desk(), close_resolved_after=MINUTE, delete_closed_after=MINUTE),
)


async def outcome(store: Store, source: TicketId, into: TicketId) -> Changed | DeskError:
    try:
        return await store.write(partial(merge, ctx=desk(), source_id=source, into_id=into, by=BY))
    except DeskError as error:
        return error


async def test_two_who_merge_the_same_two_into_each_other(store: Store) -> None:
    """One of them does; the other hears that they are one already. Nothing is lost."""
    for _ in range(5):
        one, two = [await store.write(open_ticket) for _ in range(2)]
        for ticket, text in ((one, "first"), (two, "second")):
            await store.write(partial(add_entry, new=entry(ticket, text=text)))
        done = await asyncio.gather(outcome(store, one, two), outcome(store, two, one))
        assert sorted(isinstance(each, DeskError) for each in done) == [False, True]
        (left,) = [each.ticket.id for each in done if isinstance(each, Changed)]
        on_it = await store.read(partial(entries.of_ticket, ticket=left))
        assert {each.text for each in on_it} == {"first", "second"}


async def test_three_who_merge_in_a_ring(store: Store) -> None:
    ids = [await store.write(open_ticket) for _ in range(3)]
    for ticket in ids:
        await store.write(partial(add_entry, new=entry(ticket, text=str(ticket))))
    await asyncio.gather(
        *(outcome(store, a, b) for a, b in zip(ids, ids[1:] + ids[:1], strict=True))
    )
    ends = {await store.read(partial(tickets.resolve_merge, ticket=each)) for each in ids}
    (left,) = ends
    assert left is not None
    on_it = await store.read(partial(entries.of_ticket, ticket=left))
    assert {each.text for each in on_it} == {str(each) for each in ids}


async def test_a_mail_that_comes_while_its_ticket_is_merged(store: Store) -> None:
    """It stands on the one that is left, whoever was first."""
    for _ in range(5):
        source, into = [await store.write(open_ticket) for _ in range(2)]

        def comes(conn: Connection, ticket: TicketId) -> None:
            tickets.lock(conn, ticket)
            found = tickets.get(conn, ticket)
            assert found is not None
            if found.merged_into is not None:
                comes(conn, found.merged_into)
            else:
                entries.add(conn, entry(ticket, text="late"))

        await asyncio.gather(
            outcome(store, source, into), store.write(partial(comes, ticket=source))
        )
        on_it = await store.read(partial(entries.of_ticket, ticket=into))
        assert [each.text for each in on_it] == ["late"]


def resolved(conn: Connection, ticket: TicketId) -> None:
    tickets.update(conn, ticket, TicketChange(status=Status.RESOLVED), NOW)


async def test_several_nodes_close_each_ticket_once(store: Store) -> None:
    ids = [await store.write(open_ticket) for _ in range(12)]
    for ticket in ids:
        await store.write(partial(resolved, ticket=ticket))
    job = partial(close_resolved, ctx=SWEEPING, now=NOW + MINUTE, seed=BY.seed, limit=5)
    taken = 0
    while some := sum(
        each.taken for each in await asyncio.gather(*(store.write(job) for _ in range(3)))
    ):
        taken += some
    assert taken == len(ids)
    for ticket in ids:
        told = await store.read(partial(events.of_ticket, ticket=ticket))
        assert [each.kind for each in told] == [EventKind.STATUS]


async def test_several_nodes_delete_each_ticket_once(store: Store) -> None:
    def closed(conn: Connection) -> None:
        ticket = open_ticket(conn)
        entries.add(conn, entry(ticket, text="old"))
        tickets.update(conn, ticket, TicketChange(status=Status.CLOSED), NOW)

    for _ in range(12):
        await store.write(closed)
    job = partial(delete_closed, ctx=SWEEPING, now=NOW + MINUTE, seed=BY.seed, limit=5)
    taken = 0
    while some := sum(
        each.taken for each in await asyncio.gather(*(store.write(job) for _ in range(3)))
    ):
        taken += some
    assert taken == 12
    assert sum((await store.read(tickets.counts)).values()) == 0
