"""The statements of the hot path go by an index: a partial one is easily missed."""

import pytest
from sqlalchemy import Connection

from mailgate.store import entries, journal, originals, sides, tickets, traffic
from mailgate.store.core import Store
from mailgate.store.prepared import Prepared
from tests.contracts.store_world import NOW

EXPECTED = {
    "claim": (journal._DUE, {"now": NOW, "rows": 10}, "journal_due"),
    "same Message-ID": (
        originals._OTHER_ID,
        {"hash": b"1", "digest": b"1", "row": 1},
        "journal_message_id",
    ),
    "copies": (
        originals._COPIES,
        {"digest": b"1", "since": NOW, "row": 1},
        "journal_digest",
    ),
    "twin_ticket": (
        originals._TWIN,
        {"hash": b"1", "sender": "hong@customer.example", "row": 1},
        "journal_message_id",
    ),
    "side_parties": (
        sides._IS_PARTY,
        {"ticket": 1, "key": "parts@supplier.example"},
        "side_parties",
    ),
    "tickets_of_ids": (
        entries._TICKETS_OF_IDS,
        {f"id{n}": b"1" for n in range(16)},
        "message_ids",
    ),
    "last_public_message_ids": (entries._LAST_IDS, {"ticket": 1, "rows": 3}, "entries_"),
    "traffic": (
        traffic._CAME,
        dict.fromkeys(traffic._KEYS, b"1") | {"since": 1},
        ("SEARCH traffic", "traffic_pkey"),
    ),
    "shut out": (
        traffic._CAME_FROM,
        dict.fromkeys(traffic._KEYS, b"1") | {"since": 1, "sender": "d@elsewhere.example"},
        ("SEARCH blocked_senders", "blocked_senders_pkey"),
    ),
    "tags": (tickets._TAGS, {"ticket": 1}, "ticket_tags"),
}


@pytest.mark.parametrize(("statement", "values", "index"), EXPECTED.values(), ids=EXPECTED.keys())
async def test_it_goes_by_its_index(
    store: Store, statement: Prepared, values: dict[str, object], index: str | tuple[str, ...]
) -> None:
    def plan(conn: Connection) -> str:
        compiled = statement._for(conn.dialect)
        explain = "EXPLAIN QUERY PLAN "
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN "
        parameters = compiled.parameters(values)
        if not isinstance(parameters, dict):
            parameters = tuple(parameters)
        rows = conn.exec_driver_sql(explain + compiled.sql, parameters)
        return "\n".join(" ".join(map(str, row)) for row in rows)

    names = (index,) if isinstance(index, str) else index
    found = await store.write(plan)
    assert any(name in found for name in names)
    assert "SCAN journal" not in found.replace("SCAN journal USING INDEX", "")
