"""The ids of a conversation that its customers know."""

from mailgate.desk.words.frame import REFERENCES
from mailgate.model.ticket import Ticket
from mailgate.store import entries
from mailgate.store.core import Connection

__all__ = ["heard_on"]


def heard_on(conn: Connection, ticket: Ticket) -> list[str]:
    """Message-IDs for the References of a mail to whoever is on the ticket, oldest first. An id
    tells who wrote and from where: that of somebody who is not on it, because it came with a
    merged ticket, is nobody's business there."""
    parties = {ticket.requester.address.key, *(one.key for one in ticket.cc)}
    return entries.last_public_message_ids(conn, ticket.id, REFERENCES, by=parties)
