"""Whether a customer who has proven nothing, and whom nobody has answered, may be told that their
ticket is resolved: whose address it is nobody knows, so that it is automatic mail like an
acknowledgement, however many such tickets somebody resolves."""

import json
from datetime import datetime

from mailgate.desk.arriving.budgets import has_room
from mailgate.desk.arriving.traffic import count_acknowledgement
from mailgate.desk.arriving.withheld import BUDGET_SPENT
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.rules.ruledmail import DOUBTS
from mailgate.desk.telling.account import account_of
from mailgate.desk.words.notices import is_to_customer
from mailgate.model.decision import Authentication, Reason
from mailgate.model.delivery import Draft
from mailgate.model.ticket import EventKind, Ticket, TicketEvent
from mailgate.store import entries, events
from mailgate.store import rules as runs
from mailgate.store.core import Connection

__all__ = ["within_limits"]

_SHOWN = Reason.PASSED_ON_BY_AGENT
"""Its sender is who an agent shows us: they have not written to us."""


def within_limits(
    conn: Connection, ctx: DeskContext, ticket: Ticket, drafts: tuple[Draft, ...], by: By
) -> tuple[Draft, ...]:
    """The mails of a change, without one to the customer that may not go; then an event says why.
    One that goes is counted."""
    known = ticket.proven or ticket.first_response_at is not None
    if known or not any(map(is_to_customer, drafts)):
        return drafts
    why = _why_not(conn, ctx, ticket, by.now)
    if why is None:
        count_acknowledgement(conn, ticket.requester.address, by.now)
        return drafts
    told = {"what": "resolved", "why": why}
    events.add(conn, ticket.id, TicketEvent(by.now, EventKind.SUPPRESSED, "system", told))
    return tuple(draft for draft in drafts if not is_to_customer(draft))


def _why_not(conn: Connection, ctx: DeskContext, ticket: Ticket, now: datetime) -> str | None:
    to = ticket.requester.address
    # The mail that is just being worked on has no decision yet: of that its message tells.
    doubts = DOUBTS - ({_SHOWN} if ctx.policy.acknowledge_forwarded else set())
    if _SHOWN in doubts and any(_SHOWN in one.flags for one in entries.of_ticket(conn, ticket.id)):
        return _SHOWN.value
    decided = runs.last_decision(conn, ticket.id, to)
    account = None if decided is None else account_of(json.loads(decided))
    if account is not None:
        if account.authentication is Authentication.FAIL:
            return Reason.SENDER_UNAUTHENTICATED.value
        doubt = next((one for one in account.reasons if one in doubts), None)
        if doubt is not None:
            return doubt.value
    return None if has_room(conn, ctx.policy, to, now) else BUDGET_SPENT
