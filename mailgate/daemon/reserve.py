"""The reserve of a SQLite disk: given up when the disk is full, made again when there is space."""

import asyncio

from mailgate.clock import Clock
from mailgate.store.open import sqlite_file
from mailgate.store.room import Reserve
from mailgate.telemetry.facts import Telemetry

_LOOK_SECONDS = 0.5
"""As often as what could not be written is tried again."""


class ReserveKeeper:
    """Looks after the reserve of the database; nothing on PostgreSQL, whose disk is its own."""

    def __init__(self, url: str, telemetry: Telemetry) -> None:
        file = sqlite_file(url)
        self._reserve = None if file is None else Reserve(file)
        self._telemetry = telemetry
        self._kept: bool | None = None

    def look(self) -> None:
        """Gives it up or makes it, when it is time to."""
        if self._reserve is None:
            return
        try:
            kept = self._reserve.keep()
        except OSError:
            kept = False  # Taken by somebody else while it was made, or no such file system.
        if kept != self._kept:
            self._telemetry.disk_reserve(kept=kept)
        self._kept = kept

    async def run(self, clock: Clock) -> None:
        """Until cancelled."""
        while self._reserve is not None:
            await asyncio.to_thread(self.look)
            await clock.sleep(_LOOK_SECONDS)
