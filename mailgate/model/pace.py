"""How fast mail may go to a destination."""

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["FORGETS_AFTER", "SLOWEST", "Pace", "slowness_at"]

SLOWEST = 10
"""How often the interval is doubled at most."""
FORGETS_AFTER = timedelta(minutes=5)
"""Each of these takes one doubling back, whatever goes."""


def slowness_at(slowness: int, slowed_at: datetime | None, now: datetime) -> int:
    """How many doublings are left of `slowness`, which was so at `slowed_at`."""
    if slowed_at is None:
        return slowness
    return max(0, slowness - max(0, (now - slowed_at) // FORGETS_AFTER))


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `count` in `seconds` for long, and up to `burst` of them at once. All from 1 on."""

    count: int
    seconds: int
    burst: int

    def __str__(self) -> str:
        """As in the settings: "10/min, burst 20"."""
        unit = {1: "s", 60: "min", 3600: "h", 86400: "d"}.get(self.seconds, f"{self.seconds}s")
        return f"{self.count}/{unit}" + (f", burst {self.burst}" if self.burst > 1 else "")
