"""A session of PostgreSQL that is durable and gives up in bounded time."""

from dataclasses import dataclass
from typing import Any

import psycopg

from mailgate.store.errors import StoreError

__all__ = ["PATIENCE", "Patience", "connect_arguments", "make_durable"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds everything may take. `answer` is for the caller, whatever the server
    does: a frozen one says nothing at all, and then nobody knows what became of the unit."""

    connect: int = 5
    statement: float = 15.0
    lock: float = 5.0
    idle: float = 30.0
    answer: float = 30.0


PATIENCE = Patience()

_SETTINGS = """
SELECT set_config('statement_timeout', %(statement)s, false),
       set_config('lock_timeout', %(lock)s, false),
       set_config('idle_in_transaction_session_timeout', %(idle)s, false),
       set_config('timezone', 'UTC', false),
       current_setting('synchronous_commit'), current_setting('server_encoding')
"""


def connect_arguments(patience: Patience) -> dict[str, Any]:
    """For the driver (libpq's keywords)."""
    return {
        "application_name": "mailgate",
        "connect_timeout": patience.connect,
        "tcp_user_timeout": round(patience.answer * 1000),  # a network that went silent
    }


def make_durable(connection: psycopg.Connection[Any], patience: Patience) -> None:
    """Makes the settings by a statement, because poolers drop start-up parameters.

    Raises StoreError where accepted mail could be lost."""
    row = connection.execute(_SETTINGS, _milliseconds(patience)).fetchone()
    connection.commit()
    assert row is not None
    _assert_durable(*row[-2:])


def _milliseconds(patience: Patience) -> dict[str, str]:
    return {name: f"{getattr(patience, name) * 1000:.0f}" for name in ("statement", "lock", "idle")}


def _assert_durable(synchronous_commit: str, encoding: str) -> None:
    """Every other setting flushes to the server's own disk before COMMIT returns."""
    if synchronous_commit == "off":
        raise StoreError("postgresql: synchronous_commit is off, accepted mail could be lost")
    if encoding != "UTF8":
        raise StoreError(f"postgresql: the database's encoding is {encoding}, must be UTF8")
