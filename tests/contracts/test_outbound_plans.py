"""What the worker asks the queue goes by an index, however much is in it."""

import pytest
from sqlalchemy import text

from mailgate.model.delivery import Lane
from mailgate.model.ids import TicketId
from mailgate.ratelimit.limiter import HourlyLimiter
from mailgate.ratelimit.spec import HourlyCap
from mailgate.store import candidates, leases, limits, outbound, returned, suppressions
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import NOW, queue
from tests.contracts.plans import Ask, plan_of

EXPECTED: dict[str, tuple[Ask, str]] = {
    "due": (
        lambda conn: candidates.due(conn, Lane.REPLY, outside=True, now=NOW, limit=10),
        "deliveries_due",
    ),
    "capped": (lambda conn: candidates.capped(conn, Lane.REPLY, 10), "deliveries_capped"),
    "capped before": (
        lambda conn: candidates.capped_before(conn, [Lane.REPLY], None),
        "deliveries_capped",
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
    "used": (lambda conn: limits.used(conn, "account", NOW), "grants_window"),
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
        return plan_of(conn, EXPECTED["due"][0]) + plan_of(conn, EXPECTED["capped"][0])

    plan = await store.write(unit)
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


async def test_forgetting_old_places_goes_by_the_index_of_the_window(store: Store) -> None:
    limiter = HourlyLimiter(HourlyCap(1))
    plan = await store.write(lambda conn: plan_of(conn, lambda c: limiter.prune(c, NOW)))
    assert "grants_window" in plan
