"""SQLite: one thread writes and groups commits, a few threads read.

The writer takes everything that has queued up, runs each unit in a SAVEPOINT of one
transaction, commits once, and then wakes all callers: fifty messages that arrive together cost
one flush of the disk. Other processes (the commands) may write to the same file in between.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from mailgate.clock import SystemClock
from mailgate.store.calls import Call, Calls, Crew, answer
from mailgate.store.core import StoreError, StoreFull, StoreUnavailable
from mailgate.store.faults import translate
from mailgate.store.gathering import Gathering
from mailgate.store.room import is_large, refuse_without_room
from mailgate.store.sqlite_faults import word
from mailgate.store.sqlite_session import (
    BUSY_SECONDS,
    CACHE_KIB,
    assert_durable,
    make_durable,
    make_private,
)
from mailgate.store.together import many_of
from mailgate.telemetry.facts import Telemetry

__all__ = ["SqliteStore", "sqlite_engine", "sqlite_transaction", "translated"]

T = TypeVar("T")

GROUP_UNITS = 256
GROUP_SECONDS = 0.05
"""A group is committed when it has worked this long: latency under load stays bounded."""
READERS = 2
_WRITER_CACHE_KIB = 8_000
_UNDO_ALL = ("ROLLBACK", "BEGIN IMMEDIATE")
_UNDO_UNIT = ("ROLLBACK TO unit", "RELEASE unit")
_ROLLED_BACK = "sqlite: the transaction was rolled back"


def sqlite_engine(
    url: URL, *, cache_kib: int = CACHE_KIB, busy_seconds: float = BUSY_SECONDS
) -> Engine:
    """An engine whose connections are durable, check foreign keys, and begin nothing on
    their own: sqlite3's legacy mode begins at the first write, so that what was read before
    it is not part of the transaction. Raises StoreUnavailable when the file cannot be made."""
    make_private(url.database)
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        make_durable(connection, cache_kib=cache_kib)

    event.listen(engine, "connect", prepare)
    return engine


@contextmanager
def sqlite_transaction(conn: Connection, *, wait_seconds: int) -> Iterator[None]:
    """A transaction that writes, after waiting this long for other processes' ones."""
    raw = _raw(conn)
    raw.execute(f"PRAGMA busy_timeout = {wait_seconds * 1000}")
    raw.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        raw.execute("ROLLBACK")
        raise
    raw.execute("COMMIT")


