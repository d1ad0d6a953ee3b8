"""The database is locked, full, frozen, restarted: told in bounded time, and then it goes on."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest

from mailgate.store import journal
from mailgate.store.core import Connection, Store, StoreUnavailable
from mailgate.store.open import open_store, parse_url
from mailgate.store.postgres import TRIES, Patience, PostgresStore
from mailgate.store.sqlite import SqliteStore
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.conftest import WatchedTelemetry
from tests.contracts.store_world import append, journal_rows
from tests.harness.postgres import PostgresServer

needs_postgresql = pytest.mark.servers("postgresql")

HASTY = Patience(connect=2, statement=2.0, lock=0.2, idle=5.0, answer=1.0)


@pytest.fixture
async def sqlite_store(sqlite_url: str, telemetry: WatchedTelemetry) -> AsyncIterator[SqliteStore]:
    """A store that waits for another process's transaction for a fifth of a second."""
    store = SqliteStore(parse_url(sqlite_url), telemetry=telemetry, busy_seconds=0.2)
    yield store
    await store.close()


@pytest.fixture
async def postgres_store(
    postgres_url: str, telemetry: WatchedTelemetry
) -> AsyncIterator[PostgresStore]:
    """A store with little patience."""
    store = PostgresStore(parse_url(postgres_url), telemetry=telemetry, patience=HASTY)
    yield store
    await store.close()


# --- locks ----------------------------------------------------------------------------------

HOLD_SQLITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process_writes(path: str) -> Iterator[None]:
    """A second process is in the middle of a transaction for as long as the block runs."""
    command = [sys.executable, "-c", HOLD_SQLITE, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield


async def test_sqlite_locked_by_another_process(
    sqlite_url: str, sqlite_store: SqliteStore, telemetry: WatchedTelemetry
) -> None:
    with another_process_writes(sqlite_url.removeprefix("sqlite:///")):
        results = await asyncio.gather(
            *(sqlite_store.write(append) for _ in range(5)), return_exceptions=True
        )
        assert await sqlite_store.read(journal_rows) == 0  # readers are not locked out
    assert [type(result) for result in results] == [StoreUnavailable] * 5
    assert telemetry.unavailable

    await sqlite_store.write(append)
    assert await sqlite_store.read(journal_rows) == 1


async def test_sqlite_waits_for_a_short_transaction_of_another_process(sqlite_url: str) -> None:
    """Two processes that both write get in each other's way, not into each other's errors."""
    append_many = (
        "import asyncio, sys\n"
        "from mailgate.store.open import open_store\n"
        "from mailgate.telemetry.null import NullTelemetry\n"
        "from tests.contracts.store_world import append\n"
        "async def main():\n"
        "    store = open_store(sys.argv[1], telemetry=NullTelemetry())\n"
        "    for _ in range(50):\n"
        "        await store.write(append)\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", append_many, sqlite_url]) for _ in range(2)]
    assert [await asyncio.to_thread(writer.wait, 60) for writer in writers] == [0, 0]

    store = open_store(sqlite_url, telemetry=NullTelemetry())
    assert await store.read(journal_rows) == 100
    await store.close()


@needs_postgresql
async def test_postgresql_table_locked_by_another_session(
    postgres_url: str, postgres_store: PostgresStore, telemetry: WatchedTelemetry
) -> None:
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreUnavailable, match="55P03"):
            await postgres_store.write(append)
        assert telemetry.unavailable
    await postgres_store.write(append)
    assert await postgres_store.read(journal_rows) == 1


