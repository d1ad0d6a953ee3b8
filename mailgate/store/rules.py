"""What rules have done: on which tickets, and whose turn it was."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.model.ids import TicketId
from mailgate.store.core import Connection
from mailgate.store.desktables import rotations, rule_runs

__all__ = ["begin_once", "next_of", "note_run"]


def begin_once(conn: Connection, ticket: TicketId, rule: str, now: datetime) -> bool:
    """Whether the rule never did this to the ticket; from now on it has."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    once = (
        insert(rule_runs)
        .values(ticket=ticket, rule=rule, at=now)
        .on_conflict_do_nothing()
        .returning(rule_runs.c.rule)
    )
    return conn.execute(once).one_or_none() is not None


def note_run(conn: Connection, ticket: TicketId, rule: str, now: datetime) -> None:
    """The rule has looked at the ticket, and is done with it up to this time."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    put = insert(rule_runs).values(ticket=ticket, rule=rule, at=now)
    columns = [rule_runs.c.ticket, rule_runs.c.rule]
    conn.execute(put.on_conflict_do_update(index_elements=columns, set_={"at": put.excluded.at}))


def next_of(conn: Connection, group: str, members: Sequence[str]) -> str:
    """Whose turn it is among the members (keys, in order, at least one), and notes it. Whoever
    asks for the same group meanwhile waits for this transaction."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    put = insert(rotations).values(group_name=group, agent="")
    held = put.on_conflict_do_update(
        index_elements=[rotations.c.group_name], set_={"agent": rotations.c.agent}
    )
    last = conn.execute(held.returning(rotations.c.agent)).scalar_one()
    after = members.index(last) + 1 if last in members else 0
    turn = members[after % len(members)]
    this = rotations.c.group_name == bindparam("of")
    conn.execute(update(rotations).where(this).values(agent=turn), {"of": group})
    return turn
