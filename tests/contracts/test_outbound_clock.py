"""A clock that was ahead and is put right, and what is known from long ago, on both engines."""

from dataclasses import replace
from datetime import datetime, timedelta

from mailgate.mail.address import Address
from mailgate.model.delivery import Deferred, Delivered, DeliveryState, Reach, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.outbound.expiring import expire_waiting
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import operating, outbound
from mailgate.store.core import Connection, Store
from mailgate.store.future import bring_back
from tests.contracts.outbound_world import (
    CONTENT,
    HONG,
    NOW,
    claim,
    draft,
    finish,
    new_ticket,
    queue,
    reply,
    to_mx,
)

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
OK = Delivered(reply(250, "2.0.0 Ok", NOW))
LATER = Deferred(reply(451, "4.3.0 Later", NOW))
NOBODY = Deferred(reply(None, "Connection refused", NOW), Reach.SITE)
AHEAD = NOW + 30 * DAY


def ids(conn: Connection, now: datetime, limiter: Limiter) -> list[DeliveryId]:
    return [each.id for each in claim(conn, limiter=limiter, now=now).leased]


async def test_places_taken_in_the_future_count_for_an_hour_from_now(store: Store) -> None:
    def unit(conn: Connection) -> None:
        one = Limiter(LimitPolicy(1))
        first, second = queue(conn, 2)
        leased = claim(conn, limiter=one, now=AHEAD).leased
        assert [each.id for each in leased] == [first]
        finish(conn, leased, OK, AHEAD, limiter=one)
        assert bring_back(conn, NOW) > 0
        assert ids(conn, NOW, one) == []
        assert ids(conn, NOW + HOUR - SECOND, one) == []
        assert ids(conn, NOW + HOUR, one) == [second]

    await store.write(unit)


async def test_mail_of_the_future_leaves_now_and_scheduled_mail_at_its_time(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        plenty = Limiter(LimitPolicy(1000))
        (put_off,) = queue(conn)
        finish(conn, claim(conn, limiter=plenty, now=AHEAD).leased, LATER, AHEAD, limiter=plenty)
        (written,) = queue(conn, now=AHEAD)
        ticket = new_ticket(conn)
        tomorrow = replace(draft(ticket, HONG), due_at=NOW + DAY, waits=WaitReason.SCHEDULED)
        outbound.enqueue(conn, tomorrow, CONTENT, NOW)
        assert ids(conn, NOW, plenty) == []
        assert bring_back(conn, NOW) == 2
        assert set(ids(conn, NOW, plenty)) == {put_off, written}
        assert bring_back(conn, NOW) == 0

    await store.write(unit)


async def test_what_a_clock_in_order_writes_stays(store: Store) -> None:
    def unit(conn: Connection) -> None:
        one = Limiter(LimitPolicy(1))
        queue(conn, 3)
        now = NOW
        for _ in range(8):
            leased = claim(conn, limiter=one, now=now).leased
            finish(conn, leased, LATER, now, limiter=one)
            assert bring_back(conn, now) == 0
            now += 9 * HOUR

    await store.write(unit)


async def test_a_failure_of_long_ago_ends_no_mail_while_one_tries_the_destination(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        def write() -> DeliveryId:
            ticket = new_ticket(conn)
            outbound.enqueue(conn, draft(ticket, Address("kim", "down.example")), CONTENT, NOW)
            return outbound.deliveries_of_ticket(conn, ticket)[-1].id

        gone = write()
        finish(conn, claim(conn, site_of=to_mx).leased, NOBODY, NOW)
        operating.cancel(conn, operating.named(gone), NOW)
        mails = [write() for _ in range(3)]
        now = NOW + 6 * DAY
        tries = claim(conn, now=now, site_of=to_mx).leased
        assert [each.id for each in tries] == mails[:1]
        expire_waiting(conn, tell=None, now=now + SECOND)
        shown = [outbound.get(conn, each) for each in mails[1:]]
        assert [each.state for each in shown if each is not None] == [DeliveryState.READY] * 2
        finish(conn, tries, OK, now + 2 * SECOND)
        left = claim(conn, now=now + 3 * SECOND, site_of=to_mx).leased
        assert [each.id for each in left] == mails[1:]

    await store.write(unit)
