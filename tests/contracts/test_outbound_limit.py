"""The hourly cap on both engines: exact, first come first served, and never in others' way."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from mailgate.mail.address import Address
from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    Lane,
    LeasedDelivery,
    Reply,
    WaitReason,
)
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.outbound.claim import Claim
from mailgate.outbound.settle import settle
from mailgate.outbound.telling import settle_and_tell
from mailgate.ratelimit.limiter import Full, Grant, Limiter
from mailgate.ratelimit.policy import LimitPolicy, Mail, mails_of
from mailgate.store import leases, outbound
from mailgate.store.core import Connection, Store
from mailgate.store.leases import Lease
from tests.contracts.outbound_world import CONTENT, LEASE, NOW, claim, draft, new_ticket, queue

HOUR = timedelta(hours=1)
OK = Reply(250, None, "ok", NOW)
FULL = Full("account", WaitReason.HOURLY_LIMIT, 1, 1, NOW + HOUR)


def limiter(limit: int) -> Limiter:
    return Limiter(LimitPolicy(limit))


def deliver(conn: Connection, claimed: Claim, after: timedelta = timedelta()) -> None:
    for leased in claimed.leased:
        finish(conn, leased, Delivered(OK), NOW + after)


def finish(
    conn: Connection, leased: LeasedDelivery, result: AttemptResult, at: datetime = NOW
) -> None:
    settlements = [settle(leased, result, at, 0)]
    settled = settle_and_tell(conn, settlements=settlements, tell=None, limiter=limiter(1))
    assert not settled.lost


def wish(lane: Lane = Lane.REPLY) -> tuple[Mail, ...]:
    return mails_of(draft(TicketId(1), lane=lane))


def ids(claimed: Claim) -> list[DeliveryId]:
    return [leased.id for leased in claimed.leased]


async def test_over_the_cap_mail_waits_and_says_why_and_until_when(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mails = queue(conn, 3)
        first = claim(conn, limiter=limiter(2))
        assert (ids(first), first.postponed, first.used) == (mails[:2], 1, 2)
        deliver(conn, first, after=timedelta(minutes=1))
        assert claim(conn, limiter=limiter(2), now=NOW + timedelta(minutes=59)).leased == ()
        late = outbound.get(conn, mails[2])
        assert late is not None
        assert late.wait_reason is WaitReason.HOURLY_LIMIT
        free_at = NOW + timedelta(minutes=61)
        assert late.due_at <= free_at
        assert claim(conn, limiter=limiter(2), now=free_at - timedelta(seconds=1)).leased == ()
        told = outbound.get(conn, mails[2])
        assert told is not None
        assert told.due_at == free_at
        assert ids(claim(conn, limiter=limiter(2), now=free_at)) == mails[2:]

    await store.write(unit)


async def test_mail_to_agents_does_not_count_and_does_not_wait(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 2)
        agents = queue(conn, 5, lane=Lane.NOTIFICATION, outside=False)
        claimed = claim(conn, limiter=limiter(1))
        assert ids(claimed)[1:] == agents
        assert (claimed.used, claimed.postponed) == (1, 1)

    await store.write(unit)


async def test_a_crowd_of_acknowledgements_leaves_room_for_an_answer(store: Store) -> None:
    def unit(conn: Connection) -> None:
        crowd = queue(conn, 20, lane=Lane.ACKNOWLEDGEMENT)
        assert ids(claim(conn, limiter=limiter(10))) == crowd[:5]
        waiting = outbound.get(conn, crowd[5])
        assert waiting is not None
        assert waiting.wait_reason is WaitReason.LANE_RESERVE
        (answer,) = queue(conn, 1, now=NOW)
        assert ids(claim(conn, limiter=limiter(10))) == [answer]

    await store.write(unit)


async def test_agents_get_theirs_behind_a_thousand_that_wait_in_the_same_lane(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        ticket = new_ticket(conn)
        crowd = [Address(f"c{number}", "customer.example") for number in range(1000)]
        outbound.enqueue(conn, draft(ticket, *crowd), CONTENT, NOW)
        inside = queue(conn, 1, lane=Lane.REPLY, outside=False)
        claimed = claim(conn, limiter=limiter(1), batch=10)
        assert inside[0] in ids(claimed)

    await store.write(unit)


async def test_an_attempt_that_sent_nothing_gives_its_place_to_the_next_in_line(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        mails = queue(conn, 3)
        one = limiter(1)
        (first,) = claim(conn, limiter=one).leased
        newer = queue(conn, 1)
        busy = Deferred(Reply(451, "4.7.1", "later", NOW))
        finish(conn, first, busy)
        second = claim(conn, limiter=one, now=NOW + timedelta(seconds=5))
        assert ids(second) == mails[1:2], "in the order of the queue, long before its due time"
        assert newer[0] not in ids(second)

    await store.write(unit)


async def test_a_place_whose_attempt_may_have_sent_stays_taken(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 2)
        one = limiter(1)
        (first,) = claim(conn, limiter=one).leased
        lost = Ambiguous(Reply(None, None, "Connection lost", NOW))
        finish(conn, first, lost)
        assert claim(conn, limiter=one, now=NOW + HOUR - timedelta(seconds=1)).leased == ()
        assert len(claim(conn, limiter=one, now=NOW + HOUR).leased) == 1

    await store.write(unit)


async def test_a_lost_lease_counts_from_when_it_was_taken_back(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 1)
        one = limiter(1)
        claim(conn, limiter=one)
        leases.recover_leases(conn, NOW + LEASE)
        assert claim(conn, limiter=one, now=NOW + HOUR).leased == ()
        assert len(claim(conn, limiter=one, now=NOW + HOUR + LEASE).leased) == 1

    await store.write(unit)


async def test_a_running_attempt_counts_whatever_its_age(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 2)
        one = limiter(1)
        assert len(claim(conn, limiter=one).leased) == 1
        assert claim(conn, limiter=one, now=NOW + 5 * HOUR).leased == ()

    await store.write(unit)


async def test_what_is_handed_back_takes_no_place(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mails = queue(conn, 1)
        one = limiter(1)
        (leased,) = claim(conn, limiter=one).leased
        leases.hand_back_leases(conn, [Lease(leased.id, leased.fence)], NOW)
        assert ids(claim(conn, limiter=one)) == mails

    await store.write(unit)


async def test_a_campaign_leaves_a_reserve_for_replies(store: Store) -> None:
    def unit(conn: Connection) -> None:
        campaign = queue(conn, 20, lane=Lane.CAMPAIGN)
        ten = limiter(10)
        claimed = claim(conn, limiter=ten)
        assert ids(claimed) == campaign[:7]
        deliver(conn, claimed)
        waiting = outbound.get(conn, campaign[7])
        assert waiting is not None
        assert waiting.wait_reason is WaitReason.LANE_RESERVE
        reply = queue(conn, 3)
        assert ids(claim(conn, limiter=ten)) == reply
        assert ids(claim(conn, limiter=ten)) == []

    await store.write(unit)


async def test_a_long_queue_is_told_hours_ahead_and_looked_at_once(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mails = queue(conn, 8)
        three = limiter(3)
        deliver(conn, claim(conn, limiter=three))
        again = claim(conn, limiter=three)
        assert (again.leased, again.postponed) == ((), 0)
        shown = [outbound.get(conn, mail) for mail in mails[3:]]
        hours = [round((mail.due_at - NOW) / HOUR) for mail in shown if mail is not None]
        assert hours == [1, 1, 1, 2, 2]

    await store.write(unit)


async def test_one_asks_whether_a_mail_would_go_without_taking_a_place(store: Store) -> None:
    def unit(conn: Connection) -> None:
        one = limiter(1)
        assert one.ask(conn, wish(), NOW) == Grant()
        queue(conn, 1)
        deliver(conn, claim(conn, limiter=one))
        assert one.ask(conn, wish(), NOW) == FULL

    await store.write(unit)


async def test_what_is_in_the_queue_and_goes_before_is_asked_for_too(store: Store) -> None:
    """Who writes while the mail before may still be taken back gets its answer by both."""

    def unit(conn: Connection) -> None:
        one, undone = limiter(1), NOW + timedelta(seconds=10)
        ticket = new_ticket(conn)
        mail = replace(draft(ticket), due_at=undone, waits=WaitReason.UNDO)
        outbound.enqueue(conn, mail, CONTENT, NOW)
        assert one.ask(conn, wish(), NOW) == Grant(), "it leaves before that one"
        assert one.ask(conn, wish(), NOW, undone) == FULL
        assert limiter(2).ask(conn, wish(), NOW, undone) == Grant()
        assert one.ask(conn, wish(), undone) == replace(FULL, at=undone + HOUR)

    await store.write(unit)


async def test_a_campaign_in_the_queue_refuses_no_answer(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 5, lane=Lane.CAMPAIGN)
        assert limiter(1).ask(conn, wish(), NOW) == Grant()
        assert isinstance(limiter(1).ask(conn, wish(Lane.CAMPAIGN), NOW), Full)

    await store.write(unit)


async def test_several_nodes_on_one_database_share_the_cap(store: Store) -> None:
    await store.write(partial(queue, count=60))
    ten = limiter(10)

    def work(conn: Connection, node: str) -> tuple[LeasedDelivery, ...]:
        return claim(conn, limiter=ten, node=node, batch=4).leased

    claims = await asyncio.gather(*(store.write(partial(work, node=n)) for n in "abcdefghij"))
    assert sum(len(part) for part in claims) == 10


async def test_places_are_forgotten_long_after_they_counted(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 1)
        one = limiter(1)
        deliver(conn, claim(conn, limiter=one))
        one.prune(conn, NOW + HOUR)
        assert one.ask(conn, wish(), NOW) == FULL
        one.prune(conn, NOW + 3 * HOUR)
        assert one.ask(conn, wish(), NOW) == Grant()

    await store.write(unit)
