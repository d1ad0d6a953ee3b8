"""The use case of the worker: one journal row becomes what it becomes, in one transaction."""

from datetime import datetime
from typing import assert_never

from mailgate.desk.arriving.conclude import conclude
from mailgate.desk.arriving.openbymail import open_by_mail
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.processed import Processed
from mailgate.desk.arriving.recording import note_copy, record
from mailgate.desk.arriving.traffic import count
from mailgate.desk.commands.commanding import onto_ticket
from mailgate.desk.context import DeskContext
from mailgate.desk.returned.bounces import lift_for
from mailgate.desk.rules.ruling import arrived
from mailgate.desk.starts.unproven import told_aside
from mailgate.desk.surveys.surveyed import note_score
from mailgate.desk.telling.explain import decided_before, decision_json
from mailgate.desk.writing import queue_drafts
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Proofs
from mailgate.model.decision import (
    Append,
    Authentication,
    Duplicate,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
    RecordAutoReply,
    RecordBounce,
    RecordScore,
    Suppress,
)
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalRow, JournalState
from mailgate.model.seed import Seed
from mailgate.model.ticket import Ticket
from mailgate.store import journal, tickets
from mailgate.store.core import Connection, StoreError


class Overtaken(StoreError):
    """Another node has merged or deleted the ticket since it was decided upon. Nothing is written
    yet: whoever decides once more knows of it."""


BY_RULE = QuarantineCause.RULE.value
"""The cause of mail that a rule drops."""


def conclude_row(
    conn: Connection,
    ctx: DeskContext,
    row: JournalRow,
    mail: ParsedMail,
    digest: bytes,
    *,
    now: datetime,
    seed: Seed,
    proofs: Proofs | None = None,
) -> Case:
    """The first half: what is to become of the row. Changes nothing."""
    return conclude(
        conn,
        ctx,
        mail,
        row.arrival.envelope,
        trusted=row.arrival.trusted,
        authenticated=row.arrival.authenticated,
        row=row.id,
        digest=digest,
        released=None if row.released_cause is None else QuarantineCause(row.released_cause),
        released_to=row.released_to,
        now=now,
        seed=seed,
        proofs=proofs,
        before=None if row.released_cause is None else decided_before(conn, row.id),
    )


def carry_out(conn: Connection, case: Case, row: JournalRow, digest: bytes) -> Processed:
    """The second half: ticket, entry, events, mails, and the end of the row."""
    case = arrived(conn, case, row.arrival.content)
    processed = _apply(conn, case, row)
    _note_alive(conn, case, processed)
    queue_drafts(conn, case.ctx, processed.drafts, case.now)
    journal.finish(
        conn,
        row.id,
        state=processed.state,
        cause=processed.cause,
        decision=decision_json(
            case.decision,
            ticket=processed.ticket,
            drafts=processed.drafts,
            withheld=processed.withheld,
        ),
        ticket=processed.ticket,
        digest=digest,
        message_id=case.mail.message_id,
        from_address=_shown_sender(case),
        subject=case.mail.subject,
        now=case.now,
    )
    count(conn, case, processed.ticket, processed.drafts)
    return processed


def _note_alive(conn: Connection, case: Case, processed: Processed) -> None:
    """Whoever writes from an address, and proves it, can be written to there."""
    sender, proven = case.mail.from_, case.evidence.authentication is Authentication.PASS
    if proven and sender is not None and processed.ticket is not None:
        lift_for(conn, processed.ticket, sender.address, case.now)


def _shown_sender(case: Case) -> str | None:
    shown = case.mail.from_ or case.mail.from_claimed
    return None if shown is None else str(shown.address)


def _apply(conn: Connection, case: Case, row: JournalRow) -> Processed:
    match case.decision.disposition:
        case OpenTicket(linked=linked):
            return open_by_mail(conn, case, row, linked)
        case Append(ticket=ticket, reopens=reopens):
            return onto_ticket(conn, case, row, _held(conn, ticket), reopens=reopens)
        case RecordBounce(ticket=ticket) | RecordAutoReply(ticket=ticket):
            return record(conn, case, row, _held(conn, ticket))
        case RecordScore(ticket=scored) as cast:
            return note_score(conn, case, row, _held(conn, scored), cast)
        case Duplicate() as duplicate:
            note_copy(conn, case, row, duplicate)
            return Processed(case.decision, JournalState.DONE, None, duplicate.ticket)
        case Suppress(reason=Reason.DROPPED_BY_RULE):
            return Processed(case.decision, JournalState.DROPPED, BY_RULE, None)
        case Suppress(ticket=suppressed):
            return Processed(case.decision, JournalState.DONE, None, suppressed)
        case Quarantine(cause=cause):
            told = told_aside(conn, case, row.id)
            return Processed(case.decision, JournalState.QUARANTINED, cause.value, None, told)
        case other:
            assert_never(other)


def _held(conn: Connection, ticket: TicketId) -> Ticket:
    """The ticket as it is now, locked until the transaction ends."""
    tickets.lock(conn, ticket)
    found = tickets.get(conn, ticket)
    if found is None or found.merged_into is not None:
        raise Overtaken(f"ticket {ticket} was decided upon and is gone")
    return found
