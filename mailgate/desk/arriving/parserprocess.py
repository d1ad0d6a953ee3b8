"""Parsing in a process of its own, for what waits in numbers.

Parsing takes a third of the processor time that a mail costs. While many wait, another core does
it: a thread would take turns with the loop and the store under the interpreter's lock. The
process gets mails on its standard input and gives what they say on its output, each after its
length. It ends with its input, and what it does not come to, threads do.
"""

import asyncio
import os
import pickle
import signal
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, BinaryIO

from mailgate.clock import Clock, SystemClock
from mailgate.desk.arriving import parsing
from mailgate.desk.arriving.parsing import (
    TOO_LONG,
    Inquire,
    Parsed,
    Said,
    nobody_asks,
    parse_rows,
    read_mail,
    took_too_long,
)
from mailgate.desk.arriving.proving import Inquiry
from mailgate.model.journal import JournalRow
from mailgate.telemetry.facts import Telemetry

_LENGTH = struct.Struct("!I")
_HEAD = struct.Struct("!II")
"""The lengths of what is asked besides, and of the mail."""
_BUFFER = 1024 * 1024


class ParserProcess:
    """Starts the process when it is first needed; one call of `parse` at a time. Where there is
    one core alone, and from when on the process cannot be had, threads parse."""

    def __init__(self, clock: Clock, telemetry: Telemetry) -> None:
        self._clock = clock
        self._telemetry = telemetry
        self._process: Process | None = None
        self._usable = (os.cpu_count() or 1) > 1

    async def parse(
        self, rows: Sequence[JournalRow], inquire: Inquire = nobody_asks
    ) -> list[Parsed]:
        """Each row parsed, in order; one that takes longer than the deadline has failed."""
        done: list[Parsed] = []
        if self._usable:
            try:
                await self._by_process(rows, inquire, done)
            except (OSError, EOFError) as error:
                # Nobody's fault that we know of: whoever is to blame is found out in a thread.
                self._usable = False
                self._telemetry.task_failed(task="parser", error=type(error).__qualname__)
            finally:
                if len(done) < len(rows) or done[-1].error == TOO_LONG:
                    await self.close()
        return done + await parse_rows(rows[len(done) :], self._clock, self._telemetry, inquire)

    async def close(self) -> None:
        """Ends the process, whatever it is at."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _by_process(
        self, rows: Sequence[JournalRow], inquire: Inquire, done: list[Parsed]
    ) -> None:
        process = self._process = self._process or await _start()
        assert process.stdin is not None
        assert process.stdout is not None
        for row in rows:
            content, inquiry = row.arrival.content, _pickled(inquire(row.arrival))
            frame = _HEAD.pack(len(inquiry), len(content)), inquiry, content
            process.stdin.writelines(frame)
        answers = bytearray()
        while len(done) < len(rows):
            try:
                async with asyncio.timeout(parsing.DEADLINE):
                    answers += await _more(process.stdout)
            except TimeoutError:
                done.append(Parsed(rows[len(done)], *took_too_long()))
                return
            for said in _complete(answers):
                done.append(Parsed(rows[len(done)], *said))


async def _start() -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "mailgate.desk.arriving.parserprocess"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=_BUFFER,
    )


async def _more(answers: asyncio.StreamReader) -> bytes:
    """What is there: many answers, when the loop was busy."""
    data = await answers.read(_BUFFER)
    if not data:
        raise EOFError
    return data


def _complete(answers: bytearray) -> Iterator[Said]:
    """Takes the answers that are there in full."""
    while len(answers) >= _LENGTH.size:
        (octets,) = _LENGTH.unpack_from(answers)
        end = _LENGTH.size + octets
        if len(answers) < end:
            return
        said: Said = pickle.loads(answers[_LENGTH.size : end])  # noqa: S301  our process wrote it
        del answers[:end]
        yield said


class _Pickler(pickle.Pickler):
    """Writes our values as calls of their classes: they are read in half the time that what
    dataclasses write of themselves takes."""

    def reducer_override(self, obj: object) -> Any:  # noqa: ANN401  as pickle has it
        if is_dataclass(obj) and not isinstance(obj, type):
            return type(obj), tuple([getattr(obj, name) for name in _names(type(obj))])
        return NotImplemented


@lru_cache(maxsize=64)
def _names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def _pickled(value: Said | Inquiry | None) -> bytes:
    written = BytesIO()
    _Pickler(written, pickle.HIGHEST_PROTOCOL).dump(value)
    return written.getvalue()


def _serve(mails: BinaryIO, answers: BinaryIO) -> None:
    """In the process: mail after mail, until there are no more."""
    clock = SystemClock()
    while head := mails.read(_HEAD.size):
        before, octets = _HEAD.unpack(head)
        inquiry: Inquiry | None = pickle.loads(mails.read(before))  # noqa: S301  of our process
        said = _pickled(read_mail(mails.read(octets), clock, inquiry))
        answers.write(_LENGTH.pack(len(said)) + said)
        answers.flush()


if __name__ == "__main__":
    # The daemon says when it is over, by closing the input: it hears of signals itself.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        _serve(sys.stdin.buffer, sys.stdout.buffer)
