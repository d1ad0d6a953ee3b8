"""Who has written on a ticket lately."""

from datetime import datetime

from sqlalchemy import bindparam, select

from mailgate.model.ids import TicketId
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import entries
from mailgate.store.values import address_of

__all__ = ["written_since"]

_RECENT = Prepared(
    select(entries.c.author_address, entries.c.at)
    .where(entries.c.ticket == bindparam("ticket"), entries.c.at >= bindparam("since"))
    .order_by(entries.c.at.desc())
    .limit(bindparam("rows"))
)


def written_since(
    conn: Connection, ticket: TicketId, authors: frozenset[str], since: datetime, limit: int
) -> list[datetime]:
    """When any of `authors` (by `Address.key`) put a message on the ticket since then, the
    newest first. Of all that stands there since then, the last `limit` are looked at."""
    rows = _RECENT.all(conn, ticket=ticket, since=since, rows=limit)
    return [row.at for row in rows if address_of(row.author_address).key in authors]
