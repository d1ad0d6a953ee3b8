"""Finding a message's ticket in a store of a million: as many statements as in one of ten
thousand, and hardly more time.

    python -m benchmarks.scale [--tickets 10000,1000000] [--repeat N] [--json]
                               [--folder DIR] [--build-only]

Each store has five messages a ticket (`benchmarks.scale_store`). What is measured is the code that
the worker runs for a mail between parsing it and writing: evidence, facts, decision
(`desk.arriving.conclude.conclude`), with the store and the settings that a daemon would have. The
same mix of mails is put to both stores in turns, each mail about another ticket: one statement
more, or a p95 of more than 1.5 times that of the first store, and the exit code is 1.

The first store is what the others are compared to. A million tickets take 5 GB of disk and some
minutes to build. Without --folder everything is made in a temporary folder and removed; with it
the stores stay, and a next run uses those that are there (--build-only makes them and measures
nothing).

What is compared is the work, neither the disk nor what else the machine has to do: each store is
read once before, so that its pages are in the system's memory, and times are the processor's, its
work for the system included. Where there is less memory than store, a page that is not there
costs a read of the disk more. The 1.5 is for the whole mix; kinds above it are named.
"""

import argparse
import asyncio
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.accept import numbers
from benchmarks.scale_mix import MIX, Asked, mails_of
from benchmarks.scale_store import Filling, build_sqlite
from mailgate.daemon.gateway import Gateway as Running
from mailgate.daemon.gateway import desk_context, open_gateway
from mailgate.desk.arriving.conclude import conclude
from mailgate.desk.arriving.facts import NO_ROW
from mailgate.desk.context import DeskContext
from mailgate.model.seed import Seed
from mailgate.settings import load
from mailgate.store.core import Connection
from mailgate.store.plain import instant
from mailgate.store.schema import upgrade
from tests.harness.gateway import make_gateway

NOW = 1_790_000_000_000_000
"""When the stores end, in microseconds since 1970."""
OCTETS_A_TICKET = 6_000
ALLOWED = 1.5
ALL = "all"
BATCH = 25
"""Mails of a kind that are put to one store before the other has its turn."""


# --- asking -------------------------------------------------------------------------------------


def find(conn: Connection, ctx: DeskContext, asked: Asked, *, now: datetime) -> None:
    """What the worker does for a mail that was parsed, up to the decision."""
    conclude(
        conn,
        ctx,
        asked.mail,
        asked.envelope,
        trusted=True,
        authenticated=None,
        row=NO_ROW,
        digest=asked.digest,
        released=None,
        released_to=None,
        now=now,
        seed=Seed(bytes(32)),
    )


def nanoseconds(conn: Connection, ctx: DeskContext, batch: Sequence[Asked]) -> list[int]:
    """A unit: how long the processor was at each."""
    now, taken = instant(NOW), []
    for asked in batch:
        begun = time.thread_time_ns()
        find(conn, ctx, asked, now=now)
        taken.append(time.thread_time_ns() - begun)
    return taken


def statements(conn: Connection, ctx: DeskContext, batch: Sequence[Asked]) -> set[int]:
    """A unit: how many statements SQLite ran for one; a set, because it should be one number."""
    driver: Any = conn.connection.dbapi_connection
    now, counts = instant(NOW), set()
    for asked in batch:
        said: list[str] = []
        driver.set_trace_callback(said.append)
        try:
            find(conn, ctx, asked, now=now)
        finally:
            driver.set_trace_callback(None)
        counts.add(len(said))
    return counts


