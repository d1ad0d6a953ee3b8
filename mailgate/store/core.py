"""The unit of work: run a plain function in a transaction, off the event loop."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

__all__ = [
    "Connection",
    "LeaseLost",
    "SchemaNewer",
    "SchemaOlder",
    "Store",
    "StoreError",
    "StoreUnavailable",
]

T = TypeVar("T")


class StoreError(Exception):
    """Base of everything that leaves this room; its text is safe for logs (no parameters)."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, is locked, full, or shutting down: transient.

    Nothing was committed, unless the connection was lost or the time ran out while the COMMIT
    was under way: then nobody knows, so whatever is tried again must be safe to do twice.
    """


class SchemaNewer(StoreError):
    """The database was made by a newer mailgate; this one must not touch it."""


class SchemaOlder(StoreError):
    """The database needs `mailgate migrate`."""


class LeaseLost(StoreError):
    """A late result: the lease was taken over meanwhile, nothing was changed."""


class Store(Protocol):
    """Both engines keep this contract (tests/contracts).

    `write` runs `fn` in one transaction (on SQLite in a SAVEPOINT of a shared commit) and
    returns its result after the COMMIT is durable. An exception of `fn` rolls its unit back
    alone and is raised to its caller. `fn` takes effect once. It is also run once, except where
    PostgreSQL rolled it back for another transaction's timing (deadlock, serialization): so it
    changes nothing but the database.
    Cancelling the caller does not cancel the unit: it is committed or rolled back all the same.
    Vendor exceptions become `StoreUnavailable` (transient) or `StoreError`.
    """

    async def write(self, fn: Callable[[Connection], T]) -> T: ...

    async def read(self, fn: Callable[[Connection], T]) -> T: ...

    async def close(self) -> None: ...