class SqliteStore:
    """The Store on one SQLite file. Opening it raises StoreError or StoreUnavailable."""

    def __init__(
        self,
        url: URL,
        *,
        telemetry: Telemetry,
        monotonic: Callable[[], float] | None = None,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        writing = sqlite_engine(url, cache_kib=_WRITER_CACHE_KIB, busy_seconds=busy_seconds)
        self._writer = _Writer(writing, telemetry, monotonic or SystemClock().monotonic)
        self._reader = _Reader(sqlite_engine(url, busy_seconds=busy_seconds))
        self._writing = Crew("mailgate-write", 1, self._writer.work)
        self._reading = Crew("mailgate-read", READERS, self._reader.work)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        call = Call(fn)
        self._writing.calls.put(call)
        return await call.result()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        call = Call(fn)
        self._reading.calls.put(call)
        return await call.result()

    async def close(self) -> None:
        """Commits what is queued, then lets go of the file."""
        await self._reading.close()
        await self._writing.close()


class _Writer:
    """The thread that owns the connection that writes."""

    def __init__(
        self, engine: Engine, telemetry: Telemetry, monotonic: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._folder = Path(engine.url.database or ".").parent
        self._telemetry = telemetry
        self._monotonic = monotonic
        self._conn: Connection | None = None
        self._waiting: deque[Call[Any]] = deque()
        self._gathering = Gathering()
        self._never = threading.Event()
        try:
            assert_durable(_raw(self._connection()))
        except (sqlite3.Error, SQLAlchemyError, StoreError) as error:
            self._disconnect()
            raise translated(error) from None

    def work(self, calls: Calls) -> None:
        """Commits group after group until there will be no more calls."""
        try:
            while self._waiting or self._wait(calls):
                self._gather(calls)
                answer(self._without_room())
                if self._waiting:
                    answer(self._group())
        finally:
            self._disconnect()

    def _wait(self, calls: Calls) -> bool:
        call = calls.take()
        if call is not None:
            self._waiting.append(call)
        return call is not None

    def _gather(self, calls: Calls) -> None:
        """Takes what is there. Where many mails came together just now, more are let come."""
        waiting = self._waiting
        waiting.extend(calls.take_more(GROUP_UNITS - len(waiting)))
        kind = many_of(waiting[0].fn)
        if kind is None or not kind.awaited:
            return
        pause = self._gathering.pause(len(waiting), self._monotonic())
        if pause:
            self._never.wait(pause)
            waiting.extend(calls.take_more(GROUP_UNITS - len(waiting)))
        self._gathering.taken(len(waiting), self._monotonic())

    def _without_room(self) -> list[Call[Any]]:
        """What would bring mail in while there is no room for it: it is told so, and the rest
        stays waiting."""
        large = [call for call in self._waiting if is_large(call.fn)]
        try:
            if large:
                refuse_without_room(self._folder)
        except StoreFull as full:
            for call in large:
                self._waiting.remove(call)
                call.error = StoreFull(str(full))
            self._report(large, 0.0)
            return large
        return []

    def _group(self) -> list[Call[Any]]:
        """One transaction; the calls that it settled. What it did not begin stays waiting."""
        started = self._monotonic()
        begun: list[Call[Any]] = []
        try:
            conn = self._connection()
            raw = _raw(conn)
            raw.execute("BEGIN IMMEDIATE")
            self._run_units(conn, raw, begun, started)
            _commit(raw, begun)
        except Exception as error:  # noqa: BLE001  whatever it was, the callers must hear of it
            begun = begun or self._all_waiting()
            self._fail(begun, translated(error))
        self._report(begun, self._monotonic() - started)
        return begun

    def _report(self, settled: list[Call[Any]], seconds: float) -> None:
        committed = sum(call.error is None for call in settled)
        if committed:
            self._telemetry.committed(units=committed, seconds=seconds)
        unavailable = [call.error for call in settled if isinstance(call.error, StoreUnavailable)]
        if unavailable:
            self._telemetry.store_unavailable(error=str(unavailable[0]))

    def _run_units(
        self, conn: Connection, raw: sqlite3.Connection, begun: list[Call[Any]], started: float
    ) -> None:
        alone = len(self._waiting) == 1
        while self._waiting and raw.in_transaction:
            first = not begun
            calls = self._next_calls()
            begun += calls
            if alone:
                _run_alone(calls[0], conn, raw)
            elif len(calls) == 1 or not _run_together(calls, conn, raw, first=first):
                _run_each(calls, conn, raw)
            if self._monotonic() - started > GROUP_SECONDS:
                return

    def _next_calls(self) -> list[Call[Any]]:
        """The next call, and those behind it that can be done with it."""
        calls = [self._waiting.popleft()]
        kind = many_of(calls[0].fn)
        while kind is not None and self._waiting and len(calls) < kind.at_once:
            if many_of(self._waiting[0].fn) is not kind:
                break
            calls.append(self._waiting.popleft())
        return calls

    def _all_waiting(self) -> list[Call[Any]]:
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting

    def _fail(self, calls: list[Call[Any]], error: BaseException) -> None:
        """None of the group was committed. The connection is opened anew: after a failed
        BEGIN or COMMIT nothing is known of the state that it is in."""
        self._disconnect()
        kind = StoreFull if isinstance(error, StoreFull) else StoreUnavailable
        for call in calls:
            call.error = call.error or kind(str(error))

    def _connection(self) -> Connection:
        if self._conn is None:
            self._conn = self._engine.connect()
        return self._conn

    def _disconnect(self) -> None:
        if self._conn is not None:
            _close(self._conn)
            self._conn = None


class _Reader:
    """What each reading thread runs: a snapshot for every call, and nothing is ever written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def work(self, calls: Calls) -> None:
        """Runs calls on a connection of this thread's own."""
        conn: Connection | None = None
        while (call := calls.take()) is not None:
            try:
                conn = conn or self._connect()
                call.value = _snapshot(conn, call.fn)
            except BaseException as error:  # noqa: BLE001  it is the caller's
                call.error = translated(error)
                if isinstance(call.error, StoreUnavailable) and conn is not None:
                    _close(conn)
                    conn = None
            answer([call])
        if conn is not None:
            _close(conn)

    def _connect(self) -> Connection:
        conn = self._engine.connect()
        _raw(conn).execute("PRAGMA query_only = ON")
        return conn


def _snapshot(conn: Connection, fn: Callable[[Connection], T]) -> T:
    raw = _raw(conn)
    raw.execute("BEGIN")
    try:
        return fn(conn)
    finally:
        if raw.in_transaction:
            raw.execute("ROLLBACK")


def _run_alone(call: Call[Any], conn: Connection, raw: sqlite3.Connection) -> None:
    try:
        call.value = call.fn(conn)
    except BaseException as error:  # noqa: BLE001  it is the caller's
        call.error = translated(error)
        if raw.in_transaction:
            raw.execute("ROLLBACK")


def _run_each(calls: list[Call[Any]], conn: Connection, raw: sqlite3.Connection) -> None:
    """Runs one after the other. When SQLite has rolled the whole transaction back under one of
    them, a SAVEPOINT would begin one of its own, whose RELEASE commits what its caller is told
    was not."""
    for call in calls:
        if raw.in_transaction:
            _run_in_savepoint(call, conn, raw)
        else:
            call.error = StoreUnavailable(_ROLLED_BACK)


def _run_in_savepoint(call: Call[Any], conn: Connection, raw: sqlite3.Connection) -> None:
    raw.execute("SAVEPOINT unit")
    try:
        call.value = call.fn(conn)
    except BaseException as error:  # noqa: BLE001  it is the caller's
        call.error = translated(error)
        if raw.in_transaction:
            raw.execute("ROLLBACK TO unit")
    if raw.in_transaction:
        raw.execute("RELEASE unit")


def _run_together(
    calls: list[Call[Any]], conn: Connection, raw: sqlite3.Connection, *, first: bool
) -> bool:
    """Runs them as one; False when that failed and nothing of it is left: one of them is to
    blame, and each has to be tried by itself. The `first` of a transaction need no SAVEPOINT:
    nothing else would be lost with them."""
    kind = many_of(calls[0].fn)
    assert kind is not None
    if not first:
        raw.execute("SAVEPOINT unit")
    try:
        values = kind.many(conn, [cast("partial[Any]", call.fn).keywords for call in calls])
    except BaseException as error:  # noqa: BLE001  it is told to the caller it belongs to
        if not raw.in_transaction:
            for call in calls:
                call.error = translated(error)
            return True
        for statement in _UNDO_ALL if first else _UNDO_UNIT:
            raw.execute(statement)
        return False
    if not first:
        raw.execute("RELEASE unit")
    for call, value in zip(calls, values, strict=True):
        call.value = value
    return True


def _commit(raw: sqlite3.Connection, begun: list[Call[Any]]) -> None:
    """Commits what succeeded. SQLite itself rolls the whole transaction back on some errors
    (disk full, I/O): then the units before the one that met it are lost with it."""
    if raw.in_transaction:
        raw.execute("COMMIT")
    elif any(call.error is None for call in begun):
        raise StoreUnavailable(_ROLLED_BACK)


def _raw(conn: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", conn.connection.dbapi_connection)


def _close(conn: Connection) -> None:
    with suppress(sqlite3.Error, SQLAlchemyError):
        conn.close()


def translated(error: BaseException) -> BaseException:
    """The StoreError for an exception of the driver's or SQLAlchemy's, any other as it is.
    Nothing is imported here: when descriptors have run out that would fail, and the thread that
    commits end with it."""
    return translate(error, sqlite3.Error, word)
