"""Whether the operators have been told today what is in quarantine."""

from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.store.core import Connection
from mailgate.store.digesttable import digests

__all__ = ["begin", "was_sent"]


def was_sent(conn: Connection, day: date) -> bool:
    """Whether the mail of this day was queued, by whichever node."""
    wanted = select(digests.c.at).where(digests.c.day == day.isoformat())
    return conn.execute(wanted).one_or_none() is not None


def begin(conn: Connection, day: date, now: datetime) -> bool:
    """Takes the day, until the transaction ends for good: True for one caller alone. Whoever
    else asks meanwhile waits for that transaction."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    taken = insert(digests).values(
        day=bindparam("of"), at=bindparam("now", type_=digests.c.at.type)
    )
    once = taken.on_conflict_do_nothing().returning(digests.c.day)
    return conn.execute(once, {"of": day.isoformat(), "now": now}).one_or_none() is not None
