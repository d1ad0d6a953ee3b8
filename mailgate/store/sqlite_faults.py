"""SQLite's errors in our words (sqlite.org/rescode.html)."""

import sqlite3

from mailgate.store.errors import StoreError, StoreFull, StoreUnavailable

__all__ = ["word"]

_PERMANENT = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_RANGE,
        sqlite3.SQLITE_MISUSE,
    }
)
_PRIMARY = 0xFF
"""The low byte of an extended code is the primary one."""


def word(error: sqlite3.Error) -> StoreError:
    """The error of the driver, in our words."""
    # Errors of the module itself (a closed connection, a wrong number of values) have no code.
    code: int | None = getattr(error, "sqlite_errorcode", None)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    text = f"sqlite: {name}: {error}"
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(text)
    if code is None:
        permanent = not isinstance(error, sqlite3.OperationalError)
    else:
        permanent = code & _PRIMARY in _PERMANENT
    return StoreError(text) if permanent else StoreUnavailable(text)
