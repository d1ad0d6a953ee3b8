"""How many attempts run at a time, and who is next: a part of the places is kept for replies."""

import asyncio
from collections import deque
from dataclasses import dataclass

from mailgate.model.delivery import Lane

__all__ = ["Places", "Turns"]


@dataclass(slots=True)
class Places:
    """`size` attempts at a time: four fifths at most for other lanes than replies, and for
    replies all but one in twenty, so that no lane starves."""

    size: int
    replies: int = 0
    others: int = 0

    def has_room(self, lane: Lane) -> bool:
        if self.replies + self.others >= self.size:
            return False
        if lane is Lane.REPLY:
            return self.replies < self.size - self.size // 20
        return self.others < max(1, self.size * 4 // 5)

    def change(self, lane: Lane, by: int) -> None:
        """One more of `lane` has begun, or one less."""
        if lane is Lane.REPLY:
            self.replies += by
        else:
            self.others += by


class Turns:
    """`size` places for those who wait: replies first, and else who came first."""

    def __init__(self, size: int) -> None:
        self._places = Places(size)
        self._replies: deque[tuple[Lane, asyncio.Future[None]]] = deque()
        self._others: deque[tuple[Lane, asyncio.Future[None]]] = deque()

    async def enter(self, lane: Lane) -> None:
        """Waits for a place; who has it must `leave`."""
        line = self._replies if lane is Lane.REPLY else self._others
        if not line and self._places.has_room(lane):
            self._places.change(lane, 1)
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append((lane, called))
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():  # The place was given to who does not want it any more.
                self.leave(lane)
            elif (lane, called) in line:
                line.remove((lane, called))
            raise

    def leave(self, lane: Lane) -> None:
        """The place is free for the next one."""
        self._places.change(lane, -1)
        for line in (self._replies, self._others):
            while line and self._places.has_room(line[0][0]):
                of, called = line.popleft()
                if not called.done():
                    self._places.change(of, 1)
                    called.set_result(None)
