"""What comes back into the queue unsent, on both engines: where it stands then, and when it is
tried again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailgate.model.delivery import (
    Deferred,
    Delivery,
    DeliveryState,
    Draft,
    Lane,
    LeasedDelivery,
    WaitReason,
)
from mailgate.model.ids import DeliveryId
from mailgate.model.settlement import Settlement
from mailgate.model.ticket import EventKind
from mailgate.outbound.recovering import Recovered, recover
from mailgate.outbound.schedule import GIVE_UP_AFTER
from mailgate.store import events, leases, outbound
from mailgate.store.core import Connection, Store
from mailgate.store.leases import Lease
from tests.contracts.outbound_world import LEASE, NOW, claim, draft, finish, queue, reply

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def ids(leased: Sequence[LeasedDelivery]) -> list[DeliveryId]:
    return [each.id for each in leased]


def shown(conn: Connection, delivery: DeliveryId) -> Delivery:
    found = outbound.get(conn, delivery)
    assert found is not None
    return found


def take_back(conn: Connection, now: datetime) -> Recovered:
    return recover(conn, tell=None, now=now, node=None, jitter=lambda: 0.0)


async def test_what_is_handed_back_goes_before_what_came_later(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mails = queue(conn, 5, lane=Lane.CAMPAIGN)
        leased = claim(conn, batch=2).leased
        later = NOW + MINUTE
        leases.hand_back_leases(conn, [Lease(each.id, each.fence) for each in leased], later)
        assert ids(claim(conn, now=later).leased) == mails

    await store.write(unit)


async def test_what_was_lost_goes_before_what_came_later(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mails = queue(conn, 5, lane=Lane.CAMPAIGN)
        claim(conn, batch=2)
        take_back(conn, NOW + LEASE)
        assert ids(claim(conn, now=NOW + LEASE).leased) == mails

    await store.write(unit)


async def test_a_mail_that_is_lost_each_time_is_tried_ever_more_seldom(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (mail,) = queue(conn)
        now, pauses = NOW, []
        for _ in range(10):
            assert ids(claim(conn, now=now).leased) == [mail]
            now += LEASE
            take_back(conn, now)
            due = max(now, shown(conn, mail).due_at)
            assert shown(conn, mail).wait_reason is WaitReason.LEASE_LOST
            if due > now:
                assert claim(conn, now=due - SECOND).leased == ()
            pauses.append(due - now)
            now = due
        minutes = [round(pause / MINUTE) for pause in pauses]
        assert minutes == [0, 1, 5, 15, 30, 60, 120, 240, 480, 480]

    await store.write(unit)


async def test_a_mail_that_is_lost_each_time_is_given_up_and_told_of_once(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (mail,) = queue(conn)
        told: list[DeliveryId] = []
        ticket = shown(conn, mail).ticket
        assert ticket is not None
        notice = draft(ticket)

        def tell(_conn: Connection, settlement: Settlement) -> Sequence[Draft]:
            told.append(settlement.delivery)
            return (notice,)

        now, found = NOW, Recovered((), (), ())
        while shown(conn, mail).state is DeliveryState.READY:
            assert now <= NOW + GIVE_UP_AFTER
            assert ids(claim(conn, now=now).leased) == [mail]
            now += LEASE
            found = recover(conn, tell=tell, now=now, node=None, jitter=lambda: 1.0)
            now = max(now, shown(conn, mail).due_at)
        assert shown(conn, mail).state is DeliveryState.EXPIRED
        assert told == [mail]
        assert [each.delivery for each in found.ended] == [mail]
        assert len(found.told) == 1
        assert [event.kind for event in events.of_ticket(conn, ticket)] == [
            EventKind.DELIVERY_EXPIRED
        ]
        assert take_back(conn, now + LEASE).lost == ()

    await store.write(unit)


async def test_what_was_put_off_and_then_lost_once_is_tried_at_once(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (mail,) = queue(conn)
        finish(conn, claim(conn).leased, Deferred(reply(451, "4.3.0 Later", NOW)), NOW)
        claim(conn, now=NOW + MINUTE)
        now = NOW + MINUTE + LEASE
        take_back(conn, now)
        assert ids(claim(conn, now=now).leased) == [mail]

    await store.write(unit)
