"""An hourly cap as arithmetic: never more than N in any 3,600 seconds.

A place in the hour is taken when an attempt is registered (it is pending, and counts whatever
its age), gets the time of the result, and is free again 3,600 seconds later; an attempt that
sent nothing gives its place back at once. Why that is exact: take any N+1 mails that left within
less than an hour, and the moment at which the last of them got its place. The other N were then
pending, or younger than an hour; so there was no place.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

__all__ = ["WINDOW", "free_places", "lane_cap", "place_at", "window_start"]

WINDOW = timedelta(seconds=3600)


def window_start(now: datetime) -> datetime:
    """A place counts while its time is later than this; places in the future (the clock was put
    back) count."""
    return now - WINDOW


def free_places(own: int, others: int, cap: int, share: int = 100, sharing: int = 0) -> int:
    """How many more of a lane may leave now: `own` of its places count, and `others` of the
    other lanes'. `share` and `sharing` as in `lane_cap`."""
    return max(0, lane_cap(others, cap, share, sharing) - own)


def lane_cap(others: int, cap: int, share: int, sharing: int = 0) -> int:
    """How many places a lane may have in the hour when the other lanes have `others`: `share`
    percent of what those leave, but always one while there is one. `sharing` of the others' are
    of lanes that have a share too: of a cap of two, all of these together leave one to the rest."""
    rest = max(0, cap - others)
    least = 0 if sharing and cap == 2 else 1
    return min(rest, max(least, rest * share // 100))


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
