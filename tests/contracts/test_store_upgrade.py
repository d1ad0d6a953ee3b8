"""A database of the first released schema, with tickets in it, comes to this version as it was."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, insert

from mailgate.mail.address import Address, NamedAddress
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Source, Status, Ticket
from mailgate.store import entries, schema, search, tickets
from mailgate.store.core import Store
from mailgate.store.listing import TicketFilter, listing
from mailgate.store.open import open_store, parse_url
from mailgate.store.schema import upgrade
from mailgate.telemetry.null import NullTelemetry
from tests.harness.postgres import PostgresServer

FIRST = "0001"
MIGRATIONS = Path(schema.__file__).parent / "migrations"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
HONG = NamedAddress("홍길동", Address("hong", "customer.example"))


def stored(at: datetime) -> int:
    """An instant as the database has it: microseconds."""
    return (at - EPOCH) // timedelta(microseconds=1)


def fill(conn: Connection) -> None:
    """Two tickets as the first version left them: one answered and closed, one that waits."""
    tables = MetaData()
    tables.reflect(conn)

    def put(table: str, **values: Any) -> None:
        conn.execute(insert(tables.tables[table]).values(**values))

    put("contacts", id=1, key=HONG.address.key, address=str(HONG.address), name=HONG.name,
        created_at=stored(NOW))  # fmt: skip
    for number, status, answered in ((1, "closed", stored(LATER)), (2, "open", None)):
        put("tickets", id=number, subject=f"환불 {number}", status=status, priority="normal",
            source="email", address="support@acme.example", group_name="support", requester=1,
            created_at=stored(NOW), updated_at=stored(LATER), first_response_at=answered,
            closed_at=answered, messages=1)  # fmt: skip
        put("entries", id=number, ticket=number, kind="message", direction="in",
            visibility="public", author_address=str(HONG.address), author_name=HONG.name,
            author_role="requester", subject="환불", text="환불해주세요", full_text="환불해주세요",
            at=stored(NOW), flags="[]")  # fmt: skip


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers("postgresql"))]
)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the first schema."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.url(server.new_database())
    engine = create_engine(parse_url(url))
    with engine.begin() as conn:
        config = Config(attributes={"connection": conn})
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, FIRST)
        fill(conn)
    engine.dispose()
    return url


@pytest.fixture
async def upgraded(old_url: str) -> AsyncIterator[Store]:
    assert upgrade(old_url) == (FIRST, schema.HEAD)
    store = open_store(old_url, telemetry=NullTelemetry())
    yield store
    await store.close()


async def ticket(store: Store, number: int) -> Ticket:
    found = await store.read(partial(tickets.get, ticket=TicketId(number)))
    assert found is not None
    return found


async def test_what_was_there_is_there(upgraded: Store) -> None:
    answered, waiting = await ticket(upgraded, 1), await ticket(upgraded, 2)
    assert (answered.subject, answered.status, answered.requester) == (
        "환불 1",
        Status.CLOSED,
        HONG,
    )
    assert (answered.created_at, answered.closed_at) == (NOW, LATER)
    assert (waiting.status, waiting.source, waiting.first_response_at) == (
        Status.OPEN,
        Source.EMAIL,
        None,
    )
    (said,) = await upgraded.read(partial(entries.of_ticket, ticket=TicketId(2)))
    assert said.text == "환불해주세요"


async def test_who_waits_for_the_first_answer_is_known(upgraded: Store) -> None:
    assert (await ticket(upgraded, 1)).waiting_since is None
    assert (await ticket(upgraded, 2)).waiting_since == NOW


async def test_what_is_new_is_as_if_it_had_never_been_used(upgraded: Store) -> None:
    for number in (1, 2):
        found = await ticket(upgraded, number)
        assert (found.spam, found.proven, found.followed) == (False, False, False)
        assert (found.started_by, found.score, found.untold_since) == (None, None, None)


async def test_the_words_of_old_mail_are_found(upgraded: Store) -> None:
    def look(conn: Connection) -> list[int]:
        return [one.id for one in listing(conn, TicketFilter(search="환불해"))]

    assert await upgraded.write(partial(search.catch_up, limit=100, now=LATER)) == 2
    assert sorted(await upgraded.read(look)) == [1, 2]
