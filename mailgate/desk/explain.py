"""Why a message becomes what it becomes, as JSON: stored with the row, printed for people."""

import json
from collections.abc import Sequence
from datetime import datetime

from mailgate.desk import plan
from mailgate.desk.budgets import acknowledgement_allowed
from mailgate.desk.conclude import conclude
from mailgate.desk.context import DeskContext
from mailgate.desk.facts import NO_ROW
from mailgate.desk.plan import Case
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Proofs
from mailgate.model.decision import (
    Append,
    Decision,
    Duplicate,
    OpenTicket,
    RecordAutoReply,
    RecordBounce,
    Suppress,
)
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.store import tickets
from mailgate.store.core import Connection

Json = dict[str, object]
_encode = json.JSONEncoder(ensure_ascii=False).encode
_NOT_YET = TicketId(0)
"""Number of a ticket that would be opened."""
_NO_SECRET = Seed(bytes(32))
"""What is composed to be counted is never sent: its ids need no randomness."""


def explain(
    conn: Connection,
    ctx: DeskContext,
    mail: ParsedMail,
    envelope: Envelope,
    *,
    trusted: bool,
    now: datetime,
    authenticated: str | None = None,
    digest: bytes | None = None,
    proofs: Proofs | None = None,
) -> Json:
    """What would become of a mail that came now, as `mailgate explain` prints it. Touches nothing.

    With the `digest` of its bytes it is also compared to what came before; `proofs` is what we
    found out about who sent it.
    """
    case = conclude(
        conn,
        ctx,
        mail,
        envelope,
        trusted=trusted,
        authenticated=authenticated,
        row=NO_ROW,
        digest=digest,
        released=None,
        released_to=None,
        now=now,
        seed=_NO_SECRET,
        proofs=proofs,
    )
    drafts = _would_send(conn, case)
    return decision_dict(case.decision, ticket=_ticket_of(case.decision), drafts=drafts)


def decision_json(
    decision: Decision, *, ticket: TicketId | None = None, drafts: Sequence[Draft] = ()
) -> str:
    """The decision as it is stored with its row: the same shape as `explain` prints."""
    known = ticket if ticket is not None else _ticket_of(decision)
    return _encode(decision_dict(decision, ticket=known, drafts=drafts))


def decision_dict(decision: Decision, *, ticket: TicketId | None, drafts: Sequence[Draft]) -> Json:
    """`ticket` is the one that the mail landed on, `drafts` the mails that it causes."""
    sender = decision.sender
    return {
        "disposition": decision.disposition.name,
        "reasons": [reason.value for reason in decision.reasons],
        "ticket": ticket,
        "signals": [
            {"kind": s.kind.value, "value": s.value, "ticket": s.ticket, "verified": s.verified}
            for s in decision.signals
        ],
        "sender": {
            "address": None if sender.address is None else str(sender.address),
            "role": sender.role.value,
            "authenticated": sender.authentication.value,
            "by": sender.by,
            "checks": [
                {
                    "method": check.method,
                    "domain": check.domain,
                    "result": check.result,
                    "source": check.source,
                    "detail": check.detail,
                }
                for check in sender.checks
            ],
        },
        "would_send": [
            {"kind": draft.kind, "recipient": str(recipient)}
            for draft in drafts
            for recipient in draft.recipients
        ],
        "defects": list(decision.defects),
    }


def _ticket_of(decision: Decision) -> TicketId | None:
    match decision.disposition:
        case Append(ticket=ticket) | RecordBounce(ticket=ticket) | RecordAutoReply(ticket=ticket):
            return ticket
        case Duplicate(ticket=known) | Suppress(ticket=known):
            return known
        case _:
            return None


def _would_send(conn: Connection, case: Case) -> tuple[Draft, ...]:
    disposition = case.decision.disposition
    if isinstance(disposition, OpenTicket):
        ticket = plan.opened(plan.new_ticket(case, disposition.linked), _NOT_YET)
        return plan.mails(
            case, ticket, references=(), acknowledge=acknowledgement_allowed(conn, case)
        )
    named = _ticket_of(case.decision)
    found = tickets.get(conn, named) if named is not None else None
    return () if found is None else plan.mails(case, found, references=(), acknowledge=False)
