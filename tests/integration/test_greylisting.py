"""Real greylisting (F22): Postfix asks postgrey, which lets a mail in five minutes after it has
first seen its sender and recipient. Time runs 150 times as fast: five minutes are two seconds."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate.clock import SystemClock
from mailgate.mail.address import Address
from mailgate.model.delivery import (
    AttemptResult,
    Deferred,
    DeliveryState,
    LeasedDelivery,
    Reach,
)
from mailgate.model.ids import DeliveryId
from mailgate.outbound.peer import Peer
from mailgate.outbound.route import RoutePolicy, SmarthostRoute
from mailgate.outbound.router import Router
from mailgate.outbound.schedule import RETRY_DELAYS
from mailgate.outbound.sites import sites_of
from mailgate.outbound.worker import OutboundWorker
from mailgate.store import outbound
from mailgate.store.core import Connection, Store
from mailgate.store.open import open_store
from mailgate.store.schema import upgrade
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.outbound_world import CONTENT, NO_LIMIT, SUPPORT, draft, new_ticket
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, running_postfix
from tests.harness.postgrey import running_postgrey

pytestmark = [pytest.mark.servers("postfix"), pytest.mark.servers("postgrey")]

HONG = Address("hong", "customer.example")
SPEED = 150
FIVE_MINUTES = timedelta(minutes=5)


class FastClock:
    """The system's, and time runs SPEED times as fast."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self._began = self._real.now()

    def now(self) -> datetime:
        return self._began + SPEED * (self._real.now() - self._began)

    def monotonic(self) -> float:
        return SPEED * self._real.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._real.sleep(seconds / SPEED)


class Watched:
    """What was sent by the routes, and what came of it."""

    def __init__(self, policy: RoutePolicy, clock: FastClock) -> None:
        self._router = Router(policy, hostname="gateway.example", clock=clock)
        self.attempts: list[tuple[LeasedDelivery, AttemptResult]] = []

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        result = await self._router.send(leased)
        self.attempts.append((leased, result))
        return result

    async def close(self) -> None:
        await self._router.close()


@pytest.fixture
def greylisting() -> Iterator[Postfix]:
    (port,) = free_ports(1)
    with (
        running_postgrey(delay=int(FIVE_MINUTES.total_seconds()) // SPEED) as postgrey,
        running_postfix(port, mailboxes=[str(HONG)], routes={}, more=postgrey.settings) as postfix,
    ):
        yield postfix


def queue(conn: Connection, now: datetime) -> DeliveryId:
    ticket = new_ticket(conn)
    outbound.enqueue(conn, draft(ticket, HONG), CONTENT, now)
    (delivery,) = outbound.deliveries_of_ticket(conn, ticket)
    return delivery.id


async def until_final(store: Store, clock: FastClock, delivery: DeliveryId) -> DeliveryState:
    while True:
        found = await store.read(partial(outbound.get, delivery=delivery))
        assert found is not None
        if found.state not in {DeliveryState.READY, DeliveryState.LEASED}:
            return found.state
        await clock.sleep(5)


async def test_a_greylisted_mail_arrives_within_twenty_minutes(
    greylisting: Postfix, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/mailgate.db"
    upgrade(url)
    clock = FastClock()
    policy = RoutePolicy(SmarthostRoute(Peer("127.0.0.1", greylisting.port, "gateway.example")))
    router = Watched(policy, clock)
    store = open_store(url, telemetry=NullTelemetry())
    began = clock.now()
    delivery = await store.write(partial(queue, now=began))
    worker = OutboundWorker(
        store,
        router,
        NO_LIMIT,
        clock=clock,
        telemetry=NullTelemetry(),
        node="a",
        random=bytes,
        sites=sites_of(policy),
    )
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run())
        state = await until_final(store, clock, delivery)
        await worker.drain()
    await store.close()

    assert state is DeliveryState.DELIVERED
    *refused, last = router.attempts
    assert 1 <= len(refused) <= 2
    for _, result in refused:
        assert isinstance(result, Deferred)
        assert "Greylisted" in result.reply.text
        assert result.reach is Reach.MAIL  # the server is not down
    assert last[1].reply.at - began < timedelta(minutes=20)
    times = [result.reply.at for _, result in router.attempts]
    for before, after, delay in zip(times, times[1:], RETRY_DELAYS, strict=False):
        assert after - before >= delay
    sent = {(each.reverse_path, each.recipient, each.content) for each, _ in router.attempts}
    assert sent == {(SUPPORT, HONG, CONTENT)}
    (arrived,) = greylisting.mailbox(str(HONG)).mails()
    assert arrived["Return-Path"] == f"<{SUPPORT}>"
    assert arrived.raw.endswith(CONTENT.split(b"\r\n\r\n")[1].replace(b"\r\n", b"\n"))
