"""PostgreSQL: the same functions on a pool of threads, a transaction each.

Many nodes may share one database. The server groups the commits of concurrent sessions by
itself; rows are claimed with FOR UPDATE SKIP LOCKED.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event

from mailgate.clock import SystemClock
from mailgate.store.calls import Call, Calls, Crew, answer
from mailgate.store.core import StoreUnavailable
from mailgate.store.faults import original_of, translate
from mailgate.store.postgres_faults import word
from mailgate.store.postgres_session import PATIENCE, Patience, connect_arguments, make_durable
from mailgate.telemetry.facts import Telemetry

__all__ = ["Patience", "PostgresStore", "postgres_engine", "translated"]

T = TypeVar("T")

WRITERS = 8
READERS = 4
TRIES = 5
"""How often a unit is run that lost to another transaction's timing."""
PAUSE_SECONDS = 0.05
_SERIALIZATION_FAILURE = "40001"
_DEADLOCK = "40P01"


def postgres_engine(url: URL, *, size: int, patience: Patience = PATIENCE) -> Engine:
    """An engine whose sessions are durable and give up in bounded time.

    The settings are made by a statement, because poolers drop start-up parameters."""
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=size,
        max_overflow=0,
        pool_timeout=patience.connect,
        connect_args=connect_arguments(patience),
    )

    def prepare(connection: psycopg.Connection[Any], _record: object) -> None:
        make_durable(connection, patience)

    event.listen(engine, "connect", prepare)
    return engine


class PostgresStore:
    """The Store on PostgreSQL. It connects when it is first used."""

    def __init__(
        self,
        url: URL,
        *,
        telemetry: Telemetry,
        monotonic: Callable[[], float] | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self._telemetry = telemetry
        self._monotonic = monotonic or SystemClock().monotonic
        self._patience = patience
        self._closing = threading.Event()
        self._closed = threading.Event()
        self._engine = postgres_engine(url, size=WRITERS + READERS, patience=patience)
        self._snapshots = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._writing = Crew("mailgate-write", WRITERS, self._work_writes)
        self._reading = Crew("mailgate-read", READERS, self._work_reads)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        return await self._through(self._writing, fn)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        return await self._through(self._reading, fn)

    async def close(self) -> None:
        """Runs what is queued, then closes the connections. A frozen server cannot stop it."""
        self._closing.set()
        await self._reading.close(self._patience.answer)
        await self._writing.close(self._patience.answer)
        self._closed.set()
        self._engine.dispose()

    async def _through(self, crew: Crew, fn: Callable[[Connection], T]) -> T:
        call = Call(fn)
        crew.calls.put(call)
        try:
            async with asyncio.timeout(self._patience.answer):
                return await call.result()
        except TimeoutError:
            raise StoreUnavailable("postgresql: no answer in time") from None

    def _work_writes(self, calls: Calls) -> None:
        while (call := calls.take()) is not None:
            self._settle(call, self._write)
            answer([call])

    def _work_reads(self, calls: Calls) -> None:
        while (call := calls.take()) is not None:
            self._settle(call, self._read)
            answer([call])

    def _settle(self, call: Call[Any], run: Callable[[Callable[[Connection], Any]], Any]) -> None:
        try:
            call.value = run(call.fn)
        except BaseException as error:  # noqa: BLE001  it is the caller's
            call.error = translated(error)
            if isinstance(call.error, StoreUnavailable):
                self._telemetry.store_unavailable(error=str(call.error))

    def _write(self, fn: Callable[[Connection], T]) -> T:
        """Runs a unit in a transaction; again when the server rolled it back and says that
        another try may do better. What it says then is certain: nothing was committed."""
        for tried in range(1, TRIES):
            try:
                return self._transaction(fn)
            except Exception as error:
                if not is_retryable(error):
                    raise
            # Whoever won must come to its end first, or both meet again.
            self._closing.wait(PAUSE_SECONDS * tried)
        return self._transaction(fn)

    def _transaction(self, fn: Callable[[Connection], T]) -> T:
        started = self._monotonic()
        with self._session(self._engine) as conn, conn.begin():
            value = fn(conn)
        self._telemetry.committed(units=1, seconds=self._monotonic() - started)
        return value

    def _read(self, fn: Callable[[Connection], T]) -> T:
        with self._session(self._snapshots) as conn:
            return fn(conn)

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Connection]:
        with engine.connect() as conn:
            try:
                yield conn
            finally:
                if self._closed.is_set():  # a late one: the pool that it goes back to is gone
                    conn.invalidate()


def is_retryable(error: BaseException) -> bool:
    """Whether the server rolled the transaction back for another one's timing alone."""
    original = original_of(error)
    return isinstance(original, psycopg.Error) and original.sqlstate in (
        _SERIALIZATION_FAILURE,
        _DEADLOCK,
    )


def translated(error: BaseException) -> BaseException:
    """The StoreError for an exception of the driver's or SQLAlchemy's, any other as it is."""
    return translate(error, psycopg.Error, word)
