"""Claims: mail comes from the store before it is needed, and replies whenever there are any."""

import asyncio
from collections.abc import Callable
from functools import partial

from mailgate.model.delivery import Lane, LeasedDelivery
from mailgate.outbound.claim import LANES, Claim, ClaimOrder, claim_deliveries
from mailgate.outbound.held import HeldLeases
from mailgate.outbound.kept import keep_back
from mailgate.outbound.means import Means
from mailgate.outbound.ready import Ready
from mailgate.outbound.settling import Finished

__all__ = ["Feeder"]

_REPLIES = (Lane.REPLY,)
_STARVED_BATCHES = 4
"""So many batches may wait for sites that are busy, before those for others are waited for."""


class Feeder:
    """Puts what it claims into `ready`, and then calls `begin`; what is not to be sent at all goes
    to `on_finished` at once."""

    def __init__(
        self,
        means: Means,
        ready: Ready,
        held: HeldLeases,
        *,
        begin: Callable[[], None],
        on_finished: Callable[[Finished], None],
    ) -> None:
        self._means = means
        self._ready = ready
        self._held = held
        self._begin = begin
        self._on_finished = on_finished
        self._wake = asyncio.Event()
        self._has_news = True
        self._more = False

    def wake(self) -> None:
        """There may be something new in the queue, or something may go that had to wait."""
        self._has_news = True
        self._wake.set()

    def retry(self) -> None:
        """What could not go before may go now."""
        self._more = True
        self._wake.set()

    def look(self) -> None:
        """Something was taken out of `ready`: it may be time for more."""
        if self._more and self._is_hungry():
            self._wake.set()

    async def tick(self) -> None:
        """Wakes ever so often, until cancelled."""
        while True:
            await self._means.clock.sleep(self._means.policy.poll)
            self.wake()

    async def run(self) -> None:
        """Claims until the worker stops; then what has not begun is handed back."""
        means = self._means
        while not means.stopping:
            self._wake.clear()
            had_news, self._has_news = self._has_news, False
            self._more = self._more or had_news
            await self._fill()
            if had_news:
                await self._fetch_replies()
            await self._wake.wait()
            if means.policy.gather and self._has_news and not means.stopping:
                await means.clock.sleep(means.policy.gather)
        await self._held.take_back()
        await self._held.hand_back(self._ready.clear())

    # --- within -------------------------------------------------------------------------------

    async def _fill(self) -> None:
        while self._more and self._is_hungry() and not self._means.stopping:
            claim = await self._claim(LANES)
            self._more = claim is not None and claim.more

    async def _fetch_replies(self) -> None:
        """Whatever else waits for its turn in memory, replies come at once."""
        more = True
        while more and self._wants_replies() and not self._means.stopping:
            claim = await self._claim(_REPLIES)
            more = claim is not None and claim.more

    def _is_hungry(self) -> bool:
        policy, ready = self._means.policy, self._ready
        if ready.held_bytes() >= policy.held_bytes:
            return False
        waiting = ready.waiting()
        if waiting < policy.low_water:
            return True
        return ready.is_starved and waiting < _STARVED_BATCHES * policy.batch

    def _wants_replies(self) -> bool:
        """When there is no room for others: not too many, and not too much."""
        policy, ready = self._means.policy, self._ready
        return (
            not self._is_hungry()
            and ready.waiting(Lane.REPLY) < policy.batch
            and ready.held_bytes(Lane.REPLY) < policy.batch_bytes
        )

    async def _claim(self, lanes: tuple[Lane, ...]) -> Claim | None:
        if not await self._held.take_back():
            return None
        means, now = self._means, self._means.clock.now()
        policy = means.policy
        order = ClaimOrder(means.node, now, policy.lease, policy.batch, policy.batch_bytes, lanes)
        unit = partial(claim_deliveries, limiter=means.limiter, order=order)
        claim = await means.write("claim", unit, tries=1)
        if claim is None:
            self._held.doubt(now + policy.lease)
            return None
        for leased in claim.leased:
            self._held.hold(leased, now + policy.lease)
            self._put(leased)
        self._begin()
        self._report(claim)
        return claim

    def _put(self, leased: LeasedDelivery) -> None:
        if leased.suppressed_by is None:
            self._ready.put(leased)
        else:
            kept = keep_back(leased.suppressed_by, self._means.clock.now())
            self._on_finished(Finished(leased, kept, 0.0))

    def _report(self, claim: Claim) -> None:
        if claim.postponed:
            self._means.telemetry.limit_waiting(
                limit="hourly",
                waiting=claim.waiting,
                used=claim.used,
                maximum=self._means.limiter.cap.limit,
            )
