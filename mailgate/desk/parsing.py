"""Parsing for the worker: off the event loop, with a deadline, and whatever fails fails alone."""

import asyncio
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from threading import Event

from mailgate.clock import Clock
from mailgate.mail.digest import content_digest
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from mailgate.model.journal import JournalRow
from mailgate.store.core import StoreError

DEADLINE = 20.0
"""Seconds for a batch: the parser is bounded, and this is for the day on which it is not."""
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


async def parse_rows(rows: Sequence[JournalRow], clock: Clock) -> list[Parsed]:
    """Each row parsed, in order, in a thread. The row at which the deadline passes has failed;
    its thread is left to itself, and the rows behind get another one."""
    done: list[Parsed] = []
    while len(done) < len(rows):
        finished: list[Parsed] = []
        late = Event()
        rest = rows[len(done) :]
        try:
            async with asyncio.timeout(DEADLINE):
                await asyncio.to_thread(_parse_until, late, rest, finished, clock)
        except TimeoutError:
            late.set()
            finished = finished[:]
            stuck = rest[len(finished) : len(finished) + 1]
            finished += [_failed(row, DEADLINE, "parsing took too long") for row in stuck]
        done += finished
    return done


def _parse_until(
    late: Event, rows: Sequence[JournalRow], finished: list[Parsed], clock: Clock
) -> None:
    for row in rows:
        if late.is_set():
            return
        finished += [_parse(row, clock)]


def _parse(row: JournalRow, clock: Clock) -> Parsed:
    started = clock.monotonic()
    content = row.arrival.content
    try:
        mail, digest = parse_mail(content), content_digest(content)
    except Exception as error:  # noqa: BLE001  one mail must never stop the worker
        return _failed(row, clock.monotonic() - started, describe(error))
    return Parsed(row, mail, digest, clock.monotonic() - started)


def _failed(row: JournalRow, seconds: float, error: str) -> Parsed:
    return Parsed(row, None, b"", seconds, error)


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
