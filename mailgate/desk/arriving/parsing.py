"""Parsing for the worker: off the event loop, with a deadline, and whatever fails fails alone."""

import asyncio
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePath
from threading import Lock, Thread

from mailgate.clock import Clock
from mailgate.desk.arriving.proving import Inquiry, begin_proving
from mailgate.mail.digest import content_digest
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Proofs
from mailgate.mail.proving import Proving
from mailgate.model.journal import Arrival, JournalRow
from mailgate.store.errors import StoreError
from mailgate.telemetry.facts import Telemetry

DEADLINE = 20.0
"""Seconds for one mail: the parser is bounded, and this is for the day on which it is not."""
_LOOKS = 8
"""How many times in these it is looked how far a thread has come."""
MAX_THREADS = 8
"""A thread that hangs cannot be stopped. When so many do, parsing waits for one of them."""
TOO_LONG = "parsing took too long"
_ERROR_LIMIT = 8000
"""Characters of a traceback that are kept."""


class ParsingFailed(Exception):
    """The bytes made the parser fail; its text says where, without a word of theirs."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A row with what its bytes say; `error` instead when they made the parser fail."""

    row: JournalRow
    mail: ParsedMail | None = field(repr=False)
    digest: bytes
    seconds: float
    error: str | None = None
    proving: Proving | None = field(default=None, repr=False)
    """What the DNS is to be asked, None when nothing is."""
    proofs: Proofs | None = field(default=None, repr=False)
    """What came of it."""


Said = tuple[ParsedMail | None, bytes, float, str | None, Proving | None]
"""What the bytes say: the fields of `Parsed` between the row and the proofs."""


Inquire = Callable[[Arrival], Inquiry | None]
"""What is to be known of who sent a mail; None for nothing."""


class _Threads:
    """Counts the threads that parse, and lets callers wait when there are too many. They are no
    executor's: one that hangs keeps nobody else's work waiting, nor the process from ending."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._busy = 0
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._told = False

    async def start(self, work: Callable[[], None], telemetry: Telemetry | None) -> None:
        """Does the work in a thread, as soon as there may be one more."""
        while (waiting := self._take()) is not None:
            if telemetry is not None and not self._told:
                self._told = True
                telemetry.task_failed(task="parsing", error="all parser threads hang")
            await waiting
        try:
            Thread(target=self._run, args=(work,), name="parser", daemon=True).start()
        except BaseException:
            self._leave()
            raise

    def _take(self) -> "asyncio.Future[None] | None":
        """None when a thread may begin, else what is done when it is worth to ask again."""
        with self._lock:
            if self._busy < MAX_THREADS:
                self._busy += 1
                return None
            loop = asyncio.get_running_loop()
            future = loop.create_future()
            self._waiting.append((loop, future))
            return future

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._busy -= 1
            self._told = False
            waiting, self._waiting = self._waiting, []
        for loop, future in waiting:
            _tell(loop, future)


_threads = _Threads()


def _tell(loop: asyncio.AbstractEventLoop, future: "asyncio.Future[None]") -> None:
    """Completes a future of a loop that may have ended meanwhile, from any thread."""

    def complete() -> None:
        if not future.done():
            future.set_result(None)

    with suppress(RuntimeError):
        loop.call_soon_threadsafe(complete)


class _Run:
    """Rows that one thread parses, in order."""

    def __init__(self, rows: Sequence[JournalRow], clock: Clock, inquire: Inquire) -> None:
        self._rows = rows
        self._inquire = inquire
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._given_up = False
        self.begun = 0
        """How many rows the thread has begun with."""
        self.finished: list[Parsed] = []

    def work(self) -> None:
        """In the thread."""
        try:
            for row in self._rows:
                if self._given_up:
                    return
                self.begun += 1
                inquiry = self._inquire(row.arrival)
                said = read_mail(row.arrival.content, self._clock, inquiry)
                self.finished.append(Parsed(row, *said))
        finally:
            _tell(self._loop, self._over)

    async def results(self) -> list[Parsed]:
        """Of the rows that were finished, and of the one that took too long, if one did."""
        begun, since = 0, self._loop.time()
        try:
            while not self._over.done():
                await asyncio.wait([self._over], timeout=DEADLINE / _LOOKS)
                if begun != self.begun:
                    begun, since = self.begun, self._loop.time()
                elif begun and self._loop.time() - since > DEADLINE:
                    break
        finally:
            self._given_up = True
        finished = self.finished[:]
        stuck = self._rows[len(finished) : begun]
        return finished + [Parsed(row, *took_too_long()) for row in stuck]


def nobody_asks(arrival: Arrival) -> None:
    """Who sent a mail does not matter here."""


async def parse_rows(
    rows: Sequence[JournalRow],
    clock: Clock,
    telemetry: Telemetry | None = None,
    inquire: Inquire = nobody_asks,
) -> list[Parsed]:
    """Each row parsed, in order, in a thread. A row that takes longer than the deadline has
    failed; its thread is left to itself, and the rows behind get another one. A row that no
    thread has begun with is never blamed: it waits."""
    done: list[Parsed] = []
    while len(done) < len(rows):
        run = _Run(rows[len(done) :], clock, inquire)
        await _threads.start(run.work, telemetry)
        done += await run.results()
    return done


def read_mail(content: bytes, clock: Clock, inquiry: Inquiry | None = None) -> Said:
    """What the bytes say, whatever they are."""
    started = clock.monotonic()
    try:
        mail, digest = parse_mail(content), content_digest(content)
        proving = begin_proving(content, mail, inquiry) if inquiry else None
    except BaseException as error:  # noqa: BLE001  one mail must never stop the worker
        return None, b"", clock.monotonic() - started, describe(error), None
    return mail, digest, clock.monotonic() - started, None, proving


def took_too_long() -> Said:
    """Of a mail that was given up."""
    return None, b"", DEADLINE, TOO_LONG, None


def describe(error: BaseException) -> str:
    """Where an exception came from, for operators: its type and the places in the code. What
    it says is left out, because it may quote the mail; a store's words are safe."""
    if isinstance(error, ParsingFailed):
        return str(error)
    said = f": {error}" if isinstance(error, StoreError) else ""
    places = [
        f"  {_short(frame.filename)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    cause = error.__cause__
    because = [] if cause is None else [f"because of {describe(cause)}"]
    return "\n".join([f"{type(error).__qualname__}{said}", *places, *because])[:_ERROR_LIMIT]


def _short(filename: str) -> str:
    return "/".join(PurePath(filename).parts[-3:])
