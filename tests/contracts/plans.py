"""How a database goes about the statements of a use case."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from mailgate.store import prepared
from mailgate.store.core import Connection

driver_of = prepared._driver
Ask = Callable[[Connection], object]


def plan_of(conn: Connection, ask: Ask) -> str:
    """How the database goes about the statements of `ask`, prepared ones among them."""
    said: list[tuple[str, Any]] = []

    def hear(_c: object, _cursor: object, sql: str, values: Any, *_more: object) -> None:
        said.append((sql, values))

    event.listen(conn, "before_cursor_execute", hear)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "_driver", lambda asked: Overheard(driver_of(asked), said))
        ask(conn)
    event.remove(conn, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN "
    if conn.dialect.name == "postgresql":
        # A table of three rows is read whole otherwise, whatever its indexes.
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        conn.execute(text("SET LOCAL enable_bitmapscan = off"))
        explain = "EXPLAIN "
    driver = driver_of(conn)
    rows = [row for sql, values in said for row in driver.execute(explain + sql, values).fetchall()]
    return "\n".join(" ".join(map(str, row)) for row in rows)


class Overheard:
    """The driver's connection, whose single statements are noted."""

    def __init__(self, driver: Any, said: list[tuple[str, Any]]) -> None:
        self._driver, self._said = driver, said

    def execute(self, sql: str, values: Any) -> Any:
        self._said.append((sql, values))
        return self._driver.execute(sql, values)

    def cursor(self) -> "OverheardCursor":
        return OverheardCursor(self._driver.cursor(), self._said)


class OverheardCursor:
    """Its statements are noted with the first of their rows."""

    def __init__(self, cursor: Any, said: list[tuple[str, Any]]) -> None:
        self._cursor, self._said = cursor, said

    def executemany(self, sql: str, rows: list[Any]) -> object:
        self._said.extend((sql, row) for row in rows[:1])
        return self._cursor.executemany(sql, rows)