@dataclass(frozen=True, slots=True)
class Place:
    """A store that is open, and mails about its tickets by kind."""

    tickets: int
    running: Running
    mails: dict[str, list[Asked]]

    async def count(self, kind: str) -> set[int]:
        unit = partial(statements, ctx=self.running.context, batch=self.mails[kind][:BATCH])
        return await self.running.store.write(unit)

    async def time(self, kind: str, turn: int) -> list[int]:
        batch = self.mails[kind][turn * BATCH : (turn + 1) * BATCH]
        unit = partial(nanoseconds, ctx=self.running.context, batch=batch)
        return await self.running.store.write(unit)


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of mail in one store; times in microseconds."""

    kind: str
    tickets: int
    statements: list[int]
    p50: float
    p95: float


def quantile(taken: list[int], share: float) -> float:
    """In microseconds."""
    return sorted(taken)[int(share * (len(taken) - 1))] / 1000


async def measure(places: Sequence[Place], repeat: int) -> list[Row]:
    """In turns, so that a mood of the machine meets all stores."""
    taken: dict[tuple[str, int], list[int]] = {
        (kind, place.tickets): [] for kind in MIX for place in places
    }
    for turn in range(repeat):
        for kind in MIX:
            for place in places:
                found = await place.time(kind, turn)
                if turn:  # the first turn fetches what any store has in memory
                    taken[kind, place.tickets] += found
    rows = []
    for (kind, tickets), times in taken.items():
        (place,) = (each for each in places if each.tickets == tickets)
        counts = sorted(await place.count(kind))
        rows.append(Row(kind, tickets, counts, quantile(times, 0.5), quantile(times, 0.95)))
    for place in places:
        every = [each for kind in MIX for each in taken[kind, place.tickets]]
        rows.append(Row(ALL, place.tickets, [], quantile(every, 0.5), quantile(every, 0.95)))
    return rows


# --- stores -------------------------------------------------------------------------------------


def folder_of(folder: Path, tickets: int) -> Path:
    """The store of this size, which is built when it is not there. Its settings are those of a
    daemon, with two agents and one support address."""
    place = folder / f"tickets-{tickets}"
    if (place / "built").exists():
        return place
    if place.exists():
        shutil.rmtree(place)
    free = shutil.disk_usage(folder).free
    if free < 2 * tickets * OCTETS_A_TICKET:
        raise SystemExit(f"{folder}: needs {2 * tickets * OCTETS_A_TICKET / 1e9:.1f} GB free")
    gateway = make_gateway(place)
    settings = load(gateway.config)
    upgrade(settings.store.url)
    build_sqlite(
        str(place / "var" / "mailgate.db"), Filling(tickets, desk_context(settings).keyring, NOW)
    )
    (place / "built").touch()
    return place


def read_through(path: Path) -> None:
    """Has the system fetch the file."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


async def measured(folders: dict[int, Path], repeat: int) -> list[Row]:
    async with AsyncExitStack() as stack:
        places = []
        for tickets, folder in folders.items():
            running = await stack.enter_async_context(open_gateway(load(folder / "mailgate.toml")))
            keyring = running.context.keyring
            path = folder / "var" / "mailgate.db"
            read_through(path)
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                mails = dict(mails_of(connection, keyring, repeat * BATCH))
            places.append(Place(tickets, running, mails))
        return await measure(places, repeat)


# --- the report ---------------------------------------------------------------------------------


def complaints(rows: Sequence[Row], first: int) -> Iterator[str]:
    """What keeps the promise from being kept."""
    small = {row.kind: row for row in rows if row.tickets == first}
    for row in rows:
        base = small[row.kind]
        if row.statements != base.statements or len(row.statements) > 1:
            yield f"{row.kind}: {base.statements} statements, {row.statements} of {row.tickets:,}"
    for row in rows:
        if row.kind == ALL and row.p95 > ALLOWED * small[ALL].p95:
            yield f"p95 is {row.p95 / small[ALL].p95:.2f} times as long in {row.tickets:,} tickets"


def report(rows: Sequence[Row], first: int, megabytes: dict[int, int], *, as_json: bool) -> None:
    if as_json:
        found = {"rows": [asdict(row) for row in rows], "megabytes": megabytes}
        print(json.dumps(found | {"complaints": list(complaints(rows, first))}))
        return
    small = {row.kind: row for row in rows if row.tickets == first}
    print(f"{'kind':<15} {'tickets':>10} {'statements':>10} {'p50 us':>8} {'p95 us':>8} {'x':>5}")
    for row in sorted(rows, key=lambda row: ([*MIX, ALL].index(row.kind), row.tickets)):
        counts = ",".join(map(str, row.statements))
        ratio = row.p95 / small[row.kind].p95
        print(
            f"{row.kind:<15} {row.tickets:>10,} {counts:>10} {row.p50:>8.0f} {row.p95:>8.0f}"
            f" {ratio:>5.2f}"
        )
    for tickets, size in megabytes.items():
        print(f"{tickets:,} tickets are {size:,} MB")
    slower = [r.kind for r in rows if r.p95 > ALLOWED * small[r.kind].p95 and r.kind != ALL]
    if slower:
        print(f"p95 of more than {ALLOWED} times: {', '.join(slower)}")
    for complaint in complaints(rows, first):
        print(complaint)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--tickets", type=numbers, default=[10_000, 1_000_000])
    parser.add_argument(
        "--repeat", type=int, default=40, help=f"turns of {BATCH} mails a kind (40)"
    )
    parser.add_argument("--folder", type=Path, help="where stores are kept, or found")
    parser.add_argument("--build-only", action="store_true")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    temporary = None if options.folder else tempfile.mkdtemp(prefix="mailgate-scale-")
    folder = Path(temporary or options.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folders = {tickets: folder_of(folder, tickets) for tickets in options.tickets}
        megabytes = {
            tickets: (place / "var" / "mailgate.db").stat().st_size // 1_000_000
            for tickets, place in folders.items()
        }
        if options.build_only:
            print(json.dumps({"megabytes": megabytes}))
            return
        rows = asyncio.run(measured(folders, options.repeat))
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    first = options.tickets[0]
    report(rows, first, megabytes, as_json=options.json)
    if any(complaints(rows, first)):
        sys.exit(1)


if __name__ == "__main__":
    main()
