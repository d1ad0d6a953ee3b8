"""What the daemon does every minute about mail that has not left, and what its gauges then show."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest_asyncio
from sqlalchemy import insert, update

from mailgate import settings
from mailgate.daemon.gateway import Gateway, desk_context, limiter_of
from mailgate.daemon.upkeep import tell_of_late_mail, upkeep
from mailgate.daemon.watch import observation
from mailgate.model.delivery import DeliveryState, Lane, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.model.ticket import EventKind
from mailgate.store import events, outbound
from mailgate.store.core import Connection, Store
from mailgate.store.outbound import DeliveryFilter
from mailgate.store.outboundtables import deliveries, destinations
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.outbound_world import NOW, queue
from tests.harness.clock import FakeClock

GATE = "domain:customer.example"
CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
[outbound]
delay_notice_after = "2h"
[ratelimit]
hourly = 300
per_agent = 40
[[address]]
address = "support@acme.example"
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
"""


class Heard(NullTelemetry):
    """Remembers what became of deliveries."""

    def __init__(self) -> None:
        self.final: list[tuple[int, str, str]] = []
        self.lanes: list[str] = []

    def delivery_final(self, *, delivery: int, ticket: int | None, lane: str, state: str) -> None:
        self.final.append((delivery, lane, state))

    def queued(self, *, ticket: int | None, lane: str, recipients: int, message_id: str) -> None:
        self.lanes.append(lane)


class Place:
    """A node: its gateway, its clock, what it reported, and how often its worker was woken."""

    def __init__(self, store: Store, var: Path, name: str) -> None:
        made = settings.parse(CONFIG.format(var=var).encode(), source="test")
        self.heard = Heard()
        self.clock = FakeClock(NOW)
        self.woken = 0
        self.gateway = Gateway(
            settings=made,
            context=desk_context(made),
            store=store,
            clock=self.clock,
            telemetry=self.heard,
            random=lambda size: (name.encode() * size)[:size],
            node=name,
        )

    def wake(self) -> None:
        self.woken += 1

    async def minute(self) -> None:
        """What is done in one, at the time of the clock."""
        task = asyncio.create_task(tell_of_late_mail(self.gateway, self.wake))
        while not task.done():
            await asyncio.wait([task], timeout=0.05)
            await self.clock.advance(1)
        await task


@pytest_asyncio.fixture
async def place(store: Store, tmp_path: Path) -> AsyncIterator[Place]:
    yield Place(store, tmp_path, "a")


def fell(conn: Connection, ids: list[DeliveryId], tried: datetime = NOW) -> None:
    """The destination is down, and these wait for it. It was tried until then."""
    waits = {"wait_reason": WaitReason.DESTINATION_DOWN.value, "waits_for": GATE}
    conn.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(waits))
    row = {"key": GATE, "failures": 1, "slowness": 0, "parked": True}
    times = {"down_since": NOW, "down_until": NOW, "look_at": NOW, "last_at": tried}
    conn.execute(insert(destinations).values(row | times | {"last_text": "refused"}))


def waiting(conn: Connection, lane: Lane) -> int:
    return len(outbound.listing(conn, DeliveryFilter(state=DeliveryState.READY, lane=lane)))


def delays_told(conn: Connection, ids: list[DeliveryId]) -> int:
    mine = [outbound.get(conn, each) for each in ids]
    tickets = {each.ticket for each in mine if each is not None and each.ticket is not None}
    kinds = [event.kind for ticket in tickets for event in events.of_ticket(conn, ticket)]
    return kinds.count(EventKind.DELIVERY_DELAYED)


async def test_the_setting_says_when_agents_are_told(store: Store, place: Place) -> None:
    ids = await store.write(queue)
    await place.clock.advance(2 * 3600 - 60)
    await place.minute()
    assert (await store.read(partial(delays_told, ids=ids)), place.woken) == (0, 0)
    await place.clock.advance(60)
    await place.minute()
    assert (await store.read(partial(delays_told, ids=ids)), place.woken) == (1, 1)
    assert place.heard.lanes == ["notification"]


