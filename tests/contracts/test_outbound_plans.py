"""What the worker asks the queue goes by an index, however much is in it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from mailgate.model.delivery import Deferred, Delivered, Lane, Reach
from mailgate.model.ids import TicketId
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import (
    candidates,
    claiming,
    destinations,
    leases,
    limits,
    outbound,
    returned,
    suppressions,
)
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import NOW, claim, finish, queue, reply, to_relay
from tests.contracts.plans import Ask, plan_of

EXPECTED: dict[str, tuple[Ask, str]] = {
    "due": (
        lambda conn: candidates.due(conn, Lane.REPLY, now=NOW, limit=10),
        "deliveries_due",
    ),
    "behind earlier mail": (
        lambda conn: candidates.due(conn, Lane.REPLY, now=NOW, limit=10),
        "deliveries_order",
    ),
    "parked": (
        lambda conn: candidates.parked(conn, "account", Lane.REPLY, now=NOW, limit=10),
        "deliveries_parked",
    ),
    "waiting": (lambda conn: candidates.waiting(conn, "account"), "deliveries_parked"),
    "on their way": (claiming.leased_by_gate, "deliveries_leased"),
    "gates to look at": (lambda conn: destinations.parked(conn, NOW, 10), "destinations_parked"),
    "lanes at a gate": (
        lambda conn: destinations.parked_lanes(conn, "account"),
        "deliveries_parked",
    ),
    "recover": (lambda conn: leases.recover_leases(conn, NOW), "deliveries_leased"),
    "recover own": (
        lambda conn: leases.recover_leases(conn, NOW, node="a"),
        "deliveries_leased",
    ),
    "kept from": (
        lambda conn: suppressions.of_leased(conn, node="a", until=NOW, now=NOW),
        "deliveries_leased",
    ),
    "what a report can be about": (
        lambda conn: returned.left_from(conn, {TicketId(1), TicketId(2)}),
        "deliveries_ticket",
    ),
    "used": (lambda conn: limits.used(conn, ["account"], NOW), "grants_window"),
    "times": (lambda conn: limits.times(conn, "account", NOW), "grants_window"),
    "stats: ready": (lambda conn: outbound.stats(conn, NOW), "deliveries_waiting"),
    "stats: held": (lambda conn: outbound.stats(conn, NOW), "deliveries_held"),
    "stats: leased": (lambda conn: outbound.stats(conn, NOW), "deliveries_leased"),
}


@pytest.mark.parametrize(("ask", "index"), EXPECTED.values(), ids=EXPECTED.keys())
async def test_it_goes_by_its_index(store: Store, ask: Ask, index: str) -> None:
    def unit(conn: Connection) -> str:
        queue(conn, 3)
        return plan_of(conn, ask)

    assert index in await store.write(unit)


async def test_the_budget_of_neutral_acknowledgements_goes_by_its_index(store: Store) -> None:
    def unit(conn: Connection) -> str:
        queue(conn, 300, lane=Lane.ACKNOWLEDGEMENT)
        conn.execute(text("ANALYZE deliveries"))
        return plan_of(conn, lambda c: outbound.acknowledged_since(c, NOW, 60))

    assert "deliveries_acknowledged" in await store.write(unit)


async def test_mail_that_is_due_is_read_in_order_and_not_sorted(store: Store) -> None:
    def unit(conn: Connection) -> str:
        return plan_of(conn, EXPECTED["due"][0]) + plan_of(conn, EXPECTED["parked"][0])

    plan = await store.write(unit)
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


async def test_forgetting_old_places_goes_by_the_index_of_their_times(store: Store) -> None:
    limiter = Limiter(LimitPolicy(1))
    plan = await store.write(lambda conn: plan_of(conn, lambda c: limiter.prune(c, NOW)))
    assert "grants_at" in plan


async def test_mail_that_waits_for_earlier_mail_is_found_by_its_ticket(store: Store) -> None:
    def unit(conn: Connection) -> str:
        queue(conn, 300)
        conn.execute(text("ANALYZE deliveries"))
        return plan_of(conn, lambda c: claiming.release_order(c, [TicketId(1)], NOW))

    assert "deliveries_parked" in await store.write(unit)


async def test_a_claim_and_its_settlement_read_no_table_whole(store: Store) -> None:
    two = Limiter(LimitPolicy(2, per_sender=2, automatic_per_recipient=2))

    def work(conn: Connection) -> None:
        for later in (timedelta(0), timedelta(hours=1)):
            now = NOW + later
            leased = claim(conn, limiter=two, now=now, site_of=to_relay).leased
            finish(conn, leased, Delivered(reply(250, "2.0.0 Ok", now)), now, limiter=two)

    def unit(conn: Connection) -> str:
        for lane in Lane:
            queue(conn, 5, lane=lane)
        return plan_of(conn, work)

    plan = await store.write(unit)
    assert "Seq Scan" not in plan
    tables = {"attempts", "deliveries", "destinations", "events", "grants", "outbound"}
    scans = [line.split(" SCAN ")[1].split() for line in plan.splitlines() if " SCAN " in line]
    assert [scan for scan in scans if scan[0] in tables and "USING" not in scan] == []


async def test_what_waits_for_a_gate_is_not_looked_at_when_its_time_comes(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 60)
        (first,) = claim(conn, batch=1, site_of=to_relay).leased
        nobody = Deferred(reply(None, "Connection refused", NOW), Reach.SITE)
        finish(conn, [first], nobody, NOW)
        assert claim(conn, site_of=to_relay).postponed == 59
        due = candidates.due(conn, Lane.REPLY, now=NOW + timedelta(days=4), limit=100)
        assert [each.id for each in due] == [first.id]

    await store.write(unit)
