"""Forgetting the raw bytes of mail that is long done with; tickets and decisions stay."""

from datetime import datetime

from sqlalchemy import delete, select

from mailgate.model.journal import JournalState
from mailgate.store.core import Connection
from mailgate.store.tables import journal, journal_content

__all__ = ["forget_contents"]

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
