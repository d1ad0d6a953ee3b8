"""Limits of one support address, agent, campaign and recipient, and the shares of the plan's hour,
on both engines."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailgate.mail.address import Address
from mailgate.model.delivery import Delivered, Draft, Lane, LeasedDelivery, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.limiter import Full, Grant, Limiter
from mailgate.ratelimit.policy import LimitPolicy, mails_of
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
    queue,
    reply,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OK = Delivered(reply(250, "2.0.0 Ok", NOW))
SALES = Address("sales", "acme.example")
MANY = 1_000_000


def mail(conn: Connection, number: int, **changes: object) -> Draft:
    """To another customer each."""
    customer = Address(f"c{number}", "customer.example")
    return replace(draft(new_ticket(conn), customer), **changes)  # type: ignore[arg-type]  # of Draft


def put(conn: Connection, *drafts: Draft) -> list[DeliveryId]:
    found = []
    for each in drafts:
        outbound.enqueue(conn, each, CONTENT, NOW)
        assert each.ticket is not None
        found.append(outbound.deliveries_of_ticket(conn, each.ticket)[-1].id)
    return found


def ids(leased: tuple[LeasedDelivery, ...]) -> list[DeliveryId]:
    return [each.id for each in leased]


NARROW: dict[str, tuple[LimitPolicy, dict[str, object], dict[str, object], str]] = {
    "sender": (LimitPolicy(MANY, per_sender=2), {"sender": SALES}, {}, f"sender:{SALES.key}"),
    "agent": (LimitPolicy(MANY, per_agent=2), {"agent": "kim"}, {"agent": "lee"}, "agent:kim"),
    "campaign": (
        LimitPolicy(MANY, per_campaign=2),
        {"lane": Lane.CAMPAIGN, "campaign": "spring"},
        {"lane": Lane.CAMPAIGN, "campaign": "autumn"},
        "campaign:spring",
    ),
    "recipient": (
        LimitPolicy(MANY, automatic_per_recipient=2),
        {"lane": Lane.ACKNOWLEDGEMENT, "recipients": (HONG,)},
        {"lane": Lane.ACKNOWLEDGEMENT},
        f"recipient:{HONG.key}",
    ),
}
REASONS = {
    "sender": WaitReason.SENDER_LIMIT,
    "agent": WaitReason.AGENT_LIMIT,
    "campaign": WaitReason.CAMPAIGN_LIMIT,
    "recipient": WaitReason.RECIPIENT_LIMIT,
}


@pytest.mark.parametrize("name", NARROW)
async def test_a_narrow_limit_holds_back_its_own_mail_alone(store: Store, name: str) -> None:
    policy, limited, free, key = NARROW[name]

    def unit(conn: Connection) -> None:
        limiter = Limiter(policy)
        mine = put(conn, *(mail(conn, n, **limited) for n in range(3)))
        others = put(conn, *(mail(conn, 10 + n, **free) for n in range(2)))
        first = claim(conn, limiter=limiter).leased
        assert ids(first) == mine[:2] + others
        waiting = outbound.get(conn, mine[2])
        assert waiting is not None
        assert (waiting.wait_reason, waiting.waits_for) == (REASONS[name], key)
        finish(conn, first, OK, NOW + MINUTE, limiter=limiter)
        hour_is_over = NOW + MINUTE + HOUR
        assert claim(conn, limiter=limiter, now=hour_is_over - MINUTE).leased == ()
        told = outbound.get(conn, mine[2])
        assert told is not None
        assert ids(claim(conn, limiter=limiter, now=hour_is_over).leased) == mine[2:]

    await store.write(unit)


async def test_answers_to_one_recipient_are_not_automatic(store: Store) -> None:
    def unit(conn: Connection) -> None:
        limiter = Limiter(LimitPolicy(MANY, automatic_per_recipient=1))
        answers = put(conn, *(mail(conn, n, recipients=(HONG,)) for n in range(3)))
        assert ids(claim(conn, limiter=limiter).leased) == answers

    await store.write(unit)


@pytest.mark.parametrize(
    ("policy", "lane", "outside", "leave"),
    [
        (LimitPolicy(1), Lane.NOTIFICATION, False, 3),
        (LimitPolicy(1, count_notifications=True), Lane.NOTIFICATION, False, 1),
        (LimitPolicy(1), Lane.ACKNOWLEDGEMENT, True, 1),
        (LimitPolicy(1, count_acknowledgements=False), Lane.ACKNOWLEDGEMENT, True, 3),
        (LimitPolicy(1), Lane.REPLY, False, 3),
    ],
)
async def test_what_counts_under_the_plan(
    store: Store, policy: LimitPolicy, lane: Lane, outside: bool, leave: int
) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 3, lane=lane, outside=outside)
        assert len(claim(conn, limiter=Limiter(policy)).leased) == leave

    await store.write(unit)


async def test_a_share_is_of_what_the_other_lanes_have_left(store: Store) -> None:
    """70 % of the hour less the 40 that answers and 10 that acknowledgements used: 35 of 50."""

    def unit(conn: Connection) -> None:
        hundred = Limiter(LimitPolicy(100, campaign_share=70))
        queue(conn, 40)
        queue(conn, 10, lane=Lane.ACKNOWLEDGEMENT)
        used = claim(conn, limiter=hundred)
        finish(conn, used.leased, OK, NOW, limiter=hundred)
        queue(conn, 60, lane=Lane.CAMPAIGN)
        assert len(claim(conn, limiter=hundred).leased) == 35
        queue(conn, 60)
        assert len(claim(conn, limiter=hundred).leased) == 15, "answers take all that is left"

    await store.write(unit)


async def test_acknowledgements_find_room_beside_a_campaign_without_end(store: Store) -> None:
    def unit(conn: Connection) -> None:
        hundred = Limiter(LimitPolicy(100))
        queue(conn, 300, lane=Lane.CAMPAIGN)
        first = claim(conn, limiter=hundred, batch=500)
        assert len(first.leased) == 70
        queue(conn, 30, lane=Lane.ACKNOWLEDGEMENT)
        assert len(claim(conn, limiter=hundred).leased) == 15, "half of the 30 that are left"

    await store.write(unit)


async def test_of_two_places_in_the_hour_an_answer_finds_one(store: Store) -> None:
    def unit(conn: Connection) -> None:
        two = Limiter(LimitPolicy(2))
        queue(conn, 3, lane=Lane.CAMPAIGN)
        queue(conn, 3, lane=Lane.ACKNOWLEDGEMENT)
        assert len(claim(conn, limiter=two).leased) == 1
        answers = queue(conn, 2)
        assert ids(claim(conn, limiter=two).leased) == answers[:1]

    await store.write(unit)


async def test_lanes_share_a_claim_by_weight(store: Store) -> None:
    def unit(conn: Connection) -> None:
        for lane in Lane:
            queue(conn, 60, lane=lane)
        claimed = claim(conn, batch=45)
        by_lane = {lane: sum(one.lane is lane for one in claimed.leased) for lane in Lane}
        assert by_lane == {
            Lane.REPLY: 24,
            Lane.NOTIFICATION: 12,
            Lane.ACKNOWLEDGEMENT: 6,
            Lane.CAMPAIGN: 3,
        }
        lanes = [one.lane for one in claimed.leased]
        assert lanes == sorted(lanes, key=list(by_lane).index), "the first lane first"

    await store.write(unit)


async def test_what_one_lane_leaves_the_others_share(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 2)
        queue(conn, 60, lane=Lane.ACKNOWLEDGEMENT)
        queue(conn, 60, lane=Lane.CAMPAIGN)
        claimed = claim(conn, batch=30)
        count = [sum(one.lane is lane for one in claimed.leased) for lane in Lane]
        assert len(claimed.leased) == 30
        assert count[0] == 2
        assert count[3] >= 30 // 15, "each has its part at least"

    await store.write(unit)


async def test_big_mails_of_one_lane_leave_the_others_their_part_of_the_octets(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 30, content=b"x" * 1000)
        campaign = queue(conn, 5, lane=Lane.CAMPAIGN, content=b"x" * 1000)
        claimed = claim(conn, batch=45, batch_bytes=15_000)
        assert campaign[0] in ids(claimed.leased)
        assert sum(len(one.content) for one in claimed.leased) <= 15_000

    await store.write(unit)


async def test_a_refusal_says_which_limit_how_full_and_until_when(store: Store) -> None:
    def unit(conn: Connection) -> None:
        limiter = Limiter(LimitPolicy(10, per_agent=2))
        put(conn, mail(conn, 1, agent="kim"), mail(conn, 2, agent="kim"))
        finish(conn, claim(conn, limiter=limiter).leased, OK, NOW, limiter=limiter)
        later = NOW + 10 * MINUTE
        mine = mails_of(mail(conn, 3, agent="kim"))
        assert limiter.ask(conn, mine, later) == Full(
            "agent:kim", WaitReason.AGENT_LIMIT, 2, 2, NOW + HOUR
        )
        assert limiter.ask(conn, mails_of(mail(conn, 3, agent="lee")), later) == Grant()
        crowd = tuple(Address(f"c{n}", "b.example") for n in range(9))
        both = mails_of(mail(conn, 3, recipients=crowd))
        assert limiter.ask(conn, both, later) == Full(
            "account", WaitReason.HOURLY_LIMIT, 2, 10, NOW + HOUR
        )

    await store.write(unit)


async def test_who_waits_already_is_counted_before_who_asks(store: Store) -> None:
    def unit(conn: Connection) -> None:
        limiter = Limiter(LimitPolicy(2))
        put(conn, *(mail(conn, n) for n in range(4)))
        claimed = claim(conn, limiter=limiter)
        finish(conn, claimed.leased, OK, NOW, limiter=limiter)
        asked = limiter.ask(conn, mails_of(mail(conn, 9)), NOW + MINUTE)
        assert isinstance(asked, Full)
        assert asked.at == NOW + 2 * HOUR, "two others go when the first hour is over"

    await store.write(unit)


async def test_places_for_mail_that_is_in_no_queue(store: Store) -> None:
    def unit(conn: Connection) -> None:
        limiter = Limiter(LimitPolicy(2))
        until = NOW + MINUTE
        assert limiter.take(conn, Lane.NOTIFICATION, 2, NOW, until) is None
        assert limiter.take(conn, Lane.NOTIFICATION, 1, NOW, until) == until + HOUR
        queue(conn, 1)
        assert claim(conn, limiter=limiter).leased == ()
        usage = limiter.account(conn, NOW)
        assert (usage.used, usage.cap, usage.waiting) == (2, 2, 1)

    await store.write(unit)


def shown(conn: Connection, delivery: DeliveryId) -> datetime:
    found = outbound.get(conn, delivery)
    assert found is not None
    return found.due_at


async def test_the_time_that_is_shown_is_the_one_at_which_it_leaves(store: Store) -> None:
    """Three an hour, seven mails: the ones behind are told the hours in which they go."""

    def unit(conn: Connection) -> None:
        limiter = Limiter(LimitPolicy(3))
        mails = put(conn, *(mail(conn, n) for n in range(7)))
        claimed = claim(conn, limiter=limiter)
        finish(conn, claimed.leased, OK, NOW, limiter=limiter)
        told = {each: shown(conn, each) for each in mails[3:]}
        left: dict[DeliveryId, datetime] = {}
        now = NOW
        while len(left) < 4:
            now += MINUTE
            found = claim(conn, limiter=limiter, now=now).leased
            finish(conn, found, OK, now, limiter=limiter)
            left |= dict.fromkeys(ids(found), now)
        assert left == told

    await store.write(unit)
