"""Agents who are told of a ticket that is not theirs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection
from mailgate.store.desktables import followers
from mailgate.store.prepared import Prepared
from mailgate.store.values import address_of

__all__ = ["add", "of_ticket", "remove"]

_ADD = insert_or_ignore(followers, "ticket", "key", "address", "at")
_REMOVE = Prepared(
    delete(followers).where(
        followers.c.ticket == bindparam("of"), followers.c.key == bindparam("who")
    )
)
_OF_TICKET = Prepared(
    select(followers.c.address)
    .where(followers.c.ticket == bindparam("of"))
    .order_by(followers.c.key)
)


def add(conn: Connection, ticket: TicketId, who: Address, now: datetime) -> None:
    """They are told from now on; who is already stays so."""
    _ADD(conn, {"ticket": ticket, "key": who.key, "address": str(who), "at": now})


def remove(conn: Connection, ticket: TicketId, who: Address) -> bool:
    """They are told no more; False when they were not."""
    return _REMOVE.run(conn, of=ticket, who=who.key) > 0


def of_ticket(conn: Connection, ticket: TicketId) -> Sequence[Address]:
    """Who follows it."""
    return [address_of(row.address) for row in _OF_TICKET.all(conn, of=ticket)]
