"""The sweep: every job has its turn in each minute, and none can stop the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from mailgate.daemon.gateway import Gateway
from mailgate.daemon.sweep import EVERY, JOBS, Job, sweep, sweep_once
from mailgate.desk.swept import Swept
from mailgate.store.core import StoreUnavailable
from mailgate.telemetry.null import NullTelemetry
from tests.deciders.desk_store import gateway_with
from tests.harness.clock import FakeClock


class Heard(NullTelemetry):
    def __init__(self) -> None:
        self.failed: list[str] = []
        self.unavailable: list[str] = []

    def task_failed(self, *, task: str, error: str) -> None:
        self.failed.append(f"{task}: {error}")

    def store_unavailable(self, *, error: str) -> None:
        self.unavailable.append(error)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway_with(tmp_path, Heard()) as found:
        yield found


def counted(log: list[str], name: str, amounts: list[int]) -> Job:
    """A job of three things at a time, with as much to do as `amounts` say."""

    async def run(_: Gateway) -> Swept:
        log.append(name)
        return Swept(amounts.pop(0) if amounts else 0)

    return Job(name, run, limit=3)


def failing(error: Exception) -> Callable[[Gateway], Awaitable[Swept]]:
    async def run(_: Gateway) -> Swept:
        raise error

    return run


async def finish(gateway: Gateway, jobs: tuple[Job, ...]) -> None:
    clock = gateway.clock
    assert isinstance(clock, FakeClock)
    work = asyncio.ensure_future(sweep_once(gateway, lambda: None, jobs))
    while not work.done():
        await clock.advance(1)
    await work


async def test_a_job_goes_on_while_there_is_more(gateway: Gateway) -> None:
    log: list[str] = []
    await finish(gateway, (counted(log, "a", [3, 3, 2]), counted(log, "b", [1])))
    assert log == ["a", "a", "a", "b"]


async def test_a_job_without_end_leaves_the_others_their_turn(gateway: Gateway) -> None:
    log: list[str] = []
    await finish(gateway, (counted(log, "a", [3] * 1000), counted(log, "b", [])))
    assert (log.count("a"), log.count("b")) == (10, 1)


async def test_one_that_fails_is_told_of_and_stops_none(gateway: Gateway) -> None:
    log: list[str] = []
    heard = gateway.telemetry
    assert isinstance(heard, Heard)
    broken = Job("broken", failing(ValueError("what?")))
    away = Job("away", failing(StoreUnavailable("no database")))
    await finish(gateway, (broken, away, counted(log, "b", [])))
    assert heard.failed == ["sweep: broken: ValueError: what?"]
    assert heard.unavailable == ["no database"]
    assert log == ["b"]


async def test_every_minute(gateway: Gateway) -> None:
    log: list[str] = []
    clock = gateway.clock
    assert isinstance(clock, FakeClock)
    task = asyncio.ensure_future(sweep(gateway, lambda: None, (counted(log, "a", []),)))
    await clock.settle()
    assert len(log) == 1, "at once after a start"
    await clock.advance(EVERY)
    await clock.advance(EVERY)
    assert len(log) == 3
    task.cancel()


async def test_the_jobs_of_the_daemon_find_nothing_on_an_empty_desk(gateway: Gateway) -> None:
    heard = gateway.telemetry
    assert isinstance(heard, Heard)
    woken: list[None] = []
    await sweep_once(gateway, lambda: woken.append(None))
    assert (heard.failed, heard.unavailable, woken) == ([], [], [])
    assert {job.name for job in JOBS} == {
        *("overdue", "rules", "close resolved", "survey", "delete closed", "search"),
    }
