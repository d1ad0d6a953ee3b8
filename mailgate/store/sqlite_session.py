"""A connection to SQLite that is durable, checks foreign keys and begins nothing by itself."""

import sqlite3
from pathlib import Path

from mailgate.store.errors import StoreError, StoreUnavailable

__all__ = ["BUSY_SECONDS", "CACHE_KIB", "assert_durable", "make_durable", "make_private"]

BUSY_SECONDS = 5.0
"""How long a transaction waits for another process's before it fails as unavailable."""
CACHE_KIB = 2_000
# Pages of 4 KiB in the log before they are copied back (8 MB): more are fewer stops, but
# longer ones.
_CHECKPOINT_PAGES = 2_000
_LOG_BYTES = 64_000_000
_FULL = 2


def make_durable(connection: sqlite3.Connection, *, cache_kib: int = CACHE_KIB) -> None:
    """Every COMMIT of this connection is on the disk when it returns."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{cache_kib}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")


def assert_durable(raw: sqlite3.Connection) -> None:
    """Raises StoreError when it is not as `make_durable` wants it."""
    wanted = {"journal_mode": "wal", "synchronous": _FULL, "foreign_keys": 1}
    for name, value in wanted.items():
        (found,) = raw.execute(f"PRAGMA {name}").fetchone()
        if found != value:
            raise StoreError(f"sqlite: {name} is {found}, must be {value}")
    if raw.isolation_level is not None:
        raise StoreError("sqlite: the driver begins transactions by itself")


def make_private(database: str | None) -> None:
    """A new database is readable by its owner alone: it holds people's mail."""
    if not database or database == ":memory:":
        raise StoreError("sqlite: the store must be a file")
    path = Path(database)
    try:
        if not path.exists():
            path.touch(mode=0o600)
    except OSError as error:
        raise StoreUnavailable(f"cannot open {path}: {error.strerror}") from None
