"""The use case of the worker: one journal row becomes what it becomes, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from mailgate.desk import plan
from mailgate.desk.bounces import lift_for, take_home
from mailgate.desk.conclude import conclude
from mailgate.desk.context import DeskContext
from mailgate.desk.explain import decided_before, decision_json
from mailgate.desk.keptinside import KeptInside
from mailgate.desk.plan import Case
from mailgate.desk.replies import REFERENCES
from mailgate.desk.responses import note_answer, note_question
from mailgate.desk.tellauthor import tell_author
from mailgate.desk.traffic import count, count_reopening, is_news
from mailgate.desk.withheld import BUDGET_SPENT, withheld
from mailgate.desk.wording import Unsent
from mailgate.desk.writing import queue_drafts
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Proofs
from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    Duplicate,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    RecordAutoReply,
    RecordBounce,
    Suppress,
)
from mailgate.model.delivery import Draft, Lane
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.journal import JournalRow, JournalState
from mailgate.model.returned import Returned
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind, NewEntry, Status, Ticket, TicketEvent
from mailgate.store import entries, events, journal, tickets
from mailgate.store.core import Connection, StoreError
from mailgate.store.tickets import TicketChange
from mailgate.threading.evidence import support_addresses

_Detail = Mapping[str, str | int | None]
_TOLD_AUTHORS = frozenset({Unsent.COMMAND.value, Unsent.FORWARDED.value})
"""Why an answer stays inside that its author may have meant for the customer."""


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a row. `first_response` is the time from the ticket's opening to the
    first answer, when this was it; `withheld` says why a mail
    that one could expect was not written."""

    decision: Decision
    state: JournalState
    cause: str | None
    ticket: TicketId | None
    drafts: tuple[Draft, ...] = ()
    first_response: timedelta | None = None
    withheld: str | None = None


def process(
    conn: Connection,
    ctx: DeskContext,
    row: JournalRow,
    mail: ParsedMail,
    digest: bytes,
    *,
    now: datetime,
    seed: Seed,
    proofs: Proofs | None = None,
) -> Processed:
    """Decides and carries out; the row is finished in the same transaction. `proofs` is what we
    found out about who sent the mail, None where nobody looked."""
    case = conclude_row(conn, ctx, row, mail, digest, now=now, seed=seed, proofs=proofs)
    return carry_out(conn, case, row, digest)


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
            return _open_ticket(conn, case, row, linked)
        case Append(ticket=ticket, reopens=reopens):
            return _append(conn, case, row, _held(conn, ticket), reopens=reopens)
        case RecordBounce(ticket=ticket) | RecordAutoReply(ticket=ticket):
            return _record(conn, case, row, _held(conn, ticket))
        case Duplicate() as duplicate:
            _note_copy(conn, case, row, duplicate)
            return Processed(case.decision, JournalState.DONE, None, duplicate.ticket)
        case Suppress(ticket=suppressed):
            return Processed(case.decision, JournalState.DONE, None, suppressed)
        case Quarantine(cause=cause):
            return Processed(case.decision, JournalState.QUARANTINED, cause.value, None)
        case other:
            assert_never(other)


def _held(conn: Connection, ticket: TicketId) -> Ticket:
    """The ticket as it is now, locked until the transaction ends."""
    tickets.lock(conn, ticket)
    found = tickets.get(conn, ticket)
    if found is None:
        raise StoreError(f"ticket {ticket} was decided upon and is gone")
    return found


def _event(
    conn: Connection,
    case: Case,
    ticket: TicketId,
    kind: EventKind,
    detail: _Detail,
) -> None:
    actor = str(case.by.address)
    events.add(conn, ticket, TicketEvent(case.now, kind, actor, detail))


def _open_ticket(
    conn: Connection, case: Case, row: JournalRow, linked: TicketId | None
) -> Processed:
    new = plan.new_ticket(case, linked)
    created = tickets.create(conn, new, messages=1)
    entry = entries.add(conn, plan.new_entry(case, created, row.id), counted=True)
    addresses = ", ".join(str(address) for address in case.addresses)
    detail: _Detail = {"message": entry, "addresses": addresses}
    _event(conn, case, created, EventKind.CREATED, detail)
    ticket = plan.opened(new, created)
    why = withheld(conn, case)
    if why is not None:
        shown = "budget" if why == BUDGET_SPENT else why
        _event(conn, case, created, EventKind.SUPPRESSED, {"what": "acknowledgement", "why": shown})
    drafts = plan.mails(case, ticket, references=(), acknowledge=why is None)
    return _done(case, created, _carrying(entry, drafts), withheld=why)


def _append(
    conn: Connection, case: Case, row: JournalRow, ticket: Ticket, *, reopens: bool
) -> Processed:
    ticket = _joined(conn, case, ticket)
    if plan.is_answer(case):
        return _answer(conn, case, row, ticket)
    entry = _add(conn, case, plan.new_entry(case, ticket.id, row.id))
    if reopens:
        note_question(conn, ticket, case.now)
        ticket = _reopened(conn, case, ticket)
    drafts = plan.mails(case, ticket, references=(), acknowledge=False)
    why = withheld(conn, case)
    if why is not None:
        _event(conn, case, ticket.id, EventKind.SUPPRESSED, {"what": "reply", "why": why})
    if why == KeptInside.AUTOMATIC and is_news(conn, case, ticket.id):
        drafts = (*drafts, *tell_author(case, ticket, Unsent.AUTOMATIC))
    if why in _TOLD_AUTHORS:
        drafts = (*drafts, *tell_author(case, ticket, Unsent(why)))
    return _done(case, ticket.id, _carrying(entry, drafts), withheld=why)


