"""One ticket of several that are seen to in a transaction: what is wrong with it keeps nobody from
the others."""

from collections.abc import Callable

from mailgate.desk.by import By
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.store import events
from mailgate.store.attempt import attempt
from mailgate.store.core import Connection

__all__ = ["FAULTS", "safely"]

FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError),
    ValueError,
)
"""Of ours or of what is stored; those of the database are for the whole transaction."""


def safely(
    conn: Connection, number: TicketId, what: str, by: By, do: Callable[[], tuple[Draft, ...]]
) -> tuple[Draft, ...] | None:
    """What `do` returns. None when it fails: nothing of it is written then, but an event that
    `what` was not done; the caller sees to it that the ticket is not the first again in a minute,
    and in every minute after."""
    try:
        with attempt(conn, *FAULTS):
            return do()
    except FAULTS as error:
        # Not what it says: that may quote a mail.
        why = {"what": what, "why": type(error).__name__}
        events.add(conn, number, TicketEvent(by.now, EventKind.SUPPRESSED, by.actor, why))
        return None
