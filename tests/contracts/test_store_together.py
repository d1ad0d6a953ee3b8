"""Arrivals that wait for the same commit go in by one statement: each keeps its bytes and its id,
and one that cannot be stored fails alone."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

import pytest
from sqlalchemy import text

from mailgate.mail.address import Address, NullReversePath, UnknownReversePath
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival
from mailgate.store import journal
from mailgate.store.core import Connection, Store
from mailgate.store.errors import StoreFull
from tests.contracts.store_world import append, arrival


async def write_together(
    store: Store, arrivals: list[Arrival], *before: Callable[[Connection], object]
) -> list[object]:
    """What came of units and arrivals that all wait behind one slow unit: values, or what was
    raised."""
    entered, go_on = threading.Event(), threading.Event()

    def hold(_conn: Connection) -> None:
        entered.set()
        assert go_on.wait(10)

    holding = asyncio.gather(store.write(hold))
    assert await asyncio.to_thread(entered.wait, 10)
    waiting = asyncio.gather(
        *map(store.write, before),
        *(store.write(partial(journal.append, arrival=each)) for each in arrivals),
        return_exceptions=True,
    )
    await asyncio.sleep(0)  # all of them are in the queue now
    go_on.set()
    await holding
    return await waiting


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


async def test_what_came_before_is_kept_when_one_cannot_be_stored(store: Store) -> None:
    """In one transaction: a unit of another kind, then arrivals of which one is to blame."""
    good, broken = arrival(b"good"), arrival(cast("bytes", Unstorable()))
    unit = partial(append, content=b"before")
    row_id, *outcomes = await write_together(store, [good, broken, good], unit)
    assert isinstance(row_id, int)
    assert await store.read(partial(journal.content, row_id=JournalId(row_id))) == b"before"
    assert [isinstance(each, Exception) for each in outcomes] == [False, True, False]


async def test_a_row_is_the_same_alone_and_among_others(store: Store) -> None:
    odd = [
        replace(arrival(b""), peer=None, trusted=False, authenticated="kim@acme.example"),
        arrival(b"a", reverse_path=NullReversePath()),
        arrival(b"b", reverse_path=UnknownReversePath()),
        arrival(b"\0\xff", reverse_path=Address("\"a\ud800\0'", "customer.example")),
        arrival(b"c", reverse_path=Address("홍길동", "customer.example")),
    ]
    alone = [await store.write(partial(journal.append, arrival=each)) for each in odd]
    together = await write_together(store, odd)
    for first, second in zip(alone, together, strict=True):
        assert isinstance(second, int)
        rows = [await store.read(partial(row_of, row_id=row_id)) for row_id in (first, second)]
        assert rows[0] == rows[1]


def row_of(conn: Connection, row_id: int) -> list[object]:
    """What the columns hold, but for the id, with the type that they hold it as."""
    row = conn.execute(text(f"SELECT * FROM journal WHERE id = {row_id:d}")).one()
    raw = conn.execute(text(f"SELECT raw FROM journal_content WHERE journal = {row_id:d}")).one()
    return [(type(value), value) for value in [*row[1:], *raw]]


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
