"""The outbound worker on both engines, with a next hop that the test holds in its hands."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from mailgate.model.delivery import (
    AttemptResult,
    DeliveryState,
    LeasedDelivery,
    Rejected,
    Reply,
    WaitReason,
)
from mailgate.outbound.worker import WorkerPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import leases
from mailgate.store.core import Store
from tests.contracts.outbound_world import NOW, queue
from tests.contracts.worker_world import (
    OK,
    PATIENCE,
    HeldTransport,
    QuickTransport,
    World,
    working,
)


async def test_queued_mail_leaves_when_the_desk_says_so(store: Store) -> None:
    async with working(store, QuickTransport()) as world:
        ids = await store.write(partial(queue, count=3))
        world.worker.wake()
        results = [await world.heard.results.get() for _ in ids]
        assert sorted(results) == [(delivery, "delivered", 1) for delivery in ids]
        assert await world.states(ids) == [DeliveryState.DELIVERED] * 3


async def test_mail_that_another_process_queued_leaves_within_a_second(store: Store) -> None:
    async with working(store, QuickTransport()) as world:
        first = await store.write(queue)
        world.worker.wake()
        await world.heard.results.get()
        others = await store.write(queue)
        await world.clock.advance(1.0)
        assert (await world.heard.results.get())[0] == others[0]
        assert await world.states(first + others) == [DeliveryState.DELIVERED] * 2


async def test_more_than_a_batch_leaves_without_waiting_for_the_clock(store: Store) -> None:
    ids = await store.write(partial(queue, count=25))
    async with working(store, QuickTransport(), WorkerPolicy(concurrency=2, batch=4)) as world:
        for _ in ids:
            await world.heard.results.get()
        assert await world.states(ids) == [DeliveryState.DELIVERED] * 25


async def test_one_bad_recipient_never_stops_the_others(store: Store) -> None:
    ids = await store.write(partial(queue, count=3))

    def said(leased: LeasedDelivery) -> AttemptResult:
        if leased.id == ids[0]:
            return Rejected(Reply(550, "5.1.1", "5.1.1 User unknown", NOW))
        if leased.id == ids[1]:
            raise ValueError("a defect in the transport")
        return OK

    async with working(store, QuickTransport(said), WorkerPolicy(concurrency=1)) as world:
        for _ in ids:
            await world.heard.results.get()
        assert await world.states(ids) == [
            DeliveryState.FAILED,
            DeliveryState.READY,
            DeliveryState.DELIVERED,
        ]
        assert await world.heard.failed.get() == "outbound attempt"


async def test_a_store_that_is_away_delays_claims_and_results_and_loses_neither(
    store: Store,
) -> None:
    ids = await store.write(queue)
    transport = HeldTransport()
    async with working(store, transport) as world:
        await transport.begun.get()
        world.store.away = True
        transport.answers[ids[0]].set_result(OK)
        await world.until_failed()
        later = await store.write(queue)
        world.worker.wake()
        await world.clock.advance(10)
        assert transport.begun.empty()
        world.store.away = False
        await world.clock.advance(10)
        assert await world.heard.results.get() == (ids[0], "delivered", 1)
        assert (await transport.begun.get()).id == later[0]


async def test_a_claim_whose_answer_was_lost_holds_nothing_up(store: Store) -> None:
    """What it took is handed back: no attempt is counted, its place under the cap is free."""
    transport = QuickTransport()
    async with working(store, transport) as world:
        world.worker.limit(Limiter(LimitPolicy(1)))
        await world.clock.settle()
        ids = await store.write(queue)
        world.store.mute = True
        world.worker.wake()
        await world.until_failed()
        assert await world.states(ids) == [DeliveryState.LEASED]
        world.store.mute = False
        await world.clock.advance(2.0)
        assert await world.heard.results.get() == (ids[0], "delivered", 1)
        assert (await transport.begun.get()).attempts == 1


async def test_a_claim_whose_answer_was_lost_is_handed_back_by_who_stops(store: Store) -> None:
    async with working(store, QuickTransport()) as world:
        ids = await store.write(queue)
        world.store.mute = True
        world.worker.wake()
        await world.until_failed()
        world.store.mute = False
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(world.worker.drain())
            await world.clock.settle()
            await world.clock.advance(1.0)
        (delivery,) = await world.deliveries(ids)
        assert (delivery.state, delivery.attempts) == (DeliveryState.READY, 0)


async def test_what_runs_is_not_handed_back_with_a_claim_whose_answer_was_lost(
    store: Store,
) -> None:
    first = await store.write(queue)
    transport = HeldTransport()
    async with working(store, transport) as world:
        assert (await transport.begun.get()).id == first[0]
        second = await store.write(queue)
        world.store.mute = True
        world.worker.wake()
        await world.until_failed()
        world.store.mute = False
        await world.clock.advance(2.0)
        assert (await transport.begun.get()).id == second[0]
        transport.answers[first[0]].set_result(OK)
        assert await world.heard.results.get() == (first[0], "delivered", 1)


async def test_who_stops_finishes_what_runs_and_hands_back_what_has_not_begun(
    store: Store,
) -> None:
    ids = await store.write(partial(queue, count=5))
    transport = HeldTransport()
    async with working(store, transport, WorkerPolicy(concurrency=2)) as world:
        running = [(await transport.begun.get()).id for _ in range(2)]
        async with asyncio.TaskGroup() as tasks:
            stopped = tasks.create_task(world.worker.drain(grace=30))
            await world.clock.settle()
            for delivery in running:
                transport.answers[delivery].set_result(OK)
            await stopped
        shown = await world.deliveries(ids)
        assert [(d.state, d.attempts) for d in shown] == [
            *[(DeliveryState.DELIVERED, 1)] * 2,
            *[(DeliveryState.READY, 0)] * 3,
        ]
        assert transport.closed.is_set()


async def test_who_does_not_finish_in_the_grace_time_is_cut_off(store: Store) -> None:
    ids = await store.write(queue)
    transport = HeldTransport()
    async with working(store, transport) as world:
        await transport.begun.get()
        async with asyncio.TaskGroup() as tasks:
            stopped = tasks.create_task(world.worker.drain(grace=30))
            await world.clock.settle()
            await world.clock.advance(29)
            assert not transport.closed.is_set()
            await world.clock.advance(1)
            await stopped
        (delivery,) = await world.deliveries(ids)
        assert (delivery.state, delivery.wait_reason) == (DeliveryState.READY, WaitReason.RETRY)


async def test_the_late_result_of_a_node_that_stood_still_changes_nothing(store: Store) -> None:
    ids = await store.write(queue)
    transport = HeldTransport()
    async with working(store, transport) as world:
        await transport.begun.get()
        in_an_hour = NOW + timedelta(hours=1)
        await store.write(partial(leases.recover_leases, now=in_an_hour))
        transport.answers[ids[0]].set_result(OK)
        assert await world.heard.lost.get() == ids[0]
        (delivery,) = await world.deliveries(ids)
        assert (delivery.state, delivery.wait_reason) == (
            DeliveryState.READY,
            WaitReason.LEASE_LOST,
        )


async def test_nothing_is_begun_on_a_lease_that_may_not_last(store: Store) -> None:
    ids = await store.write(partial(queue, count=2))
    transport = HeldTransport()
    async with working(store, transport, WorkerPolicy(concurrency=1)) as world:
        await transport.begun.get()
        world.store.away = True  # no lease can be renewed
        await world.clock.advance(timedelta(minutes=6).total_seconds())
        transport.answers[ids[0]].set_result(OK)
        assert await world.heard.lost.get() == ids[1]
        assert transport.begun.empty()


async def test_a_long_attempt_keeps_its_lease(store: Store) -> None:
    ids = await store.write(queue)
    transport = HeldTransport()
    async with working(store, transport) as world:
        await transport.begun.get()
        before = world.clock.now()
        while world.clock.now() < before + timedelta(minutes=21):
            await world.clock.advance(15)
            await store.write(lambda conn: None)  # the heartbeat's unit is behind us
        transport.answers[ids[0]].set_result(OK)
        assert await world.heard.results.get() == (ids[0], "delivered", 1)
        assert world.heard.lost.empty()


async def test_after_a_crash_the_same_node_takes_its_mail_up_again(store: Store) -> None:
    ids = await store.write(queue)
    transport = HeldTransport()
    async with working(store, transport):
        first = await transport.begun.get()
    async with working(store, QuickTransport()) as world:
        assert await world.heard.results.get() == (ids[0], "ambiguous", 1)
        assert await world.heard.results.get() == (ids[0], "delivered", 2)
        second = await world.transport.begun.get()
        assert (second.message_id, second.content) == (first.message_id, first.content)


async def test_a_worker_that_fell_over_can_be_started_again(store: Store) -> None:
    ids = await store.write(partial(queue, count=4))
    transport = HeldTransport()
    world = World(store, transport, WorkerPolicy(concurrency=1))
    async with asyncio.timeout(PATIENCE):
        fallen = asyncio.get_running_loop().create_task(world.worker.run())
        await transport.begun.get()
        fallen.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fallen
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(world.worker.run())
            for number in range(4):
                leased = await transport.begun.get()
                assert (leased.id, leased.attempts) == (ids[number], 2)
                transport.answers[leased.id].set_result(OK)
                while (await world.heard.results.get())[1] != "delivered":
                    pass
            running.cancel()
    assert await world.states(ids) == [DeliveryState.DELIVERED] * 4


def test_a_lease_must_outlive_an_attempt() -> None:
    with pytest.raises(ValueError, match="outlive"):
        WorkerPolicy(lease=timedelta(minutes=5))
