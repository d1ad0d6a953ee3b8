"""An hourly cap as arithmetic: never more than N in any 3,600 seconds.

A place in the hour is taken when an attempt is registered (it is pending, and counts whatever
its age), gets the time of the result, and is free again 3,600 seconds later; an attempt that
sent nothing gives its place back at once. Why that is exact: take any N+1 mails that left within
less than an hour, and the moment at which the last of them got its place. The other N were then
pending, or younger than an hour; so there was no place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["WINDOW", "Grant", "WaitUntil", "ask", "free_places", "place_at", "window_start"]

WINDOW = timedelta(seconds=3600)


@dataclass(frozen=True, slots=True)
class Grant:
    """There is room for `places` more."""

    places: int


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """The cap is reached; `at` is the earliest time at which there is room."""

    at: datetime


def window_start(now: datetime) -> datetime:
    """A place counts while its time is later than this."""
    return now - WINDOW


def free_places(settled: int, pending: int, cap: int) -> int:
    """How many more may leave now, given how many count."""
    return max(0, cap - settled - pending)


def ask(times: Sequence[datetime], pending: int, cap: int, now: datetime) -> Grant | WaitUntil:
    """May one more leave? `times` are those of the settled places, in any order; places
    in the future (the clock was put back) count."""
    counting = sorted(at for at in times if at > window_start(now))
    places = free_places(len(counting), pending, cap)
    return Grant(places) if places else WaitUntil(place_at(counting, pending, cap, now, 0))


def place_at(
    counting: Sequence[datetime], pending: int, cap: int, now: datetime, rank: int
) -> datetime:
    """The earliest time at which the mail that has `rank` (0, 1, ...) others waiting before
    it can leave. `counting` are the times of the settled places that count, oldest first."""
    rounds, place = divmod(rank, cap)
    # This many of the counting places must be free again first, the oldest ones.
    index = place + len(counting) + pending - cap
    if index < 0:
        free = now
    elif index < len(counting):
        free = counting[index] + WINDOW
    else:  # a pending one: when it leaves now, its place is free in an hour
        free = now + WINDOW
    return free + rounds * WINDOW
