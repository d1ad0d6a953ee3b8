"""Room on the disk of a SQLite database: what is left of it is for mail that is on its way out.

Under `LEAST_FREE` nothing is taken in any more, so that results of sending, which are small, can
still be written. When others fill the disk to its last octet there is the reserve: a file beside
the database that is given up then, and made again when there is space. Without SQLAlchemy, for
the pipe.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from mailgate.store.errors import StoreFull

__all__ = [
    "LEAST_FREE",
    "RESERVE",
    "Reserve",
    "free_octets",
    "is_large",
    "refuse_without_room",
    "takes_room",
]

LEAST_FREE = 64 * 1024 * 1024
"""Octets that must be free for mail to be taken in: a message and its commit need room."""
RESERVE = 16 * 1024 * 1024
"""Octets of the reserve: twice as many as the log holds before it is copied back."""
_GIVEN_UNDER = 8 * 1024 * 1024
"""With it, still far less is free than what lets mail in."""

F = TypeVar("F", bound=Callable[..., Any])

_TAKE_ROOM: set[Callable[..., Any]] = set()


def takes_room(fn: F) -> F:
    """Declares that units of work by this function bring mail in: they wait for room."""
    _TAKE_ROOM.add(fn)
    return fn


def is_large(fn: Callable[..., Any]) -> bool:
    """Whether a unit, as `partial(fn, ...)`, was declared so."""
    while isinstance(fn, partial):
        fn = fn.func
    return fn in _TAKE_ROOM


def free_octets(folder: Path) -> int:
    """What a process without privileges may still write there. Raises OSError."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def refuse_without_room(folder: Path) -> None:
    """Raises StoreFull when no mail can be taken in. A file system that cannot be asked is as
    good as one with room: writing will show."""
    try:
        free = free_octets(folder)
    except OSError:
        return
    if free < LEAST_FREE:
        raise StoreFull(
            f"sqlite: {free // 1024} KiB are free; the last {LEAST_FREE // 1024 // 1024} MiB are "
            "for mail that is on its way out"
        )


class Reserve:
    """A file that takes up space beside a database until it is needed."""

    def __init__(self, database: Path) -> None:
        self._folder = database.parent
        self._file = database.with_name(f"{database.name}-reserve")

    def keep(self) -> bool:
        """Gives it up when the disk is full, makes it when there is space; whether it is there
        now. Raises OSError."""
        free = free_octets(self._folder)
        if free < _GIVEN_UNDER:
            self._file.unlink(missing_ok=True)
        elif free >= LEAST_FREE + RESERVE and not self._is_whole():
            self._make()
        return self._is_whole()

    def _is_whole(self) -> bool:
        return self._file.exists() and self._file.stat().st_size == RESERVE

    def _make(self) -> None:
        """With blocks of its own: a file with holes would keep nothing free."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE)
        finally:
            os.close(descriptor)
