"""One message into the journal, by the driver alone: an MTA starts a process for each, and
SQLAlchemy takes longer to import than the message to store.

The sessions are those of the stores; what a row holds is `store.arrived`, as everywhere.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival
from mailgate.store.arrived import ARRIVED, NEW, arrived
from mailgate.store.errors import StoreError, StoreUnavailable
from mailgate.store.plain import clean_text, microseconds
from mailgate.store.revision import refuse_other, state_of
from mailgate.store.room import refuse_without_room
from mailgate.store.sqlite_faults import word
from mailgate.store.sqlite_session import BUSY_SECONDS, assert_durable, make_durable

if TYPE_CHECKING:
    from mailgate.store.libpq import LibpqError, LibpqSession

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


def _insert(parameters: Iterable[str]) -> str:
    """`parameters` are how the driver writes those of `_COLUMNS`."""
    return f"INSERT INTO journal ({', '.join(_COLUMNS)}) VALUES ({', '.join(parameters)})"  # noqa: S608  names of ours


# --- SQLite ---------------------------------------------------------------------------------


def _into_sqlite(path: Path, arrival: Arrival) -> JournalId:
    if not path.exists():  # connecting would make it
        refuse_other(state_of(None))
    try:
        with _sqlite(path) as connection:
            refuse_without_room(path.parent)
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(
                _insert(f":{name}" for name in _COLUMNS), _row(arrival)
            ).lastrowid
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
    # Only now: SQLite needs none of it.
    from mailgate.store.libpq import LibpqError, LibpqSession  # noqa: PLC0415
    from mailgate.store.postgres_session import (  # noqa: PLC0415
        PATIENCE,
        assert_durable,
        connect_arguments,
        session_settings,
    )

    row = _row(arrival)
    try:
        with LibpqSession(
            for_libpq(url), connect_arguments(PATIENCE), patience=PATIENCE.answer
        ) as session:
            assert_durable(*(session.execute(session_settings(PATIENCE)) or ())[-2:])
            refuse_other(state_of(_postgres_revision(session)))
            session.execute("BEGIN")
            insert = _insert(f"${number}" for number, _ in enumerate(_COLUMNS, 1)) + " RETURNING id"
            (number,) = session.execute(insert, *(row[name] for name in _COLUMNS)) or (None,)
            session.execute("INSERT INTO journal_content VALUES ($1, $2)", number, arrival.content)
            session.execute("COMMIT")
    except LibpqError as error:
        raise _postgres_word(error) from None
    assert number is not None
    return JournalId(int(number))


def _postgres_word(error: "LibpqError") -> StoreError:
    if error.state is None:
        return StoreUnavailable("postgresql: OperationalError")
    # Only when something failed: it takes as long as all the rest.
    from mailgate.store.postgres_faults import word_for_state  # noqa: PLC0415

    return word_for_state(error.state, subject=error.subject)


def for_libpq(url: str) -> str:
    """The URL as libpq reads it. A password with a `%` or a blank of its own is none to it, but
    is to SQLAlchemy: the daemon would run on settings with which no pipe can."""

    def encoded(found: re.Match[str]) -> str:
        name, password = (quote(unquote(part or ""), safe="") for part in found.groups())
        return f"{name}:{password}@" if found[2] else f"{name}@"

    return _LOGIN.sub(encoded, url, count=1)


def _postgres_revision(session: "LibpqSession") -> str | None:
    (table,) = session.execute("SELECT to_regclass('alembic_version')") or (None,)
    (revision,) = (table and session.execute(_REVISION)) or (None,)
    return revision