def _joined(conn: Connection, case: Case, ticket: Ticket) -> Ticket:
    """The ticket with the participants that the mail brings along. They get what is written from
    now on, and nothing of what was."""
    new = plan.brought_along(case, ticket)
    if not new:
        return ticket
    tickets.add_cc(conn, ticket.id, new)
    detail = {"addresses": ", ".join(str(address) for address in new)}
    _event(conn, case, ticket.id, EventKind.PARTICIPANT_ADDED, detail)
    return replace(ticket, cc=(*ticket.cc, *new))


def _reopened(conn: Connection, case: Case, ticket: Ticket) -> Ticket:
    """A customer's word opens the ticket again, whatever it was waiting for."""
    if ticket.status is Status.OPEN:
        return ticket
    tickets.update(conn, ticket.id, TicketChange(status=Status.OPEN), case.now)
    waited = ticket.status is Status.PENDING
    kind = EventKind.STATUS if waited else EventKind.REOPENED
    if not waited:
        count_reopening(conn, ticket.id, case.now)
    detail = {"from": ticket.status.value, "to": Status.OPEN.value}
    _event(conn, case, ticket.id, kind, detail)
    return replace(ticket, status=Status.OPEN)


def _answer(conn: Connection, case: Case, row: JournalRow, ticket: Ticket) -> Processed:
    """An agent's answer. The entry bears the id of the mail that the customer gets; the
    agent's own is known only so that mails which name it find the ticket."""
    known = entries.last_public_message_ids(conn, ticket.id, REFERENCES)
    drafts = plan.mails(case, ticket, references=known, acknowledge=False)
    sent_as = drafts[0].mail.message_id
    entry = _add(conn, case, plan.new_entry(case, ticket.id, row.id, sent_as=sent_as))
    for name in drafts[0].withheld:
        why = {"what": "attachment", "why": "internal", "file": name}
        _event(conn, case, ticket.id, EventKind.SUPPRESSED, why)
    own_id = case.mail.message_id
    if own_id is not None:
        entries.note_message_id(conn, ticket.id, own_id, own=False, at=case.now)
    took = note_answer(conn, ticket, drafts[0].due_at or case.now, case.now)
    return _done(case, ticket.id, _carrying(entry, drafts), first_response=took)


def _record(conn: Connection, case: Case, row: JournalRow, ticket: Ticket) -> Processed:
    """What a machine says about a ticket: kept for people to see, nothing else moves."""
    entry = _add(conn, case, plan.new_entry(case, ticket.id, row.id))
    why = withheld(conn, case)
    news = why is not None and is_news(conn, case, ticket.id)
    if news:
        _event(conn, case, ticket.id, EventKind.SUPPRESSED, {"what": "sender", "why": why})
    drafts = plan.mails(case, ticket, references=(), acknowledge=False)
    if not _take_home(conn, case, ticket.id, entry):
        drafts = ()  # The agents know of it.
    if news:
        drafts = (*plan.warn(case, ticket), *tell_author(case, ticket, Unsent.TOO_MANY))
    return _done(case, ticket.id, _carrying(entry, drafts), withheld=why)


def _take_home(conn: Connection, case: Case, ticket: TicketId, entry: EntryId) -> bool:
    """What a report changes, if it is one; False when it says nothing new."""
    match case.decision.disposition:
        case RecordBounce(returned=Returned() as report):
            return take_home(conn, case.ctx, ticket, report, entry=entry, now=case.now)
        case _:
            return True


def _add(conn: Connection, case: Case, message: NewEntry) -> EntryId:
    entry = entries.add(conn, message)
    detail = {"message": entry, "kind": message.kind.value}
    _event(conn, case, message.ticket, EventKind.MESSAGE, detail)
    return entry


def _note_copy(conn: Connection, case: Case, row: JournalRow, duplicate: Duplicate) -> None:
    """The same mail by another support address: the ticket notes both."""
    if duplicate.ticket is None:
        return
    first = journal.get(conn, duplicate.original)
    paths = first.envelope.forward_paths if first else ()
    known = support_addresses(case.ctx.directory, paths)
    if all(address in known for address in case.addresses):
        return
    both = dict.fromkeys((*known, *case.addresses))
    addresses = ", ".join(str(address) for address in both)
    detail: _Detail = {"journal": row.id, "original": duplicate.original, "addresses": addresses}
    _event(conn, case, duplicate.ticket, EventKind.DUPLICATE, detail)


def _carrying(entry: EntryId, drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """The mails that carry the message; an acknowledgement carries nothing of it."""
    return tuple(
        draft if draft.lane is Lane.ACKNOWLEDGEMENT else replace(draft, entry=entry)
        for draft in drafts
    )


def _done(
    case: Case,
    ticket: TicketId,
    drafts: tuple[Draft, ...],
    *,
    first_response: timedelta | None = None,
    withheld: str | None = None,
) -> Processed:
    return Processed(
        case.decision, JournalState.DONE, None, ticket, drafts, first_response, withheld
    )
