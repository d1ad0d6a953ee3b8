"""`write` commits, then returns; a unit succeeds or fails alone and takes effect once."""

import asyncio
import gc
import random
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
import uvloop

from mailgate.store import journal
from mailgate.store.core import Connection, Store, StoreError, StoreUnavailable
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.conftest import WatchedTelemetry
from tests.contracts.store_world import append, journal_rows


@pytest.fixture
async def other(store_url: str, store: Store) -> AsyncIterator[Store]:
    """Another process's view of the same database."""
    other = open_store(store_url, telemetry=NullTelemetry())
    yield other
    await other.close()


def append_then_fail(conn: Connection, content: bytes) -> None:
    append(conn, content)
    raise LookupError(content.decode())


def break_a_rule(conn: Connection) -> None:
    append(conn, b"before the rule was broken")
    conn.exec_driver_sql("INSERT INTO ticket_tags (ticket, tag) VALUES (404, 'no such ticket')")


async def test_what_write_returned_is_there_for_everybody(store: Store, other: Store) -> None:
    row = await store.write(partial(append, content=b"hello"))
    assert await other.read(partial(journal.content, row_id=row)) == b"hello"


async def test_write_returns_what_the_unit_returned(store: Store) -> None:
    assert await store.write(lambda conn: ("anything", None)) == ("anything", None)


async def test_a_failing_unit_rolls_back_alone(store: Store) -> None:
    units = [
        partial(append_then_fail if number % 3 == 0 else append, content=b"%d" % number)
        for number in range(30)
    ]
    results = await asyncio.gather(*(store.write(unit) for unit in units), return_exceptions=True)

    assert [isinstance(result, LookupError) for result in results] == [
        number % 3 == 0 for number in range(30)
    ]
    assert await store.read(journal_rows) == 20


async def test_the_database_refusing_a_row_rolls_back_that_unit_alone(store: Store) -> None:
    units: list[Callable[[Connection], object]] = [append, break_a_rule, append]
    good, bad, also_good = await asyncio.gather(
        *(store.write(unit) for unit in units), return_exceptions=True
    )

    assert isinstance(bad, StoreError)
    assert not isinstance(bad, StoreUnavailable)
    assert isinstance(good, int)
    assert isinstance(also_good, int)
    assert await store.read(journal_rows) == 2


async def test_a_unit_alone_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(LookupError, match="alone"):
        await store.write(partial(append_then_fail, content=b"alone"))
    assert await store.read(journal_rows) == 0


async def test_every_unit_runs_once(store: Store) -> None:
    ran: list[int] = []

    def remember(conn: Connection, number: int) -> int:
        append(conn)
        ran.append(number)
        return number

    results = await asyncio.gather(*(store.write(partial(remember, number=n)) for n in range(300)))

    assert results == list(range(300))
    assert sorted(ran) == list(range(300))
    assert await store.read(journal_rows) == 300


async def test_sqlite_commits_what_waits_together(
    sqlite_url: str, telemetry: WatchedTelemetry
) -> None:
    store = open_store(sqlite_url, telemetry=telemetry)
    entered, go_on = threading.Event(), threading.Event()

    def hold(conn: Connection) -> None:
        entered.set()
        assert go_on.wait(10)

    holding = asyncio.gather(store.write(hold))
    assert await asyncio.to_thread(entered.wait, 10)
    waiting = asyncio.gather(*(store.write(append) for _ in range(100)))
    await asyncio.sleep(0)  # all of them are in the queue now
    go_on.set()
    await holding
    await waiting
    await store.close()

    assert telemetry.groups == [1, 100]


async def test_the_store_reports_what_it_committed(
    store: Store, telemetry: WatchedTelemetry
) -> None:
    await asyncio.gather(*(store.write(append) for _ in range(50)))
    await store.close()
    assert sum(telemetry.groups) == 50


