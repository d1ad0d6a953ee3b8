"""SQLite's errors in our words (sqlite.org/rescode.html)."""

import sqlite3

from mailgate.store.core import StoreError, StoreUnavailable
from mailgate.store.faults import translator

__all__ = ["translated"]

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


def _word(error: sqlite3.Error) -> StoreError:
    # Errors of the module itself (a closed connection, a wrong number of values) have no code.
    code: int | None = getattr(error, "sqlite_errorcode", None)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    text = f"sqlite: {name}: {error}"
    if code is None:
        permanent = not isinstance(error, sqlite3.OperationalError)
    else:
        permanent = code & _PRIMARY in _PERMANENT
    return StoreError(text) if permanent else StoreUnavailable(text)


translated = translator(sqlite3.Error, _word)
