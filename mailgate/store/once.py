"""What somebody was told, so that they are not told it again before long."""

from datetime import datetime

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.store.core import Connection
from mailgate.store.desktables import told_once

__all__ = ["begin", "prune"]


def begin(conn: Connection, key: str, *, since: datetime, now: datetime) -> bool:
    """Takes the telling of `key`, until the transaction ends for good: True when nobody has told
    it since then. Whoever else asks meanwhile waits for that transaction."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    instant = told_once.c.at.type
    taken = insert(told_once).values(key=bindparam("of"), at=bindparam("now", type_=instant))
    once = taken.on_conflict_do_update(
        index_elements=[told_once.c.key],
        set_={"at": taken.excluded.at},
        where=told_once.c.at < bindparam("since", type_=instant),
    ).returning(told_once.c.key)
    values = {"of": key, "now": now, "since": since}
    return conn.execute(once, values).one_or_none() is not None


def prune(conn: Connection, before: datetime) -> int:
    """Forgets what was told before then; how many tellings."""
    return conn.execute(delete(told_once).where(told_once.c.at < before)).rowcount