# --- a full disk ----------------------------------------------------------------------------


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Writing beyond `size` fails, as on a full disk (Python ignores SIGXFSZ)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_under_sqlite(
    sqlite_url: str, sqlite_store: SqliteStore, telemetry: WatchedTelemetry
) -> None:
    await sqlite_store.write(partial(append, content=b"before"))
    with files_no_larger_than(400_000):
        large = partial(append, content=b"x" * 1_000_000)
        with pytest.raises(StoreUnavailable):
            await sqlite_store.write(large)
        assert telemetry.unavailable
        results = await asyncio.gather(
            *(sqlite_store.write(large) for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results] == [StoreUnavailable] * 3
        assert await sqlite_store.read(journal_rows) == 1

    await sqlite_store.write(large)
    assert await sqlite_store.read(journal_rows) == 2
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_a_full_database_fails_the_unit_that_does_not_fit(
    sqlite_store: SqliteStore,
) -> None:
    """SQLite may undo the whole transaction then: nobody is told that a lost row is there."""

    def allow_pages(conn: Connection, pages: int) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await sqlite_store.write(partial(allow_pages, pages=100))
    results = await asyncio.gather(
        sqlite_store.write(append),
        sqlite_store.write(partial(append, content=b"x" * 1_000_000)),
        sqlite_store.write(append),
        return_exceptions=True,
    )
    assert isinstance(results[1], StoreUnavailable)
    told = sum(isinstance(result, int) for result in results)
    assert await sqlite_store.read(journal_rows) == told

    await sqlite_store.write(partial(allow_pages, pages=1_000_000))
    await sqlite_store.write(partial(append, content=b"x" * 1_000_000))
    assert await sqlite_store.read(journal_rows) == told + 1


# --- a server that goes away ----------------------------------------------------------------


@needs_postgresql
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restart", "crash"])
async def test_postgresql_goes_and_comes_back(
    postgres_server: PostgresServer, postgres_store: PostgresStore, how: signal.Signals
) -> None:
    before = await asyncio.gather(*(postgres_store.write(append) for _ in range(10)))
    postgres_server.stop(how)
    try:
        with pytest.raises(StoreUnavailable):
            await postgres_store.write(append)
        with pytest.raises(StoreUnavailable):
            await postgres_store.read(journal_rows)
    finally:
        postgres_server.start()

    # The first call after the restart already works: connections are tried before use.
    after = await postgres_store.write(append)
    rows = await postgres_store.read(partial(journal.listing, state=None, limit=100))
    assert {row.id for row in rows} == {*before, after}


@needs_postgresql
async def test_sessions_that_the_server_ended_are_replaced(
    postgres_server: PostgresServer, postgres_store: PostgresStore
) -> None:
    await asyncio.gather(*(postgres_store.write(append) for _ in range(20)))
    end_all = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mailgate'"
    )
    postgres_server.execute(end_all)
    await asyncio.gather(*(postgres_store.write(append) for _ in range(20)))
    assert await postgres_store.read(journal_rows) == 40


@needs_postgresql
async def test_a_session_that_dies_in_the_middle_commits_nothing(
    postgres_server: PostgresServer, postgres_store: PostgresStore
) -> None:
    def append_and_die(conn: Connection) -> None:
        append(conn)
        pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        postgres_server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
        append(conn)

    with pytest.raises(StoreUnavailable):
        await postgres_store.write(append_and_die)
    assert await postgres_store.read(journal_rows) == 0


@needs_postgresql
async def test_a_frozen_server_is_unavailable_in_bounded_time(
    postgres_store: PostgresStore,
) -> None:
    def own_pid(conn: Connection) -> int:
        pid: int = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        return pid

    pid = await postgres_store.write(own_pid)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailable, match="in time"):
            await postgres_store.write(append)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert await postgres_store.write(append)


APPEND_FOR_EVER = """
import asyncio, sys
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.store_world import append
async def main():
    store = open_store(sys.argv[1], telemetry=NullTelemetry())
    async def worker():
        while True:
            row = await store.write(append)
            sys.stdout.write(f"{row}\\n")
            sys.stdout.flush()
    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(worker())
asyncio.run(main())
"""


async def test_what_was_told_before_the_process_was_killed_is_there(store_url: str) -> None:
    command = [sys.executable, "-c", APPEND_FOR_EVER, store_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(100)]
        process.kill()
        told += process.stdout.readlines()

    store = open_store(store_url, telemetry=NullTelemetry())
    rows = await store.read(partial(journal.listing, state=None, limit=1_000_000))
    assert {int(line) for line in told if line.endswith(b"\n")} <= {row.id for row in rows}
    await store.write(append)
    await store.close()


