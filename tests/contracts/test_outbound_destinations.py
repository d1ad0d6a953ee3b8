"""Destinations on both engines: pace, connections, slowness, and probes of what is down."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import update

from mailgate.mail.address import Address
from mailgate.model.delivery import (
    Ambiguous,
    Deferred,
    Delivered,
    DeliveryState,
    Lane,
    LeasedDelivery,
    Reach,
    Rejected,
    WaitReason,
)
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.pace import Pace
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.model.ticket import EventKind
from mailgate.outbound.claim import Claim
from mailgate.outbound.expiring import expire_waiting
from mailgate.outbound.kept import keep_back
from mailgate.ratelimit.flow import FlowPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import Flow, LimitPolicy
from mailgate.store import (
    destinations,
    events,
    leases,
    obstacles,
    outbound,
    outboundtables,
    suppressions,
)
from mailgate.store.core import Connection, Store
from mailgate.store.leases import Lease
from mailgate.store.obstacles import ObstacleCounts
from mailgate.store.outboundtables import deliveries
from tests.contracts.outbound_world import (
    CONTENT,
    LEASE,
    NO_LIMIT,
    NOW,
    SiteOf,
    claim,
    draft,
    finish,
    new_ticket,
    queue,
    reply,
    to_mx,
    to_relay,
)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OK = Delivered(reply(250, "2.0.0 Ok", NOW))
NOBODY = Deferred(reply(None, "Connection refused", NOW), Reach.SITE)
TOO_FAST = Deferred(reply(421, "4.7.28 Too fast", NOW))
RELAY = "smarthost:relay.example:587"


def limited(*domains: str, pace: Pace | None = None, connections: int | None = None) -> Limiter:
    flow = Flow(domains, FlowPolicy(pace, connections))
    return Limiter(LimitPolicy(1_000_000, flows=(flow,)))


def mail_to(
    conn: Connection, *domains: str, lane: Lane = Lane.REPLY, now: datetime = NOW
) -> list[DeliveryId]:
    """A mail to each of `domains`, each on a ticket of its own."""
    found = []
    for domain in domains:
        ticket = new_ticket(conn)
        outbound.enqueue(conn, draft(ticket, Address("kim", domain), lane=lane), CONTENT, now)
        found += [each.id for each in outbound.deliveries_of_ticket(conn, ticket)]
    return found


def ids(claimed: Claim) -> list[DeliveryId]:
    return [leased.id for leased in claimed.leased]


def why(conn: Connection, delivery: DeliveryId) -> tuple[WaitReason | None, str | None, datetime]:
    shown = outbound.get(conn, delivery)
    assert shown is not None
    return shown.wait_reason, shown.waits_for, shown.due_at


async def test_a_pace_lets_a_burst_go_and_then_one_an_interval(store: Store) -> None:
    def unit(conn: Connection) -> None:
        slow = limited("gmail.com", "googlemail.com", pace=Pace(6, 60, burst=2))
        mails = mail_to(conn, *["gmail.com", "googlemail.com"] * 3)
        others = mail_to(conn, "b.example")
        first = claim(conn, limiter=slow)
        assert ids(first) == mails[:2] + others
        assert why(conn, mails[2]) == (
            WaitReason.DESTINATION_PACE,
            "domain:gmail.com",
            NOW + 10 * SECOND,
        )
        assert why(conn, mails[5])[2] == NOW + 40 * SECOND, "each an interval after the one before"
        assert first.look_at == NOW + 10 * SECOND
        assert ids(claim(conn, limiter=slow, now=NOW + 9 * SECOND)) == []
        assert ids(claim(conn, limiter=slow, now=NOW + 10 * SECOND)) == mails[2:3]
        assert ids(claim(conn, limiter=slow, now=NOW + 10 * SECOND)) == []
        assert ids(claim(conn, limiter=slow, now=NOW + 30 * SECOND)) == mails[3:5]

    await store.write(unit)


async def test_a_reply_goes_before_the_campaign_that_waits_for_the_same_domain(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        slow = limited("gmail.com", pace=Pace(1, 60, burst=1))
        campaign = mail_to(conn, *["gmail.com"] * 5, lane=Lane.CAMPAIGN)
        assert ids(claim(conn, limiter=slow)) == campaign[:1]
        (answer,) = mail_to(conn, "gmail.com")
        assert ids(claim(conn, limiter=slow)) == []
        assert ids(claim(conn, limiter=slow, now=NOW + MINUTE)) == [answer]
        assert ids(claim(conn, limiter=slow, now=NOW + 2 * MINUTE)) == campaign[1:2]

    await store.write(unit)


async def test_as_many_are_on_their_way_as_connections_and_the_next_follows_at_once(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        two = limited("gmail.com", connections=2)
        mails = mail_to(conn, *["gmail.com"] * 4)
        first = claim(conn, limiter=two)
        assert ids(first) == mails[:2]
        assert why(conn, mails[2])[:2] == (WaitReason.DESTINATION_BUSY, "domain:gmail.com")
        assert ids(claim(conn, limiter=two)) == []
        assert finish(conn, first.leased[:1], OK, NOW, limiter=two).released
        assert ids(claim(conn, limiter=two)) == mails[2:3], "long before any estimate"
        leases.hand_back_leases(conn, [Lease(mails[1], first.leased[1].fence)], NOW)
        assert len(ids(claim(conn, limiter=two))) == 1

    await store.write(unit)


async def test_a_domain_of_no_entry_has_the_connections_that_anybody_has(store: Store) -> None:
    def unit(conn: Connection) -> None:
        polite = Limiter(LimitPolicy(1_000_000, any_domain=FlowPolicy(connections=1)))
        a, b = mail_to(conn, "a.example", "a.example"), mail_to(conn, "b.example")
        assert ids(claim(conn, limiter=polite, site_of=to_mx)) == a[:1] + b

    await store.write(unit)


async def test_healthy_places_without_a_limit_leave_no_trace(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mail_to(conn, "a.example", "b.example")
        claimed = claim(conn, site_of=to_relay)
        assert not finish(conn, claimed.leased, OK, NOW).released
        keys = ["account", RELAY, "domain:a.example", "domain:b.example"]
        assert destinations.load(conn, keys) == {}

    await store.write(unit)


async def test_whoever_asks_for_patience_gets_half_and_half_again_and_all_back_with_time(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        eight = limited("gmail.com", connections=8)
        mail_to(conn, *["gmail.com"] * 60)
        now, fast = NOW, claim(conn, limiter=eight, site_of=to_mx)
        assert len(fast.leased) == 8
        finish(conn, fast.leased, TOO_FAST, now, limiter=eight)
        known = destinations.load(conn, ["domain:gmail.com"])["domain:gmail.com"]
        assert (known.slowness, known.last) == (1, TOO_FAST.reply), "told off together: once"
        now += MINUTE
        slower = claim(conn, limiter=eight, now=now, site_of=to_mx)
        assert len(slower.leased) == 1, "one an interval, no burst"
        finish(conn, slower.leased, TOO_FAST, now, limiter=eight)
        now += MINUTE
        slowest = claim(conn, limiter=eight, now=now, site_of=to_mx)
        finish(conn, slowest.leased, OK, now + MINUTE, limiter=eight)
        known = destinations.load(conn, ["domain:gmail.com"])["domain:gmail.com"]
        assert known.slowness == 1, "what got through takes one back"
        now += timedelta(minutes=30)
        assert len(claim(conn, limiter=eight, now=now, site_of=to_mx).leased) == 8

    await store.write(unit)


async def test_a_smarthost_that_asks_for_patience_gets_it_for_all_domains(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mail_to(conn, *[f"d{number}.example" for number in range(20)])
        first = claim(conn, batch=5, site_of=to_relay)
        finish(conn, first.leased, TOO_FAST, NOW)
        assert destinations.load(conn, ["domain:d0.example"]) == {}
        assert len(claim(conn, now=NOW + SECOND, site_of=to_relay).leased) == 1

    await store.write(unit)


async def test_a_place_that_is_down_is_tried_by_one_mail_at_its_times(store: Store) -> None:
    """1, 5, 15 and 30 minutes after the time before, then every 30 minutes."""

    def unit(conn: Connection) -> None:
        mails = mail_to(conn, *["a.example"] * 20)
        first = claim(conn, batch=3, site_of=to_relay)
        finish(conn, first.leased, NOBODY, NOW)
        assert ids(claim(conn, site_of=to_relay)) == []
        assert why(conn, mails[5]) == (WaitReason.DESTINATION_DOWN, RELAY, NOW + MINUTE)
        now = NOW
        tried: list[float] = []
        while len(tried) < 6:
            now += 10 * SECOND
            probe = claim(conn, now=now, site_of=to_relay)
            if probe.leased:
                assert len(probe.leased) == 1
                assert claim(conn, now=now + MINUTE, site_of=to_relay).leased == ()
                finish(conn, probe.leased, NOBODY, now)
                tried.append((now - NOW) / MINUTE)
        assert tried == [1, 6, 21, 51, 81, 111]

    await store.write(unit)


async def test_when_it_is_there_again_all_that_waits_goes_at_once_and_in_order(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        campaign = mail_to(conn, *["a.example"] * 5, lane=Lane.CAMPAIGN)
        finish(conn, claim(conn, batch=1, site_of=to_relay).leased, NOBODY, NOW)
        assert claim(conn, site_of=to_relay).leased == ()
        replies = mail_to(conn, "a.example", "b.example")
        assert claim(conn, site_of=to_relay).leased == ()
        probe = claim(conn, now=NOW + MINUTE, site_of=to_relay)
        assert ids(probe) == replies[:1], "the first lane tries"
        assert finish(conn, probe.leased, OK, NOW + MINUTE).released
        rest = claim(conn, now=NOW + MINUTE, site_of=to_relay)
        assert ids(rest) == replies[1:] + campaign
        assert claim(conn, now=NOW + MINUTE, site_of=to_relay).look_at is None

    await store.write(unit)


async def test_any_answer_of_the_place_itself_says_that_it_is_there(store: Store) -> None:
    answers = (
        Rejected(reply(550, "5.1.1 Unknown", NOW)),
        Deferred(reply(451, "4.2.0 Greylisted", NOW)),
        Ambiguous(reply(None, "Connection lost", NOW)),
    )
    for answer in answers:

        def unit(conn: Connection, answer: object = answer) -> None:
            mail_to(conn, "a.example", "a.example", "a.example")
            first = claim(conn, batch=1, site_of=to_relay)
            finish(conn, first.leased, NOBODY, NOW)
            claim(conn, site_of=to_relay)
            probe = claim(conn, now=NOW + MINUTE, site_of=to_relay)
            assert isinstance(answer, Rejected | Deferred | Ambiguous)
            finish(conn, probe.leased, answer, NOW + MINUTE)
            assert claim(conn, now=NOW + MINUTE, site_of=to_relay).leased
            raise _Undo

        try:
            await store.write(unit)
        except _Undo:
            continue


class _Undo(Exception):
    """Takes the unit of work back."""


async def test_a_probe_that_was_not_tried_lets_another_one_try(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mail_to(conn, *["a.example"] * 4)
        finish(conn, claim(conn, batch=1, site_of=to_relay).leased, NOBODY, NOW)
        claim(conn, site_of=to_relay)
        now = NOW + MINUTE
        (handed,) = claim(conn, now=now, site_of=to_relay).leased
        assert claim(conn, now=now, site_of=to_relay).leased == ()
        leases.hand_back_leases(conn, [Lease(handed.id, handed.fence)], now)
        assert len(claim(conn, now=now, site_of=to_relay).leased) == 1
        assert claim(conn, now=now, site_of=to_relay).leased == ()
        leases.recover_leases(conn, now + LEASE)
        (third,) = claim(conn, now=now + LEASE, site_of=to_relay).leased
        assert finish(conn, [third], OK, now + LEASE).released

    await store.write(unit)


async def test_what_was_on_its_way_when_it_went_down_says_nothing_new(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mail_to(conn, *["a.example"] * 6)
        first = claim(conn, batch=5, site_of=to_relay).leased
        finish(conn, first[:1], NOBODY, NOW)
        finish(conn, first[1:4], NOBODY, NOW + 20 * SECOND)
        known = destinations.load(conn, [RELAY])[RELAY]
        assert (known.failures, known.down_until) == (1, NOW + MINUTE)
        finish(conn, first[4:], OK, NOW + 30 * SECOND)
        assert destinations.load(conn, [RELAY])[RELAY].failures == 0

    await store.write(unit)


def others_tried(conn: Connection, now: datetime) -> None:
    """Half an hour ago, and found nobody: the last of many."""
    ago = now - 30 * MINUTE
    conn.execute(update(outboundtables.destinations).values(last_at=ago))


async def test_after_five_days_what_waited_ends_without_an_attempt_and_with_a_notice(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        (_tried, probe, waited) = mail_to(conn, *["a.example"] * 3)
        finish(conn, claim(conn, batch=1, site_of=to_relay).leased, NOBODY, NOW)
        claim(conn, site_of=to_relay)
        next_day = NOW + timedelta(days=1)
        others_tried(conn, next_day)
        (later,) = mail_to(conn, "a.example", now=next_day)
        tries = claim(conn, now=next_day, site_of=to_relay)
        assert ids(tries) == [probe]
        finish(conn, tries.leased, NOBODY, next_day)
        told: list[DeliveryId] = []

        def tell(_conn: Connection, settlement: object) -> tuple[()]:
            told.append(settlement.delivery)  # type: ignore[attr-defined]  # a Settlement
            return ()

        early = NOW + timedelta(days=5) - SECOND
        assert not expire_waiting(conn, tell=tell, now=early).told
        assert told == []
        others_tried(conn, NOW + timedelta(days=5))
        expire_waiting(conn, tell=tell, now=NOW + timedelta(days=5))
        assert waited in told
        assert later not in told
        shown = outbound.get(conn, waited)
        assert shown is not None
        assert (shown.state, shown.attempts) == (DeliveryState.EXPIRED, 0)
        assert shown.last_reply is not None
        assert shown.last_reply.text == (
            "relay.example:587 could not be reached for 5 days: Connection refused"
        )
        assert shown.ticket is not None
        kinds = [event.kind for event in events.of_ticket(conn, TicketId(shown.ticket))]
        assert kinds == [EventKind.DELIVERY_EXPIRED]

    await store.write(unit)


async def test_several_nodes_at_once_keep_to_connections_and_send_one_probe(
    store: Store,
) -> None:
    three = limited("gmail.com", connections=3)

    def work(
        conn: Connection, node: str, now: datetime, limiter: Limiter, site_of: SiteOf
    ) -> tuple[LeasedDelivery, ...]:
        return claim(conn, limiter=limiter, node=node, now=now, batch=4, site_of=site_of).leased

    def fail(conn: Connection) -> None:
        (first,) = claim(conn, batch=1, site_of=to_relay).leased
        finish(conn, [first], NOBODY, NOW)

    await store.write(lambda conn: mail_to(conn, *["gmail.com"] * 30))
    unit = partial(work, now=NOW, limiter=three, site_of=to_mx)
    claims = await asyncio.gather(*(store.write(partial(unit, node=n)) for n in "abcdefgh"))
    assert sum(len(part) for part in claims) == 3
    await store.write(lambda conn: mail_to(conn, *["b.example"] * 30))
    await store.write(fail)
    unit = partial(work, limiter=NO_LIMIT, site_of=to_relay)
    await asyncio.gather(*(store.write(partial(unit, node=n, now=NOW)) for n in "abcdefgh"))
    later = partial(unit, now=NOW + MINUTE)
    probes = await asyncio.gather(*(store.write(partial(later, node=n)) for n in "abcdefgh"))
    assert sum(len(part) for part in probes) == 1


async def test_other_limits_are_seen_by_who_waits_already(store: Store) -> None:
    def unit(conn: Connection) -> None:
        none = Limiter(LimitPolicy(1))
        mails = queue(conn, 3)
        assert ids(claim(conn, limiter=none)) == mails[:1]
        assert ids(claim(conn)) == [], "not looked at before its time"
        NO_LIMIT.changed(conn, NOW)
        assert ids(claim(conn)) == mails[1:]

    await store.write(unit)


TOO_MANY = Deferred(reply(421, "4.7.0 Too many connections", NOW), Reach.SITE)


async def test_domains_that_are_counted_together_are_down_each_by_itself(store: Store) -> None:
    def unit(conn: Connection) -> None:
        paced = limited("yahoo.com", "yahoo.co.kr", pace=Pace(6, 60, burst=3))
        dead = mail_to(conn, *["yahoo.co.kr"] * 4)
        first = claim(conn, limiter=paced, batch=1, site_of=to_mx)
        finish(conn, first.leased, NOBODY, NOW, limiter=paced)
        well = mail_to(conn, *["yahoo.com"] * 4)
        assert ids(claim(conn, limiter=paced, site_of=to_mx)) == well[:2], "what the pace leaves"
        assert why(conn, dead[1])[:2] == (WaitReason.DESTINATION_DOWN, "mx:yahoo.co.kr")
        assert why(conn, well[2])[:2] == (WaitReason.DESTINATION_PACE, "domain:yahoo.com")
        assert ids(claim(conn, limiter=paced, now=NOW + 10 * SECOND, site_of=to_mx)) == well[2:3]
        shown = [(each.key, each.state) for each in obstacles.listing(conn, NOW, 10)]
        assert shown == [("domain:yahoo.com", "paced"), ("mx:yahoo.co.kr", "down")]

    await store.write(unit)


async def test_what_one_asks_for_all_that_are_counted_together_give(store: Store) -> None:
    def unit(conn: Connection) -> None:
        both = limited("yahoo.com", "yahoo.co.kr", connections=8)
        mail_to(conn, *["yahoo.com", "yahoo.co.kr"] * 10)
        first = claim(conn, limiter=both, batch=4, site_of=to_mx)
        finish(conn, first.leased[:1], TOO_FAST, NOW, limiter=both)
        finish(conn, first.leased[1:], OK, NOW, limiter=both)
        assert len(claim(conn, limiter=both, now=NOW + SECOND, site_of=to_mx).leased) == 1

    await store.write(unit)


async def test_who_says_at_the_door_that_we_are_too_many_is_slowed_and_not_down(
    store: Store,
) -> None:
    for key, domains, site_of in (
        ("domain:gmail.com", ("gmail.com",), to_mx),
        ("domain:gmail.com", ("gmail.com", "googlemail.com"), to_mx),
        (RELAY, ("gmail.com",), to_relay),
    ):

        def unit(
            conn: Connection,
            key: str = key,
            domains: tuple[str, ...] = domains,
            site_of: SiteOf = site_of,
        ) -> None:
            eight = limited(*domains, connections=8)
            mail_to(conn, *["gmail.com"] * 20)
            first = claim(conn, limiter=eight, batch=5, site_of=site_of)
            finish(conn, first.leased[:1], TOO_MANY, NOW, limiter=eight)
            finish(conn, first.leased[1:], OK, NOW, limiter=eight)
            known = destinations.load(conn, [key])[key]
            assert (known.failures, known.slowness) == (0, 1)
            later = claim(conn, limiter=eight, now=NOW + SECOND, site_of=site_of)
            assert len(later.leased) == 1, "at half the speed, and not in a minute"
            raise _Undo

        try:
            await store.write(unit)
        except _Undo:
            continue


async def test_a_probe_that_is_told_off_at_the_door_found_nobody_and_slows_too(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        mail_to(conn, *["a.example"] * 5)
        finish(conn, claim(conn, batch=1, site_of=to_relay).leased, NOBODY, NOW)
        claim(conn, site_of=to_relay)
        probe = claim(conn, now=NOW + MINUTE, site_of=to_relay)
        finish(conn, probe.leased, TOO_MANY, NOW + MINUTE)
        known = destinations.load(conn, [RELAY])[RELAY]
        assert (known.failures, known.slowness) == (2, 1)
        assert known.down_until == NOW + 6 * MINUTE

    await store.write(unit)


async def test_what_waited_while_it_was_busy_ends_too_when_it_stays_down(store: Store) -> None:
    def unit(conn: Connection) -> None:
        one = limited("a.example", connections=1)
        mails = mail_to(conn, *["a.example"] * 5)
        first = claim(conn, limiter=one, site_of=to_mx)
        assert why(conn, mails[1])[0] is WaitReason.DESTINATION_BUSY
        finish(conn, first.leased, NOBODY, NOW, limiter=one)
        tried = claim(conn, limiter=one, now=NOW + MINUTE, site_of=to_mx).leased
        assert [each.id for each in tried] == mails[1:2]
        down = WaitReason.DESTINATION_DOWN, "domain:a.example"
        assert [why(conn, each)[:2] for each in mails[2:]] == [down] * 3
        finish(conn, tried, NOBODY, NOW + MINUTE, limiter=one)
        conn.execute(update(deliveries).values(wait_reason=WaitReason.DESTINATION_BUSY.value))
        others_tried(conn, NOW + timedelta(days=5))
        expire_waiting(conn, tell=None, now=NOW + timedelta(days=5) - SECOND)
        assert {why(conn, each)[0] for each in mails} == {WaitReason.DESTINATION_BUSY}
        expire_waiting(conn, tell=None, now=NOW + timedelta(days=5))
        shown = [outbound.get(conn, each) for each in mails]
        ended = [each.id for each in shown if each and each.state is DeliveryState.EXPIRED]
        assert ended == [*mails[:1], *mails[2:]], "all but the one that tried last"

    await store.write(unit)


def known_places(conn: Connection, now: datetime) -> list[tuple[str, str]]:
    NO_LIMIT.prune(conn, now)
    return [(each.key, each.state) for each in obstacles.listing(conn, now, 10)]


async def test_what_no_mail_goes_to_any_more_is_forgotten(store: Store) -> None:
    def unit(conn: Connection) -> None:
        down, slow = mail_to(conn, "typo.example", "slow.example")
        tried = {each.id: each for each in claim(conn, site_of=to_mx).leased}
        finish(conn, [tried[down]], NOBODY, NOW)
        finish(conn, [tried[slow]], TOO_FAST, NOW)
        both = [("domain:slow.example", "slowed"), ("domain:typo.example", "down")]
        assert known_places(conn, NOW + 4 * MINUTE) == both
        assert obstacles.counts(conn, NOW + 4 * MINUTE) == ObstacleCounts(down=1, slowed=1)
        assert known_places(conn, NOW + 5 * MINUTE) == both[1:], "five minutes take it back"
        assert obstacles.counts(conn, NOW + 5 * MINUTE) == ObstacleCounts(down=1, slowed=0)
        tomorrow = NOW + timedelta(days=1)
        assert known_places(conn, tomorrow) == both[1:]
        assert known_places(conn, tomorrow + 2 * MINUTE) == []
        assert destinations.load(conn, [key for key, _ in both]) == {}

    await store.write(unit)


async def test_what_is_down_and_has_mail_waiting_is_never_forgotten(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mail_to(conn, *["a.example"] * 2)
        finish(conn, claim(conn, batch=1, site_of=to_mx).leased, NOBODY, NOW)
        claim(conn, site_of=to_mx)
        assert known_places(conn, NOW + timedelta(days=3)) == [("domain:a.example", "down")]

    await store.write(unit)


async def test_after_a_reload_what_is_down_is_tried_at_once(store: Store) -> None:
    """The password was wrong and is right now."""

    def unit(conn: Connection) -> None:
        mail_to(conn, *["a.example"] * 3)
        now = NOW
        for _ in range(4):
            tried = claim(conn, batch=1, now=now, site_of=to_relay)
            finish(conn, tried.leased, NOBODY, now)
            claim(conn, now=now, site_of=to_relay)
            now += 40 * MINUTE
        now -= 39 * MINUTE
        assert claim(conn, now=now, site_of=to_relay).leased == ()
        NO_LIMIT.changed(conn, now)
        assert len(claim(conn, now=now, site_of=to_relay).leased) == 1
        NO_LIMIT.changed(conn, now)
        assert claim(conn, now=now, site_of=to_relay).leased == (), "one tries already"

    await store.write(unit)


async def test_mail_that_waits_for_a_place_of_another_name_goes_by_the_new_one(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        tried, *others = mail_to(conn, *["a.example"] * 30)
        finish(conn, claim(conn, batch=1, site_of=to_relay).leased, NOBODY, NOW)
        assert claim(conn, site_of=to_relay).leased == ()
        NO_LIMIT.changed(conn, NOW)
        assert ids(claim(conn, site_of=to_mx)) == others
        assert tried not in others

    await store.write(unit)


async def test_what_is_not_sent_at_all_takes_nothing_of_a_pace(store: Store) -> None:
    def unit(conn: Connection) -> None:
        slow = limited("gmail.com", pace=Pace(6, 60, burst=3))
        mails = mail_to(conn, *["gmail.com"] * 8)
        kim = Suppression(
            address=Address("kim", "gmail.com"),
            cause=SuppressionCause.BOUNCE,
            lanes=Lanes.ALL,
            status=None,
            text="5.1.1 Unknown",
            at=NOW,
            until=None,
            delivery=None,
        )
        suppressions.suppress(conn, kim)
        lee = new_ticket(conn)
        for number in range(3):
            to = Address(f"lee{number}", "gmail.com")
            outbound.enqueue(conn, draft(lee, to), CONTENT, NOW)
        rest = [each.id for each in outbound.deliveries_of_ticket(conn, lee)]
        leased: list[DeliveryId] = []
        for _ in range(6):
            claimed = claim(conn, limiter=slow)
            leased += ids(claimed)
            for one in claimed.leased:
                if one.suppressed_by is not None:
                    result = keep_back(one.suppressed_by, NOW)
                    finish(conn, [one], result, NOW, limiter=slow)
        assert leased == mails + rest
        more = mail_to(conn, "gmail.com", "gmail.com")
        suppressions.lift(conn, kim.address, NOW)
        assert ids(claim(conn, limiter=slow)) == []
        assert ids(claim(conn, limiter=slow, now=NOW + 10 * SECOND)) == more[:1]

    await store.write(unit)


async def test_what_was_not_tried_for_days_ends_not_at_the_first_failure(store: Store) -> None:
    """Everything stood still, and a place that was down before is not there at once."""

    def unit(conn: Connection) -> None:
        mails = mail_to(conn, *["a.example"] * 4)
        finish(conn, claim(conn, batch=1, site_of=to_relay).leased, NOBODY, NOW)
        assert claim(conn, site_of=to_relay).leased == ()
        now = NOW + timedelta(days=6)
        assert not expire_waiting(conn, tell=None, now=now).released
        tried = claim(conn, now=now, site_of=to_relay).leased
        finish(conn, tried, NOBODY, now)
        expire_waiting(conn, tell=None, now=now + SECOND)
        states = [shown.state for each in mails if (shown := outbound.get(conn, each))]
        assert states == [DeliveryState.READY] * 4
        probe = claim(conn, now=now + MINUTE, site_of=to_relay)
        finish(conn, probe.leased, OK, now + MINUTE)
        rest = claim(conn, now=now + 2 * MINUTE, site_of=to_relay)
        assert {*ids(probe), *ids(rest)} == {*mails}

    await store.write(unit)
