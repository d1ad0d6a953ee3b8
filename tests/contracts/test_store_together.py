"""Arrivals that wait for the same commit go in by one statement: each keeps its bytes and its id,
and one that cannot be stored fails alone."""

import asyncio
import threading
from functools import partial
from typing import cast

import pytest
from sqlalchemy import text

from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival
from mailgate.store import journal
from mailgate.store.core import Connection, Store
from mailgate.store.errors import StoreFull
from tests.contracts.store_world import arrival


async def write_together(store: Store, arrivals: list[Arrival]) -> list[object]:
    """Ids, or what was raised, of arrivals that all wait behind one slow unit."""
    entered, go_on = threading.Event(), threading.Event()

    def hold(_conn: Connection) -> None:
        entered.set()
        assert go_on.wait(10)

    holding = asyncio.gather(store.write(hold))
    assert await asyncio.to_thread(entered.wait, 10)
    waiting = asyncio.gather(
        *(store.write(partial(journal.append, arrival=each)) for each in arrivals),
        return_exceptions=True,
    )
    await asyncio.sleep(0)  # all of them are in the queue now
    go_on.set()
    await holding
    return cast("list[object]", await waiting)


@pytest.mark.parametrize("number", [1, 2, 3, 31, 33, 100])
async def test_each_id_names_its_own_bytes(store: Store, number: int) -> None:
    contents = [b"Subject: %d\r\n\r\n" % at for at in range(number)]
    ids = await write_together(store, [arrival(content) for content in contents])
    for row_id, content in zip(ids, contents, strict=True):
        assert isinstance(row_id, int)
        assert await store.read(partial(journal.content, row_id=JournalId(row_id))) == content


async def test_one_that_cannot_be_stored_fails_alone(store: Store) -> None:
    good = [arrival(b"%d\r\n" % at) for at in range(5)]
    broken = arrival(cast("bytes", Unstorable()))
    outcomes = await write_together(store, [*good[:2], broken, *good[2:]])
    assert isinstance(outcomes.pop(2), Exception)
    for row_id, each in zip(outcomes, good, strict=True):
        assert isinstance(row_id, int)
        assert await store.read(partial(journal.content, row_id=JournalId(row_id))) == each.content


class Unstorable:
    """No database takes it."""

    def __len__(self) -> int:
        return 1


async def test_a_large_mail_comes_back_whole(store: Store) -> None:
    content = bytes(range(256)) * 12_001
    ids = await write_together(store, [arrival(b"a"), arrival(content), arrival(b"b")])
    found = [await store.read(partial(journal.content, row_id=JournalId(row_id))) for row_id in ids]  # type: ignore[arg-type]
    assert found == [b"a", content, b"b"]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_disk_that_fills_up_meanwhile_keeps_nothing_of_what_was_refused(
    store: Store,
) -> None:
    """Who was told no sends it again: a row of it would be there twice. On SQLite alone many
    units share a transaction."""

    def leave_little_room(conn: Connection) -> None:
        pages = conn.execute(text("PRAGMA page_count")).scalar_one()
        conn.execute(text(f"PRAGMA max_page_count = {pages + 30}"))

    await store.write(leave_little_room)
    outcomes = await write_together(store, [arrival(b"x" * 20_000) for _ in range(60)])
    taken = {each for each in outcomes if isinstance(each, int)}
    rows = await store.read(partial(journal.listing, state=None, limit=1000))
    assert any(isinstance(each, StoreFull) for each in outcomes)
    assert {row.id for row in rows} == taken
