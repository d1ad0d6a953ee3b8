"""The outbound worker under load: replies first, no site holds another up, and nothing is left
claimed by who stops."""

import asyncio
from functools import partial

from mailgate.mail.address import Address
from mailgate.model.delivery import DeliveryState, Lane
from mailgate.model.ids import DeliveryId
from mailgate.outbound.sites import Sites
from mailgate.outbound.worker import WorkerPolicy
from mailgate.store import outbound
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import CONTENT, NOW, draft, new_ticket, queue
from tests.contracts.worker_world import OK, HeldTransport, QuickTransport, working

FEW = WorkerPolicy(concurrency=10, batch=20)


def queue_to(conn: Connection, domain: str, count: int) -> list[DeliveryId]:
    """A campaign's mails, each on a ticket of its own."""
    ids: list[DeliveryId] = []
    for number in range(count):
        ticket = new_ticket(conn)
        mail = draft(ticket, Address(f"customer{number}", domain), lane=Lane.CAMPAIGN)
        outbound.enqueue(conn, mail, CONTENT, NOW)
        ids += [delivery.id for delivery in outbound.deliveries_of_ticket(conn, ticket)]
    return ids


async def begun(transport: HeldTransport, count: int) -> list[DeliveryId]:
    return [(await transport.begun.get()).id for _ in range(count)]


async def test_a_reply_begins_while_a_campaign_fills_all_there_is(store: Store) -> None:
    await store.write(partial(queue, count=100, lane=Lane.CAMPAIGN))
    transport = HeldTransport()
    async with working(store, transport, FEW) as world:
        await begun(transport, 8)
        await world.clock.advance(5.0)
        assert transport.begun.empty(), "two of ten places are kept"
        (reply,) = await store.write(queue)
        world.worker.wake()
        assert await begun(transport, 1) == [reply]


async def test_so_does_a_reply_that_another_process_queued_within_a_second(store: Store) -> None:
    await store.write(partial(queue, count=100, lane=Lane.CAMPAIGN))
    transport = HeldTransport()
    async with working(store, transport, FEW) as world:
        await begun(transport, 8)
        (reply,) = await store.write(queue)
        await world.clock.advance(1.0)
        assert await begun(transport, 1) == [reply]


async def test_no_more_is_claimed_than_is_sent_soon(store: Store) -> None:
    ids = await store.write(partial(queue, count=100, lane=Lane.CAMPAIGN))
    transport = HeldTransport()
    async with working(store, transport, FEW) as world:
        await begun(transport, 8)
        await world.clock.advance(5.0)
        states = await world.states(ids)
        assert states.count(DeliveryState.LEASED) <= 8 + FEW.low_water + FEW.batch


async def test_replies_are_bounded_too(store: Store) -> None:
    transport = HeldTransport()
    async with working(store, transport, FEW) as world:
        ids = await store.write(partial(queue, count=100))
        world.worker.wake()
        await begun(transport, 10)
        await world.clock.advance(5.0)
        states = await world.states(ids)
        assert states.count(DeliveryState.LEASED) <= 10 + FEW.low_water + FEW.batch


async def test_large_mails_are_not_all_held_in_memory(store: Store) -> None:
    large = CONTENT + b"x" * 10_000 + b"\r\n"
    ids = await store.write(partial(queue, count=40, lane=Lane.CAMPAIGN, content=large))
    policy = WorkerPolicy(concurrency=30, batch=10, batch_bytes=30_000, held_bytes=60_000)
    transport = HeldTransport()
    async with working(store, transport, policy) as world:
        await begun(transport, 6)
        (reply,) = await store.write(queue)
        world.worker.wake()
        assert await begun(transport, 1) == [reply]
        await world.clock.advance(5.0)
        states = await world.states(ids)
        assert states.count(DeliveryState.LEASED) * len(large) <= 60_000 + 30_000


async def test_a_frozen_site_does_not_hold_the_others_up(store: Store) -> None:
    transport = HeldTransport()
    frozen = await store.write(partial(queue_to, domain="frozen.example", count=60))
    others = await store.write(partial(queue_to, domain="quick.example", count=60))
    sites = Sites(lambda _, domain: f"smarthost:{domain}", {"smarthost:frozen.example": 5})
    async with working(store, transport, FEW, sites=sites) as world:
        done: set[DeliveryId] = set()
        while len(done) < len(others):
            (delivery,) = await begun(transport, 1)
            if delivery in others:
                transport.answers[delivery].set_result(OK)
                done.add(delivery)
        for _ in others:
            await world.heard.results.get()
        assert set(await world.states(others)) == {DeliveryState.DELIVERED}
        assert DeliveryState.DELIVERED not in await world.states(frozen)


async def test_who_stops_under_load_leaves_nothing_claimed(store: Store) -> None:
    campaign = await store.write(partial(queue, count=100, lane=Lane.CAMPAIGN))
    replies = await store.write(partial(queue, count=10))
    transport = HeldTransport()
    async with working(store, transport, FEW) as world:
        running = await begun(transport, 10)
        async with asyncio.TaskGroup() as tasks:
            stopped = tasks.create_task(world.worker.drain(grace=30))
            await world.clock.settle()
            for delivery in running[:5]:
                transport.answers[delivery].set_result(OK)
            await world.clock.advance(30)
            await stopped
        assert transport.begun.empty(), "who stops begins nothing"
        shown = {delivery.id: delivery for delivery in await world.deliveries(campaign + replies)}
        assert {shown[of].state for of in running[:5]} == {DeliveryState.DELIVERED}
        left = [delivery for of, delivery in shown.items() if of not in running[:5]]
        assert {delivery.state for delivery in left} == {DeliveryState.READY}
        assert sum(delivery.attempts for delivery in left) == 5


async def test_two_workers_on_one_database_send_each_mail_once(store: Store) -> None:
    ids = await store.write(partial(queue, count=80, lane=Lane.CAMPAIGN))
    first, second = QuickTransport(), QuickTransport()
    policy = WorkerPolicy(concurrency=2, batch=5)
    async with (
        working(store, first, policy, node="a") as one,
        working(store, second, policy, node="b") as two,
    ):
        sent = 0
        while sent < len(ids):
            await asyncio.sleep(0)
            for world in (one, two):
                while not world.heard.results.empty():
                    assert world.heard.results.get_nowait()[1:] == ("delivered", 1)
                    sent += 1
        by_first = {first.begun.get_nowait().id for _ in range(first.begun.qsize())}
        by_second = {second.begun.get_nowait().id for _ in range(second.begun.qsize())}
        assert by_first | by_second == set(ids)
        assert not by_first & by_second
        assert await one.states(ids) == [DeliveryState.DELIVERED] * len(ids)
