"""The outbound worker: claims, sends, settles.

Mail is claimed in batches before it is dialled and settled in batches after it, so that many
mails share a commit; in between no transaction is open. A node that stops hands back what it
has not begun. A node that dies leaves leases, which run out, or which it takes back itself
when it starts again under the same name.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from mailgate.clock import Clock
from mailgate.model.delivery import AttemptResult, Deferred, Draft, LeasedDelivery, Reply
from mailgate.model.ids import DeliveryId
from mailgate.model.settlement import Settlement
from mailgate.outbound.claim import Claim, ClaimOrder, claim_deliveries
from mailgate.outbound.kept import keep_back
from mailgate.outbound.reports import report_lost, report_queued, report_settled
from mailgate.outbound.settle import settle
from mailgate.outbound.telling import Tell, settle_and_tell
from mailgate.outbound.transport import Transport
from mailgate.ratelimit.limiter import HourlyLimiter
from mailgate.store.core import Connection, Store, StoreError, StoreUnavailable
from mailgate.store.leases import (
    Lease,
    hand_back_leases,
    hand_back_unheard,
    recover_leases,
    renew_leases,
)
from mailgate.telemetry.facts import Telemetry

__all__ = ["OutboundWorker", "WorkerPolicy"]

T = TypeVar("T")

_BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_LATE = timedelta(minutes=2)
"""So long after it failed a unit of work may still be committed: no statement takes longer."""


@dataclass(frozen=True, slots=True)
class WorkerPolicy:
    """How much at once, and how long. `lease` must be longer than `attempt`, the total time
    that a transport gives one attempt: otherwise a slow mail would be sent twice."""

    concurrency: int = 20
    """Attempts that run at the same time."""
    batch: int = 100
    batch_bytes: int = 16 * 1024 * 1024
    """Content held in memory for one claim."""
    lease: timedelta = timedelta(minutes=20)
    attempt: timedelta = timedelta(minutes=15)
    poll: float = 1.0
    """Seconds between looks at the queue, for what other processes put in."""
    gather: float = 0.0
    """Seconds from being woken to the claim: mails that are queued one after another are
    claimed together."""
    beat: float = 15.0
    """Seconds between renewals of leases and looks for leases that ran out."""

    def __post_init__(self) -> None:
        if self.lease <= self.attempt + timedelta(seconds=2 * self.beat):
            raise ValueError("a lease must outlive an attempt by more than two heartbeats")


@dataclass(frozen=True, slots=True)
class _Finished:
    leased: LeasedDelivery
    result: AttemptResult
    seconds: float


class OutboundWorker:
    """`node` names this process among those that share the database: two that run at the
    same time must not have the same name. `random` gives so many random bytes. `tell` is called
    for what did not arrive, in the transaction that says so."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        limiter: HourlyLimiter,
        *,
        clock: Clock,
        telemetry: Telemetry,
        node: str,
        random: Callable[[int], bytes],
        policy: WorkerPolicy = WorkerPolicy(),
        tell: Tell | None = None,
    ) -> None:
        self._store = store
        self._transport = transport
        self._limiter = limiter
        self._clock = clock
        self._telemetry = telemetry
        self._node = node
        self._random = random
        self._policy = policy
        self._tell = tell
        self._low_water = max(policy.concurrency, policy.batch // 2)
        self._wake = asyncio.Event()
        self._more = False
        self._stopping = False
        self._hurry = False
        self._done = asyncio.Event()
        self._done.set()
        self._ready: asyncio.Queue[LeasedDelivery | None] = asyncio.Queue()
        self._finished: asyncio.Queue[_Finished | None] = asyncio.Queue()
        # Until when each lease holds: from its claim until it is settled.
        self._until: dict[Lease, datetime] = {}
        # Until when the leases hold of claims that failed: nobody knows whether they are there.
        self._unsure: frozenset[datetime] = frozenset()

    # --- what others call -----------------------------------------------------------------

    def wake(self) -> None:
        """There may be something new in the queue."""
        self._wake.set()

    def limit(self, limiter: HourlyLimiter) -> None:
        """From now on another cap holds (a reload)."""
        self._limiter = limiter
        self.wake()

    async def run(self) -> None:
        """Works until `drain` is called, whatever the store and the next hop do. May be called
        again after it fell over a defect of ours."""
        self._done.clear()
        # After a fall: what was held then is taken back from the store.
        self._ready, self._finished, self._until = asyncio.Queue(), asyncio.Queue(), {}
        self._unsure = frozenset()
        try:
            await self._recover(self._node)
            async with asyncio.TaskGroup() as background:
                ticker = background.create_task(self._tick())
                heart = background.create_task(self._beat())
                settler = background.create_task(self._settle_all())
                async with asyncio.TaskGroup() as attempts:
                    attempts.create_task(self._feed())
                    for _ in range(self._policy.concurrency):
                        attempts.create_task(self._send_all())
                self._finished.put_nowait(None)
                await settler
                ticker.cancel()
                heart.cancel()
        finally:
            self._done.set()
            await self._transport.close()

    async def drain(self, grace: float = 30.0) -> None:
        """Stops: claims nothing more, hands back what has not begun, gives running attempts
        `grace` seconds, then cuts them off; returns when everything is settled and `run` ends."""
        self._stopping = True
        self.wake()
        async with asyncio.TaskGroup() as tasks:
            cut = tasks.create_task(self._cut(grace))
            await self._done.wait()
            cut.cancel()

    async def _cut(self, grace: float) -> None:
        await self._clock.sleep(grace)
        self._hurry = True
        await self._transport.close()

    # --- claiming -------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(self._policy.poll)
            self._wake.set()

    async def _feed(self) -> None:
        while not self._stopping:
            self._wake.clear()
            self._more = True
            while self._wants_more():
                claim = await self._claim() if await self._take_back() else None
                self._more = claim is not None and claim.more
            await self._wake.wait()
            if self._policy.gather and not self._stopping:
                await self._clock.sleep(self._policy.gather)
        await self._hand_back()
        for _ in range(self._policy.concurrency):
            self._ready.put_nowait(None)

    def _wants_more(self) -> bool:
        return self._more and not self._stopping and self._ready.qsize() < self._low_water

    async def _claim(self) -> Claim | None:
        policy, now = self._policy, self._clock.now()
        order = ClaimOrder(self._node, now, policy.lease, policy.batch, policy.batch_bytes)
        unit = partial(claim_deliveries, limiter=self._limiter, order=order)
        claim = await self._persist("claim", unit, tries=1)
        if claim is None:
            self._unsure |= {now + policy.lease}
            return None
        for leased in claim.leased:
            self._until[_lease(leased)] = now + policy.lease
            if leased.suppressed_by is None:
                self._ready.put_nowait(leased)
            else:
                kept = keep_back(leased.suppressed_by, now)
                self._finished.put_nowait(_Finished(leased, kept, 0.0))
        if claim.postponed:
            self._telemetry.limit_waiting(
                limit="hourly",
                waiting=claim.waiting,
                used=claim.used,
                maximum=self._limiter.cap.limit,
            )
        return claim

    async def _take_back(self) -> bool:
        """Hands back what claims took whose answers were lost; False when that failed too.
        Done for a while, because such a claim may be committed later."""
        if not self._unsure:
            return True
        now = self._clock.now()
        unit = partial(
            hand_back_unheard, node=self._node, untils=self._unsure, held=[*self._until], now=now
        )
        if await self._persist("take back", unit, tries=1) is None:
            return False
        late = now - _LATE + self._policy.lease
        self._unsure = frozenset(until for until in self._unsure if until > late)
        return True

    async def _hand_back(self) -> None:
        await self._take_back()
        unbegun: list[Lease] = []
        while not self._ready.empty():
            leased = self._ready.get_nowait()
            if leased is not None and _lease(leased) in self._until:
                del self._until[_lease(leased)]
                unbegun.append(_lease(leased))
        if unbegun:
            unit = partial(hand_back_leases, leases=unbegun, now=self._clock.now())
            await self._persist("hand back", unit)

    # --- sending --------------------------------------------------------------------------

    async def _send_all(self) -> None:
        while (leased := await self._ready.get()) is not None:
            if self._wants_more():
                self._wake.set()
            if self._may_begin(leased):
                self._finished.put_nowait(await self._attempt(leased))

    def _may_begin(self, leased: LeasedDelivery) -> bool:
        """Does the lease hold for a whole attempt? It does not after a long standstill of
        this process or of the store; then another node may be at it."""
        until = self._until.get(_lease(leased))
        if until is not None and self._clock.now() + self._policy.attempt <= until:
            return True
        self._lose(_lease(leased))
        return False

    async def _attempt(self, leased: LeasedDelivery) -> _Finished:
        began = self._clock.monotonic()
        try:
            result = await self._transport.send(leased)
        except Exception as error:  # noqa: BLE001  a defect of ours: unknown is transient
            self._telemetry.task_failed(task="outbound attempt", error=repr(error))
            result = Deferred(Reply(None, None, "internal error", self._clock.now()))
        return _Finished(leased, result, self._clock.monotonic() - began)

    # --- settling -------------------------------------------------------------------------

    async def _settle_all(self) -> None:
        more = True
        while more:
            batch, more = await self._take_finished()
            if batch:
                await self._settle(batch)

    async def _take_finished(self) -> tuple[list[_Finished], bool]:
        """Waits for one, and takes whatever else is there; False when that was the last."""
        batch: list[_Finished] = []
        item = await self._finished.get()
        while item is not None:
            batch.append(item)
            if self._finished.empty():
                return batch, True
            item = self._finished.get_nowait()
        return batch, False

    async def _settle(self, batch: Sequence[_Finished]) -> None:
        now = self._clock.now()
        settlements = [settle(f.leased, f.result, now, self._jitter()) for f in batch]
        lost = await self._write_settlements(settlements)
        for finished, settlement in zip(batch, settlements, strict=True):
            lease = _lease(finished.leased)
            if settlement.delivery in lost:
                self._lose(lease)
            else:
                self._until.pop(lease, None)
                report_settled(self._telemetry, finished.leased, settlement, finished.seconds)

    async def _write_settlements(self, settlements: list[Settlement]) -> frozenset[DeliveryId]:
        """All in one transaction; one by one when there is one among them that cannot be
        written. Returns those that changed nothing."""
        unit = partial(settle_and_tell, settlements=settlements, tell=self._tell)
        settled = await self._persist("settle", unit)
        if settled is not None:
            self._report_told(settled.told)
            return settled.lost
        if len(settlements) == 1:
            return frozenset({settlements[0].delivery})
        parts = [await self._write_settlements([settlement]) for settlement in settlements]
        return frozenset().union(*parts)

    def _report_told(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            report_queued(self._telemetry, draft)
        if drafts:
            self.wake()

    def _jitter(self) -> float:
        return int.from_bytes(self._random(2)) / 0xFFFF

    # --- leases ---------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(self._policy.beat)
            await self._renew()
            await self._recover(None)
            prune = partial(self._limiter.prune, now=self._clock.now())
            await self._persist("prune", prune, tries=1)

    async def _renew(self) -> None:
        held = list(self._until)
        if not held:
            return
        until = self._clock.now() + self._policy.lease
        unit = partial(renew_leases, leases=held, until=until)
        ours = await self._persist("renew", unit, tries=1)
        if ours is None:
            return
        for lease in held:
            if lease in self._until and lease.delivery in ours:
                self._until[lease] = until
            elif lease in self._until:
                self._lose(lease)

    async def _recover(self, node: str | None) -> None:
        """Takes back leases of nodes that died; with `node`, those of this one's former life."""
        more = True
        while more and not self._stopping:
            unit = partial(recover_leases, now=self._clock.now(), node=node)
            lost = await self._persist("recover", unit, tries=1)
            for lease in lost or ():
                report_lost(self._telemetry, lease)
            # At the start there is nothing to do before this has worked.
            more = bool(lost) or (lost is None and node is not None)

    def _lose(self, lease: Lease) -> None:
        self._until.pop(lease, None)
        self._telemetry.lease_lost(delivery=lease.delivery)

    # --- the store ------------------------------------------------------------------------

    async def _persist(
        self, task: str, unit: Callable[[Connection], T], *, tries: int | None = None
    ) -> T | None:
        """Runs a unit of work; again after a pause while the store is not there (`tries` times
        at most). None when it could not be done."""
        failures = 0
        while True:
            try:
                return await self._store.write(unit)
            except StoreUnavailable as error:
                self._telemetry.task_failed(task=f"outbound {task}", error=str(error))
                await self._clock.sleep(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
                failures += 1
                if self._hurry or failures == tries:
                    return None
            except StoreError as error:
                self._telemetry.task_failed(task=f"outbound {task}", error=str(error))
                return None


def _lease(leased: LeasedDelivery) -> Lease:
    return Lease(leased.id, leased.fence)
