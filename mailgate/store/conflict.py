"""Rows that may be there already."""

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import BindParameter, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared

__all__ = ["Ignoring", "insert_or_ignore"]


class Ignoring(Protocol):
    """Inserts each row unless one with its key is there."""

    def __call__(self, conn: Connection, *rows: Mapping[str, object]) -> None: ...


def insert_or_ignore(table: Table, *columns: str) -> Ignoring:
    """`INSERT .. ON CONFLICT DO NOTHING` for a table, on either engine."""
    values: dict[str, BindParameter[object]] = {name: bindparam(name) for name in columns}
    statements = {
        "sqlite": Prepared(sqlite.insert(table).values(values).on_conflict_do_nothing()),
        "postgresql": Prepared(postgresql.insert(table).values(values).on_conflict_do_nothing()),
    }

    def insert(conn: Connection, *rows: Mapping[str, object]) -> None:
        statements[conn.dialect.name].run_many(conn, rows)

    return insert
