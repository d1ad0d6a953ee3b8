"""The daemon, with a wire around its ports: it can end by SIGKILL at any named step.

    python crashing_daemon.py STEP RECORD HOURS --config FILE serve

STEP is where to die (`name#n`: when `name` is reached for the n-th time) or `never`; each step
that is reached is written to the file RECORD. HOURS is how much later it is than the system's
clock says: after a crash, leases and waits of the dead process have run out by then. The
production code knows nothing of this.
"""

import asyncio
import itertools
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from mailgate.clock import SystemClock
from mailgate.ingest.accept import Acceptor
from mailgate.model.delivery import AttemptResult, LeasedDelivery
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival
from mailgate.outbound.maildir import MaildirTransport
from mailgate.outbound.pool import Pool
from mailgate.store.core import Connection
from mailgate.store.postgres import PostgresStore
from mailgate.store.sqlite import SqliteStore

LONGEST_SLEEP = 0.2
_ASKED = itertools.count()


class Wire:
    """Counts the steps and pulls the plug at the chosen one."""

    def __init__(self, chosen: str, record: Path) -> None:
        self._chosen = chosen
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._count: Counter[str] = Counter()
        self._lock = threading.Lock()

    def step(self, name: str) -> None:
        with self._lock:
            self._count[name] += 1
            reached = f"{name}#{self._count[name]}"
            os.write(self._record, f"{reached}\n".encode())
            if reached == self._chosen:
                os.kill(os.getpid(), signal.SIGKILL)


def unit_name(fn: Any) -> str:
    """What a unit of work is called: the named function under all partials."""
    while isinstance(fn, partial):
        fn = fn.func
    name = fn.__qualname__.rpartition("<locals>.")[2]
    assert "<lambda>" not in name, f"a unit without a name in {fn.__module__}"
    return f"{fn.__module__.removeprefix('mailgate.')}.{name}"


def changes(conn: Connection) -> int:
    """How many rows this connection has changed so far; on PostgreSQL, which does not count
    them, how often it was asked: there each unit is a step."""
    if conn.dialect.name != "sqlite":
        return next(_ASKED)
    return int(conn.connection.dbapi_connection.total_changes)  # type: ignore[union-attr]


def watch_commits(wire: Wire, store: type[SqliteStore] | type[PostgresStore]) -> None:
    """A unit that changes nothing is no step: there is nothing that could be half done."""
    write = store.write

    async def watched(self: Any, fn: Callable[[Connection], Any]) -> Any:
        name = unit_name(fn)
        changed = False

        def unit(conn: Connection) -> Any:
            nonlocal changed
            before = changes(conn)
            value = fn(conn)
            changed = changes(conn) != before
            if changed:
                wire.step(f"before the commit of {name}")
            return value

        value = await write(self, unit)
        if changed:
            wire.step(f"after the commit of {name}")
        return value

    store.write = watched  # type: ignore[method-assign]


def watch_accepting(wire: Wire) -> None:
    """What the doors wait for before they say 250."""
    accept = Acceptor.accept

    async def watched(self: Acceptor, arrival: Arrival) -> JournalId:
        row = await accept(self, arrival)
        wire.step("before the reply")
        return row

    Acceptor.accept = watched  # type: ignore[method-assign]


def watch_sending(wire: Wire, transport: type[Pool] | type[MaildirTransport]) -> None:
    send = transport.send

    async def watched(self: Any, leased: LeasedDelivery) -> AttemptResult:
        wire.step("before dialling")
        result = await send(self, leased)
        wire.step("after the final dot and its reply")
        return result

    transport.send = watched  # type: ignore[method-assign]


def later(hours: int) -> None:
    """It is `hours` later, and waits are short."""

    def now(self: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(hours=hours)

    async def sleep(self: SystemClock, seconds: float) -> None:
        await asyncio.sleep(min(seconds, LONGEST_SLEEP))

    SystemClock.now = now  # type: ignore[method-assign]
    SystemClock.sleep = sleep  # type: ignore[method-assign]


def wired(chosen: str, record: Path) -> None:
    """Puts the wire in."""
    wire = Wire(chosen, record)
    watch_commits(wire, SqliteStore)
    watch_commits(wire, PostgresStore)
    watch_accepting(wire)
    watch_sending(wire, Pool)
    watch_sending(wire, MaildirTransport)


def main() -> None:
    chosen, record, hours, _, config, _ = sys.argv[1:]
    wired(chosen, Path(record))
    if int(hours):
        later(int(hours))
    # Only now: what is imported by name must be imported with the wire in it.
    from mailgate.daemon.serve import serve  # noqa: PLC0415

    sys.exit(serve(Path(config)))


if __name__ == "__main__":
    main()
