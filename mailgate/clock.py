"""The one place that knows what time it is."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time as an aware UTC datetime."""

    def monotonic(self) -> float:
        """Seconds that never run backwards; for durations."""

    async def sleep(self, seconds: float) -> None:
        """Let others run for `seconds`."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        import asyncio  # noqa: PLC0415  40 ms, and the pipe never sleeps

        await asyncio.sleep(seconds)
