"""What rules have done: on which tickets, and whose turn it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.rule import Conditions, Rule, Since
from mailgate.model.ticket import EntryKind, Status
from mailgate.store.core import Connection
from mailgate.store.desktables import rotations, rule_runs
from mailgate.store.tables import entries, journal, ticket_tags, tickets
from mailgate.store.values import address_of

__all__ = [
    "DueTicket",
    "begin_once",
    "due",
    "is_due",
    "last_decision",
    "leave_updated",
    "next_of",
    "take",
]


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


@dataclass(frozen=True, slots=True)
class DueTicket:
    """A ticket that a rule is to look at; `moment` is what its time counts from."""

    id: TicketId
    moment: datetime


_SINCE = {
    Since.CREATED: tickets.c.created_at,
    Since.UPDATED: tickets.c.updated_at,
    Since.WAITING: tickets.c.waiting_since,
    Since.RESOLVED: tickets.c.resolved_at,
}
_AT_WORK = (Status.OPEN, Status.PENDING)


def due(conn: Connection, rule: Rule, now: datetime, limit: int) -> Sequence[DueTicket]:
    """The tickets whose time has come for the rule and that it has not looked at since that
    moment, as far as the ticket itself tells; locked, and none that another node has."""
    wanted = _whose_time_has_come(rule, now).limit(limit)
    locked = wanted.with_for_update(of=tickets, skip_locked=True, key_share=True)
    return [DueTicket(TicketId(row.id), row.moment) for row in conn.execute(locked)]


def is_due(conn: Connection, rule: Rule, now: datetime) -> bool:
    """Whether there is any, for who only reads: where a rule is for what is closed, all of that
    may have to be looked at."""
    return conn.execute(_whose_time_has_come(rule, now).limit(1)).first() is not None


def _whose_time_has_come(rule: Rule, now: datetime) -> Select[tuple[int, datetime]]:
    moment = _SINCE[rule.since]
    looked = exists().where(
        rule_runs.c.ticket == tickets.c.id, rule_runs.c.rule == rule.name, rule_runs.c.at >= moment
    )
    return (
        select(tickets.c.id, moment.label("moment"))
        .where(moment <= now - rule.after, ~looked, *_asked(rule.conditions))
        .where(tickets.c.merged_into.is_(None), tickets.c.spam.is_(False))
        .order_by(moment, tickets.c.id)
    )


def _asked(conditions: Conditions) -> Iterator[ColumnElement[bool]]:
    """What may change on a ticket: it is asked again each time. The rest stays as it is."""
    statuses = conditions.status or _AT_WORK
    yield tickets.c.status.in_([one.value for one in statuses])
    if conditions.priority:
        yield tickets.c.priority.in_([one.value for one in conditions.priority])
    if conditions.group:
        yield tickets.c.group_name.in_(conditions.group)
    if conditions.tag:
        tagged = select(ticket_tags.c.ticket).where(ticket_tags.c.tag.in_(conditions.tag))
        yield tickets.c.id.in_(tagged)


def take(conn: Connection, of: DueTicket, rule: str, now: datetime) -> bool:
    """Whether nobody else has looked at the ticket for the rule since that moment; from now on
    somebody has."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    put = insert(rule_runs).values(ticket=of.id, rule=rule, at=now)
    taken = put.on_conflict_do_update(
        index_elements=[rule_runs.c.ticket, rule_runs.c.rule],
        set_={"at": put.excluded.at},
        where=rule_runs.c.at < of.moment,
    )
    return conn.execute(taken.returning(rule_runs.c.rule)).one_or_none() is not None


def leave_updated(conn: Connection, ticket: TicketId, at: datetime) -> None:
    """What has just been done to the ticket does not count as news: what goes by the time since
    its last change would never come to its end."""
    conn.execute(update(tickets).where(tickets.c.id == ticket).values(updated_at=at))


_LATEST = 20
"""Messages among which the requester's last one is looked for."""


def last_decision(conn: Connection, ticket: TicketId, writer: Address) -> str | None:
    """What was decided (JSON) of the last mail that somebody wrote on the ticket; None when they
    wrote none lately."""
    wanted = (
        select(entries.c.author_address, journal.c.decision)
        .join(journal, journal.c.id == entries.c.journal)
        .where(entries.c.ticket == ticket, entries.c.kind == EntryKind.MESSAGE.value)
        .order_by(entries.c.id.desc())
        .limit(_LATEST)
    )
    found = (r for r in conn.execute(wanted) if address_of(r.author_address).key == writer.key)
    return next((row.decision for row in found), None)


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
