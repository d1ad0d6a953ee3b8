"""A part of a transaction that can be undone alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from mailgate.store.core import Connection

__all__ = ["attempt"]


@contextmanager
def attempt(conn: Connection, *refused: type[Exception]) -> Iterator[None]:
    """What is written inside is undone when it ends with one of `refused`, which goes on to the
    caller; the transaction stays as it was before. Any other exception is the whole
    transaction's."""
    conn.exec_driver_sql("SAVEPOINT attempt")
    try:
        yield
    except refused:
        conn.exec_driver_sql("ROLLBACK TO SAVEPOINT attempt")
        conn.exec_driver_sql("RELEASE SAVEPOINT attempt")
        raise
    conn.exec_driver_sql("RELEASE SAVEPOINT attempt")