async def test_all_that_is_late_is_told_of_and_each_once(store: Store, place: Place) -> None:
    ids = await store.write(partial(queue, count=45))
    await place.clock.advance(2 * 3600)
    await place.minute()
    await place.minute()
    assert await store.read(partial(delays_told, ids=ids)) == 45
    assert await store.read(partial(waiting, lane=Lane.NOTIFICATION)) == 45


async def test_a_minute_has_a_bound(store: Store, place: Place) -> None:
    ids = await store.write(partial(queue, count=230))
    await place.clock.advance(2 * 3600)
    await place.minute()
    assert await store.read(partial(delays_told, ids=ids)) == 200
    await place.minute()
    assert await store.read(partial(delays_told, ids=ids)) == 230


async def test_two_nodes_tell_of_each_mail_once(store: Store, tmp_path: Path) -> None:
    ids = await store.write(partial(queue, count=30))
    nodes = [Place(store, tmp_path, name) for name in "ab"]
    for node in nodes:
        await node.clock.advance(2 * 3600)
    await asyncio.gather(*(node.minute() for node in nodes))
    assert await store.read(partial(delays_told, ids=ids)) == 30
    assert await store.read(partial(waiting, lane=Lane.NOTIFICATION)) == 30


async def test_what_is_given_up_while_it_waits_is_told_and_counted(
    store: Store, place: Place
) -> None:
    ids = await store.write(partial(queue, count=2))
    await store.write(partial(fell, ids=ids[:1], tried=NOW + timedelta(days=5)))
    await place.clock.advance(5 * 86400)
    await place.minute()
    assert place.heard.final == [(ids[0], "reply", "expired")]
    assert place.woken > 0
    await place.minute()
    assert len(place.heard.final) == 1


async def test_a_start_tells_of_nothing_that_can_leave_at_once(store: Store, place: Place) -> None:
    """The daemon was down for a day: what waited for it leaves before it is called late."""
    ids = await store.write(queue)
    await place.clock.advance(86400)
    task = asyncio.create_task(upkeep(place.gateway, place.wake))
    await asyncio.wait([task], timeout=0.5)
    assert await store.read(partial(delays_told, ids=ids)) == 0
    task.cancel()
    await asyncio.wait([task])


async def test_the_gauges_show_why_mail_waits_and_for_which_limits(
    store: Store, place: Place
) -> None:
    def unit(conn: Connection) -> None:
        ids = queue(conn, 4)
        fell(conn, ids[:1])
        capped = {"wait_reason": WaitReason.AGENT_LIMIT.value, "waits_for": "agent:alice"}
        conn.execute(update(deliveries).where(deliveries.c.id.in_(ids[1:3])).values(capped))
        seen = observation(conn, now=NOW, limiter=limiter_of(place.gateway.settings))
        assert seen.outbound_waiting == {"destination_down": 1, "agent_limit": 2, "queued": 1}
        assert seen.destinations == {"down": 1, "slowed": 0}
        assert {name: (use.maximum, use.waiting) for name, use in seen.limits.items()} == {
            "hourly": (300, 0),
            "agent": (40, 2),
            "recipient": (20, 0),
        }

    await store.write(unit)


async def test_the_age_of_the_oldest_is_of_what_may_leave(store: Store, place: Place) -> None:
    def unit(conn: Connection) -> None:
        queue(conn)
        later = NOW + timedelta(days=30)
        conn.execute(update(deliveries).values(due_at=later, due_from=later))
        limiter = limiter_of(place.gateway.settings)
        seen = observation(conn, now=NOW + timedelta(days=1), limiter=limiter)
        assert seen.outbound_oldest == {"reply": 0.0}

    await store.write(unit)
