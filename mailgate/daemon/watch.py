"""Looking at ourselves: gauges, readiness, and the loop's pulse."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from mailgate.api.readiness import Part, Unready
from mailgate.clock import Clock
from mailgate.daemon import systemd
from mailgate.daemon.gateway import Gateway
from mailgate.model.delivery import WaitReason
from mailgate.model.delivery_states import FINAL
from mailgate.model.gates import ACCOUNT
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.window import window_start
from mailgate.store import journal, tickets, timers, usage
from mailgate.store import outbound as queue
from mailgate.store.core import Connection, StoreError
from mailgate.store.obstacles import counts as known_obstacles
from mailgate.store.room import LEAST_FREE, free_octets
from mailgate.telemetry.facts import Telemetry
from mailgate.telemetry.observation import LimitUse, Observation

if TYPE_CHECKING:  # the doctor has no door, and reports to nobody
    from mailgate.ingest.smtp import SmtpDoor
    from mailgate.telemetry.prometheus import PrometheusTelemetry

OBSERVE_SECONDS = 5.0
PULSE_SECONDS = 1.0
_READY_SECONDS = 2.0


def observation(conn: Connection, *, now: datetime, limiter: Limiter) -> Observation:
    """How much of everything there is, in one read."""
    depth = journal.depth(conn, now)
    stats = queue.stats(conn, now)
    obstacles = known_obstacles(conn, now)
    return Observation(
        journal_depth=depth.depth,
        journal_oldest=_age(depth.oldest, now),
        quarantine=depth.quarantined,
        outbound_depth={
            (lane.value, state.value): count
            for (lane, state), count in stats.depth.items()
            if state not in FINAL
        },
        outbound_oldest={lane.value: _age(oldest, now) for lane, oldest in stats.oldest.items()},
        outbound_waiting={reason.value: count for reason, count in stats.waiting.items()},
        destinations={"down": obstacles.down, "slowed": obstacles.slowed},
        limits=_limits(conn, limiter, stats.waiting, now),
        tickets={status.value: count for status, count in tickets.counts(conn).items()},
        overdue=timers.overdue(conn, now),
    )


_KINDS: Mapping[str, tuple[str, tuple[WaitReason, ...]]] = {
    "hourly": (ACCOUNT, (WaitReason.HOURLY_LIMIT, WaitReason.LANE_RESERVE)),
    "sender": ("sender", (WaitReason.SENDER_LIMIT,)),
    "agent": ("agent", (WaitReason.AGENT_LIMIT,)),
    "campaign": ("campaign", (WaitReason.CAMPAIGN_LIMIT,)),
    "recipient": ("recipient", (WaitReason.RECIPIENT_LIMIT,)),
}
"""By the label of the metric: how the keys of the limit begin, and why mail waits for it."""


def _limits(
    conn: Connection, limiter: Limiter, waiting: Mapping[WaitReason, int], now: datetime
) -> Mapping[str, LimitUse]:
    """Of each kind that the settings limit; the labels never name whom."""
    caps = {name: limiter.policy.cap_of(kind) for name, (kind, _) in _KINDS.items()}
    kinds = tuple(_KINDS[name][0] for name, cap in caps.items() if cap is not None)
    used = usage.fullest(conn, kinds, window_start(now))
    return {
        name: LimitUse(
            used=used[_KINDS[name][0]],
            maximum=cap,
            waiting=sum(waiting.get(reason, 0) for reason in _KINDS[name][1]),
        )
        for name, cap in caps.items()
        if cap is not None
    }


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def begin_and_end(conn: Connection) -> None:
    """The smallest unit of work: is there somebody who begins and commits it?"""
    conn.exec_driver_sql("SELECT 1")


async def observe(
    gateway: Gateway, telemetry: "PrometheusTelemetry", limiter: Callable[[], Limiter]
) -> None:
    """Sets the gauges every few seconds, until cancelled."""
    while True:
        try:
            unit = partial(observation, now=gateway.clock.now(), limiter=limiter())
            telemetry.observe(await gateway.store.read(unit))
        except StoreError as error:
            telemetry.store_unavailable(error=str(error))
        await gateway.clock.sleep(OBSERVE_SECONDS)


async def pulse(clock: Clock, telemetry: Telemetry) -> None:
    """Measures how late the loop is, and tells systemd that it turns, until cancelled."""
    interval = min(PULSE_SECONDS, systemd.watchdog_interval() or PULSE_SECONDS)
    while True:
        before = clock.monotonic()
        await clock.sleep(interval)
        telemetry.loop_lag(seconds=max(0.0, clock.monotonic() - before - interval))
        systemd.notify("WATCHDOG=1")


class Health:
    """What /readyz is told. `doors` are filled in when they are open, emptied when they close."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.doors: list[SmtpDoor] = []

    async def unready(self) -> tuple[Unready, ...]:
        amiss = (await self._store(), self._listener(), self._disk())
        return tuple(each for each in amiss if each is not None)

    async def _store(self) -> Unready | None:
        try:
            async with asyncio.timeout(_READY_SECONDS):
                # A write transaction: a database that another process has locked can be read.
                await self._gateway.store.write(begin_and_end)
        except TimeoutError:
            return Unready(Part.STORE, f"no commit within {_READY_SECONDS:g} seconds")
        except StoreError as error:
            return Unready(Part.STORE, str(error))
        return None

    def _listener(self) -> Unready | None:
        # A desk that is fed by the pipe alone has none.
        if self.doors or not self._gateway.settings.listen:
            return None
        return Unready(Part.LISTENER, "no listener is open")

    def _disk(self) -> Unready | None:
        folder = self._gateway.settings.gateway.data_dir
        try:
            free = free_octets(folder)
        except OSError as error:
            return Unready(Part.DISK, f"{folder}: {error.strerror}")
        if free < LEAST_FREE:
            return Unready(Part.DISK, f"{folder}: {free // 1024} KiB free; make room")
        return None
