"""The outbound worker: nothing is dialled for an address that takes no mail; failures are told."""

from collections.abc import Sequence
from datetime import timedelta

from mailgate.mail.address import Address
from mailgate.model.delivery import (
    Delivered,
    DeliveryState,
    Draft,
    Lane,
    LeasedDelivery,
    Rejected,
    Reply,
)
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.settlement import Settlement
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.outbound.worker import WorkerPolicy
from mailgate.store import outbound, suppressions
from mailgate.store.core import Connection, Store, StoreError
from tests.contracts.outbound_world import CONTENT, NOW, draft, queue
from tests.contracts.worker_world import QuickTransport, working

GONE = Address("customer0", "customer.example")
BOUNCED = Suppression(
    address=GONE,
    cause=SuppressionCause.BOUNCE,
    lanes=Lanes.ALL,
    status="5.1.1",
    text="5.1.1 User unknown",
    at=NOW,
    until=NOW + timedelta(days=30),
    delivery=None,
)


class Desk:
    """Notes what it is told, and queues one notice for each; `broken` cannot."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.told: list[Settlement] = []

    def tell(self, conn: Connection, settlement: Settlement) -> Sequence[Draft]:
        if self.broken:
            raise StoreError("no notice can be written")
        self.told.append(settlement)
        assert settlement.ticket is not None
        notice = draft(settlement.ticket, lane=Lane.NOTIFICATION, outside=False)
        outbound.enqueue(conn, notice, CONTENT, NOW)
        return (notice,)


def unknown(leased: LeasedDelivery) -> Rejected | Delivered:
    """Takes notices alone."""
    if leased.lane is Lane.NOTIFICATION:
        return Delivered(Reply(250, "2.0.0", "2.0.0 Ok", NOW))
    return Rejected(Reply(550, "5.1.1", "5.1.1 User unknown", NOW))


async def test_an_address_that_takes_no_mail_is_not_dialled(store: Store) -> None:
    def unit(conn: Connection) -> None:
        suppressions.suppress(conn, BOUNCED)

    await store.write(unit)
    ids = await store.write(lambda conn: queue(conn, 3))
    transport, desk = QuickTransport(), Desk()
    async with working(store, transport, WorkerPolicy(concurrency=2), tell=desk.tell) as world:
        world.worker.wake()
        results = {(await world.heard.results.get())[:2] for _ in range(4)}
        assert (ids[0], "suppressed") in results
        states = await world.states(ids)
        assert states == [DeliveryState.FAILED, *[DeliveryState.DELIVERED] * 2]
    dialled = [transport.begun.get_nowait() for _ in range(transport.begun.qsize())]
    assert GONE not in {each.recipient for each in dialled}
    (told,) = desk.told
    assert (told.delivery, told.suppressed_by) == (ids[0], BOUNCED)


async def test_a_refusal_is_told_once_and_its_notice_leaves_at_once(store: Store) -> None:
    desk, transport = Desk(), QuickTransport(unknown)
    async with working(store, transport, tell=desk.tell) as world:
        (failed,) = await store.write(queue)
        world.worker.wake()
        assert (await world.heard.results.get())[:2] == (failed, "rejected")
        assert (await world.heard.results.get())[1] == "delivered", "the notice"
    assert [(told.delivery, told.event) for told in desk.told] == [(failed, DeliveryEvent.REJECTED)]


async def test_what_arrives_is_told_to_nobody(store: Store) -> None:
    desk = Desk()
    async with working(store, QuickTransport(), tell=desk.tell) as world:
        await store.write(queue)
        world.worker.wake()
        await world.heard.results.get()
    assert desk.told == []


async def test_a_failure_that_cannot_be_told_is_not_settled(store: Store) -> None:
    """It is tried again when its lease has run out: no failure without its notice."""
    async with working(store, QuickTransport(unknown), tell=Desk(broken=True).tell) as world:
        ids = await store.write(queue)
        world.worker.wake()
        assert await world.heard.failed.get() == "outbound settle"
        await world.heard.lost.get()
        assert await world.states(ids) == [DeliveryState.LEASED]
