"""A session of PostgreSQL that is durable and gives up in bounded time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailgate.store.errors import StoreError

if TYPE_CHECKING:  # the pipe has no time to import it
    import psycopg

__all__ = [
    "PATIENCE",
    "Patience",
    "assert_durable",
    "connect_arguments",
    "make_durable",
    "session_settings",
]


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


def connect_arguments(patience: Patience) -> dict[str, Any]:
    """For the driver (libpq's keywords)."""
    return {
        "application_name": "mailgate",
        "connect_timeout": patience.connect,
        "tcp_user_timeout": round(patience.answer * 1000),  # a network that went silent
    }


def session_settings(patience: Patience) -> str:
    """The statement that makes the settings, because poolers drop start-up parameters. The last
    two of its row are for `assert_durable`."""
    statement, lock, idle = (
        f"{seconds * 1000:.0f}" for seconds in (patience.statement, patience.lock, patience.idle)
    )
    return f"""
SELECT set_config('statement_timeout', '{statement}', false),
       set_config('lock_timeout', '{lock}', false),
       set_config('idle_in_transaction_session_timeout', '{idle}', false),
       set_config('timezone', 'UTC', false),
       current_setting('synchronous_commit'), current_setting('server_encoding')
"""


def make_durable(connection: "psycopg.Connection[Any]", patience: Patience) -> None:
    """Makes the settings, and sees that a commit will last.

    Raises StoreError where accepted mail could be lost."""
    row = connection.execute(session_settings(patience)).fetchone()
    connection.commit()
    assert row is not None
    assert_durable(*row[-2:])


def assert_durable(synchronous_commit: object, encoding: object) -> None:
    """Every other setting flushes to the server's own disk before COMMIT returns.

    Raises StoreError."""
    if synchronous_commit == "off":
        raise StoreError("postgresql: synchronous_commit is off, accepted mail could be lost")
    if encoding != "UTF8":
        raise StoreError(f"postgresql: the database's encoding is {encoding}, must be UTF8")
