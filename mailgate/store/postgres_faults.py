"""PostgreSQL's errors in our words, by SQLSTATE (PostgreSQL manual, appendix A)."""

import psycopg

from mailgate.store.errors import StoreError, StoreFull, StoreUnavailable

__all__ = ["word", "word_for_state"]

# Classes: feature not supported, data, integrity, syntax or access, program limit.
_PERMANENT_CLASSES = frozenset({"0A", "22", "23", "42", "54"})
_DISK_FULL = "53100"


def word(error: psycopg.Error) -> StoreError:
    """The error of the driver, in our words."""
    state = error.sqlstate
    if state is None:
        text = f"postgresql: {type(error).__name__}"
        permanent = isinstance(error, psycopg.DataError | psycopg.ProgrammingError)
        return StoreError(text) if permanent else StoreUnavailable(text)
    subject = error.diag.constraint_name or error.diag.table_name or ""
    return word_for_state(state, type(error), subject)


def word_for_state(
    state: str, kind: type[psycopg.Error] | None = None, subject: str = ""
) -> StoreError:
    """The error of this SQLSTATE, in our words; `kind` is the driver's, when it has raised one."""
    name = (kind or _kind(state)).__name__
    text = f"postgresql: {state} {name} {subject}".rstrip()
    if state == _DISK_FULL:
        return StoreFull(text)
    return StoreError(text) if state[:2] in _PERMANENT_CLASSES else StoreUnavailable(text)


def _kind(state: str) -> type[psycopg.Error]:
    try:
        return psycopg.errors.lookup(state)
    except KeyError:
        return psycopg.Error
