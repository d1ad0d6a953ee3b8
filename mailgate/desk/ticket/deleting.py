"""Closed tickets are deleted after their retention.

A use case, to be run in one transaction (`store.write`).
"""

from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.swept import Swept
from mailgate.model.seed import Seed
from mailgate.store import deleting
from mailgate.store.core import Connection

__all__ = ["delete_closed"]


def delete_closed(
    conn: Connection,
    *,
    ctx: DeskContext,
    now: datetime,
    seed: Seed,  # noqa: ARG001  as every job of the minute
    limit: int,
) -> Swept:
    """Deletes up to `limit` tickets that have been closed for `[desk] delete_closed_after`, with
    everything that stands on them. Where that is never, the database is not asked."""
    after = ctx.policy.delete_closed_after
    if after is None:
        return Swept()
    found = deleting.ripe(conn, now - after, limit)
    for ticket in found:
        deleting.delete_ticket(conn, ticket)
    return Swept(len(found))
