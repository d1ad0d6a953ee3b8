"""Senders whose mail goes into quarantine, because somebody called it spam."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, delete, or_, select

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Source
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection
from mailgate.store.desktables import blocked_senders
from mailgate.store.prepared import Prepared
from mailgate.store.tables import contacts, ticket_cc, tickets

__all__ = ["Blocked", "add", "is_blocked", "is_known", "listing", "remove"]

_ADD = insert_or_ignore(blocked_senders, "key", "address", "at", "actor", "ticket")
_REMOVE = Prepared(delete(blocked_senders).where(blocked_senders.c.key == bindparam("who")))
_IS_BLOCKED = Prepared(
    select(blocked_senders.c.key).where(blocked_senders.c.key == bindparam("who"))
)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A sender, who shut them out when, and for what mail of theirs."""

    address: str
    at: datetime
    actor: str
    ticket: TicketId | None


def add(
    conn: Connection, who: Address, *, actor: str, ticket: TicketId | None, now: datetime
) -> None:
    """Their next mails wait for an operator; who is shut out already stays so."""
    _ADD(
        conn,
        {"key": who.key, "address": str(who), "at": now, "actor": actor, "ticket": ticket},
    )


def remove(conn: Connection, who: Address) -> bool:
    """Their mail is like any other again; False when it was."""
    return _REMOVE.run(conn, who=who.key) > 0


def is_blocked(conn: Connection, key: str) -> bool:
    """Whether mail of the sender with this `Address.key` waits."""
    return _IS_BLOCKED.one(conn, who=key) is not None


_WRITTEN_ON = (
    select(tickets.c.id)
    .where(
        tickets.c.id != bindparam("but"),
        or_(
            tickets.c.first_response_at.is_not(None),
            tickets.c.source == Source.OUTBOUND_EMAIL.value,
        ),
    )
    .limit(1)
)
_WHO: BindParameter[str] = bindparam("who")
_ASKED = Prepared(
    _WRITTEN_ON.join(contacts, contacts.c.id == tickets.c.requester).where(contacts.c.key == _WHO)
)
_TOOK_PART = Prepared(
    _WRITTEN_ON.join(ticket_cc, ticket_cc.c.ticket == tickets.c.id).where(ticket_cc.c.key == _WHO)
)


def is_known(conn: Connection, who: Address, but: TicketId) -> bool:
    """Whether agents have written to them on another ticket than this one, which is theirs or in
    which they take part."""
    return any(one.one(conn, who=who.key, but=but) is not None for one in (_ASKED, _TOOK_PART))


def listing(conn: Connection, limit: int) -> Sequence[Blocked]:
    """Who is shut out, the last first."""
    columns = blocked_senders.c
    wanted = select(columns.address, columns.at, columns.actor, columns.ticket)
    rows = conn.execute(wanted.order_by(columns.at.desc(), columns.key).limit(limit))
    return [Blocked(row.address, row.at, row.actor, row.ticket) for row in rows]
