"""What people see of the queue, and change in it, on both engines: late mail, destinations, limits,
the use of them, and a selection of deliveries."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import insert, text, update

from mailgate.model.delivery import Lane, WaitReason
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.ratelimit.flow import FlowPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import again, delays, limits, obstacles, operating, outbound, usage
from mailgate.store.core import Connection, Store
from mailgate.store.obstacles import Obstacle, ObstacleCounts
from mailgate.store.operating import EVERYTHING, Selection, named
from mailgate.store.outboundtables import deliveries, destinations
from tests.contracts.outbound_world import NOW, claim, queue
from tests.contracts.plans import Ask, plan_of

HOURS = timedelta(hours=4)
FIVE_DAYS = timedelta(days=5)
GATE = "domain:customer.example"
BY_DOMAIN = Limiter(LimitPolicy(1_000_000, any_domain=FlowPolicy()))


def late(conn: Connection, at: timedelta = HOURS, limit: int = 20) -> list[DeliveryId]:
    return delays.take_late(conn, before=NOW + at - HOURS, now=NOW + at, limit=limit)


def wait_for(conn: Connection, ids: list[DeliveryId], reason: WaitReason, key: str | None) -> None:
    change = update(deliveries).where(deliveries.c.id.in_(ids))
    values = {"wait_reason": reason.value, "waits_for": key, "due_at": NOW + timedelta(minutes=30)}
    conn.execute(change.values(values))


def stand(conn: Connection, key: str, **values: object) -> None:
    """A row of what is known of a gate."""
    plain = {"failures": 0, "slowness": 0, "parked": False}
    conn.execute(insert(destinations).values(plain | {"key": key} | values))


def fell(conn: Connection, ids: list[DeliveryId]) -> None:
    """The destination is down, and these wait for it."""
    wait_for(conn, ids, WaitReason.DESTINATION_DOWN, GATE)
    half = NOW + timedelta(minutes=30)
    stand(
        conn, GATE, failures=4, down_until=half, look_at=half, parked=True, last_text="refused",
        last_at=NOW,
    )  # fmt: skip


# --- late -----------------------------------------------------------------------------------------


async def test_only_replies_are_late_and_each_once(store: Store) -> None:
    def unit(conn: Connection) -> None:
        replies = queue(conn, 2)
        for lane in (Lane.NOTIFICATION, Lane.ACKNOWLEDGEMENT, Lane.CAMPAIGN):
            queue(conn, lane=lane)
        queue(conn, now=NOW + timedelta(seconds=1))
        assert late(conn, HOURS - timedelta(microseconds=1)) == []
        assert late(conn, limit=1) == replies[:1]
        assert late(conn) == replies[1:]
        assert late(conn) == []

    await store.write(unit)


async def test_what_is_held_scheduled_or_on_its_way_is_not_late(store: Store) -> None:
    def unit(conn: Connection) -> None:
        held, scheduled, leased = queue(conn, 3)
        later = {"due_at": NOW + FIVE_DAYS, "due_from": NOW + FIVE_DAYS}
        conn.execute(update(deliveries).where(deliveries.c.id == scheduled).values(later))
        operating.hold(conn, named(held), NOW)
        assert [one.id for one in claim(conn).leased] == [leased]
        assert late(conn, timedelta(days=1)) == []

    await store.write(unit)


async def test_what_was_held_is_late_only_after_its_release(store: Store) -> None:
    def unit(conn: Connection) -> None:
        ids = queue(conn)
        operating.hold(conn, EVERYTHING, NOW)
        operating.release(conn, EVERYTHING, NOW + FIVE_DAYS)
        assert late(conn, FIVE_DAYS) == []
        assert late(conn, FIVE_DAYS + HOURS) == ids

    await store.write(unit)


async def test_several_nodes_take_each_late_mail_once(store: Store) -> None:
    ids = await store.write(partial(queue, count=12))
    looks = await asyncio.gather(*(store.write(partial(late, limit=5)) for _ in range(6)))
    taken = [each for look in looks for each in look]
    assert sorted(taken) == sorted(set(taken))
    rest = await store.write(partial(late, limit=20))
    assert sorted([*taken, *rest]) == ids


# --- an operator's changes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lane", "first", "held"),
    [(None, True, 2), (Lane.REPLY, False, 3), (Lane.REPLY, True, 1), (Lane.CAMPAIGN, False, 1)],
)
async def test_a_selection_is_of_what_fits_all_of_it(
    store: Store, lane: Lane | None, first: bool, held: int
) -> None:
    def unit(conn: Connection) -> None:
        mine = outbound.get(conn, queue(conn)[0])
        assert mine is not None
        queue(conn, 2)
        queue(conn, lane=Lane.CAMPAIGN)
        (extra,) = queue(conn, lane=Lane.NOTIFICATION)
        move = update(deliveries).where(deliveries.c.id == extra)
        conn.execute(move.values(ticket=mine.ticket))
        wanted = Selection(ticket=mine.ticket if first else None, lane=lane)
        assert operating.hold(conn, wanted, NOW) == held

    await store.write(unit)


async def test_a_ticket_that_cannot_be_has_no_mail(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn)
        for number in (0, -1, 2**63):
            assert operating.cancel(conn, Selection(ticket=TicketId(number)), NOW) == 0

    await store.write(unit)


async def test_release_keeps_the_time_of_what_is_scheduled(store: Store) -> None:
    def unit(conn: Connection) -> None:
        scheduled, due = queue(conn, 2)
        later = NOW + timedelta(days=1)
        change = update(deliveries).where(deliveries.c.id == scheduled)
        conn.execute(change.values(due_at=later, due_from=later, wait_reason="scheduled"))
        operating.hold(conn, EVERYTHING, NOW)
        assert operating.release(conn, EVERYTHING, NOW + timedelta(hours=1)) == 2
        found = outbound.get(conn, scheduled)
        assert found is not None
        assert (found.due_at, found.wait_reason) == (later, WaitReason.SCHEDULED)
        assert [one.id for one in claim(conn, now=NOW + timedelta(hours=1)).leased] == [due]

    await store.write(unit)


async def test_retry_of_all_leaves_what_is_scheduled_and_by_id_it_goes(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (scheduled,) = queue(conn)
        later = NOW + timedelta(days=1)
        conn.execute(
            update(deliveries).values(due_at=later, due_from=later, wait_reason="scheduled")
        )
        assert again.retry(conn, EVERYTHING, NOW) == 0
        assert again.retry(conn, Selection(lane=Lane.REPLY), NOW) == 0
        assert again.retry(conn, named(scheduled), NOW) == 1
        assert [one.id for one in claim(conn).leased] == [scheduled]

    await store.write(unit)


@pytest.mark.parametrize("everything", [True, False])
async def test_retry_tries_a_destination_that_is_down_at_once(
    store: Store, everything: bool
) -> None:
    """By one mail: whether it can be reached again is not known yet."""

    def unit(conn: Connection) -> None:
        ids = queue(conn, 3)
        fell(conn, ids)
        assert claim(conn, limiter=BY_DOMAIN).leased == ()
        wanted = EVERYTHING if everything else named(*ids)
        assert again.retry(conn, wanted, NOW) == 3
        assert len(claim(conn, limiter=BY_DOMAIN).leased) == 1

    await store.write(unit)


async def test_retry_leaves_other_destinations_alone(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (first, second) = queue(conn, 2)
        fell(conn, [first])
        again.retry(conn, named(second), NOW)
        (found,) = obstacles.listing(conn, NOW, 10)
        assert found.down_until == NOW + timedelta(minutes=30)

    await store.write(unit)


# --- destinations ---------------------------------------------------------------------------------


async def test_destinations_are_listed_that_keep_mail_waiting(store: Store) -> None:
    def unit(conn: Connection) -> None:
        fell(conn, queue(conn, 3))
        stand(conn, "smarthost:relay.example:587", slowness=2, slowed_at=NOW)
        stand(conn, "domain:paced.example", tat=NOW + timedelta(seconds=9))
        stand(conn, "domain:quick.example", tat=NOW - timedelta(seconds=9))
        stand(conn, "account", parked=True)
        found = {each.key: each for each in obstacles.listing(conn, NOW, 10)}
        states = {key: (each.state, each.waiting) for key, each in found.items()}
        assert states == {
            GATE: ("down", 3),
            "domain:paced.example": ("paced", 0),
            "smarthost:relay.example:587": ("slowed", 0),
        }
        said = found[GATE].last_reply
        assert said is not None
        assert said.text == "refused"
        assert obstacles.counts(conn, NOW) == ObstacleCounts(down=1, slowed=1)
        known: dict[str, Obstacle] = obstacles.of_keys(conn, [GATE, "domain:unknown.example"])
        assert set(known) == {GATE}
        assert len(obstacles.listing(conn, NOW, 2)) == 2

    await store.write(unit)


async def test_no_destination_stands_at_the_start(store: Store) -> None:
    def unit(conn: Connection) -> None:
        assert obstacles.counts(conn, NOW) == ObstacleCounts(0, 0)
        assert obstacles.listing(conn, NOW, 10) == []

    await store.read(unit)


# --- the use of limits ----------------------------------------------------------------------------


async def test_the_use_of_a_kind_is_that_of_its_fullest_key(store: Store) -> None:
    def unit(conn: Connection) -> None:
        hour = timedelta(hours=1)
        limits.count(
            conn,
            [
                *[("sender:a@acme.example", Lane.REPLY, NOW)] * 3,
                ("sender:a@acme.example", Lane.CAMPAIGN, NOW - hour),
                ("sender:b@acme.example", Lane.REPLY, NOW),
                *[("account", Lane.REPLY, NOW)] * 4,
                ("accountant", Lane.REPLY, NOW),
            ],
        )
        found = usage.fullest(conn, ("account", "sender", "agent"), NOW - hour)
        assert found == {"account": 4, "sender": 3, "agent": 0}

    await store.write(unit)


async def test_what_is_on_its_way_counts(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 2)
        claim(conn)
        assert usage.fullest(conn, ("account",), NOW - timedelta(hours=1)) == {"account": 2}

    await store.write(unit)


# --- at what cost ---------------------------------------------------------------------------------

PLANS: dict[str, tuple[Ask, str]] = {
    "late": (late, "deliveries_late"),
    "why mail waits": (lambda conn: outbound.stats(conn, NOW), "deliveries_waiting"),
    "use of a limit": (lambda conn: usage.fullest(conn, ("sender",), NOW), "grants_window"),
    "who waits for a destination": (
        lambda conn: obstacles.listing(conn, NOW, 10),
        "deliveries_down",
    ),
}


@pytest.mark.parametrize(("ask", "index"), PLANS.values(), ids=PLANS.keys())
async def test_it_goes_by_its_index_however_much_waits(store: Store, ask: Ask, index: str) -> None:
    def unit(conn: Connection) -> str:
        ids = [*queue(conn, 200), *queue(conn, 200, lane=Lane.CAMPAIGN)]
        wait_for(conn, ids[:150], WaitReason.HOURLY_LIMIT, "account")
        stand(conn, GATE, failures=1, down_until=NOW)
        conn.execute(text("ANALYZE deliveries"))
        return plan_of(conn, ask)

    plan = await store.write(unit)
    assert index in plan


async def test_the_reasons_are_counted_from_the_index_alone(store: Store) -> None:
    def unit(conn: Connection) -> str:
        queue(conn, 300)
        conn.execute(text("ANALYZE deliveries"))
        return plan_of(conn, lambda c: outbound.stats(c, NOW))

    plan = await store.write(unit)
    assert "COVERING INDEX deliveries_waiting" in plan or (
        "Index Only Scan using deliveries_waiting" in plan
    )
