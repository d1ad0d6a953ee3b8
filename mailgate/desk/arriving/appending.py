"""A mail goes onto a ticket that is there."""

from dataclasses import replace

from mailgate.desk.arriving import caused, plan
from mailgate.desk.arriving.keptinside import KeptInside
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.processed import Processed, add_entry, add_event, carrying, done
from mailgate.desk.arriving.traffic import count_reopening, is_news
from mailgate.desk.arriving.withheld import withheld
from mailgate.desk.by import By
from mailgate.desk.commands.bothanswered import both_answered
from mailgate.desk.rules.ruling import after_mail
from mailgate.desk.starts.reached import reached
from mailgate.desk.ticket.life import after_answer
from mailgate.desk.ticket.responses import note_answer, note_question
from mailgate.desk.timers.timing import answered, retime
from mailgate.desk.words.heard import heard_on
from mailgate.desk.words.notices import to_others
from mailgate.desk.words.tellauthor import tell_author, tell_unclear
from mailgate.desk.words.untold import note_told, said_of, watching
from mailgate.desk.words.wording import Unsent
from mailgate.model.delivery import Draft
from mailgate.model.journal import JournalRow
from mailgate.model.ticket import EventKind, Source, Status, Ticket
from mailgate.store import entries, followers, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange

__all__ = ["append"]


def append(
    conn: Connection, case: Case, row: JournalRow, ticket: Ticket, *, reopens: bool
) -> Processed:
    """What a customer, or one of ours, says on a ticket; an answer of ours goes out."""
    ticket = _joined(conn, case, ticket)
    if reached(case, ticket):
        return _kept(conn, case, row, ticket)
    if plan.is_answer(case):
        return _answer(conn, case, row, ticket)
    entry = add_entry(conn, case, plan.new_entry(case, ticket.id, row.id))
    if reopens:
        if not plan.is_aside(case):
            note_question(conn, ticket, case.now)
        ticket = _reopened(conn, case, ticket)
        retime(conn, case.ctx, None, ticket, case.now)
    ruled = after_mail(conn, case, ticket)
    ticket = ruled.ticket
    said = watching(said_of(conn, case.ctx, ticket), ruled.watched)
    drafts = caused.mails(case, ticket, references=(), acknowledge=False, said=said)
    note_told(conn, ticket, said, drafts, case.now)
    why = withheld(conn, case)
    if why is not None:
        add_event(conn, case, ticket.id, EventKind.SUPPRESSED, {"what": "reply", "why": why})
    if why == KeptInside.AUTOMATIC and is_news(conn, case, ticket.id):
        drafts = (*drafts, *tell_author(case, ticket, Unsent.AUTOMATIC))
    if why == KeptInside.FORWARDED:
        drafts = (*drafts, *tell_author(case, ticket, Unsent.FORWARDED))
    drafts = (*drafts, *tell_unclear(case, ticket))
    drafts = (*carrying(entry, drafts), *to_others(drafts, ruled.drafts))
    return done(case, ticket.id, drafts, withheld=why)


def _joined(conn: Connection, case: Case, ticket: Ticket) -> Ticket:
    """The ticket with the participants that the mail brings along. They get what is written from
    now on, and nothing of what was."""
    ours = plan.follows_again(case)
    if ours is not None:
        followers.add(conn, ticket.id, ours.address, case.now)
    new = plan.brought_along(case, ticket)
    if not new:
        return ticket
    tickets.add_cc(conn, ticket.id, new)
    detail = {"addresses": ", ".join(str(address) for address in new)}
    add_event(conn, case, ticket.id, EventKind.PARTICIPANT_ADDED, detail)
    return replace(ticket, cc=(*ticket.cc, *new))


def _reopened(conn: Connection, case: Case, ticket: Ticket) -> Ticket:
    """A customer's word opens the ticket again, whatever it was waiting for."""
    if ticket.status is Status.OPEN or _stays_as_it_is(case, ticket):
        return ticket
    tickets.update(conn, ticket.id, TicketChange(status=Status.OPEN), case.now)
    waited = ticket.status is Status.PENDING
    kind = EventKind.STATUS if waited else EventKind.REOPENED
    if not waited:
        count_reopening(conn, ticket.id, case.now)
    detail = {"from": ticket.status.value, "to": Status.OPEN.value}
    add_event(conn, case, ticket.id, kind, detail)
    return replace(ticket, status=Status.OPEN)


def _stays_as_it_is(case: Case, ticket: Ticket) -> bool:
    """The answer to a mail that we began need not open its ticket, by the settings; once one of
    ours has answered that, it is a conversation like any."""
    ours = ticket.source is Source.OUTBOUND_EMAIL and ticket.first_response_at is None
    return ours and not case.ctx.policy.answer_opens_outbound


def _kept(conn: Connection, case: Case, row: JournalRow, ticket: Ticket) -> Processed:
    """The copy of an answer that the customer has: it goes to nobody outside."""
    entry = add_entry(conn, case, plan.new_entry(case, ticket.id, row.id))
    said = said_of(conn, case.ctx, ticket)
    drafts = caused.mails(case, ticket, references=(), acknowledge=False, said=said)
    by = By(str(case.by.address), case.now, case.seed, case.evidence.agent)
    both = both_answered(conn, case.ctx, ticket, case.visible[0], by)
    told = to_others(both, carrying(entry, drafts))
    note_told(conn, ticket, said, told, case.now)
    took = note_answer(conn, ticket, case.now, case.now)
    answered(conn, case.ctx, ticket, case.now)
    causes = (*told, *both, *_then(conn, case, ticket, by))
    return done(case, ticket.id, causes, first_response=took)


def _answer(conn: Connection, case: Case, row: JournalRow, ticket: Ticket) -> Processed:
    """An agent's answer. The entry bears the id of the mail that the customer gets; the
    agent's own is known only so that mails which name it find the ticket."""
    known = heard_on(conn, ticket)
    said = said_of(conn, case.ctx, ticket)
    drafts = caused.mails(case, ticket, references=known, acknowledge=False, said=said)
    sent_as = drafts[0].mail.message_id
    entry = add_entry(conn, case, plan.new_entry(case, ticket.id, row.id, sent_as=sent_as))
    for name in drafts[0].withheld:
        why = {"what": "attachment", "why": "internal", "file": name}
        add_event(conn, case, ticket.id, EventKind.SUPPRESSED, why)
    own_id = case.mail.message_id
    if own_id is not None:
        entries.note_message_id(conn, ticket.id, own_id, own=False, at=case.now)
    by = By(str(case.by.address), case.now, case.seed, case.evidence.agent)
    both = both_answered(conn, case.ctx, ticket, case.visible[0], by)
    answer, *others = carrying(entry, drafts)
    told = to_others(both, others)
    note_told(conn, ticket, said, told, case.now)
    took = note_answer(conn, ticket, drafts[0].due_at or case.now, case.now)
    answered(conn, case.ctx, ticket, case.now)
    causes = (answer, *told, *both, *_then(conn, case, ticket, by))
    return done(case, ticket.id, causes, first_response=took)


def _then(conn: Connection, case: Case, ticket: Ticket, by: By) -> tuple[Draft, ...]:
    """What the settings make of a ticket that was answered, unless the answer itself says it."""
    return () if case.says_status else after_answer(conn, case.ctx, ticket, by).drafts
