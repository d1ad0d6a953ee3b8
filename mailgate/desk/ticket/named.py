"""The ticket that a person names."""

from mailgate.desk.errors import DeskError
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Ticket
from mailgate.store import tickets
from mailgate.store.core import Connection


def named_ticket(conn: Connection, ticket_id: TicketId) -> Ticket:
    """The ticket, or the one that it was merged into, locked until the transaction ends.

    DeskError when there is none.
    """
    target = tickets.resolve_merge(conn, ticket_id)
    if target is not None:
        tickets.lock(conn, target)
        ticket = tickets.get(conn, target)
        if ticket is not None and ticket.merged_into is not None:
            # Merged by somebody else while we waited for the lock.
            return named_ticket(conn, ticket.merged_into)
        if ticket is not None:
            return ticket
    raise DeskError(f"There is no ticket {ticket_id}.", f"{ticket_id}번 티켓이 없습니다.")
