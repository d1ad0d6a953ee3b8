"""How fast mail may go to a destination."""

from dataclasses import dataclass

__all__ = ["Pace"]


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
