"""The pipe writes the journal by the driver alone: the same row as every other door's."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import select, text

from mailgate.mail.address import Address, NullReversePath, ReversePath, UnknownReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, Door
from mailgate.store import journal
from mailgate.store.arrived import NEW
from mailgate.store.core import (
    Connection,
    SchemaNewer,
    SchemaOlder,
    Store,
    StoreError,
    StoreUnavailable,
)
from mailgate.store.open import parse_url
from mailgate.store.piped import append_alone, for_libpq
from mailgate.store.postgres_session import Patience
from mailgate.store.tables import journal as journal_table
from mailgate.store.tables import journal_content

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
HONG = Address("hong", "customer.example")
CONTENT = b"From x Sun Nov 22\nSubject: \xff\x00\r\n\n8-bit and NUL \x00\xfe\n"


def arrival(reverse_path: ReversePath, *recipients: Address) -> Arrival:
    return Arrival(
        door=Door.PIPE, envelope=Envelope(reverse_path, recipients), content=CONTENT, at=NOW
    )


def row(conn: Connection, number: JournalId) -> dict[str, Any]:
    """All of it but its own number."""
    found = conn.execute(
        select(journal_table, journal_content.c.raw)
        .join(journal_content, journal_content.c.journal == journal_table.c.id)
        .where(journal_table.c.id == number)
    ).one()
    return {name: value for name, value in found._mapping.items() if name != "id"}


@pytest.mark.parametrize(
    "reverse_path", [HONG, NullReversePath(), UnknownReversePath(), Address("홍\0", "x.example")]
)
async def test_the_row_is_that_of_every_door(
    store: Store, store_url: str, reverse_path: ReversePath
) -> None:
    came = arrival(
        reverse_path, Address("support", "acme.example"), Address("판매", "acme.example")
    )
    by_the_store = await store.write(partial(journal.append, arrival=came))
    by_the_pipe = append_alone(store_url, came)
    assert by_the_pipe > by_the_store
    expected = await store.read(partial(row, number=by_the_store))
    assert await store.read(partial(row, number=by_the_pipe)) == expected
    assert expected["raw"] == CONTENT


@pytest.mark.parametrize(
    ("revision", "error"), [("0000", SchemaOlder), ("9999", SchemaNewer), (None, SchemaOlder)]
)
async def test_a_database_of_another_version_is_left_alone(
    store: Store, store_url: str, revision: str | None, error: type[Exception]
) -> None:
    """Exit 75: the MTA keeps the mail until the database and the program fit again."""

    def change(conn: Connection) -> None:
        if revision is None:
            conn.execute(text("DROP TABLE alembic_version"))
        else:
            conn.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})

    await store.write(change)
    with pytest.raises(error, match="mailgate"):
        append_alone(store_url, arrival(HONG, HONG))
    assert await store.read(partial(journal.listing, state=None, limit=1)) == []


def test_looking_makes_no_database(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(SchemaOlder):
        append_alone(f"sqlite:///{path}", arrival(HONG, HONG))
    assert not path.exists()


def test_a_file_that_is_no_database_of_ours_is_not_written_to(tmp_path: Path) -> None:
    empty, other = tmp_path / "empty.db", tmp_path / "other.db"
    empty.touch()
    with closing(sqlite3.connect(other)) as one:
        one.execute("CREATE TABLE theirs (x)")
        one.commit()
    before = other.read_bytes()
    for path in (empty, other):
        with pytest.raises(SchemaOlder):
            append_alone(f"sqlite:///{path}", arrival(HONG, HONG))
    assert empty.read_bytes() == b""
    assert other.read_bytes() == before


async def test_a_locked_database_is_unavailable(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds it for longer than the pipe waits."""
    monkeypatch.setattr("mailgate.store.piped.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("mailgate.store.postgres_session.PATIENCE", Patience(lock=0.05))
    with holding(store_url), pytest.raises(StoreUnavailable):
        append_alone(store_url, arrival(HONG, HONG))
    append_alone(store_url, arrival(HONG, HONG))


async def test_what_the_server_says_is_told_in_the_words_of_the_store(
    store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that breaks a rule of the table is our own fault, and no reason to wait."""
    monkeypatch.setitem(NEW, "state", "no state of ours")
    with pytest.raises(StoreError, match=r"(?i)check") as caught:
        append_alone(store_url, arrival(HONG, HONG))
    assert not isinstance(caught.value, StoreUnavailable)
    assert await store.read(partial(journal.listing, state=None, limit=1)) == []


@pytest.mark.servers("postgresql")
def test_a_server_that_says_nothing_is_given_up(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own limits do not help where it is frozen: here it waits for a minute."""
    silent = Patience(lock=60, statement=60, answer=0.2)
    monkeypatch.setattr("mailgate.store.postgres_session.PATIENCE", silent)
    with holding(postgres_url), pytest.raises(StoreUnavailable):
        append_alone(postgres_url, arrival(HONG, HONG))


@pytest.mark.servers("postgresql")
async def test_the_largest_message_goes_to_the_server_in_pieces(postgres_url: str) -> None:
    """25 MB do not fit into what the socket holds."""
    came = replace(arrival(HONG, HONG), content=b"\x00\xff" * 12_500_000)
    number = append_alone(postgres_url, came)
    with closing(psycopg.connect(postgres_url)) as one:
        found = one.execute("SELECT raw FROM journal_content WHERE journal = %s", (number,))
        assert found.fetchone() == (came.content,)


@pytest.mark.servers("postgresql")
def test_a_notice_of_the_server_is_not_said_to_the_mta(
    postgres_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(psycopg.connect(postgres_url, autocommit=True)) as one:
        one.execute(
            "CREATE FUNCTION hint() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE WARNING 'a hint'; RETURN NEW; END $$"
        )
        one.execute("CREATE TRIGGER hint BEFORE INSERT ON journal EXECUTE FUNCTION hint()")
    append_alone(postgres_url, arrival(HONG, HONG))
    assert capfd.readouterr().err == ""


@contextmanager
def holding(url: str) -> Iterator[None]:
    """Nobody else can write to the journal meanwhile."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as one:
            one.execute("BEGIN IMMEDIATE")
            yield
    else:
        with closing(psycopg.connect(url)) as other:
            other.execute("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE")
            yield


@pytest.mark.parametrize(
    "login", ["desk:50%off", "desk:a b", "desk:p%40ss%2Fword", "desk:100%25", "desk", "d%65sk:x:y"]
)
def test_the_pipe_logs_in_as_the_daemon_does(login: str) -> None:
    url = f"postgresql://{login}@db.acme.example:5433/mail?sslmode=require"
    of_the_daemon = parse_url(url)
    of_the_pipe = conninfo_to_dict(for_libpq(url))
    assert of_the_pipe["user"] == of_the_daemon.username
    assert of_the_pipe.get("password") == of_the_daemon.password
    assert of_the_pipe["host"] == "db.acme.example"
    assert of_the_pipe["port"] == "5433"
    assert of_the_pipe["dbname"] == "mail"
    assert of_the_pipe["sslmode"] == "require"


def test_a_url_without_a_login_is_left_as_it_is() -> None:
    for url in ("postgresql:///mail?host=/run/postgresql", "postgresql://db/mail?user=a@b"):
        assert for_libpq(url) == url
