"""Several processes on one database: the plan's hour holds over all of them, on both engines."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

from mailgate.model.delivery import Delivered, LeasedDelivery
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.ratelimit.window import WINDOW
from mailgate.store.core import Connection, Store
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.outbound_world import NOW, claim, finish, queue, reply

CAP, MAILS = 7, 30
LIMITER = Limiter(LimitPolicy(CAP))


def leave(conn: Connection, node: str, now: datetime) -> tuple[LeasedDelivery, ...]:
    return claim(conn, limiter=LIMITER, node=node, now=now, batch=3).leased


def settled(conn: Connection, leased: tuple[LeasedDelivery, ...], now: datetime) -> None:
    finish(conn, leased, Delivered(reply(250, "2.0.0 Ok", now)), now, limiter=LIMITER)


async def test_the_hour_is_exact_over_several_stores_on_one_database(store_url: str) -> None:
    stores = [open_store(store_url, telemetry=NullTelemetry()) for _ in range(3)]
    sent: list[datetime] = []

    async def work(store: Store, node: str, now: datetime) -> None:
        mine = await store.write(partial(leave, node=node, now=now))
        await store.write(partial(settled, leased=mine, now=now))
        sent.extend(now for _ in mine)

    await stores[0].write(partial(queue, count=MAILS))
    now = NOW
    while len(sent) < MAILS:
        # Each twice at the same time, claiming while others settle.
        nodes = [(store, f"{at}") for at, store in enumerate(stores * 2)]
        await asyncio.gather(*(work(store, node, now) for store, node in nodes))
        now += timedelta(minutes=20)
        assert now - NOW < 6 * WINDOW, "all of them leave"
    for store in stores:
        await store.close()
    assert all(b - a >= WINDOW for a, b in zip(sent, sent[CAP:], strict=False))
