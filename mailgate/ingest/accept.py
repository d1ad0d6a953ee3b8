"""The use case of every door: commit an arrival to the journal, then acknowledge."""

from collections.abc import Callable
from functools import partial

from mailgate.clock import Clock
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival
from mailgate.store import journal
from mailgate.store.core import Store, StoreError, StoreFull
from mailgate.telemetry.facts import Telemetry


class AcceptFailed(Exception):
    """The journal could not be written: the sender keeps the message and tries again."""

    def __init__(self, *, full: bool = False) -> None:
        super().__init__()
        self.full = full
        """There is no room on the disk."""


class Acceptor:
    """Hands arrivals to the journal. `on_accepted` is called after each commit (it wakes the
    worker); it must be quick and raise nothing."""

    def __init__(
        self, store: Store, clock: Clock, telemetry: Telemetry, on_accepted: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._telemetry = telemetry
        self._on_accepted = on_accepted

    async def accept(self, arrival: Arrival) -> JournalId:
        """The id of the journal row, after its COMMIT is durable.

        Raises `AcceptFailed` when nothing was stored. A caller that is cancelled meanwhile
        leaves the commit alone (`Store.write`): the row is there, or the client was never told.
        """
        begun = self._clock.monotonic()
        try:
            row = await self._store.write(partial(journal.append, arrival=arrival))
        except StoreError as error:
            self._telemetry.accept_failed(door=arrival.door, error=str(error))
            raise AcceptFailed(full=isinstance(error, StoreFull)) from error
        self._telemetry.accepted(
            door=arrival.door,
            journal=row,
            size=len(arrival.content),
            seconds=self._clock.monotonic() - begun,
        )
        self._on_accepted()
        return row
