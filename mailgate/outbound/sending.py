"""Attempts: as many at a time as there are places, each on its own."""

import asyncio
from collections.abc import Callable

from mailgate.model.delivery import Deferred, LeasedDelivery, Reply
from mailgate.outbound.held import HeldLeases
from mailgate.outbound.means import Means
from mailgate.outbound.ready import Ready
from mailgate.outbound.settling import Finished

__all__ = ["Sender"]


class Sender:
    """Takes from `ready`, and gives what has finished to `on_finished`. `on_taken` is called for
    each mail that is taken out."""

    def __init__(
        self,
        means: Means,
        ready: Ready,
        held: HeldLeases,
        *,
        on_finished: Callable[[Finished], None],
        on_taken: Callable[[], None],
    ) -> None:
        self._means = means
        self._ready = ready
        self._held = held
        self._on_finished = on_finished
        self._on_taken = on_taken

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Lets all begin that may, in tasks that go on as long as there is mail for them."""
        while not self._means.stopping and (leased := self._ready.take()) is not None:
            tasks.create_task(self._send_on(leased))

    async def _send_on(self, leased: LeasedDelivery) -> None:
        following: LeasedDelivery | None = leased
        while following is not None:
            leased = following
            self._on_taken()
            if self._held.may_begin(leased):
                self._on_finished(await self._attempt(leased))
            self._ready.done(leased)
            following = None if self._means.stopping else self._ready.take()

    async def _attempt(self, leased: LeasedDelivery) -> Finished:
        means = self._means
        began = means.clock.monotonic()
        try:
            result = await means.transport.send(leased)
        except Exception as error:  # noqa: BLE001  a defect of ours: unknown is transient
            means.telemetry.task_failed(task="outbound attempt", error=repr(error))
            result = Deferred(Reply(None, None, "internal error", means.clock.now()))
        return Finished(leased, result, means.clock.monotonic() - began)
