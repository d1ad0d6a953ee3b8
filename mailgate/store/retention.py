"""Forgetting the raw bytes of mail that is long done with; tickets and decisions stay."""

from datetime import datetime

from sqlalchemy import delete, func, literal_column, select, update

from mailgate.model.delivery_states import WAITING
from mailgate.model.journal import JournalState
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, outbound
from mailgate.store.tables import journal, journal_content

__all__ = ["forget_contents", "forget_sent"]

_FINISHED = (JournalState.DONE.value, JournalState.DROPPED.value)


def forget_contents(conn: Connection, *, before: datetime, limit: int) -> int:
    """Deletes the bytes of up to `limit` rows that were received before `before` and have come
    to an end; how many. What waits, and what is in quarantine, is never touched."""
    old = (
        select(journal_content.c.journal)
        .join(journal, journal.c.id == journal_content.c.journal)
        .where(journal.c.received_at < before, journal.c.state.in_(_FINISHED))
        .order_by(journal.c.id)
        .limit(limit)
    )
    return conn.execute(
        delete(journal_content).where(journal_content.c.journal.in_(old.scalar_subquery()))
    ).rowcount


def forget_sent(conn: Connection, *, before: datetime, limit: int) -> int:
    """Empties up to `limit` mails that were queued before `before` and of which no delivery
    waits any more; how many. Their deliveries and attempts stay."""
    waiting = select(deliveries.c.id).where(
        deliveries.c.outbound == outbound.c.id, deliveries.c.state.in_(sorted(WAITING))
    )
    old = (
        select(outbound.c.id)
        # As a literal, for the partial index.
        .where(func.length(outbound.c.raw) > literal_column("0"))
        .where(outbound.c.created_at < before, ~waiting.exists())
        .order_by(outbound.c.created_at)
        .limit(limit)
    )
    emptied = update(outbound).where(outbound.c.id.in_(old.scalar_subquery()))
    return conn.execute(emptied.values(raw=b"")).rowcount
