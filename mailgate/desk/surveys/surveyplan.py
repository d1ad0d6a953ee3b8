"""When a customer is to be asked how the answers were: so long after their ticket was resolved."""

from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.model.ticket import Ticket
from mailgate.store import surveys
from mailgate.store.core import Connection

__all__ = ["plan_survey"]


def plan_survey(
    conn: Connection, ctx: DeskContext, before: Ticket, after: Ticket, now: datetime
) -> None:
    """To be called when a ticket has changed: its customer is to be asked later. Where nobody is
    ever asked, the database is not touched."""
    asking = ctx.policy.survey
    if asking is None or before.status is after.status or after.status is not asking.when:
        return
    surveys.plan(conn, after.id, now + asking.after)
