"""What machines say of a ticket: kept for people to see."""

from mailgate.desk.arriving import caused, plan
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.processed import Detail, Processed, add_entry, add_event, carrying, done
from mailgate.desk.arriving.traffic import is_news
from mailgate.desk.arriving.withheld import withheld
from mailgate.desk.returned.bounces import take_home
from mailgate.desk.words.tellauthor import tell_author
from mailgate.desk.words.untold import note_told, said_of
from mailgate.desk.words.wording import Unsent
from mailgate.model.decision import Duplicate, RecordBounce
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.journal import JournalRow
from mailgate.model.returned import Returned
from mailgate.model.ticket import EventKind, Ticket
from mailgate.store import journal
from mailgate.store.core import Connection
from mailgate.threading.evidence import support_addresses

__all__ = ["note_copy", "record"]


def record(conn: Connection, case: Case, row: JournalRow, ticket: Ticket) -> Processed:
    """What a machine says about a ticket: kept for people to see, nothing else moves."""
    entry = add_entry(conn, case, plan.new_entry(case, ticket.id, row.id))
    why = withheld(conn, case)
    news = why is not None and is_news(conn, case, ticket.id)
    if news:
        add_event(conn, case, ticket.id, EventKind.SUPPRESSED, {"what": "sender", "why": why})
    said = said_of(conn, case.ctx, ticket)
    drafts = caused.mails(case, ticket, references=(), acknowledge=False, said=said)
    if not _take_home(conn, case, ticket.id, entry):
        drafts = ()  # The agents know of it.
    if news:
        drafts = (*caused.warn(case, ticket, said), *tell_author(case, ticket, Unsent.TOO_MANY))
    note_told(conn, ticket, said, drafts, case.now)
    return done(case, ticket.id, carrying(entry, drafts), withheld=why)


def _take_home(conn: Connection, case: Case, ticket: TicketId, entry: EntryId) -> bool:
    """What a report changes, if it is one; False when it says nothing new."""
    match case.decision.disposition:
        case RecordBounce(returned=Returned() as report):
            return take_home(conn, case.ctx, ticket, report, entry=entry, now=case.now)
        case _:
            return True


def note_copy(conn: Connection, case: Case, row: JournalRow, duplicate: Duplicate) -> None:
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
    detail: Detail = {"journal": row.id, "original": duplicate.original, "addresses": addresses}
    add_event(conn, case, duplicate.ticket, EventKind.DUPLICATE, detail)
