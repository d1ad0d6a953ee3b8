"""What is done every minute because its time has come: each job in small transactions, and by
several nodes at once. A job takes what it works on (locks with SKIP LOCKED, guarded updates), so
that nothing is done twice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from mailgate.daemon.gateway import Gateway
from mailgate.daemon.indexing import keep_up
from mailgate.desk.context import DeskContext
from mailgate.desk.rules.ruledtimes import any_is_due, due_rules
from mailgate.desk.surveys.survey import due_surveys
from mailgate.desk.swept import Swept
from mailgate.desk.ticket.deleting import delete_closed
from mailgate.desk.ticket.life import close_resolved
from mailgate.desk.timers.escalating import ring_due
from mailgate.model.seed import Seed
from mailgate.store.core import Connection, StoreError

__all__ = ["JOBS", "Job", "in_store", "sweep", "sweep_once"]

EVERY = 60.0
_LIMIT = 20
"""Things that are taken in one transaction: mail that comes in meanwhile must not wait for it."""
_ROUNDS = 10
"""Transactions of a job in a minute."""
_PAUSE = 0.1


class Unit(Protocol):
    """A job that needs the store alone: a use case, in one transaction."""

    def __call__(
        self, conn: Connection, *, ctx: DeskContext, now: datetime, seed: Seed, limit: int
    ) -> Swept: ...


@dataclass(frozen=True, slots=True)
class Job:
    """`run` does some of it, and says how much."""

    name: str
    run: Callable[[Gateway], Awaitable[Swept]]
    limit: int = _LIMIT


def in_store(name: str, unit: Unit, limit: int = _LIMIT) -> Job:
    """The job that is this use case, once a transaction."""

    async def run(gateway: Gateway) -> Swept:
        return await gateway.store.write(
            partial(
                unit,
                ctx=gateway.current_context(),
                now=gateway.clock.now(),
                seed=gateway.seed(),
                limit=limit,
            )
        )

    return Job(name, run, limit)


async def _due_rules(gateway: Gateway) -> Swept:
    """Looked for apart: that may take its time, and mail that comes in need not wait for it."""
    ctx, now = gateway.current_context(), gateway.clock.now()
    if not await gateway.store.read(partial(any_is_due, ctx=ctx, now=now)):
        return Swept()
    return await in_store("", due_rules).run(gateway)


async def _delete_closed(gateway: Gateway) -> Swept:
    swept = await in_store("", delete_closed).run(gateway)
    if swept.taken:
        gateway.telemetry.tickets_deleted(number=swept.taken)
    return swept


JOBS: tuple[Job, ...] = (
    in_store("overdue", ring_due),
    Job("rules", _due_rules),
    in_store("close resolved", close_resolved),
    in_store("survey", due_surveys),
    Job("delete closed", _delete_closed),
    Job("search", keep_up),
)
"""In this order. Who has something that becomes due adds a line."""


async def sweep(
    gateway: Gateway, on_queued: Callable[[], None], jobs: tuple[Job, ...] = JOBS
) -> None:
    """Until cancelled."""
    while True:
        await sweep_once(gateway, on_queued, jobs)
        await gateway.clock.sleep(EVERY)


async def sweep_once(
    gateway: Gateway, on_queued: Callable[[], None], jobs: tuple[Job, ...] = JOBS
) -> None:
    """Every job until nothing is left or its share of the minute is used. One that fails is told
    of, and stops none of the others."""
    for job in jobs:
        try:
            await _work_off(gateway, job, on_queued)
        except StoreError as error:
            gateway.telemetry.store_unavailable(error=str(error))
        except Exception as error:  # noqa: BLE001  whatever it was, the others go on
            gateway.telemetry.task_failed(
                task=f"sweep: {job.name}", error=f"{type(error).__name__}: {error}"
            )


async def _work_off(gateway: Gateway, job: Job, on_queued: Callable[[], None]) -> None:
    for _ in range(_ROUNDS):
        swept = await job.run(gateway)
        for draft in swept.drafts:
            gateway.telemetry.queued(
                ticket=draft.ticket,
                lane=draft.lane.value,
                recipients=len(draft.recipients),
                message_id=draft.mail.message_id,
            )
        if swept.drafts:
            on_queued()
        if swept.taken < job.limit:
            return
        await gateway.clock.sleep(_PAUSE)
