"""Whether anything still moves between gateways and the mail systems around them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.harness.gateway import Gateway
from tests.harness.journal import ask
from tests.harness.postfix import Postfix
from tests.harness.waiting import DEADLINE, until

_MOVED = """\
SELECT (SELECT count(*) FROM journal),
       (SELECT count(*) FROM deliveries),
       (SELECT count(*) FROM attempts),
       (SELECT count(*) FROM entries),
       (SELECT count(*) FROM journal WHERE state = 'received'),
       (SELECT count(*) FROM deliveries WHERE state IN ('ready', 'leased'))
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a gateway has come. `attempts` counts what was tried to be sent."""

    journalled: int
    deliveries: int
    attempts: int
    entries: int
    unprocessed: int
    unsent: int

    @property
    def is_dry(self) -> bool:
        return self.unprocessed == self.unsent == 0


def moved(gateway: Gateway) -> Moved:
    (row,) = ask(gateway, _MOVED)
    return Moved(*row)


def wait_until_quiet(
    *gateways: Gateway, around: tuple[Postfix, ...] = (), seconds: float = DEADLINE
) -> tuple[Moved, ...]:
    """Waits until no journal and no queue holds anything, at one moment; how far all have come.

    Everything is looked at twice, because a mail could go from one that was not yet looked at to
    one that was: what was dry both times and had not moved on was dry all the time between.
    """

    def look() -> tuple[Moved, ...] | None:
        first = tuple(moved(gateway) for gateway in gateways)
        if any(postfix.waiting() for postfix in (*around, *around)):
            return None
        second = tuple(moved(gateway) for gateway in gateways)
        return second if first == second and all(one.is_dry for one in second) else None

    return until("nothing moves any more", look, seconds=seconds)


def expect_nothing_moves(
    *gateways: Gateway, around: tuple[Postfix, ...] = (), nudge: Callable[[], None]
) -> None:
    """Nothing has been left waiting for an occasion: `nudge` is one, and afterwards all is as
    it was before."""
    before = wait_until_quiet(*gateways, around=around)
    nudge()
    assert wait_until_quiet(*gateways, around=around) == before
