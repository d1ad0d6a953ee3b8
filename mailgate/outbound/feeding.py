"""Claims: mail comes from the store before it is needed, and replies whenever there are any."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from mailgate.model.delivery import Lane, LeasedDelivery
from mailgate.outbound.claim import Claim, ClaimOrder, claim_deliveries
from mailgate.outbound.held import HeldLeases
from mailgate.outbound.kept import keep_back
from mailgate.outbound.means import Means
from mailgate.outbound.ready import Ready
from mailgate.outbound.settling import Finished
from mailgate.ratelimit.limiter import LANES
from mailgate.store.future import move_on

__all__ = ["Feeder"]

_JUMP = timedelta(seconds=1)
"""A clock that goes on by so much more than time does was put ahead."""
_REPLIES = (Lane.REPLY,)
_LEAST_PAUSE = 0.02
"""Seconds, where what waits could go at once if only there were room for it here."""
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
        # There is more; there may be; there may be replies.
        self._more = False
        self._may_be_more = True
        self._may_be_replies = True
        # Others may have held before this start.
        self._has_other_limits = True
        self._seen_at = means.clock.now()
        self._seen_ticks = means.clock.monotonic()
        self._alarm: datetime | None = None
        self._alarm_is_set = asyncio.Event()

    def wake(self) -> None:
        """There may be something new in the queue, or something may go that had to wait."""
        self._has_news = True
        self.retry()

    def use_other_limits(self) -> None:
        """The limiter is another one: whoever waits for the one before is looked at."""
        self._has_other_limits = True
        self.wake()

    def retry(self) -> None:
        """What could not go before may go now."""
        self._may_be_more = self._may_be_replies = True
        self._wake.set()

    def look(self) -> None:
        """Something was taken out of `ready`: it may be time for more."""
        if self._is_running_dry():
            self._wake.set()

    async def tick(self) -> None:
        """Wakes ever so often, until cancelled."""
        while True:
            await self._means.clock.sleep(self._means.policy.poll)
            self.wake()

    async def ring(self) -> None:
        """Wakes when what waits may have room, sooner than the next tick, until cancelled."""
        while True:
            await self._alarm_is_set.wait()
            self._alarm_is_set.clear()
            if self._alarm is not None:
                left = (self._alarm - self._means.clock.now()).total_seconds()
                self._alarm = None
                await self._means.clock.sleep(max(left, _LEAST_PAUSE))
                self.retry()

    async def run(self) -> None:
        """Claims until the worker stops; then what has not begun is handed back."""
        means = self._means
        while not means.stopping:
            self._wake.clear()
            self._has_news = False
            await self._tell_of_other_limits()
            await self._fill()
            await self._fetch_replies()
            await self._wake.wait()
            # Who runs out of mail does not wait for more news.
            if means.policy.gather and self._has_news and not self._is_running_dry():
                await means.clock.sleep(means.policy.gather)
        await self._held.take_back()
        await self._held.hand_back(self._ready.clear())

    # --- within -------------------------------------------------------------------------------

    async def _tell_of_other_limits(self) -> None:
        if self._has_other_limits and not self._means.stopping:
            self._has_other_limits = False
            unit = partial(self._means.limiter.changed, now=self._means.clock.now())
            if not await self._means.write_once("limits", unit):
                self._has_other_limits = True

    async def _fill(self) -> None:
        self._more, self._may_be_more = self._more or self._may_be_more, False
        while self._is_running_dry() and not self._means.stopping:
            claim = await self._claim(LANES)
            self._more = claim is not None and claim.more

    async def _fetch_replies(self) -> None:
        """Whatever else waits for its turn in memory, replies come at once."""
        more, self._may_be_replies = self._may_be_replies, False
        while more and self._wants_replies() and not self._means.stopping:
            claim = await self._claim(_REPLIES)
            more = claim is not None and claim.more

    def _is_running_dry(self) -> bool:
        """Is there more, and room for it?"""
        return self._more and self._is_hungry()

    def _is_hungry(self) -> bool:
        policy, ready = self._means.policy, self._ready
        waiting = ready.waiting()
        if waiting >= _STARVED_BATCHES * policy.batch or ready.held_bytes() >= policy.held_bytes:
            return False
        return waiting < policy.low_water or ready.is_starved

    def _wants_replies(self) -> bool:
        """When there is no room for others: not too many, and not too much."""
        policy, ready = self._means.policy, self._ready
        return (
            not self._is_hungry()
            and ready.waiting(Lane.REPLY) < policy.batch
            and ready.held_bytes(Lane.REPLY) < policy.batch_bytes
        )

    async def _claim(self, lanes: tuple[Lane, ...]) -> Claim | None:
        if not await self._held.take_back() or not await self._keep_step():
            return None
        means, now = self._means, self._means.clock.now()
        policy = means.policy
        order = ClaimOrder(
            node=means.node,
            now=now,
            lease=policy.lease,
            batch=policy.batch,
            batch_bytes=policy.batch_bytes,
            lanes=lanes,
            site_of=means.sites.of,
        )
        unit = partial(claim_deliveries, limiter=means.limiter, order=order)
        claim = await means.write("claim", unit, tries=1)
        if claim is None:
            self._held.doubt(now + policy.lease)
            return None
        for leased in claim.leased:
            self._held.hold(leased, now + policy.lease)
            self._put(leased)
        self._begin()
        self._set_alarm(claim.look_at)
        self._report(claim)
        return claim

    async def _keep_step(self) -> bool:
        """When the clock was put ahead, what counts in the hour goes with it before anything is
        claimed; False when that failed. Time in which this machine slept is taken for the same."""
        now, ticks = self._means.clock.now(), self._means.clock.monotonic()
        by = now - self._seen_at - timedelta(seconds=ticks - self._seen_ticks)
        if by > _JUMP:
            unit = partial(move_on, now=now, by=by)
            if not await self._means.write_once("clock", unit):
                return False
        self._seen_at, self._seen_ticks = now, ticks
        return True

    def _put(self, leased: LeasedDelivery) -> None:
        if leased.suppressed_by is None:
            self._ready.put(leased)
        else:
            kept = keep_back(leased.suppressed_by, self._means.clock.now())
            self._on_finished(Finished(leased, kept, 0.0))

    def _set_alarm(self, at: datetime | None) -> None:
        """What comes after the next tick is its own affair."""
        if at is None or at - self._means.clock.now() > timedelta(seconds=self._means.policy.poll):
            return
        if self._alarm is None or at < self._alarm:
            self._alarm = at
            self._alarm_is_set.set()

    def _report(self, claim: Claim) -> None:
        if claim.postponed:
            self._means.telemetry.limit_waiting(
                limit="hourly",
                waiting=claim.waiting,
                used=claim.used,
                maximum=self._means.limiter.policy.hourly,
            )
