"""Why a message becomes what it becomes, as JSON: stored with the row, printed for people."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailgate.desk.arriving import caused, plan
from mailgate.desk.arriving.conclude import conclude
from mailgate.desk.arriving.facts import NO_ROW
from mailgate.desk.arriving.openbymail import would_open
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.withheld import withheld
from mailgate.desk.commands.bidden import Bidden, bidden
from mailgate.desk.commands.commanding import would_cause
from mailgate.desk.context import DeskContext
from mailgate.desk.rules.rulednotes import would_watch
from mailgate.desk.rules.ruling import arrived
from mailgate.desk.rules.seeing import as_ruled
from mailgate.desk.starts.theirs import as_theirs
from mailgate.desk.telling.account import Account, account_of
from mailgate.desk.words.untold import said_of, watching
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Proofs
from mailgate.model.decision import (
    Append,
    Cell,
    Decision,
    Duplicate,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    RecordAutoReply,
    RecordBounce,
    RecordScore,
    Sender,
    Suppress,
)
from mailgate.model.delivery import Draft
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.seed import Seed
from mailgate.model.shown import shown_signal, shown_text
from mailgate.model.ticket import Ticket, Visibility
from mailgate.store import journal, tickets
from mailgate.store.core import Connection

Json = dict[str, object]
_encode = json.JSONEncoder(ensure_ascii=False).encode
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
    row: JournalId = NO_ROW,
    released: QuarantineCause | None = None,
    before: Account | None = None,
    content: bytes = b"",
) -> Json:
    """What would become of a mail that came now, as `mailgate explain` prints it. Touches nothing.

    With the `digest` of its bytes it is also compared to what came before; `proofs` is what we
    found out about who sent it. Of a mail in the journal, `row` is its number; `released` and
    `before` are those of `conclude`.
    """
    case = conclude(
        conn,
        ctx,
        mail,
        envelope,
        trusted=trusted,
        authenticated=authenticated,
        row=row,
        digest=digest,
        released=released,
        released_to=None,
        now=now,
        seed=_NO_SECRET,
        proofs=proofs,
        before=before,
    )
    case = arrived(conn, case, content)
    named = _ticket_of(case.decision)
    found = None if named is None else tickets.get(conn, named)
    bid = None if found is None else bidden(case, found)
    case = case if bid is None else bid.case
    why = withheld(conn, as_theirs(case))
    drafts = _would_send(conn, case, found, bid, acknowledge=why is None)
    return decision_dict(
        case.decision, ticket=_ticket_of(case.decision), drafts=drafts, withheld=why
    )


def decision_json(
    decision: Decision,
    *,
    ticket: TicketId | None = None,
    drafts: Sequence[Draft] = (),
    withheld: str | None = None,
) -> str:
    """The decision as it is stored with its row: the same shape as `explain` prints."""
    known = ticket if ticket is not None else _ticket_of(decision)
    return _encode(decision_dict(decision, ticket=known, drafts=drafts, withheld=withheld))


def decision_dict(
    decision: Decision, *, ticket: TicketId | None, drafts: Sequence[Draft], withheld: str | None
) -> Json:
    """`ticket` is the one that the mail landed on, `drafts` the mails that it causes, `withheld`
    why one that could be expected is not among them. `desk.telling.account` reads it again."""
    return {
        "disposition": decision.disposition.name,
        "reasons": [reason.value for reason in decision.reasons],
        "ticket": ticket,
        **_shape_of(decision, withheld),
        "signals": [
            {
                "kind": signal.kind.value,
                "value": shown_signal(signal),
                "ticket": signal.ticket,
                "verified": signal.verified,
            }
            for signal in decision.signals
        ],
        "sender": _sender_of(decision.sender),
        "rights": None if decision.cell is None else _cell_of(decision.cell),
        "would_send": [
            {"kind": draft.kind, "recipient": str(recipient)}
            for draft in drafts
            for recipient in draft.recipients
        ],
        "withheld": withheld,
        "rules": [
            {"rule": trial.rule, "matched": trial.matched, "failed": trial.failed}
            for trial in decision.rules
        ],
        "defects": list(decision.defects),
    }


def decided_before(conn: Connection, row: JournalId) -> Account | None:
    """What was decided of a row so far; None when nothing was."""
    found = journal.get(conn, row)
    decided = None if found is None else found.decision
    return None if decided is None else account_of(json.loads(decided))


def _shape_of(decision: Decision, withheld: str | None) -> Json:
    """What there is to say of some dispositions alone. An answer that is withheld is a note."""
    shape: Json = dict.fromkeys(("linked", "original", "cause", "visibility", "flagged"))
    match decision.disposition:
        case OpenTicket(linked=linked):
            return {**shape, "linked": linked}
        case Append(visibility=decided, flagged=flagged):
            seen = decided if withheld is None else Visibility.PRIVATE
            return {**shape, "visibility": seen.value, "flagged": flagged}
        case Duplicate(original=original):
            return {**shape, "original": original}
        case Quarantine(cause=cause):
            return {**shape, "cause": cause.value}
        case _:
            return shape


def _sender_of(sender: Sender) -> Json:
    return {
        "address": None if sender.address is None else shown_text(str(sender.address)),
        "role": sender.role.value,
        "authenticated": sender.authentication.value,
        "by": sender.by,
        "method": sender.method,
        "covers": sender.covers,
        "checks": [
            {
                "method": check.method,
                "domain": check.domain,
                "result": check.result,
                "source": check.source,
                "detail": shown_text(check.detail),
            }
            for check in sender.checks
        ],
    }


def _cell_of(cell: Cell) -> Json:
    return {
        "who": cell.who.value,
        "authentication": cell.authentication.value,
        "claim": cell.claim.value,
        "right": cell.right.value,
    }


def _ticket_of(decision: Decision) -> TicketId | None:
    match decision.disposition:
        case (
            Append(ticket=ticket)
            | RecordBounce(ticket=ticket)
            | RecordAutoReply(ticket=ticket)
            | RecordScore(ticket=ticket)
        ):
            return ticket
        case Duplicate(ticket=known) | Suppress(ticket=known):
            return known
        case _:
            return None


def _would_send(
    conn: Connection, case: Case, found: Ticket | None, bid: Bidden | None, *, acknowledge: bool
) -> tuple[Draft, ...]:
    disposition = case.decision.disposition
    if isinstance(disposition, OpenTicket):
        return would_open(case, disposition.linked, acknowledge=acknowledge)
    if found is None:
        return ()
    elsewhere = None if bid is None else would_cause(bid, found)
    if elsewhere is not None:
        return elsewhere
    ticket = replace(found, cc=(*found.cc, *plan.brought_along(case, found)))
    ticket = as_ruled(ticket, case.ruled.matched)
    more = would_watch(case.ctx, ticket, case.ruled.matched)
    said = watching(said_of(conn, case.ctx, ticket), more)
    return caused.mails(case, ticket, references=(), acknowledge=False, said=said)
