"""The third parties that agents write to on the side of a ticket."""

from datetime import datetime

from sqlalchemy import bindparam, select

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import side_parties

__all__ = ["add", "is_party"]

_ADD = insert_or_ignore(side_parties, "ticket", "key", "address", "at")
_IS_PARTY = Prepared(
    select(side_parties.c.key).where(
        side_parties.c.ticket == bindparam("ticket"), side_parties.c.key == bindparam("key")
    )
)


def add(conn: Connection, ticket: TicketId, party: Address, at: datetime) -> None:
    """What this party writes about the ticket from now on belongs to its side thread."""
    _ADD(conn, {"ticket": ticket, "key": party.key, "address": str(party), "at": at})


def is_party(conn: Connection, ticket: TicketId, key: str) -> bool:
    """Whether agents have written to this address on the side of the ticket."""
    return _IS_PARTY.one(conn, ticket=ticket, key=key) is not None
