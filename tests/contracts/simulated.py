"""Days of an outbound worker in seconds: the worker and the store are real, time and the next hop
are not."""

import asyncio
import heapq
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from mailgate.model.delivery import AttemptResult, Delivered, LeasedDelivery, Reply
from mailgate.outbound.sites import Sites
from mailgate.outbound.worker import OutboundWorker, WorkerPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.store.core import Connection, Store
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.outbound_world import NOW
from tests.harness.clock import FakeClock
from tests.harness.queued import Queued, enqueue

__all__ = ["Begun", "Simulation", "copy_of", "simulated"]

T = TypeVar("T")
_CALM = 10
"""Rounds of the loop in which nobody asks the store, until nobody is going to."""
PATIENCE = 200.0


class WatchedStore:
    """Says when nobody waits for the store, and how much it had to do."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._busy = 0
        self._idle = asyncio.Event()
        self.units = 0
        """Transactions that write."""
        self.changes = 0
        """Rows that they changed; SQLite alone counts them."""

    async def write(self, fn: Callable[[Connection], T]) -> T:
        self._enter()
        self.units += 1
        try:
            return await self._store.write(partial(self._counted, fn))
        finally:
            self._leave()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        self._enter()
        try:
            return await self._store.read(fn)
        finally:
            self._leave()

    async def close(self) -> None:
        await self._store.close()

    async def calm(self) -> None:
        """Until everybody waits for the clock."""
        rounds = 0
        while rounds < _CALM:
            await asyncio.sleep(0)
            rounds += 1
            if self._busy:
                await self._idle.wait()
                rounds = 0

    def _counted(self, fn: Callable[[Connection], T], conn: Connection) -> T:
        driver = conn.connection.dbapi_connection
        before = getattr(driver, "total_changes", 0)
        value = fn(conn)
        self.changes += getattr(driver, "total_changes", 0) - before
        return value

    def _enter(self) -> None:
        self._busy += 1
        self._idle.clear()

    def _leave(self) -> None:
        self._busy -= 1
        if not self._busy:
            self._idle.set()


class SimulatedClock(FakeClock):
    """Everything that happens at an instant is over before the next instant."""

    def __init__(self, store: WatchedStore) -> None:
        super().__init__(NOW)
        self._store = store

    async def settle(self) -> None:
        await self._store.calm()

    async def advance(self, seconds: float) -> None:
        end = self._monotonic + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            self._move(self._sleepers[0][0])
            await self._wake()
        self._move(end)
        await self.settle()

    async def leap(self, seconds: float) -> None:
        """Later at once, as for a machine that slept: who wanted to wake meanwhile wakes now."""
        self._move(self._monotonic + seconds)
        await self._wake()

    async def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
        await self.settle()


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt."""

    at: datetime
    leased: LeasedDelivery


class SimulatedHop:
    """Takes all, but what `said` says otherwise, each after so many seconds as `lasting` says."""

    def __init__(
        self,
        clock: FakeClock,
        said: Callable[[LeasedDelivery], AttemptResult | None],
        lasting: Callable[[LeasedDelivery], float],
    ) -> None:
        self._clock = clock
        self._said = said
        self._lasting = lasting
        self.begun: list[Begun] = []
        self.running = 0

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        self.begun.append(Begun(self._clock.now(), leased))
        self.running += 1
        try:
            await asyncio.sleep(0)  # as for every connection: those who begin next have begun
            if seconds := self._lasting(leased):
                await self._clock.sleep(seconds)
        finally:
            self.running -= 1
        ok = Delivered(Reply(250, "2.0.0", "2.0.0 Ok", self._clock.now()))
        return self._said(leased) or ok

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Simulation:
    """A running worker."""

    clock: SimulatedClock
    store: WatchedStore
    hop: SimulatedHop
    step: float
    """Seconds that pass at once while nothing is under way."""

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self.clock.monotonic()

    async def queue(self, *mails: Queued) -> None:
        """As another process does: the worker is not told."""
        await self.store.write(partial(enqueue, mails=mails, now=self.clock.now()))

    async def go_on(self, until: float) -> None:
        """To so many seconds since the beginning."""
        while (left := until - self.seconds) > 0:
            if self.hop.running:
                await self.clock.advance(min(left, 0.1))
            else:
                await self.clock.leap(min(left, self.step))


def _at_once(_leased: LeasedDelivery) -> float:
    return 0.0


def _taken(_leased: LeasedDelivery) -> None:
    return None


@asynccontextmanager
async def simulated(
    store: Store,
    limiter: Limiter,
    *,
    policy: WorkerPolicy,
    sites: Sites,
    step: float,
    said: Callable[[LeasedDelivery], AttemptResult | None] = _taken,
    lasting: Callable[[LeasedDelivery], float] = _at_once,
    mails: tuple[Queued, ...] = (),
) -> AsyncIterator[Simulation]:
    """With `mails` in the queue when the worker begins."""
    watched = WatchedStore(store)
    clock = SimulatedClock(watched)
    hop = SimulatedHop(clock, said, lasting)
    worker = OutboundWorker(
        watched,
        hop,
        limiter,
        clock=clock,
        telemetry=NullTelemetry(),
        node="a",
        random=bytes,
        policy=policy,
        sites=sites,
    )
    simulation = Simulation(clock, watched, hop, step)
    await simulation.queue(*mails)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(worker.run())
        await clock.settle()
        try:
            yield simulation
        finally:
            running.cancel()


@asynccontextmanager
async def copy_of(template: Path) -> AsyncIterator[Store]:
    """A store on a copy of a database of SQLite; in memory where there is a file system in memory,
    because days have many commits."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        shutil.copy(template, f"{folder}/mailgate.db")
        store = open_store(f"sqlite:///{folder}/mailgate.db", telemetry=NullTelemetry())
        yield store
        await store.close()
