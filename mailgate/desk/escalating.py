"""Who is told that a ticket waits for too long. A use case of the daemon's sweep."""

from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.swept import Swept
from mailgate.model.seed import Seed
from mailgate.store.core import Connection

__all__ = ["ring_due"]


def ring_due(conn: Connection, *, ctx: DeskContext, now: datetime, seed: Seed, limit: int) -> Swept:
    """Tells of what has become overdue."""
    _ = (conn, ctx, now, seed, limit)
    return Swept()
