"""A mail opens a ticket."""

from mailgate.desk import caused, plan
from mailgate.desk.plan import Case
from mailgate.desk.processed import Detail, Processed, add_event, carrying, done
from mailgate.desk.ruling import after_mail, beside
from mailgate.desk.timing import retime
from mailgate.desk.withheld import BUDGET_SPENT, withheld
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalRow
from mailgate.model.ticket import EventKind
from mailgate.store import entries, tickets
from mailgate.store.core import Connection

__all__ = ["open_ticket"]


def open_ticket(
    conn: Connection, case: Case, row: JournalRow, linked: TicketId | None
) -> Processed:
    """The ticket with the mail on it, its acknowledgement, and what the agents are told."""
    new = plan.new_ticket(case, linked)
    created = tickets.create(conn, new, messages=1)
    entry = entries.add(conn, plan.new_entry(case, created, row.id), counted=True)
    addresses = ", ".join(str(address) for address in case.addresses)
    detail: Detail = {"message": entry, "addresses": addresses}
    add_event(conn, case, created, EventKind.CREATED, detail)
    ticket = plan.opened(new, created)
    retime(conn, case.ctx, None, ticket, case.now)
    ruled = after_mail(conn, case, ticket)
    why = withheld(conn, case)
    if why is not None:
        shown = "budget" if why == BUDGET_SPENT else why
        add_event(
            conn, case, created, EventKind.SUPPRESSED, {"what": "acknowledgement", "why": shown}
        )
    drafts = caused.mails(case, ruled.ticket, references=(), acknowledge=why is None)
    drafts = (*carrying(entry, drafts), *beside(drafts, ruled.drafts))
    return done(case, created, drafts, withheld=why)
