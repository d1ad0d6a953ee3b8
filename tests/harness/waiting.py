"""The one place where a test waits for something that another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 120.0
"""Seconds after which a thing that should have happened has not. Generous: the machine that
runs the tests has other work; a passing test never waits for it."""


def until(what: str, look: Callable[[], T | None], *, seconds: float = DEADLINE) -> T:
    """Looks again and again until `look` finds something (anything that is true), returns it.

    AssertionError with `what` when it is not there after `seconds`.
    """
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.02)
