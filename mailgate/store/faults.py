"""What went wrong, in our words: vendor exceptions end here.

Unknown is transient. Permanent is only what the same call would meet again: a value or a
statement that the database refuses. The texts name the kind of error, never a parameter:
drivers print values (`Key (address)=(...) already exists`).
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailgate.store.errors import StoreError, StoreUnavailable

__all__ = ["original_of", "translate"]

E = TypeVar("E", bound=BaseException)


def translate(
    error: BaseException, vendor: type[E], word: Callable[[E], StoreError]
) -> BaseException:
    """The StoreError for an exception of `vendor`'s or SQLAlchemy's, with its traceback, and any
    other exception as it is."""
    original = original_of(error)
    ours = word(original) if isinstance(original, vendor) else _common(error)
    return error if ours is None else ours.with_traceback(error.__traceback__)


def original_of(error: BaseException) -> BaseException | None:
    """The driver's exception inside of SQLAlchemy's."""
    return error.orig if isinstance(error, DBAPIError) else error


def _common(error: BaseException) -> StoreError | None:
    match error:
        case PoolTimeout():
            return StoreUnavailable("no connection became free in time")
        case DBAPIError():
            return StoreUnavailable(type(error).__name__)
        case SQLAlchemyError():
            return StoreError(type(error).__name__)
        case _:
            return None
