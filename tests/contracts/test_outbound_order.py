"""Mails of one ticket to one recipient leave one after the other, on both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.mail.address import Address
from mailgate.model.delivery import Deferred, Delivered, Lane, LeasedDelivery, WaitReason
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import outbound
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import (
    CONTENT,
    HONG,
    NOW,
    claim,
    draft,
    finish,
    new_ticket,
    reply,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OK = Delivered(reply(250, "2.0.0 Ok", NOW))
GREYLISTED = Deferred(reply(451, "4.7.1 Greylisted", NOW))


def write(
    conn: Connection, ticket: TicketId, *, lane: Lane = Lane.REPLY, to: Address = HONG
) -> DeliveryId:
    outbound.enqueue(conn, draft(ticket, to, lane=lane), CONTENT, NOW)
    return outbound.deliveries_of_ticket(conn, ticket)[-1].id


def ids(leased: tuple[LeasedDelivery, ...]) -> list[DeliveryId]:
    return [each.id for each in leased]


async def test_the_second_leaves_when_the_first_has_left(store: Store) -> None:
    def unit(conn: Connection) -> None:
        ticket = new_ticket(conn)
        mails = [write(conn, ticket) for _ in range(3)]
        other = write(conn, ticket, to=Address("kim", "customer.example"))
        first = claim(conn).leased
        assert ids(first) == [mails[0], other]
        waiting = outbound.get(conn, mails[1])
        assert waiting is not None
        assert (waiting.wait_reason, waiting.waits_for, waiting.due_at) == (
            WaitReason.ORDER,
            f"ticket:{ticket}",
            NOW + HOUR,
        )
        for each in mails[1:]:
            assert claim(conn).leased == ()
            assert finish(conn, first, OK, NOW).released
            first = claim(conn).leased
            assert ids(first) == [each]

    await store.write(unit)


async def test_what_is_tried_again_keeps_the_next_back_for_an_hour_at_most(store: Store) -> None:
    def unit(conn: Connection) -> None:
        ticket = new_ticket(conn)
        first, second = write(conn, ticket), write(conn, ticket)
        now = NOW
        for minutes in (0, 1, 6, 21, 51):
            now = NOW + minutes * MINUTE
            leased = claim(conn, now=now).leased
            assert ids(leased) == [first]
            finish(conn, leased, GREYLISTED, now)
        assert claim(conn, now=NOW + HOUR - MINUTE).leased == ()
        assert ids(claim(conn, now=NOW + HOUR).leased) == [second]

    await store.write(unit)


@pytest.mark.parametrize("lane", [Lane.NOTIFICATION, Lane.ACKNOWLEDGEMENT, Lane.CAMPAIGN])
async def test_a_reply_never_waits_behind_another_lane(store: Store, lane: Lane) -> None:
    def unit(conn: Connection) -> None:
        ticket = new_ticket(conn)
        automatic, answer = write(conn, ticket, lane=lane), write(conn, ticket)
        assert ids(claim(conn).leased) == [answer, automatic]

    await store.write(unit)


async def test_what_is_scheduled_for_later_keeps_nothing_back(store: Store) -> None:
    def unit(conn: Connection) -> None:
        ticket = new_ticket(conn)
        tomorrow = replace(
            draft(ticket), due_at=NOW + timedelta(days=1), waits=WaitReason.SCHEDULED
        )
        outbound.enqueue(conn, tomorrow, CONTENT, NOW)
        today = write(conn, ticket)
        assert ids(claim(conn).leased) == [today]

    await store.write(unit)


async def test_who_may_overtake_one_mail_and_not_the_next_waits_for_that_one(store: Store) -> None:
    def unit(conn: Connection) -> None:
        ticket = new_ticket(conn)
        first = write(conn, ticket)
        between = replace(draft(ticket), due_at=NOW + HOUR / 2, waits=WaitReason.SCHEDULED)
        outbound.enqueue(conn, between, CONTENT, NOW)
        last = write(conn, ticket)
        now = NOW
        for minutes in (0, 1, 6, 21, 51):
            now = NOW + minutes * MINUTE
            leased = claim(conn, now=now).leased
            assert ids(leased) == [first]
            finish(conn, leased, GREYLISTED, now)
        claimed = claim(conn, now=NOW + HOUR)
        assert last not in ids(claimed.leased)
        waiting = outbound.get(conn, last)
        assert waiting is not None
        assert waiting.wait_reason is WaitReason.ORDER
        assert waiting.due_at == NOW + HOUR / 2 + HOUR, "nothing looks at it before"

    await store.write(unit)


async def test_the_order_holds_under_a_limit(store: Store) -> None:
    def unit(conn: Connection) -> None:
        one = Limiter(LimitPolicy(1))
        ticket = new_ticket(conn)
        mails = [write(conn, ticket) for _ in range(3)]
        left = []
        for hour in range(3):
            now = NOW + hour * HOUR
            leased = claim(conn, limiter=one, now=now).leased
            left += ids(leased)
            finish(conn, leased, OK, now, limiter=one)
            assert claim(conn, limiter=one, now=now + MINUTE).leased == ()
        assert left == mails

    await store.write(unit)
