"""Long-lived tasks that come back after the unexpected."""

from collections.abc import Awaitable, Callable

from mailgate.clock import Clock
from mailgate.telemetry.facts import Telemetry

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_QUIET = 300.0
"""Seconds after which a task that ran well counts as healthy again."""


async def supervise(
    name: str, run: Callable[[], Awaitable[None]], clock: Clock, telemetry: Telemetry
) -> None:
    """Runs `run` until it returns; an exception is told, and it is started again after a pause
    that doubles up to a minute: one broken part must not take the others with it."""
    pause = _FIRST_PAUSE
    while True:
        began = clock.monotonic()
        try:
            await run()
        except Exception as error:  # noqa: BLE001  whatever it was, mail must go on
            telemetry.task_failed(task=name, error=f"{type(error).__name__}: {error}")
        else:
            return
        if clock.monotonic() - began > _QUIET:
            pause = _FIRST_PAUSE
        await clock.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
