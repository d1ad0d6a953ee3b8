"""When a deferred delivery is tried again (RFC 5321 §4.5.4.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["GIVE_UP_AFTER", "RETRY_DELAYS", "GiveUp", "next_due"]

RETRY_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
)
"""After the first, second, ... attempt; the last one holds for all further attempts."""

GIVE_UP_AFTER = timedelta(days=5)
"""RFC 5321 §4.5.4.1: the give-up time generally needs to be at least 4-5 days."""

JITTER = 0.1
"""The greatest share by which a delay is lengthened, so that retries do not come in step."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The next attempt would come after `GIVE_UP_AFTER`: there is none."""


def next_due(attempts: int, since: datetime, now: datetime, jitter: float) -> datetime | GiveUp:
    """The time of the next attempt after `attempts` (1 or more) that failed.

    `since` is the time of the first attempt; `jitter` from 0 (none) to 1 (all of it).
    """
    delay = RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1]
    due = now + delay * (1 + JITTER * jitter)
    return GiveUp() if due > since + GIVE_UP_AFTER else due
