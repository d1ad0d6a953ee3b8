"""The clocks of tickets on either engine, and by several nodes at once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from mailgate.desk.context import DeskContext
from mailgate.desk.swept import Swept
from mailgate.desk.timers.escalating import ring_due
from mailgate.desk.timers.timing import retime
from mailgate.model.hours import ALWAYS, WorkTime
from mailgate.model.ids import TicketId
from mailgate.model.response import Response, Timer, TimerKind
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind
from mailgate.store import events, ticketlife, tickets, timers
from mailgate.store.core import Connection, Store
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.plans import plan_of
from tests.contracts.store_world import NOW, open_ticket
from tests.deciders.desk_world import desk

HOUR = timedelta(hours=1)
SEED = Seed(b"c" * 32)
USUAL = Response("usual", ALWAYS, WorkTime(4 * HOUR), WorkTime(8 * HOUR), WorkTime(days=3))


def timed_desk() -> DeskContext:
    return replace(desk(), policy=replace(desk().policy, responses=(USUAL,)))


def waiting(conn: Connection, count: int = 1) -> list[TicketId]:
    """Tickets whose customers wait from `NOW` on, with their clocks."""
    made = [open_ticket(conn) for _ in range(count)]
    for number in made:
        ticketlife.note_waiting(conn, number, NOW)
        ticket = tickets.get(conn, number)
        assert ticket is not None
        retime(conn, timed_desk(), None, ticket, NOW)
    return made


async def test_a_clock_comes_back_as_it_was_set(store: Store) -> None:
    (ticket,) = await store.write(waiting)
    running = Timer(
        ticket, TimerKind.NEXT_RESPONSE, NOW, HOUR, 3 * HOUR, NOW + 2 * HOUR, NOW + HOUR, 1
    )
    paused = replace(running, kind=TimerKind.SOLVE, due_at=None, rings_at=None, stage=2)

    def put(conn: Connection) -> None:
        timers.put(conn, [replace(running, stage=0), paused])
        timers.put(conn, [running])
        timers.clear(conn, ticket, [TimerKind.FIRST_RESPONSE])

    await store.write(put)
    assert await store.read(partial(timers.of_ticket, ticket=ticket)) == [running, paused]


async def test_what_is_late_is_counted_by_tickets(store: Store) -> None:
    await store.write(partial(waiting, count=3))
    for after, count in ((4 * HOUR - HOUR / 60, 0), (4 * HOUR, 3), (80 * HOUR, 3)):
        assert await store.read(partial(timers.overdue, now=NOW + after)) == count


async def test_the_longest_due_ring_first(store: Store) -> None:
    made = await store.write(partial(waiting, count=3))

    def earlier(conn: Connection) -> None:
        (first, *_) = timers.of_ticket(conn, made[2])
        timers.put(conn, [replace(first, rings_at=NOW)])

    await store.write(earlier)
    taken = await store.write(partial(timers.take_ringing, now=NOW + 5 * HOUR, limit=2))
    assert taken == [made[2], made[0]]


async def test_two_nodes_tell_of_each_ticket_once(store_url: str) -> None:
    nodes = [open_store(store_url, telemetry=NullTelemetry()) for _ in range(3)]
    made = await nodes[0].write(partial(waiting, count=12))
    unit = partial(ring_due, ctx=timed_desk(), now=NOW + 5 * HOUR, seed=SEED, limit=4)
    swept: list[Swept] = []
    for _ in range(4):
        swept += await asyncio.gather(*(node.write(unit) for node in nodes))
    told = [draft.ticket for one in swept for draft in one.drafts if draft.ticket is not None]
    # Two agents of the group each.
    assert sorted(told) == sorted([*made, *made])
    for number in made:
        found = await nodes[0].read(partial(events.of_ticket, ticket=number))
        assert [one.kind for one in found].count(EventKind.OVERDUE) == 1
    for node in nodes:
        await node.close()


@pytest.mark.servers("postgresql")
async def test_a_ticket_that_somebody_works_on_rings_later(postgres_url: str) -> None:
    store = open_store(postgres_url, telemetry=NullTelemetry())
    (number,) = await store.write(waiting)
    ring = partial(timers.take_ringing, now=NOW + 5 * HOUR, limit=4)
    held, let_go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(conn: Connection) -> None:
        tickets.lock(conn, number)
        loop.call_soon_threadsafe(held.set)
        asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(store.write(hold))
        await held.wait()
        assert await store.write(ring) == []
        let_go.set()
    assert await store.write(ring) == [number]
    await store.close()


async def test_what_rings_is_found_by_its_index(store: Store) -> None:
    await store.write(waiting)
    ring = partial(timers.take_ringing, now=NOW, limit=4)
    count = partial(timers.overdue, now=NOW)
    plan = await store.write(lambda conn: plan_of(conn, ring))
    assert "timers_ring" in plan
    assert "timers_due" in await store.read(lambda conn: plan_of(conn, count))


async def test_where_no_time_is_promised_nothing_is_asked(store: Store) -> None:
    (number,) = await store.write(waiting)

    def asked(conn: Connection) -> str:
        ticket = tickets.get(conn, number)
        assert ticket is not None
        return plan_of(conn, lambda inside: retime(inside, desk(), None, ticket, NOW))

    assert await store.write(asked) == ""
