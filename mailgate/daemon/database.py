"""The database when the daemon starts: brought to this version, or waited for.

A daemon whose PostgreSQL is away has its doors open all the same and answers 451: then mail
servers try again, as they do when it goes away later.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from mailgate.clock import Clock
from mailgate.store import schema
from mailgate.store.core import Connection, Store, StoreUnavailable
from mailgate.store.reach import Reach, reach
from mailgate.telemetry.facts import Telemetry

T = TypeVar("T")

_KNOCK_SECONDS = 1.0
_ABSENT = "postgresql: the database has not been reached since the start"
_REFUSED = (
    "postgresql: the server answers but does not let us in; check the user, the password and the "
    "name of the database in [store] url (the server's log says which)"
)


class Database:
    """Whether the database of a URL is there and of this version."""

    def __init__(self, url: str, telemetry: Telemetry) -> None:
        self._url = url
        self._telemetry = telemetry
        self.is_there = False

    def prepare(self) -> None:
        """Brings it to this version; leaves `is_there` False when nobody answers.

        Raises StoreError for a schema or settings that do not fit, StoreUnavailable for a server
        that refuses us and for a file that cannot be used.
        """
        match reach(self._url):
            case Reach.ABSENT:
                return
            case Reach.REFUSED:
                raise StoreUnavailable(_REFUSED)
            case Reach.OPEN:
                self._upgrade()

    def _upgrade(self) -> None:
        try:
            before, after = schema.upgrade(self._url)
        except StoreUnavailable:
            if reach(self._url) is Reach.ABSENT:  # it went away again
                return
            raise
        self.is_there = True
        if before != after:
            self._telemetry.migrated(from_revision=before, to_revision=after)

    async def arrive(self, clock: Clock) -> None:
        """Returns when it is there. Raises what `prepare` raises."""
        if self.is_there:
            return
        self._telemetry.store_waited_for(error=_ABSENT)
        since = clock.monotonic()
        while not self.is_there:
            await clock.sleep(_KNOCK_SECONDS)
            await asyncio.to_thread(self.prepare)
        self._telemetry.store_back(seconds=clock.monotonic() - since)


class Guarded:
    """A store that nobody uses before its schema is known: it may be a newer mailgate's."""

    def __init__(self, store: Store, database: Database) -> None:
        self._store = store
        self._database = database

    async def write(self, fn: Callable[[Connection], T]) -> T:
        self._check()
        return await self._store.write(fn)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        self._check()
        return await self._store.read(fn)

    async def close(self) -> None:
        await self._store.close()

    def _check(self) -> None:
        if not self._database.is_there:
            raise StoreUnavailable(_ABSENT)
