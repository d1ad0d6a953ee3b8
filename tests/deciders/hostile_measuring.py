"""Reads hostile mails in processes of their own, and measures what each costs.

`python -m tests.deciders.hostile_measuring` is a process without threads that forks for each
row: a peak of memory can be seen only once in a process, and starting an interpreter for each
would take longer than the rows do.
"""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

from tests.deciders import hostile_table
from tests.deciders.hostile_rows import Row, read
from tests.harness.effort import slowness
from tests.harness.mailchecks import reading_faults
from tests.harness.mailwire import wire_faults


@dataclass(frozen=True, slots=True)
class Cost:
    """What one row cost, and what was wrong with what came of it."""

    seconds: float
    megabytes: int
    faults: tuple[str, ...]
    slowness: float
    """How many times slower than the machine of the table's figures this one was just now."""


class Measuring:
    """The process that measures; rows are named by their place in the table."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.deciders.hostile_measuring"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def cost(self, place: int) -> Cost:
        """Reads the row. Raises AssertionError when its process died of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(place, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer.strip(), "the process that read it died"
        values = json.loads(answer)
        return Cost(**values | {"faults": tuple(values["faults"])})

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


def _peak() -> int:
    """Megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(row: Row) -> Cost:
    """In this process: once only, because the peak stays."""
    slower = slowness()
    given = row.make()
    before, started = _peak(), time.process_time()
    reading = read(given)
    seconds, extra = time.process_time() - started, _peak() - before
    faults = [fault for check in row.checks if (fault := check(reading))]
    faults += reading_faults(reading.mail)
    if not isinstance(given, bytes):
        faults += wire_faults(reading.content)
    return Cost(seconds, extra, tuple(faults), slower)


def _answer(place: int) -> None:
    """In the forked process."""
    try:
        cost = measure(hostile_table.ROWS[place])
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what the row shows
        cost = Cost(0.0, 0, (f"{type(error).__name__}: {error}",), 1.0)
    print(json.dumps(asdict(cost)), flush=True)


def main() -> None:
    # What a first mail loads is no cost of the row.
    read(b"Subject: s\r\nContent-Type: text/html; charset=euc-kr\r\n\r\n<p>\xb0\xa1</p>")
    read(b"Subject: s\r\n\r\n\xb0\xa1\xff\r\n")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _answer(int(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print(flush=True)


if __name__ == "__main__":
    main()
