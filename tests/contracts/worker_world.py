"""An outbound worker on a real store, with a next hop that the test holds in its hands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from mailgate.model.delivery import (
    AttemptResult,
    Delivered,
    Delivery,
    DeliveryState,
    LeasedDelivery,
    Reply,
)
from mailgate.model.ids import DeliveryId
from mailgate.outbound.claim import Claim
from mailgate.outbound.sites import Sites
from mailgate.outbound.telling import Tell
from mailgate.outbound.worker import OutboundWorker, WorkerPolicy
from mailgate.store import outbound
from mailgate.store.core import Connection, Store, StoreUnavailable
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.outbound_world import NO_LIMIT, NOW
from tests.harness.clock import FakeClock

T = TypeVar("T")
PATIENCE = 20.0
USUAL = WorkerPolicy()
ANYWHERE = Sites()
OK = Delivered(Reply(250, "2.0.0", "2.0.0 Ok", NOW))


class Heard(NullTelemetry):
    """What the worker reported, to be waited for."""

    def __init__(self) -> None:
        self.results: asyncio.Queue[tuple[int, str, int]] = asyncio.Queue()
        self.lost: asyncio.Queue[int] = asyncio.Queue()
        self.failed: asyncio.Queue[str] = asyncio.Queue()

    def attempt_finished(
        self,
        *,
        delivery: int,
        ticket: int | None,
        lane: str,
        result: str,
        attempt: int,
        seconds: float,
        code: int | None,
        status: str | None,
        text: str,
        relay_id: str | None,
    ) -> None:
        self.results.put_nowait((delivery, result, attempt))

    def lease_lost(self, *, delivery: int) -> None:
        self.lost.put_nowait(delivery)

    def task_failed(self, *, task: str, error: str) -> None:
        self.failed.put_nowait(task)


class HeldTransport:
    """Each attempt waits for the test's answer."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[LeasedDelivery] = asyncio.Queue()
        self.answers: dict[DeliveryId, asyncio.Future[AttemptResult]] = {}
        self.closed = asyncio.Event()

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        self.answers[leased.id] = asyncio.get_running_loop().create_future()
        self.begun.put_nowait(leased)
        return await self.answers[leased.id]

    async def close(self) -> None:
        self.closed.set()
        for answer in self.answers.values():
            if not answer.done():
                answer.set_exception(ConnectionAbortedError("closed"))


class QuickTransport(HeldTransport):
    """Takes everything, but what the test says otherwise."""

    def __init__(self, said: Callable[[LeasedDelivery], AttemptResult] = lambda _: OK) -> None:
        super().__init__()
        self._said = said

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        self.begun.put_nowait(leased)
        return self._said(leased)


class BrokenStore:
    """A real store that is away while the test says so, or loses the answer to a claim."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = False
        self.mute = False
        self.writing = 0

    async def write(self, fn: Callable[[Connection], T]) -> T:
        if self.away:
            raise StoreUnavailable("away")
        self.writing += 1
        try:
            value = await self._store.write(fn)
        finally:
            self.writing -= 1
        if self.mute and isinstance(value, Claim) and value.leased:
            raise StoreUnavailable("the connection was lost during COMMIT")
        return value

    async def read(self, fn: Callable[[Connection], T]) -> T:
        return await self._store.read(fn)

    async def close(self) -> None:
        await self._store.close()


class World:
    def __init__(
        self,
        store: Store,
        transport: HeldTransport,
        policy: WorkerPolicy,
        tell: Tell | None = None,
        *,
        node: str = "a",
        sites: Sites = ANYWHERE,
    ) -> None:
        self.clock = FakeClock(NOW)
        self.heard = Heard()
        self.store = BrokenStore(store)
        self.transport = transport
        self.worker = OutboundWorker(
            self.store,
            transport,
            NO_LIMIT,
            clock=self.clock,
            telemetry=self.heard,
            node=node,
            random=bytes,
            policy=policy,
            tell=tell,
            sites=sites,
        )

    async def deliveries(self, ids: list[DeliveryId]) -> list[Delivery]:
        def unit(conn: Connection) -> list[Delivery]:
            found = [outbound.get(conn, delivery) for delivery in ids]
            return [delivery for delivery in found if delivery is not None]

        return await self.store.read(unit)

    async def states(self, ids: list[DeliveryId]) -> list[DeliveryState]:
        return [delivery.state for delivery in await self.deliveries(ids)]

    async def quiet(self) -> None:
        """Until the worker waits for nothing but the clock, the next hop, and new mail."""
        rounds = 0
        while rounds < 2:
            await self.clock.settle()
            rounds = 0 if self.store.writing else rounds + 1

    async def until_failed(self) -> None:
        """Moves time on while the worker is in trouble with the store, until it says so."""
        while self.heard.failed.empty():
            await self.clock.advance(0.1)


@asynccontextmanager
async def working(
    store: Store,
    transport: HeldTransport,
    policy: WorkerPolicy = USUAL,
    *,
    tell: Tell | None = None,
    node: str = "a",
    sites: Sites = ANYWHERE,
) -> AsyncIterator[World]:
    world = World(store, transport, policy, tell, node=node, sites=sites)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(world.worker.run())
        await world.clock.settle()
        try:
            yield world
        finally:
            running.cancel()
