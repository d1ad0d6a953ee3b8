"""The unit of work: run a plain function in a transaction, off the event loop."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from mailgate.store.errors import (
    LeaseLost,
    SchemaNewer,
    SchemaOlder,
    StoreError,
    StoreFull,
    StoreUnavailable,
)

__all__ = [
    "Connection",
    "LeaseLost",
    "SchemaNewer",
    "SchemaOlder",
    "Store",
    "StoreError",
    "StoreFull",
    "StoreUnavailable",
]

T = TypeVar("T")


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