@needs_postgresql
async def test_a_frozen_server_does_not_stop_the_store_from_closing(postgres_url: str) -> None:
    store = PostgresStore(parse_url(postgres_url), telemetry=NullTelemetry(), patience=HASTY)

    def freeze(conn: Connection) -> None:
        frozen.append(conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        os.kill(frozen[0], signal.SIGSTOP)
        append(conn)

    frozen: list[int] = []
    with pytest.raises(StoreUnavailable):
        await store.write(freeze)
    try:
        await store.close()
    finally:
        os.kill(frozen[0], signal.SIGCONT)
        for thread in threading.enumerate():
            if thread.name.startswith("mailgate-"):
                thread.join(10)


# --- other transactions ---------------------------------------------------------------------


@needs_postgresql
async def test_a_deadlock_is_tried_again(postgres_url: str) -> None:
    """Each of two units locks a row and then the other's: both take effect, once."""
    store = open_store(postgres_url, telemetry=NullTelemetry())

    def add_contact(conn: Connection, key: str) -> None:
        statement = "INSERT INTO contacts (key, address, name, created_at) VALUES (%s, '', '', 0)"
        conn.exec_driver_sql(statement, (key,))

    for key in ("a", "b"):
        await store.write(partial(add_contact, key=key))
    both_hold_one = threading.Barrier(2)

    def count_both(conn: Connection, order: str, tries: list[str]) -> None:
        tries.append(order)
        for key in order:
            statement = "UPDATE contacts SET created_at = created_at + 1 WHERE key = %s"
            conn.exec_driver_sql(statement, (key,))
            if len(tries) == 1 and key == order[0]:
                both_hold_one.wait(10)

    forth: list[str] = []
    back: list[str] = []
    await asyncio.gather(
        store.write(partial(count_both, order="ab", tries=forth)),
        store.write(partial(count_both, order="ba", tries=back)),
    )

    def counted(conn: Connection) -> list[int]:
        statement = "SELECT created_at FROM contacts ORDER BY key"
        return [row.created_at for row in conn.exec_driver_sql(statement)]

    assert len(forth) + len(back) > 2
    assert await store.read(counted) == [2, 2]
    await store.close()


@needs_postgresql
async def test_losing_again_and_again_is_unavailable(postgres_store: PostgresStore) -> None:
    tries: list[int] = []

    def always_lose(conn: Connection) -> None:
        tries.append(len(tries))
        append(conn)
        conn.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$")

    with pytest.raises(StoreUnavailable, match="40001"):
        await postgres_store.write(always_lose)
    assert len(tries) == TRIES
    assert await postgres_store.read(journal_rows) == 0


@needs_postgresql
async def test_more_callers_than_threads_wait_their_turn(postgres_store: PostgresStore) -> None:
    results = await asyncio.gather(*(postgres_store.write(append) for _ in range(200)))
    assert len(set(results)) == 200


# --- what stays after the trouble -----------------------------------------------------------


async def test_a_unit_that_fails_leaves_the_next_one_alone(store: Store) -> None:
    units: list[Callable[[Connection], object]] = []

    def broken_sql(conn: Connection) -> None:
        append(conn)
        conn.exec_driver_sql("SELECT nothing FROM nowhere")

    for _ in range(20):
        units += [broken_sql, append]
    results = await asyncio.gather(*(store.write(u) for u in units), return_exceptions=True)
    assert [isinstance(result, int) for result in results] == [False, True] * 20
    assert await store.read(journal_rows) == 20


FAIL_WITHOUT_IMPORTS = """
import asyncio, builtins, errno, sys
from sqlalchemy.exc import OperationalError
from mailgate.store.core import StoreUnavailable
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.store_world import append

def no_descriptors(name, *more):
    if name in sys.modules:
        return imports(name, *more)
    raise OSError(errno.EMFILE, f"Too many open files: {name}")

def fail(conn):
    raise OperationalError("INSERT", {}, Exception("unable to open database file"))

async def main():
    store = open_store(sys.argv[1], telemetry=NullTelemetry())
    await store.write(append)
    builtins.__import__ = no_descriptors
    try:
        await store.write(fail)
    except StoreUnavailable:
        print("unavailable", flush=True)
    await store.write(append)
    print("again", flush=True)

imports = builtins.__import__
asyncio.run(main())
"""


def test_a_fault_without_a_descriptor_left_is_survived(store_url: str) -> None:
    """What is imported only when it is needed cannot be imported then (F29): that ended the
    thread that commits, and all mail was refused until the next start."""
    command = [sys.executable, "-c", FAIL_WITHOUT_IMPORTS, store_url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.split() == ["unavailable", "again"], ended.stderr
