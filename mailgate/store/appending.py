"""How arrivals get into the journal: one at a time, or many by one statement."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import BigInteger, Integer, LargeBinary, bindparam, func, insert

from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival
from mailgate.store.arrived import ARRIVED, NEW, arrived
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import journal, journal_content

__all__ = ["ARRIVED", "append_all", "append_rows"]


def _insert_rows(rows: int) -> Prepared:
    """So many rows by one statement; the parameters of each carry its number."""
    return Prepared(
        insert(journal).values(
            [
                {name: bindparam(f"{name}{row}", type_=journal.c[name].type) for name in ARRIVED}
                | NEW
                for row in range(rows)
            ]
        )
    )


def _insert_contents(rows: int) -> Prepared:
    return Prepared(
        insert(journal_content).values(
            [
                {
                    "journal": bindparam(f"journal{row}", type_=BigInteger()),
                    "raw": bindparam(f"raw{row}", type_=LargeBinary()),
                }
                for row in range(rows)
            ]
        )
    )


# Names of parameters, a row after the other.
_ROW_NAMES = [f"{name}{row}" for row in range(32) for name in ARRIVED]
_CONTENT_NAMES = [f"{name}{row}" for row in range(32) for name in ("journal", "raw")]
_INSERT_ROOM = Prepared(
    insert(journal_content).values(
        journal=bindparam("journal", type_=BigInteger()),
        raw=func.zeroblob(bindparam("octets", type_=Integer())),
    )
)
_SMALL_OCTETS = 65536
_LARGE_OCTETS = 1_000_000
_PIECE_OCTETS = 262_144
_AT_ONCE = {rows: (_insert_rows(rows), _insert_contents(rows)) for rows in (32, 16, 8, 4, 2, 1)}


def append_all(conn: Connection, calls: Sequence[Mapping[str, Any]]) -> list[JournalId]:
    """`append` for each of the keyword arguments, all of them or none."""
    arrivals: list[Arrival] = [call["arrival"] for call in calls]
    ids: list[JournalId] = []
    while len(ids) < len(arrivals):
        left = arrivals[len(ids) :]
        rows = next(
            rows for rows in _AT_ONCE if rows <= len(left) and (rows == 1 or _small(left[:rows]))
        )
        ids += append_rows(conn, arrivals[len(ids) : len(ids) + rows])
    return ids


def _small(arrivals: Sequence[Arrival]) -> bool:
    """A prepared statement holds what it was last given: that must not be many large mails."""
    return all(len(arrival.content) <= _SMALL_OCTETS for arrival in arrivals)


def append_rows(conn: Connection, arrivals: Sequence[Arrival]) -> list[JournalId]:
    """Puts them in, a power of two up to 32, by one statement for each of the two tables.

    On SQLite rows of one INSERT get one id after the other: nobody else writes meanwhile.
    PostgreSQL promises no order, and is asked for one row at a time.
    """
    insert_rows, insert_contents = _AT_ONCE[len(arrivals)]
    values = [value for arrival in arrivals for value in arrived(arrival)]
    last = insert_rows.insert(conn, **dict(zip(_ROW_NAMES, values, strict=False)))
    ids = range(last - len(arrivals) + 1, last + 1)
    content = arrivals[0].content
    if len(content) > _LARGE_OCTETS and conn.dialect.name == "sqlite":
        _write_large(conn, last, content)
        return [JournalId(last)]
    raw = [value for pair in zip(ids, (a.content for a in arrivals), strict=True) for value in pair]
    insert_contents.run(conn, **dict(zip(_CONTENT_NAMES, raw, strict=False)))
    return [JournalId(row) for row in ids]


def _write_large(conn: Connection, row: int, content: bytes) -> None:
    """Bound as a parameter a mail of 25 MB is copied twice, while nobody else gets the
    interpreter's lock: it is written by pieces instead, into room that was made for it."""
    place = _INSERT_ROOM.insert(conn, journal=row, octets=len(content))
    driver = cast("sqlite3.Connection", conn.connection.dbapi_connection)
    with driver.blobopen("journal_content", "raw", place) as blob:
        for at in range(0, len(content), _PIECE_OCTETS):
            blob.write(content[at : at + _PIECE_OCTETS])
