"""The outbound worker: claims, sends, settles.

Mail is claimed in batches before it is dialled and settled in batches after it, so that many
mails share a commit; in between no transaction is open. A node that stops hands back what it
has not begun. A node that dies leaves leases, which run out, or which it takes back itself
when it starts again under the same name.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from mailgate.clock import Clock
from mailgate.outbound.feeding import Feeder
from mailgate.outbound.held import HeldLeases
from mailgate.outbound.means import Means, WorkerPolicy
from mailgate.outbound.ready import Ready
from mailgate.outbound.sending import Sender
from mailgate.outbound.settling import Settler
from mailgate.outbound.sites import Sites
from mailgate.outbound.telling import Tell
from mailgate.outbound.transport import Transport
from mailgate.ratelimit.limiter import Limiter
from mailgate.store.core import Store
from mailgate.store.future import bring_back
from mailgate.telemetry.facts import Telemetry

__all__ = ["OutboundWorker", "WorkerPolicy"]

_USUAL = WorkerPolicy()
_NOWHERE = Sites()


class OutboundWorker:
    """`node` names this process among those that share the database: two that run at the
    same time must not have the same name. `random` gives so many random bytes. `tell` is called
    for what did not arrive, in the transaction that says so."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        limiter: Limiter,
        *,
        clock: Clock,
        telemetry: Telemetry,
        node: str,
        random: Callable[[int], bytes],
        policy: WorkerPolicy = _USUAL,
        tell: Tell | None = None,
        sites: Sites = _NOWHERE,
    ) -> None:
        self._means = Means(
            store=store,
            transport=transport,
            limiter=limiter,
            clock=clock,
            telemetry=telemetry,
            node=node,
            random=random,
            policy=policy,
            tell=tell,
            sites=sites,
        )
        self._feeder: Feeder | None = None
        self._ready: Ready | None = None
        self._done = asyncio.Event()
        self._done.set()

    def wake(self) -> None:
        """There may be something new in the queue."""
        if self._feeder is not None:
            self._feeder.wake()

    def limit(self, limiter: Limiter) -> None:
        """From now on other limits hold (a reload)."""
        self._means.limiter = limiter
        if self._feeder is not None:
            self._feeder.use_other_limits()

    def direct(self, sites: Sites) -> None:
        """From now on mail goes to other sites (a reload)."""
        self._means.sites = sites
        if self._ready is not None:
            self._ready.sites = sites

    async def run(self) -> None:
        """Works until `drain` is called, whatever the store and the next hop do. May be called
        again after it fell over a defect of ours: what was held then is taken back from the
        store."""
        self._done.clear()
        held = HeldLeases(self._means)
        try:
            await held.recover(self._means.node)
            await self._work(held)
        finally:
            self._done.set()
            await self._means.transport.close()

    async def drain(self, grace: float = 30.0) -> None:
        """Stops: claims nothing more, hands back what has not begun, gives running attempts
        `grace` seconds, then cuts them off; returns when everything is settled and `run` ends."""
        self._means.stopping = True
        self.wake()
        async with asyncio.TaskGroup() as tasks:
            cut = tasks.create_task(self._cut(grace))
            await self._done.wait()
            cut.cancel()

    async def _work(self, held: HeldLeases) -> None:
        """The parts, and the order in which they end: claims, attempts, results."""
        ready = self._ready = Ready(self._means.policy.concurrency, self._means.sites)
        async with asyncio.TaskGroup() as background:
            settler = Settler(self._means, held, on_released=self._on_released)
            settling = background.create_task(settler.run())
            async with asyncio.TaskGroup() as attempts:
                sender = Sender(
                    self._means, ready, held, on_finished=settler.put, on_taken=self._on_taken
                )
                self._feeder = Feeder(
                    self._means,
                    ready,
                    held,
                    begin=partial(sender.begin, attempts),
                    on_finished=settler.put,
                )
                endless = [
                    background.create_task(self._feeder.tick()),
                    background.create_task(self._feeder.ring()),
                    background.create_task(self._beat(held)),
                ]
                attempts.create_task(self._feeder.run())
            settler.end()
            await settling
            for task in endless:
                task.cancel()

    async def _beat(self, held: HeldLeases) -> None:
        """Keeps up what this node holds, and takes over from nodes that died, until cancelled."""
        means = self._means
        while True:
            await means.clock.sleep(means.policy.beat)
            await held.renew()
            await held.recover(None)
            prune = partial(means.limiter.prune, now=means.clock.now())
            await means.write("prune", prune, tries=1)
            # The clock may have been put right meanwhile, or while nothing ran.
            await means.write("bring back", partial(bring_back, now=means.clock.now()), tries=1)

    async def _cut(self, grace: float) -> None:
        await self._means.clock.sleep(grace)
        self._means.hurry = True
        await self._means.transport.close()

    def _on_taken(self) -> None:
        if self._feeder is not None:
            self._feeder.look()

    def _on_released(self) -> None:
        if self._feeder is not None:
            self._feeder.retry()
