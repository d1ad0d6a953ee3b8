"""Finding a message's ticket takes as many statements in a large store as in a small one, and
each goes by an index. `benchmarks/scale.py` measures the same in stores of a million tickets."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.scale import BATCH, NOW, find, statements
from benchmarks.scale_mix import MIX, Asked, mails_of
from benchmarks.scale_store import Filling, build_sqlite
from mailgate.store.core import Connection
from mailgate.store.open import open_store
from mailgate.store.plain import instant
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.plans import plan_of
from tests.deciders.desk_world import KEYRING, desk

SMALL, LARGE = 100, 2_000


@dataclass(frozen=True, slots=True)
class Filled:
    """A database of so many tickets, and mails about them by kind."""

    url: str
    mails: dict[str, list[Asked]]


def fill(template: Path, path: Path, tickets: int) -> Filled:
    shutil.copy(template, path)
    build_sqlite(str(path), Filling(tickets, KEYRING, NOW))
    with closing(sqlite3.connect(path)) as connection:
        return Filled(f"sqlite:///{path}", dict(mails_of(connection, KEYRING, BATCH)))


@pytest.fixture(scope="module")
def stores(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Filled]:
    folder = tmp_path_factory.mktemp("scale")
    return {
        tickets: fill(sqlite_template, folder / f"{tickets}.db", tickets)
        for tickets in (SMALL, LARGE)
    }


@pytest.mark.parametrize("kind", MIX)
async def test_as_many_statements_whatever_the_size(stores: dict[int, Filled], kind: str) -> None:
    counts = {tickets: await counted(filled, kind) for tickets, filled in stores.items()}
    assert counts[SMALL] == counts[LARGE]
    assert len(counts[SMALL]) == 1, "whichever ticket it is about"


async def counted(filled: Filled, kind: str) -> set[int]:
    store = open_store(filled.url, telemetry=NullTelemetry())
    try:
        return await store.write(lambda conn: statements(conn, desk(), filled.mails[kind]))
    finally:
        await store.close()


@pytest.mark.parametrize("kind", MIX)
async def test_every_statement_goes_by_an_index(stores: dict[int, Filled], kind: str) -> None:
    filled = stores[LARGE]

    def unit(conn: Connection) -> str:
        asked = filled.mails[kind][0]
        return plan_of(conn, lambda c: find(c, desk(), asked, now=instant(NOW)))

    store = open_store(filled.url, telemetry=NullTelemetry())
    try:
        plan = await store.write(unit)
    finally:
        await store.close()
    assert "SEARCH" in plan
    assert "SCAN" not in plan
