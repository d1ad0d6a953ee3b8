"""A clock that tests move by hand."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta


class FakeClock:
    """`advance` wakes the sleepers in order; nothing really waits."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._monotonic + seconds, self._count, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Moves on by `seconds`, waking each sleeper at its own instant."""
        end = self._monotonic + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, future = heapq.heappop(self._sleepers)
            self._move(at)
            if not future.done():
                future.set_result(None)
            await self.settle()
        self._move(end)
        await self.settle()

    def put(self, by: timedelta) -> None:
        """Somebody puts it ahead, or back; no time goes by."""
        self._now += by

    async def settle(self) -> None:
        """Lets every task that can run do so."""
        for _ in range(20):
            await asyncio.sleep(0)

    def _move(self, at: float) -> None:
        self._now += timedelta(seconds=at - self._monotonic)
        self._monotonic = at
