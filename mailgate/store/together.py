"""Units that one statement can do for many: fifty messages that wait for the same commit are
one INSERT.

The writer of SQLite looks for neighbours of one kind in its queue. Each statement costs it two
hand-overs of the interpreter's lock to the event loop, which is as busy as it is: more than the
insert itself.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from mailgate.store.core import Connection

__all__ = ["Many", "many_of", "together"]

Many = Callable[[Connection, Sequence[Mapping[str, Any]]], list[Any]]
"""Does what the single function does for each set of keyword arguments, in their order."""

F = TypeVar("F", bound=Callable[..., Any])

_MANY: dict[Callable[..., Any], Many] = {}


def together(many: Many) -> Callable[[F], F]:
    """Declares that calls of the function, as `partial(fn, name=...)`, may be done by `many`."""

    def declare(fn: F) -> F:
        _MANY[fn] = many
        return fn

    return declare


def many_of(fn: Callable[..., Any]) -> Many | None:
    """What does calls like this one together, None when nothing does."""
    if isinstance(fn, partial) and not fn.args:
        return _MANY.get(fn.func)
    return None
