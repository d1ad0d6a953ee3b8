"""Who has answered on a ticket a moment ago."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Direction, EntryKind, Role, Visibility
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import entries
from mailgate.store.values import address_of

__all__ = ["Answered", "answer_of_another"]

_ANSWERS = Prepared(
    select(entries.c.author_address, entries.c.text, entries.c.at)
    .where(
        entries.c.ticket == bindparam("on"),
        entries.c.at >= bindparam("since", type_=entries.c.at.type),
        entries.c.author_address != bindparam("but"),
        entries.c.direction == Direction.OUT.value,
        entries.c.visibility == Visibility.PUBLIC.value,
        entries.c.kind == EntryKind.MESSAGE.value,
        entries.c.author_role == Role.AGENT.value,
    )
    .order_by(entries.c.at.desc(), entries.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Answered:
    """An agent's answer to a customer."""

    by: Address
    text: str = field(repr=False)
    at: datetime


def answer_of_another(
    conn: Connection, ticket: TicketId, *, but: Address, since: datetime
) -> Answered | None:
    """The last public answer on the ticket since then by an agent other than `but`."""
    row = _ANSWERS.one(conn, on=ticket, since=since, but=str(but))
    return None if row is None else Answered(address_of(row.author_address), row.text, row.at)
