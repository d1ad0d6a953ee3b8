"""However narrow the way to a destination is, an answer does not wait behind a campaign."""

from datetime import timedelta
from functools import partial

import pytest

from mailgate.mail.address import Address
from mailgate.model.delivery import Delivered, Lane, LeasedDelivery, WaitReason
from mailgate.model.pace import Pace
from mailgate.outbound.claim import Claim
from mailgate.ratelimit.flow import FlowPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import Flow, LimitPolicy
from mailgate.ratelimit.providers import ANY_DOMAIN, PROVIDERS
from mailgate.store import outbound
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import (
    CONTENT,
    NOW,
    claim,
    draft,
    finish,
    new_ticket,
    reply,
    to_mx,
)

SECOND = timedelta(seconds=1)
OK = Delivered(reply(250, "2.0.0 Ok", NOW))
BY_MX = Limiter(LimitPolicy(1_000_000, flows=PROVIDERS, any_domain=ANY_DOMAIN))


def narrow(policy: FlowPolicy) -> Limiter:
    return Limiter(LimitPolicy(1_000_000, flows=(Flow(("narrow.example",), policy),)))


def campaign(conn: Connection, mails: int, domain: str) -> None:
    ticket = new_ticket(conn)
    for number in range(mails):
        to = Address(f"list{number}", domain)
        outbound.enqueue(conn, draft(ticket, to, lane=Lane.CAMPAIGN), CONTENT, NOW)


def answer(conn: Connection, domain: str) -> None:
    mail = draft(new_ticket(conn), Address("kim", domain))
    outbound.enqueue(conn, mail, CONTENT, NOW)


def lanes(claimed: Claim) -> list[Lane]:
    return [leased.lane for leased in claimed.leased]


@pytest.mark.parametrize(
    ("domain", "on_their_way"),
    [("naver.com", 2), ("outlook.com", 2), ("gmail.com", 4), ("firm.example", 4)],
)
async def test_of_few_connections_one_is_for_answers(
    store: Store, domain: str, on_their_way: int
) -> None:
    def unit(conn: Connection) -> None:
        at = partial(claim, conn, limiter=BY_MX, site_of=to_mx)
        campaign(conn, 20, domain)
        assert lanes(at()) == [Lane.CAMPAIGN] * on_their_way
        assert lanes(at(now=NOW + SECOND)) == []
        answer(conn, domain)
        assert lanes(at(now=NOW + 2 * SECOND)) == [Lane.REPLY]
        answer(conn, domain)
        assert lanes(at(now=NOW + 3 * SECOND)) == [], "all are taken now"

    await store.write(unit)


async def test_a_pace_is_not_used_up_by_a_campaign(store: Store) -> None:
    paced = narrow(FlowPolicy(Pace(6, 60, burst=10)))

    def unit(conn: Connection) -> None:
        at = partial(claim, conn, limiter=paced, site_of=to_mx)
        campaign(conn, 40, "narrow.example")
        first = at().leased
        assert len(first) == 8, "a fifth of the burst is left"
        finish(conn, first, OK, NOW, limiter=paced)
        answer(conn, "narrow.example")
        answer(conn, "narrow.example")
        assert lanes(at(now=NOW + SECOND)) == [Lane.REPLY] * 2
        # What the answers took comes back before the campaign goes on.
        times = [second for second in range(2, 61) if lanes(at(now=NOW + second * SECOND))]
        assert times == [30, 40, 50, 60]

    await store.write(unit)


async def test_a_pace_that_is_narrow_leaves_the_connections_of_answers_alone(store: Store) -> None:
    def unit(conn: Connection) -> None:
        at = partial(claim, conn, limiter=BY_MX, site_of=to_mx)
        campaign(conn, 60, "gmail.com")
        for quarter in range(30):
            now = NOW + quarter * SECOND / 4
            finish(conn, at(now=now).leased, OK, now, limiter=BY_MX)
        slow = [
            leased for second in range(8, 30) for leased in at(now=NOW + second * SECOND).leased
        ]
        assert len(slow) == 4
        answer(conn, "gmail.com")
        assert lanes(at(now=NOW + 30 * SECOND)) == [Lane.REPLY]

    await store.write(unit)


async def test_who_waits_for_a_pace_that_is_kept_is_told_when_it_leaves(store: Store) -> None:
    paced = narrow(FlowPolicy(Pace(6, 60, burst=10)))

    def unit(conn: Connection) -> None:
        at = partial(claim, conn, limiter=paced, site_of=to_mx)
        campaign(conn, 8, "narrow.example")
        finish(conn, at().leased, OK, NOW, limiter=paced)
        answer(conn, "narrow.example")
        finish(conn, at().leased, OK, NOW, limiter=paced)
        campaign(conn, 1, "narrow.example")
        assert lanes(at()) == []
        (last,) = [
            each
            for each in outbound.listing(conn, outbound.DeliveryFilter())
            if each.wait_reason is not None
        ]
        assert last.wait_reason is WaitReason.DESTINATION_PACE
        assert last.due_at == NOW + 20 * SECOND
        assert lanes(at(now=last.due_at - SECOND / 100)) == []
        assert lanes(at(now=last.due_at)) == [Lane.CAMPAIGN]

    await store.write(unit)


@pytest.mark.parametrize(
    "policy",
    [FlowPolicy(connections=1), FlowPolicy(Pace(6, 60, burst=1))],
    ids=["connection", "pace"],
)
async def test_where_there_is_one_place_the_next_one_is_the_answers(
    store: Store, policy: FlowPolicy
) -> None:
    one = narrow(policy)

    def unit(conn: Connection) -> None:
        at = partial(claim, conn, limiter=one, site_of=to_mx)
        campaign(conn, 20, "narrow.example")
        busy: tuple[LeasedDelivery, ...] = at().leased
        assert len(busy) == 1
        answer(conn, "narrow.example")
        assert lanes(at(now=NOW + SECOND)) == []
        now = NOW + 10 * SECOND
        finish(conn, busy, OK, now, limiter=one)
        assert lanes(at(now=now)) == [Lane.REPLY]

    await store.write(unit)
