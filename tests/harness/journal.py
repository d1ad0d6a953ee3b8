"""What stands in a gateway's journal, asked behind its back."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tests.harness.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Stored:
    """A row with its bytes. `reverse_path` is "<>" for the null one, None for an unknown one."""

    door: str
    reverse_path: str | None
    forward_paths: str
    state: str
    message_id: str | None
    content: bytes = field(repr=False)


def ask(gateway: Gateway, query: str) -> list[tuple[Any, ...]]:
    """Rows of the gateway's SQLite database; nothing can be changed this way."""
    database = gateway.folder / "var" / "mailgate.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(query).fetchall()


def journal_of(gateway: Gateway) -> list[Stored]:
    """Every row, in order of arrival."""
    return [
        Stored(*row)
        for row in ask(
            gateway,
            "SELECT door, reverse_path, forward_paths, state, message_id, raw FROM journal "
            "JOIN journal_content ON journal_content.journal = journal.id ORDER BY journal.id",
        )
    ]
