"""What a gateway has taken in, read in its database behind the daemon's back."""

import sqlite3
from contextlib import closing

from tests.harness.gateway import Gateway
from tests.harness.waiting import until


def rows(gateway: Gateway, query: str) -> list[tuple[object, ...]]:
    """Nothing while there is no database yet."""
    database = gateway.folder / "var" / "mailgate.db"
    if not database.exists():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise


def journalled(gateway: Gateway) -> int:
    """Messages in the journal."""
    found = rows(gateway, "SELECT count(*) FROM journal WHERE door = 'imap'")
    return int(str(found[0][0])) if found else 0


def subjects(gateway: Gateway) -> list[str]:
    """Of all tickets, in order."""
    return [str(row[0]) for row in rows(gateway, "SELECT subject FROM tickets ORDER BY id")]


def wait_for_tickets(gateway: Gateway, count: int, *, seconds: float = 20.0) -> list[str]:
    """Their subjects, when there are `count`; there must not be more."""
    until(
        f"{count} tickets (there are {len(subjects(gateway))})",
        lambda: len(subjects(gateway)) >= count,
        seconds=seconds,
    )
    found = subjects(gateway)
    assert len(found) == count, found
    return found


def states(gateway: Gateway) -> dict[str, int]:
    """How many messages of mailboxes are in which state."""
    counted = rows(gateway, "SELECT state, count(*) FROM mailbox_messages GROUP BY state")
    return {str(state): int(str(count)) for state, count in counted}
