"""One message into the journal, by the driver alone: an MTA starts a process for each, and
SQLAlchemy takes longer to import than the message to store.

The sessions are those of the stores; what a row holds is `store.arrived`, as everywhere.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival
from mailgate.store.arrived import ARRIVED, NEW, arrived
from mailgate.store.plain import clean_text, microseconds
from mailgate.store.revision import refuse_other, state_of
from mailgate.store.sqlite_faults import word
from mailgate.store.sqlite_session import BUSY_SECONDS, assert_durable, make_durable

if TYPE_CHECKING:
    import psycopg

__all__ = ["append_alone"]

_SQLITE = "sqlite:///"
_COLUMNS = (*ARRIVED, *NEW)
_LOGIN = re.compile(r"(?<=://)([^:/@]*)(?::([^@]*))?@")
_REVISION = "SELECT version_num FROM alembic_version"


def append_alone(url: str, arrival: Arrival) -> JournalId:
    """Puts a message in, in a session of its own; returns after the COMMIT is durable.

    Raises SchemaOlder and SchemaNewer for a database of another version, StoreUnavailable when
    it cannot be used now, StoreError.
    """
    if url.startswith(_SQLITE):
        return _into_sqlite(Path(url.removeprefix(_SQLITE).partition("?")[0]), arrival)
    return _into_postgres(url, arrival)


def _row(arrival: Arrival) -> dict[str, object]:
    """The columns of the row. Times and texts as their column types would have them."""
    values = dict(zip(ARRIVED, arrived(arrival), strict=True))
    at = microseconds(arrival.at)
    texts = {
        name: clean_text(value)
        for name in ("authenticated", "reverse_path", "forward_paths")
        if isinstance(value := values[name], str)
    }
    return {**values, **texts, **NEW, "received_at": at, "due_at": at}


def _insert(parameter: str) -> str:
    """`parameter` is how the driver writes a named one."""
    values = ", ".join(parameter.format(name) for name in _COLUMNS)
    return f"INSERT INTO journal ({', '.join(_COLUMNS)}) VALUES ({values})"  # noqa: S608  names of ours


# --- SQLite ---------------------------------------------------------------------------------


def _into_sqlite(path: Path, arrival: Arrival) -> JournalId:
    if not path.exists():  # connecting would make it
        refuse_other(state_of(None))
    try:
        with _sqlite(path) as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(_insert(":{}"), _row(arrival)).lastrowid
            connection.execute("INSERT INTO journal_content VALUES (?, ?)", (row, arrival.content))
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise word(error) from None
    assert row is not None
    return JournalId(row)


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    """A durable connection to a database of this version."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        # First of all: what is none of ours is not even made durable, which writes to it.
        refuse_other(state_of(_sqlite_revision(connection)))
        make_durable(connection)
        assert_durable(connection)
        yield connection
    finally:
        # What was committed stays so, whatever happens to the connection.
        with suppress(sqlite3.Error):
            connection.close()


def _sqlite_revision(connection: sqlite3.Connection) -> str | None:
    tables = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if connection.execute(tables).fetchone() is None:
        return None
    found = connection.execute(_REVISION).fetchone()
    return None if found is None else str(found[0])


# --- PostgreSQL -----------------------------------------------------------------------------


def _into_postgres(url: str, arrival: Arrival) -> JournalId:
    # Only now: it takes as long as all the rest.
    import psycopg  # noqa: PLC0415

    from mailgate.store.postgres_faults import word as postgres_word  # noqa: PLC0415
    from mailgate.store.postgres_session import (  # noqa: PLC0415
        PATIENCE,
        connect_arguments,
        make_durable,
    )

    try:
        with closing(psycopg.connect(for_libpq(url), **connect_arguments(PATIENCE))) as connection:
            make_durable(connection, PATIENCE)
            refuse_other(state_of(_postgres_revision(connection)))
            found = connection.execute(
                _insert("%({})s") + " RETURNING id", _row(arrival)
            ).fetchone()
            assert found is not None
            connection.execute(
                "INSERT INTO journal_content VALUES (%s, %s)", (found[0], arrival.content)
            )
            connection.commit()
    except psycopg.Error as error:
        raise postgres_word(error) from None
    return JournalId(found[0])


def for_libpq(url: str) -> str:
    """The URL as libpq reads it. A password with a `%` or a blank of its own is none to it, but
    is to SQLAlchemy: the daemon would run on settings with which no pipe can."""

    def encoded(found: re.Match[str]) -> str:
        name, password = (quote(unquote(part or ""), safe="") for part in found.groups())
        return f"{name}:{password}@" if found[2] else f"{name}@"

    return _LOGIN.sub(encoded, url, count=1)


def _postgres_revision(connection: "psycopg.Connection[Any]") -> str | None:
    (table,) = connection.execute("SELECT to_regclass('alembic_version')").fetchone() or (None,)
    if table is None:
        return None
    found = connection.execute(_REVISION).fetchone()
    return None if found is None else str(found[0])
