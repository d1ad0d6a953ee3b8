"""Mail that has not left is never sent; whoever was to be answered by it waits again. A use case,
to be run in one transaction (`store.write`)."""

from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.timers.timing import set_clocks
from mailgate.store import operating, tickets
from mailgate.store.core import Connection
from mailgate.store.operating import Selection

__all__ = ["take_back"]


def take_back(conn: Connection, ctx: DeskContext, wanted: Selection, now: datetime) -> int:
    """Ends the deliveries that are selected, with an event on their tickets; how many. The clocks
    of a ticket go on from when its customer asked."""
    answers = operating.answered_by(conn, wanted)
    # Before the lock of the limits, as whoever takes back the mails of a ticket that they hold.
    for number in answers:
        tickets.lock(conn, number)
    ended = operating.cancel(conn, wanted, now)
    if ctx.policy.responses:
        for number in answers:
            set_clocks(conn, ctx, number, now)
    return ended
