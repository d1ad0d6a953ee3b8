"""How often something came: within ten minutes, an hour and a day, on either engine."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from mailgate.model.traffic import Rate
from mailgate.store import traffic
from mailgate.store.core import Connection, Store
from tests.contracts.store_world import MINUTE, NOW

HOUR, DAY = 60 * MINUTE, timedelta(days=1)
HONG, MALLORY = b"\x01" * 16, b"\xff" * 16


async def count(store: Store, *keys: bytes, at: datetime) -> None:
    await store.write(partial(traffic.count, keys=keys, now=at))


async def came(store: Store, *keys: bytes, at: datetime) -> list[Rate]:
    def read(conn: Connection) -> list[Rate]:
        found = traffic.came(conn, keys, at)
        return [found.get(key, Rate()) for key in keys]

    return await store.read(read)


async def test_each_window_counts_what_came_in_it(store: Store) -> None:
    for ago in (23 * HOUR, 2 * HOUR, 30 * MINUTE, 20 * MINUTE, 4 * MINUTE, 0 * MINUTE):
        await count(store, HONG, at=NOW - ago)
    assert await came(store, HONG, at=NOW) == [Rate(ten_minutes=2, hour=4, day=6)]


async def test_a_window_counts_no_mail_too_few(store: Store) -> None:
    """It is at least as long as it says, and no more than five minutes longer."""
    for window, place in ((10 * MINUTE, 0), (HOUR, 1), (DAY, 2)):
        key = bytes([place]) * 16
        await count(store, key, at=NOW)
        (until,) = await came(store, key, at=NOW + window)
        (after,) = await came(store, key, at=NOW + window + 5 * MINUTE)
        assert (until[place], after[place]) == (1, 0)


async def test_keys_are_counted_apart_and_each_once_a_time(store: Store) -> None:
    await count(store, HONG, MALLORY, HONG, at=NOW)
    await count(store, HONG, at=NOW)
    found = await came(store, HONG, MALLORY, b"\x02" * 16, at=NOW)
    assert found == [Rate(2, 2, 2), Rate(1, 1, 1), Rate()]


async def test_any_number_of_keys_can_be_asked_for(store: Store) -> None:
    keys = [bytes([number]) * 16 for number in range(23)]
    await count(store, *keys, at=NOW)
    assert await came(store, *keys, at=NOW) == [Rate(1, 1, 1)] * 23
    assert await came(store, at=NOW) == []


async def prune(store: Store, parts: Sequence[int], at: datetime) -> int:
    return sum([await store.write(partial(traffic.prune, part=part, now=at)) for part in parts])


async def test_what_no_window_reaches_is_forgotten(store: Store) -> None:
    """Part by part: all of them together hold every key."""
    keys = [bytes([number]) * 16 for number in range(256)]
    await count(store, *keys, at=NOW)
    await count(store, HONG, at=NOW + HOUR)
    every = range(traffic.SLICES)
    assert await prune(store, every, NOW + DAY) == 0
    assert 0 < await prune(store, [0], NOW + DAY + 5 * MINUTE) < 256
    await prune(store, every, NOW + DAY + 5 * MINUTE)
    assert await prune(store, every, NOW + DAY + 5 * MINUTE) == 0
    assert await came(store, HONG, at=NOW + DAY) == [Rate(0, 0, 1)]
