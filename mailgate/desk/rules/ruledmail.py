"""What a rule sends to a customer: within every limit of automatic mail, and once a ticket.

Only to a sender who is proven and no machine: where a mail has come, by that mail; where none
has, by the last one that the requester wrote.
"""

import json
from datetime import datetime

from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.traffic import acknowledgements_today, count_acknowledgement
from mailgate.desk.arriving.withheld import BUDGET_SPENT, withheld
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.telling.account import account_of
from mailgate.desk.words.heard import heard_on
from mailgate.desk.words.mails import of_rule
from mailgate.mail.absencenote import reads_automatic
from mailgate.model.decision import Authentication, OpenTicket, Reason
from mailgate.model.delivery import Draft
from mailgate.model.rule import Rule
from mailgate.model.ticket import EventKind, Ticket, TicketEvent
from mailgate.store import events
from mailgate.store import rules as runs
from mailgate.store.core import Connection

__all__ = ["DOUBTS", "write"]

_NOT_PROVEN = Reason.SENDER_UNAUTHENTICATED.value
_MACHINE = Reason.AUTOMATED.value
_MISSING = "no_template"
DOUBTS = frozenset(
    {
        Reason.AUTOMATED,
        Reason.NULL_REVERSE_PATH,
        Reason.LOOP_SUSPECTED,
        Reason.MANY_WITH_SAME_WORDS,
        Reason.TOO_MANY_FROM_SENDER,
        Reason.PASSED_ON_BY_AGENT,
    }
)
"""Whom no machine writes to by itself."""


def write(
    conn: Connection, ctx: DeskContext, ticket: Ticket, rule: Rule, by: By, case: Case | None
) -> tuple[Draft, ...]:
    """The mail with the rule's template; none, and an event that says why, where it may not go.
    `case` is the mail that the rule has matched."""
    name = rule.actions.template
    if name is None or ticket.spam:
        return ()
    why = _why_not(conn, ctx, ticket, by.now, case)
    if why is None and not runs.begin_once(conn, ticket.id, f"template {rule.name}", by.now):
        return ()
    draft = None
    if why is None:
        heard = heard_on(conn, ticket)
        draft = of_rule(ctx, ticket, name, heard, now=by.now, seed=by.seed)
    if draft is None:
        told = {"what": "template", "why": why or _MISSING, "rule": rule.name}
        events.add(conn, ticket.id, TicketEvent(by.now, EventKind.SUPPRESSED, "system", told))
        return ()
    if case is None:  # What a mail causes is counted with that mail.
        count_acknowledgement(conn, ticket.requester.address, by.now)
    return (draft,)


def _why_not(
    conn: Connection, ctx: DeskContext, ticket: Ticket, now: datetime, case: Case | None
) -> str | None:
    """Why nothing may go to the requester; None when it may."""
    to = ticket.requester.address
    if case is None or case.sender.address.key != to.key:
        why = _by_itself(conn, ticket)
    elif isinstance(case.decision.disposition, OpenTicket):
        return _on_opening(conn, case)
    else:
        why = _on_answer(case)
    if why is None:
        over = acknowledgements_today(conn, to, now) >= _budget(ctx)
        return BUDGET_SPENT if over else None
    return why


def _budget(ctx: DeskContext) -> int:
    return ctx.policy.acknowledgements_per_address_per_day


def _on_opening(conn: Connection, case: Case) -> str | None:
    disposition = case.decision.disposition
    answered = isinstance(disposition, OpenTicket) and disposition.answer
    return _of_sender(case) or (withheld(conn, case) if answered else _MACHINE)


def _on_answer(case: Case) -> str | None:
    doubted = not DOUBTS.isdisjoint(case.decision.reasons)
    automatic = reads_automatic(case.mail.subject, case.mail.text)
    return _of_sender(case) or (_MACHINE if doubted or automatic else None)


def _of_sender(case: Case) -> str | None:
    """Whoever passes a mail on proves themselves, and not whose mail it is."""
    evidence = case.evidence
    proven = evidence.authentication is Authentication.PASS
    passed_on = Reason.PASSED_ON_BY_AGENT in evidence.oddities
    return None if proven and not passed_on else _NOT_PROVEN


def _by_itself(conn: Connection, ticket: Ticket) -> str | None:
    """By the last mail that the requester wrote on it."""
    decided = runs.last_decision(conn, ticket.id, ticket.requester.address)
    account = None if decided is None else account_of(json.loads(decided))
    if account is None or account.authentication is not Authentication.PASS:
        return _NOT_PROVEN
    machine = account.withheld not in (None, BUDGET_SPENT)
    return _MACHINE if machine or not DOUBTS.isdisjoint(account.reasons) else None
