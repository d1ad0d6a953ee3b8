"""The hourly cap on the store: who may leave now, and when the others can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.spec import HourlyCap
from mailgate.ratelimit.window import (
    Grant,
    WaitUntil,
    ask,
    free_places,
    place_at,
    window_start,
)
from mailgate.store import limits
from mailgate.store.core import Connection
from mailgate.store.limits import Used

__all__ = ["HourlyLimiter"]

_KEEP = timedelta(hours=2)
_SOON = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class HourlyLimiter:
    """The functions take a connection and work in its transaction. Places are taken under
    `key`; everybody who uses one database shares them."""

    cap: HourlyCap
    key: str = "account"

    def used(self, conn: Connection, now: datetime) -> Used:
        """The places that are taken. Nobody else is granted one until the transaction ends."""
        limits.lock(conn, self.key)
        return limits.used(conn, self.key, window_start(now))

    def room(self, used: Used, lane: Lane, taken: int) -> int:
        """How many of `lane` may leave now, after `taken` others in this transaction."""
        return free_places(used.settled, used.pending + taken, self.cap.of_lane(lane))

    def ask(self, conn: Connection, lane: Lane, now: datetime) -> Grant | WaitUntil:
        """Would one more of `lane` leave now? Nothing is taken."""
        since = window_start(now)
        pending = limits.used(conn, self.key, since).pending
        return ask(limits.times(conn, self.key, since), pending, self.cap.of_lane(lane), now)

    def waits(
        self, conn: Connection, lane: Lane, pending: int, now: datetime, ranks: range
    ) -> list[datetime]:
        """When mail of `lane` that has so many others (`ranks`) before it can leave at the
        earliest; never `now` itself. `pending` are the places without a time."""
        counting = limits.times(conn, self.key, window_start(now))
        cap = self.cap.of_lane(lane)
        return [max(place_at(counting, pending, cap, now, rank), now + _SOON) for rank in ranks]

    def reserve(self, conn: Connection, lane: Lane, deliveries: Sequence[DeliveryId]) -> None:
        """Takes places; the caller has seen in this transaction that there is room."""
        limits.reserve(conn, self.key, lane, deliveries)

    def prune(self, conn: Connection, now: datetime) -> None:
        """Forgets places that have not counted for a long time."""
        limits.prune(conn, self.key, now - _KEEP)
