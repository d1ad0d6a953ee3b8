"""The outbound worker where mail has to wait: it goes when its gate opens, and not a tick later."""

import asyncio
from datetime import timedelta
from functools import partial

from mailgate.mail.address import Address
from mailgate.model.delivery import AttemptResult, Deferred, Lane, LeasedDelivery, Reach, Reply
from mailgate.model.ids import DeliveryId
from mailgate.model.pace import Pace
from mailgate.outbound.sites import Sites
from mailgate.outbound.worker import WorkerPolicy
from mailgate.ratelimit.flow import PROBES, FlowPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import Flow, LimitPolicy
from mailgate.store import outbound
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import CONTENT, HONG, NOW, draft, new_ticket, queue
from tests.contracts.worker_world import OK, HeldTransport, QuickTransport, World, working

PLENTY = 1_000_000
POLICY = WorkerPolicy(concurrency=10, batch=20)


def to_customers(**flow: object) -> Limiter:
    """Limits of the one domain that these tests write to."""
    policy = FlowPolicy(**flow)  # type: ignore[arg-type]  # by the names of its fields
    return Limiter(LimitPolicy(PLENTY, flows=(Flow(("customer.example",), policy),)))


async def at_once(world: World) -> list[DeliveryId]:
    """What begins before the clock moves."""
    await world.quiet()
    begun = world.transport.begun
    return [begun.get_nowait().id for _ in range(begun.qsize())]


def queue_apart(conn: Connection, count: int, lane: Lane = Lane.REPLY) -> list[DeliveryId]:
    """Mails on a ticket of their own each."""
    return [delivery for _ in range(count) for delivery in queue(conn, lane=lane)]


async def test_the_pace_of_a_destination_is_met_between_two_looks_at_the_queue(
    store: Store,
) -> None:
    async with working(store, QuickTransport(), POLICY) as world:
        world.worker.limit(to_customers(pace=Pace(4, 1, 1)))
        await world.quiet()
        ids = await store.write(partial(queue_apart, count=3))
        world.worker.wake()
        assert await at_once(world) == ids[:1]
        for delivery in ids[1:]:
            await world.clock.advance(0.25)
            assert await at_once(world) == [delivery]


async def test_a_connection_that_is_free_again_is_used_at_once(store: Store) -> None:
    transport = HeldTransport()
    async with working(store, transport, POLICY) as world:
        world.worker.limit(to_customers(connections=2))
        await world.quiet()
        ids = await store.write(partial(queue_apart, count=3))
        world.worker.wake()
        assert await at_once(world) == ids[:2]
        transport.answers[ids[0]].set_result(OK)
        assert await at_once(world) == ids[2:]


async def test_a_fifth_of_a_destination_s_connections_is_kept_for_replies(store: Store) -> None:
    transport = HeldTransport()
    async with working(store, transport, POLICY) as world:
        world.worker.limit(to_customers(connections=5))
        await world.quiet()
        campaign = await store.write(partial(queue_apart, count=10, lane=Lane.CAMPAIGN))
        world.worker.wake()
        assert await at_once(world) == campaign[:4]
        replies = await store.write(partial(queue_apart, count=2))
        world.worker.wake()
        assert await at_once(world) == replies[:1]
        transport.answers[campaign[0]].set_result(OK)
        assert await at_once(world) == replies[1:], "it goes before the campaign"
        transport.answers[replies[0]].set_result(OK)
        transport.answers[replies[1]].set_result(OK)
        assert await at_once(world) == campaign[4:5]


async def test_the_next_mail_of_a_ticket_goes_when_the_one_before_is_settled(
    store: Store,
) -> None:
    def two_to_one_recipient(conn: Connection) -> list[DeliveryId]:
        ticket = new_ticket(conn)
        for _ in range(2):
            outbound.enqueue(conn, draft(ticket, HONG), CONTENT, NOW)
        return [delivery.id for delivery in outbound.deliveries_of_ticket(conn, ticket)]

    transport = HeldTransport()
    async with working(store, transport, POLICY) as world:
        ids = await store.write(two_to_one_recipient)
        world.worker.wake()
        assert await at_once(world) == ids[:1]
        transport.answers[ids[0]].set_result(OK)
        assert await at_once(world) == ids[1:]


async def test_a_reload_with_a_higher_limit_lets_mail_go_at_once(store: Store) -> None:
    async with working(store, QuickTransport(), POLICY) as world:
        world.worker.limit(Limiter(LimitPolicy(1)))
        await world.quiet()
        ids = await store.write(partial(queue_apart, count=3))
        world.worker.wake()
        assert await at_once(world) == ids[:1]
        world.worker.limit(Limiter(LimitPolicy(2)))
        assert await at_once(world) == ids[1:2]


