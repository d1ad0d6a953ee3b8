"""How well the corpora are read: counted by the tests, printed at the end of their run.

from tests.corpus.scores import note

note("replies email-reply-trimmer", right, of)
"""

from collections.abc import Iterator
from contextlib import contextmanager

_noted: dict[str, tuple[int, int]] = {}
_figures: dict[str, str] = {}


def note(name: str, right: int, of: int) -> None:
    """Adds `right` of `of` to the score `name`: a test a folder or a test a file, as is handy."""
    before_right, before_of = _noted.get(name, (0, 0))
    _noted[name] = (before_right + right, before_of + of)


@contextmanager
def counted(name: str) -> Iterator[None]:
    """One of the score `name`, right when nothing fails in it. Decorates a test, too."""
    note(name, 0, 1)
    yield
    note(name, 1, 0)


def figure(name: str, text: str) -> None:
    """A measured value that is no share: `11 MB of 300`."""
    _figures[name] = text


def report() -> list[str]:
    """A line a score, as it is printed; nothing when no corpus was read."""
    shares = {name: f"{right}/{of} {share(right, of)}" for name, (right, of) in _noted.items()}
    return [f"corpus scores: {name} {what}" for name, what in sorted((shares | _figures).items())]


def share(right: int, of: int) -> str:
    """Rounded down, so that 100.0 % are all of them."""
    return f"{int(1000 * right / of) / 10} %" if of else "of none"
