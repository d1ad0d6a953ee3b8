"""From the event loop to threads and back: a call, the queue of calls, the threads.

Cancelling whoever awaits a call does nothing to the call. Results travel as values, so a
result that nobody waits for any more is dropped without a word from asyncio.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from mailgate.store.core import StoreUnavailable

__all__ = ["Call", "Calls", "Crew", "answer"]

T = TypeVar("T")


class Call(Generic[T]):
    """One function that waits to be run, and the future of the one who awaits it.

    A thread sets exactly one of `value` and `error`, then hands the call to `answer`.
    """

    __slots__ = ("_future", "error", "fn", "loop", "value")

    def __init__(self, fn: Callable[[Connection], T]) -> None:
        self.fn = fn
        self.loop = asyncio.get_running_loop()
        self.value: T | None = None
        self.error: BaseException | None = None
        self._future: asyncio.Future[None] = self.loop.create_future()

    async def result(self) -> T:
        """What the function returned or raised."""
        await self._future
        error, self.error = self.error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # the traceback holds this frame: no cycle
        return self.value  # type: ignore[return-value]  # None only where T allows it

    def wake(self) -> None:
        """Lets `result` go on; on the loop of the call."""
        if not self._future.done():
            self._future.set_result(None)


def answer(calls: Iterable[Call[Any]]) -> None:
    """Wakes everybody who awaits one of `calls`, with one wake-up a loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Call[Any]]] = {}
    for call in calls:
        by_loop.setdefault(call.loop, []).append(call)
    for loop, its in by_loop.items():
        try:
            loop.call_soon_threadsafe(_wake, its)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _wake(calls: list[Call[Any]]) -> None:
    for call in calls:
        call.wake()


class Calls:
    """The queue between loops and threads; closing it lets the threads finish what is in it."""

    def __init__(self, readers: int) -> None:
        self._queue: queue.SimpleQueue[Call[Any] | None] = queue.SimpleQueue()
        self._readers = readers
        self._closed = False
        self._lock = threading.Lock()

    def put(self, call: Call[Any]) -> None:
        """Raises StoreUnavailable once the queue is closed."""
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            self._queue.put(call)

    def close(self) -> None:
        """Nothing is taken in any more; each reader is told when the queue has run dry."""
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in range(self._readers):
                    self._queue.put(None)

    def take(self) -> Call[Any] | None:
        """The next call, waiting for it; None when there will be no more."""
        return self._queue.get()

    def take_more(self, limit: int) -> list[Call[Any]]:
        """Up to `limit` calls that are there already; for the queue's only reader."""
        taken: list[Call[Any]] = []
        while len(taken) < limit:
            try:
                call = self._queue.get_nowait()
            except queue.Empty:
                break
            if call is None:
                self._queue.put(None)
                break
            taken.append(call)
        return taken


class Crew:
    """`size` threads that run `work(calls)` until the queue is closed and empty."""

    def __init__(self, name: str, size: int, work: Callable[[Calls], None]) -> None:
        self.calls = Calls(size)
        self._work = work
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self) -> None:
        try:
            self._work(self.calls)
        finally:
            # Also when something unforeseen ended the work: nobody may wait for ever.
            self.calls.close()
            left = self.calls.take_more(2**31)
            for call in left:
                call.error = StoreUnavailable("the store has stopped")
            answer(left)

    async def close(self, seconds: float | None = None) -> None:
        """Waits until everything that was put in has been answered, or for `seconds`."""
        self.calls.close()
        now = asyncio.get_running_loop().time
        until = None if seconds is None else now() + seconds
        for thread in self._threads:
            left = None if until is None else max(0.0, until - now())
            await asyncio.to_thread(thread.join, left)
