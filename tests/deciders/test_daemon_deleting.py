"""The daemon closes and deletes tickets as the settings say, and tells how many are gone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.daemon.gateway import Gateway, desk_context
from mailgate.daemon.sweep import sweep_once
from mailgate.model.ticket import Status
from mailgate.store import tickets
from mailgate.store.core import Connection, Store
from mailgate.store.tickets import TicketChange
from mailgate.telemetry.null import NullTelemetry
from tests.deciders.desk_store import opened, opened_ticket
from tests.deciders.desk_world import NOW
from tests.harness.clock import FakeClock

COUNT = 25
"""More than a job takes at once."""


class Heard(NullTelemetry):
    def __init__(self) -> None:
        self.deleted: list[int] = []
        self.failed: list[str] = []

    def tickets_deleted(self, *, number: int) -> None:
        self.deleted.append(number)

    def task_failed(self, *, task: str, error: str) -> None:
        self.failed.append(f"{task}: {error}")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as made:
        yield made


def done(conn: Connection, status: Status) -> None:
    for _ in range(COUNT):
        tickets.update(conn, opened_ticket(conn), TicketChange(status=status), NOW)


async def swept(store: Store, folder: Path, desk: str, *, days: int) -> Heard:
    """One minute of the daemon, so many days later."""
    text = (
        f'[gateway]\ndata_dir = "{folder}"\n[[address]]\naddress = "support@acme.example"\n'
        f"[desk]\n{desk}\n"
    )
    given = settings.parse(text.encode(), source="test")
    heard, clock = Heard(), FakeClock(NOW + timedelta(days=days))
    gateway = Gateway(given, desk_context(given), store, clock, heard, bytes, "one")
    work = asyncio.ensure_future(sweep_once(gateway, lambda: None))
    while not work.done():
        await clock.advance(1)
    await work
    return heard


async def test_they_are_deleted_and_counted(store: Store, tmp_path: Path) -> None:
    await store.write(partial(done, status=Status.CLOSED))
    early = await swept(store, tmp_path, 'delete_closed_after = "30d"', days=29)
    assert early.deleted == []
    heard = await swept(store, tmp_path, 'delete_closed_after = "30d"', days=30)
    assert (sum(heard.deleted), heard.failed) == (COUNT, [])
    assert sum((await store.read(tickets.counts)).values()) == 0


async def test_twenty_at_a_time_and_two_hundred_a_minute(store: Store, tmp_path: Path) -> None:
    """Mail that comes in meanwhile does not wait for long."""
    for _ in range(9):
        await store.write(partial(done, status=Status.CLOSED))
    heard = await swept(store, tmp_path, 'delete_closed_after = "30d"', days=30)
    assert heard.deleted == [20] * 10
    heard = await swept(store, tmp_path, 'delete_closed_after = "30d"', days=30)
    assert heard.deleted == [20, 5]


async def test_by_default_they_are_closed_after_four_days_and_never_deleted(
    store: Store, tmp_path: Path
) -> None:
    await store.write(partial(done, status=Status.RESOLVED))
    await swept(store, tmp_path, "", days=3)
    assert (await store.read(tickets.counts))[Status.RESOLVED] == COUNT
    for days in (4, 4000):
        assert (await swept(store, tmp_path, "", days=days)).deleted == []
    assert (await store.read(tickets.counts))[Status.CLOSED] == COUNT


async def test_never_is_never(store: Store, tmp_path: Path) -> None:
    await store.write(partial(done, status=Status.RESOLVED))
    await swept(store, tmp_path, 'close_resolved_after = "never"', days=4000)
    assert (await store.read(tickets.counts))[Status.RESOLVED] == COUNT