async def test_cancelled_callers_do_not_cancel_their_units(store: Store) -> None:
    """All rows are there, and asyncio complains of no result that nobody took."""
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    units = [
        append if number % 4 else partial(append_then_fail, content=b"x") for number in range(400)
    ]
    tasks = [asyncio.ensure_future(store.write(unit)) for unit in units]
    dice = random.Random(7)
    for task in tasks:
        if dice.random() < 0.5:
            task.cancel()
        if dice.random() < 0.2:
            await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await store.write(append)

    # A task that was cancelled before it first ran has put nothing in.
    cancelled = [result for result in results if isinstance(result, asyncio.CancelledError)]
    sure = sum(isinstance(result, int) for result in results)
    rows = await store.read(journal_rows)
    assert sure + 1 <= rows <= sure + len(cancelled) + 1
    tasks.clear()
    del results, cancelled
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


async def test_a_unit_whose_caller_is_cancelled_is_committed(store: Store, other: Store) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(conn: Connection) -> None:
        entered.set()
        assert go_on.wait(10)
        append(conn)

    task = asyncio.ensure_future(store.write(slow))
    assert await asyncio.to_thread(entered.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await store.close()  # drains

    assert await other.read(journal_rows) == 1


async def test_closing_finishes_what_is_queued(store: Store, other: Store) -> None:
    writing = [asyncio.ensure_future(store.write(append)) for _ in range(20)]
    await asyncio.sleep(0)
    await store.close()

    assert all(isinstance(row, int) for row in await asyncio.gather(*writing))
    assert await other.read(journal_rows) == 20


async def test_a_closed_store_is_unavailable(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.write(append)
    with pytest.raises(StoreUnavailable):
        await store.read(journal_rows)


async def test_reading_changes_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.read(append)
    assert await store.read(journal_rows) == 0


async def test_a_read_sees_one_moment(store: Store) -> None:
    """What is committed while it reads is not there for it."""
    counted, go_on = threading.Event(), threading.Event()

    def count_twice(conn: Connection) -> tuple[int, int]:
        first = journal_rows(conn)
        counted.set()
        assert go_on.wait(10)
        return first, journal_rows(conn)

    counts = asyncio.ensure_future(store.read(count_twice))
    assert await asyncio.to_thread(counted.wait, 10)
    await store.write(append)
    go_on.set()

    assert await counts == (0, 0)
    assert await store.read(journal_rows) == 1


async def test_errors_name_no_value(store: Store) -> None:
    def same_key_twice(conn: Connection) -> None:
        for _ in range(2):
            conn.exec_driver_sql(
                "INSERT INTO contacts (key, address, name, created_at)"
                " VALUES ('secret@customer.example', '', '', 0)"
            )

    with pytest.raises(StoreError) as caught:
        await store.write(same_key_twice)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_many_loops_can_share_a_store(store: Store) -> None:
    """The command line and tests run a loop of their own in a thread."""

    def in_another_loop() -> int:
        return int(asyncio.run(store_write(store)))

    assert await asyncio.to_thread(in_another_loop) > 0


async def store_write(store: Store) -> int:
    return await store.write(partial(append, content=b"from another loop"))


def test_it_runs_on_uvloop(store_url: str) -> None:
    async def use() -> list[int]:
        store = open_store(store_url, telemetry=NullTelemetry())
        try:
            return await asyncio.gather(*(store.write(append) for _ in range(100)))
        finally:
            await store.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert len(set(runner.run(use()))) == 100


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://localhost/x",
        "sqlite+aiosqlite:///x",
        "no url:secret@",
    ],
)
def test_a_url_that_names_no_store_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url, telemetry=NullTelemetry())
    assert "secret" not in str(caught.value)


async def test_sqlite_flushes_each_commit_to_the_disk(sqlite_url: str) -> None:
    """What power loss would undo is not durable: WAL with synchronous = FULL (2)."""
    store = open_store(sqlite_url, telemetry=NullTelemetry())

    def pragmas(conn: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await store.write(pragmas) == ["wal", 2, 1]
    await store.close()


@pytest.mark.servers("postgresql")
async def test_postgresql_that_does_not_flush_is_refused(postgres_url: str) -> None:
    store = open_store(
        f"{postgres_url}?options=-c synchronous_commit=off", telemetry=NullTelemetry()
    )
    with pytest.raises(StoreError, match="synchronous_commit"):
        await store.write(append)
    await store.close()
