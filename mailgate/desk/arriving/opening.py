"""A mail opens a ticket."""

from dataclasses import replace

from mailgate.desk.arriving import caused, plan
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.processed import Detail, Processed, add_event, carrying, done
from mailgate.desk.arriving.withheld import BUDGET_SPENT, withheld
from mailgate.desk.rules.ruling import after_mail
from mailgate.desk.starts.passedon import PassedOn
from mailgate.desk.timers.timing import retime
from mailgate.desk.words.notices import to_others
from mailgate.desk.words.untold import note_told, said_of, watching
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalRow
from mailgate.model.ticket import EventKind, NewEntry, TicketEvent
from mailgate.store import entries, events, tickets
from mailgate.store.core import Connection

__all__ = ["open_ticket"]


def open_ticket(
    conn: Connection,
    case: Case,
    row: JournalRow,
    linked: TicketId | None,
    *,
    passed: PassedOn | None = None,
) -> Processed:
    """The ticket with the mail on it, its acknowledgement, and what the agents are told; where an
    agent has passed the mail on, all the others."""
    new = plan.new_ticket(case, linked)
    created = tickets.create(conn, new, messages=1)
    entry = entries.add(conn, _first(case, created, row, passed), counted=True)
    addresses = ", ".join(str(address) for address in case.addresses)
    detail: Detail = {"message": entry, "addresses": addresses}
    author = case.by.address if passed is None else passed.agent.address
    events.add(conn, created, TicketEvent(case.now, EventKind.CREATED, str(author), detail))
    ticket = plan.opened(new, created)
    retime(conn, case.ctx, None, ticket, case.now)
    ruled = after_mail(conn, case, ticket)
    why = withheld(conn, case)
    if why is not None:
        shown = "budget" if why == BUDGET_SPENT else why
        add_event(
            conn, case, created, EventKind.SUPPRESSED, {"what": "acknowledgement", "why": shown}
        )
    said = watching(said_of(conn, case.ctx, ruled.ticket), ruled.watched)
    wanted = why is None and not ruled.answers
    drafts = caused.mails(case, ruled.ticket, references=(), acknowledge=wanted, said=said)
    note_told(conn, ruled.ticket, said, drafts, case.now)
    if passed is not None:
        drafts = tuple(one for one in drafts if passed.agent.address not in one.recipients)
    drafts = (*carrying(entry, drafts), *to_others(drafts, ruled.drafts))
    return done(case, created, drafts, withheld=why)


def _first(case: Case, ticket: TicketId, row: JournalRow, passed: PassedOn | None) -> NewEntry:
    """The first message; one that was passed on stands at the time at which it was written."""
    entry = plan.new_entry(case, ticket, row.id)
    return entry if passed is None or passed.at is None else replace(entry, at=passed.at)
