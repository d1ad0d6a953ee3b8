"""What the parts of the outbound worker share: the store, the way out, the limits, the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from mailgate.clock import Clock
from mailgate.outbound.sites import Sites
from mailgate.outbound.telling import Tell
from mailgate.outbound.transport import Transport
from mailgate.ratelimit.limiter import Limiter
from mailgate.store.core import Connection, Store, StoreError, StoreUnavailable
from mailgate.telemetry.facts import Telemetry

__all__ = ["Means", "WorkerPolicy"]

T = TypeVar("T")

_BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkerPolicy:
    """How much at once, and how long. `lease` must be longer than `attempt`, the total time
    that a transport gives one attempt: otherwise a slow mail would be sent twice."""

    concurrency: int = 100
    """Attempts that run at the same time; a fifth of them is kept for replies."""
    batch: int = 100
    batch_bytes: int = 16 * MEBIBYTE
    """Content that one claim brings."""
    held_bytes: int = 48 * MEBIBYTE
    """Nothing more is claimed while so much content is in memory, but replies."""
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

    @property
    def low_water(self) -> int:
        """With less than this that has not begun, more is claimed."""
        return max(self.concurrency, self.batch // 2)


@dataclass(slots=True)
class Means:
    """`limiter` and `sites` are replaced on a reload. Who is `stopping` begins nothing; in a
    `hurry` no store is waited for."""

    store: Store
    transport: Transport
    limiter: Limiter
    clock: Clock
    telemetry: Telemetry
    node: str
    random: Callable[[int], bytes]
    policy: WorkerPolicy
    tell: Tell | None
    sites: Sites
    stopping: bool = False
    hurry: bool = False

    def jitter(self) -> float:
        """A number from 0 to 1 by chance."""
        return int.from_bytes(self.random(2)) / 0xFFFF

    async def write(
        self, task: str, unit: Callable[[Connection], T], *, tries: int | None = None
    ) -> T | None:
        """Runs a unit of work; again after a pause while the store is not there (`tries` times
        at most). None when it could not be done."""
        failures = 0
        while True:
            try:
                return await self.store.write(unit)
            except StoreUnavailable as error:
                self.telemetry.task_failed(task=f"outbound {task}", error=str(error))
                await self.clock.sleep(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
                failures += 1
                if self.hurry or failures == tries:
                    return None
            except StoreError as error:
                self.telemetry.task_failed(task=f"outbound {task}", error=str(error))
                return None

    async def write_once(self, task: str, unit: Callable[[Connection], None]) -> bool:
        """Tries a unit of work that returns nothing; whether it was done."""

        def done(conn: Connection) -> bool:
            unit(conn)
            return True

        return await self.write(task, done, tries=1) is not None
