"""How far below the newest message the floor stays. Pure."""

from collections import deque
from dataclasses import dataclass, field

TRAIL_SECONDS = 120.0
"""Servers that give a UID before the message can be seen (several nodes behind one name, replicas)
show a lower UID after a higher one; by then they have."""


@dataclass(slots=True)
class Trail:
    """What was new, and when: the floor follows it late."""

    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def passed(self, floor: int, now: float) -> None:
        """Whatever could be seen below `floor` has come to something."""
        if floor > (self._marks[-1][1] if self._marks else 1):
            self._marks.append((now, floor))

    def floor(self, now: float) -> int:
        """Nothing below it will be seen for the first time any more; 1 when that is not known
        of any message."""
        while len(self._marks) > 1 and self._marks[1][0] + TRAIL_SECONDS <= now:
            self._marks.popleft()
        if self._marks and self._marks[0][0] + TRAIL_SECONDS <= now:
            return self._marks[0][1]
        return 1

    def clear(self) -> None:
        """Forgets it all: UIDs are other messages now."""
        self._marks.clear()
