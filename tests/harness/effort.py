"""CPU time as a bound on what a rule may cost: for rules that must not grow with the square of what
they read, which for a hostile value is the difference between a moment and a minute."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["MARGIN", "at_most", "slowness"]

_NOMINAL = 0.050
"""Seconds of `slowness` on the machine on which the budgets were set."""
MARGIN = 4
"""A neighbour on the machine may double what a thing costs from one moment to the next; what is
quadratic costs a hundred times as much, and more."""


def slowness() -> float:
    """How many times slower than the machine of the budgets this one is just now, at work of the
    kind that reading is: byte searches, small objects, a dictionary."""
    started = time.process_time()
    lines = (b"Subject: one two three\r\n" * 4000).split(b"\r\n")
    for _ in range(6):
        seen: dict[bytes, int] = {}
        for line in lines:
            name, _, value = line.partition(b":")
            seen[name] = seen.get(name, 0) + len(value.decode("ascii").strip().split(" "))
    return max(1.0, (time.process_time() - started) / _NOMINAL)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """The block takes no more of this process's CPU than that, on the machine of the budgets."""
    started = time.process_time()
    yield
    taken = time.process_time() - started
    # Nothing is compared where nothing is near: the yardstick costs more than most blocks.
    if taken >= seconds:
        assert taken < seconds * slowness() * MARGIN, f"it took {taken:.1f} s of CPU"
