"""What the worker asks the queue goes by an index, however much is in it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from mailgate.model.delivery import Lane
from mailgate.ratelimit.limiter import HourlyLimiter
from mailgate.ratelimit.spec import HourlyCap
from mailgate.store import candidates, leases, limits, outbound
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import NOW, queue

Ask = Callable[[Connection], object]

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
    "used": (lambda conn: limits.used(conn, "account", NOW), "grants_window"),
    "times": (lambda conn: limits.times(conn, "account", NOW), "grants_window"),
    "stats: ready": (lambda conn: outbound.stats(conn, NOW), "deliveries_due"),
    "stats: held": (lambda conn: outbound.stats(conn, NOW), "deliveries_held"),
    "stats: leased": (lambda conn: outbound.stats(conn, NOW), "deliveries_leased"),
}


@pytest.mark.parametrize(("ask", "index"), EXPECTED.values(), ids=EXPECTED.keys())
async def test_it_goes_by_its_index(store: Store, ask: Ask, index: str) -> None:
    def unit(conn: Connection) -> str:
        queue(conn, 3)
        return plan_of(conn, ask)

    assert index in await store.write(unit)


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


def plan_of(conn: Connection, ask: Ask) -> str:
    """How the database goes about the statements of `ask`."""
    said: list[tuple[str, Any]] = []

    def hear(_c: object, _cursor: object, sql: str, values: Any, *_more: object) -> None:
        said.append((sql, values))

    event.listen(conn, "before_cursor_execute", hear)
    ask(conn)
    event.remove(conn, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN "
    if conn.dialect.name == "postgresql":
        # A table of three rows is read whole otherwise, whatever its indexes.
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        conn.execute(text("SET LOCAL enable_bitmapscan = off"))
        explain = "EXPLAIN "
    rows = [row for sql, values in said for row in conn.exec_driver_sql(explain + sql, values)]
    return "\n".join(" ".join(map(str, row)) for row in rows)
