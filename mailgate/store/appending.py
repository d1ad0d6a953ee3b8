"""How arrivals get into the journal: one at a time, or many by one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, bindparam, insert

from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, JournalState
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import journal, journal_content
from mailgate.store.values import addresses_text, reverse_path_text

__all__ = ["ARRIVED", "append_all", "append_rows"]

ARRIVED = (
    "door",
    "peer",
    "trusted",
    "authenticated",
    "received_at",
    "reverse_path",
    "forward_paths",
    "size",
    "due_at",
)
"""The columns that are known when a message comes."""


def _insert_rows(rows: int) -> Prepared:
    """So many rows by one statement; the parameters of each carry its number."""
    fixed = {"state": JournalState.RECEIVED.value, "attempts": 0, "released": False}
    return Prepared(
        insert(journal).values(
            [
                {name: bindparam(f"{name}{row}", type_=journal.c[name].type) for name in ARRIVED}
                | fixed
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


_AT_ONCE = {rows: (_insert_rows(rows), _insert_contents(rows)) for rows in (32, 16, 8, 4, 2, 1)}


def append_all(conn: Connection, calls: Sequence[Mapping[str, Any]]) -> list[JournalId]:
    """`append` for each of the keyword arguments, all of them or none."""
    arrivals: list[Arrival] = [call["arrival"] for call in calls]
    ids: list[JournalId] = []
    while len(ids) < len(arrivals):
        rows = next(rows for rows in _AT_ONCE if rows <= len(arrivals) - len(ids))
        ids += append_rows(conn, arrivals[len(ids) : len(ids) + rows])
    return ids


def append_rows(conn: Connection, arrivals: Sequence[Arrival]) -> list[JournalId]:
    """Puts them in, a power of two up to 32, by one statement for each of the two tables.

    On SQLite rows of one INSERT get one id after the other: nobody else writes meanwhile.
    PostgreSQL promises no order, and is asked for one row at a time.
    """
    rows, contents = _AT_ONCE[len(arrivals)]
    last = rows.insert(conn, **_numbered([_columns(each) for each in arrivals]))
    ids = range(last - len(arrivals) + 1, last + 1)
    pairs = zip(ids, arrivals, strict=True)
    contents.run(conn, **_numbered([{"journal": row, "raw": a.content} for row, a in pairs]))
    return [JournalId(row) for row in ids]


def _numbered(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {f"{name}{at}": value for at, row in enumerate(rows) for name, value in row.items()}


def _columns(arrival: Arrival) -> dict[str, object]:
    envelope = arrival.envelope
    return {
        "door": arrival.door.value,
        "peer": arrival.peer,
        "trusted": arrival.trusted,
        "authenticated": arrival.authenticated,
        "received_at": arrival.at,
        "reverse_path": reverse_path_text(envelope.reverse_path),
        "forward_paths": addresses_text(envelope.forward_paths),
        "size": len(arrival.content),
        "due_at": arrival.at,
    }
