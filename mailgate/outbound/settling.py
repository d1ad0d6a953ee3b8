"""What became of attempts goes into the store, many in a transaction."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mailgate.model.delivery import AttemptResult, Draft, LeasedDelivery
from mailgate.model.ids import DeliveryId
from mailgate.model.settlement import Settlement
from mailgate.outbound.held import HeldLeases, lease_of
from mailgate.outbound.means import Means
from mailgate.outbound.reports import report_queued, report_settled
from mailgate.outbound.settle import settle
from mailgate.outbound.telling import settle_and_tell

__all__ = ["Finished", "Settler"]


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that took `seconds`."""

    leased: LeasedDelivery
    result: AttemptResult
    seconds: float


class Settler:
    """`on_released` is called when mail that had to wait may go now, and when there is new mail:
    notices of failures."""

    def __init__(self, means: Means, held: HeldLeases, on_released: Callable[[], None]) -> None:
        self._means = means
        self._held = held
        self._on_released = on_released
        self._finished: asyncio.Queue[Finished | None] = asyncio.Queue()

    def put(self, finished: Finished) -> None:
        self._finished.put_nowait(finished)

    def end(self) -> None:
        """Nothing more comes: `run` ends when all is settled."""
        self._finished.put_nowait(None)

    async def run(self) -> None:
        """Settles until `end`. What is finished during a transaction shares the next one."""
        more = True
        while more:
            batch, more = await self._take()
            if batch:
                await self._settle(batch)

    async def _take(self) -> tuple[list[Finished], bool]:
        """Waits for one, and takes whatever else is there; False when that was the last."""
        batch: list[Finished] = []
        item = await self._finished.get()
        while item is not None:
            batch.append(item)
            if self._finished.empty():
                return batch, True
            item = self._finished.get_nowait()
        return batch, False

    async def _settle(self, batch: Sequence[Finished]) -> None:
        now = self._means.clock.now()
        settlements = [settle(f.leased, f.result, now, self._means.jitter()) for f in batch]
        lost = await self._write(settlements)
        for finished, settlement in zip(batch, settlements, strict=True):
            if settlement.delivery in lost:
                self._held.lose(lease_of(finished.leased))
            else:
                self._held.end(finished.leased)
                report_settled(self._means.telemetry, finished.leased, settlement, finished.seconds)

    async def _write(self, settlements: list[Settlement]) -> frozenset[DeliveryId]:
        """All in one transaction; one by one when there is one among them that cannot be
        written. Returns those that changed nothing."""
        means = self._means
        unit = partial(
            settle_and_tell, settlements=settlements, tell=means.tell, limiter=means.limiter
        )
        settled = await means.write("settle", unit)
        if settled is not None:
            self._report_told(settled.told)
            if settled.told or settled.released:
                self._on_released()
            return settled.lost
        if len(settlements) == 1:
            return frozenset({settlements[0].delivery})
        parts = [await self._write([settlement]) for settlement in settlements]
        return frozenset().union(*parts)

    def _report_told(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            report_queued(self._means.telemetry, draft)
