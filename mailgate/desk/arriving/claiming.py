"""The units that take rows of the journal for the worker, and give them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailgate.model.ids import JournalId
from mailgate.model.journal import JournalRow
from mailgate.store import journal
from mailgate.store.core import Connection

MAX_OCTETS = 16_000_000
"""Bytes of mail after which a batch is full."""
LEASE = timedelta(seconds=60)
"""How long a claimed row is ours; a row of a process that died is due again after that."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Claim:
    """`one_writer` says that the store runs all units one after another, in order."""

    rows: list[JournalRow]
    one_writer: bool


def claim_rows(conn: Connection, *, now: datetime, limit: int) -> Claim:
    """The unit that takes the next rows, a few at a time: no more bytes than fit in memory."""
    rows: list[JournalRow] = []
    octets = 0
    while len(rows) < limit and octets < MAX_OCTETS:
        few = min(_AT_ONCE, limit - len(rows))
        more = journal.claim(conn, now=now, lease=LEASE, limit=few)
        rows += more
        octets += sum(len(row.arrival.content) for row in more)
        if len(more) < few:
            break
    return Claim(rows, one_writer=conn.dialect.name == "sqlite")


def take_over_rows(conn: Connection) -> None:
    """The unit that makes claimed rows due again. An SQLite file has one daemon, so nobody is
    at them; on PostgreSQL another node may be."""
    if conn.dialect.name == "sqlite":
        journal.free(conn)


def hand_back(conn: Connection, *, rows: Sequence[JournalId], now: datetime) -> None:
    """The unit that gives up rows that were taken and not begun."""
    for row in rows:
        journal.hand_back(conn, row, now=now)
