"""Units that one statement can do for many: fifty messages that wait for the same commit are
one INSERT.

The writer of SQLite looks for neighbours of one kind in its queue. Each statement costs it two
hand-overs of the interpreter's lock to the event loop, which is as busy as it is: more than the
insert itself. Units of several statements still save their SAVEPOINTs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from mailgate.store.core import Connection

__all__ = ["Many", "Together", "many_of", "together"]

Many = Callable[[Connection, Sequence[Mapping[str, Any]]], list[Any]]
"""Does what the single function does for each set of keyword arguments, in their order."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Together:
    """How units of one kind are done: so many of them at most, all or none. `awaited` says that
    where many have come more are on their way, and worth waiting for."""

    many: Many
    at_once: int
    awaited: bool


_KINDS: dict[Callable[..., Any], Together] = {}


def together(many: Many, *, at_once: int, awaited: bool = False) -> Callable[[F], F]:
    """Declares that calls of the function, as `partial(fn, name=...)`, may be done by `many`."""

    def declare(fn: F) -> F:
        _KINDS[fn] = Together(many, at_once, awaited)
        return fn

    return declare


def many_of(fn: Callable[..., Any]) -> Together | None:
    """What does calls like this one together, None when nothing does."""
    if isinstance(fn, partial) and not fn.args:
        return _KINDS.get(fn.func)
    return None