async def test_a_start_with_a_higher_limit_lets_mail_go_at_once(store: Store) -> None:
    async with working(store, QuickTransport(), POLICY) as world:
        world.worker.limit(Limiter(LimitPolicy(1)))
        await world.quiet()
        ids = await store.write(partial(queue_apart, count=2))
        world.worker.wake()
        assert await at_once(world) == ids[:1]
    async with working(store, QuickTransport(), POLICY) as world:
        assert await at_once(world) == ids[1:]


async def test_mail_goes_where_a_reload_directs_it(store: Store) -> None:
    """The places of a site that is new count from then on."""
    transport = HeldTransport()
    async with working(store, transport, POLICY) as world:
        before = await store.write(partial(queue_apart, count=3))
        world.worker.wake()
        assert await at_once(world) == before
        one = Sites(lambda *_: "smarthost:new.example:25", {"smarthost:new.example:25": 1})
        world.worker.direct(one)
        after = await store.write(partial(queue_apart, count=2))
        world.worker.wake()
        assert await at_once(world) == after[:1]
        for delivery in (*before, after[0]):
            transport.answers[delivery].set_result(OK)
        assert await at_once(world) == after[1:]


async def test_a_smarthost_that_is_down_is_tried_by_one_mail_when_it_is_time(
    store: Store,
) -> None:
    """The first probe comes a minute later (and a tenth at most); what waited leaves with it."""
    is_down = True

    def said(_: LeasedDelivery) -> AttemptResult:
        refused = Reply(None, None, "connection refused", NOW)
        return Deferred(refused, Reach.SITE) if is_down else OK

    site = "smarthost:relay.example:25"
    async with working(
        store, QuickTransport(said), POLICY, sites=Sites(lambda *_: site, {site: 5})
    ) as world:
        ids = await store.write(partial(queue_apart, count=4))
        world.worker.wake()
        tried = await at_once(world)
        more = await store.write(partial(queue_apart, count=2))
        world.worker.wake()
        assert await at_once(world) == [], "nobody hammers it"
        is_down = False
        await world.clock.advance(PROBES[0].total_seconds() * 0.99)
        assert await at_once(world) == []
        sent: list[DeliveryId] = []
        end = world.clock.now() + timedelta(seconds=10)
        while world.clock.now() < end:
            await world.clock.advance(0.5)
            sent += await at_once(world)
        assert set(sent) == {*ids, *more}
        assert len(tried) <= len(ids)


async def test_a_mail_to_a_busy_destination_holds_no_other_up(store: Store) -> None:
    def elsewhere(conn: Connection) -> list[DeliveryId]:
        ticket = new_ticket(conn)
        outbound.enqueue(
            conn, draft(ticket, Address("kim", "other.example"), lane=Lane.CAMPAIGN), CONTENT, NOW
        )
        return [delivery.id for delivery in outbound.deliveries_of_ticket(conn, ticket)]

    transport = HeldTransport()
    async with working(store, transport, POLICY) as world:
        world.worker.limit(to_customers(connections=1))
        await world.quiet()
        frozen = await store.write(partial(queue_apart, count=60, lane=Lane.CAMPAIGN))
        (other,) = await store.write(elsewhere)
        async with asyncio.timeout(10):
            world.worker.wake()
            assert await at_once(world) == [frozen[0], other]


async def test_a_clock_that_is_put_ahead_lets_no_more_mail_go(store: Store) -> None:
    async with working(store, QuickTransport(), POLICY) as world:
        world.worker.limit(Limiter(LimitPolicy(2)))
        await world.quiet()
        ids = await store.write(partial(queue_apart, count=6))
        world.worker.wake()
        assert await at_once(world) == ids[:2]
        world.clock.put(timedelta(hours=1))
        world.worker.wake()
        assert await at_once(world) == []
        world.clock.put(timedelta(hours=1))
        await world.clock.advance(3599)
        assert await at_once(world) == []
        await world.clock.advance(2)
        assert await at_once(world) == ids[2:4]


async def test_a_clock_that_is_put_back_holds_no_mail_up_for_long(store: Store) -> None:
    async with working(store, QuickTransport(), POLICY) as world:
        world.worker.limit(Limiter(LimitPolicy(2)))
        await world.quiet()
        world.clock.put(timedelta(days=30))
        ids = await store.write(partial(queue_apart, count=3))
        world.worker.wake()
        assert await at_once(world) == ids[:2]
        world.clock.put(timedelta(days=-30))
        await world.clock.advance(POLICY.beat)
        assert await at_once(world) == []
        await world.clock.advance(3599 - POLICY.beat)
        assert await at_once(world) == []
        left: list[DeliveryId] = []
        for _ in range(10):
            await world.clock.advance(POLICY.beat)
            left += await at_once(world)
        assert left == ids[2:]
