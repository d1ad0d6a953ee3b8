"""A mail that belongs to no ticket: a customer's opens one, an agent's may mean something else."""

from typing import assert_never

from mailgate.desk.arriving.caused import Said, mails
from mailgate.desk.arriving.opening import open_ticket
from mailgate.desk.arriving.plan import Case, new_ticket, opened
from mailgate.desk.arriving.processed import Processed
from mailgate.desk.rules.rulednotes import would_watch
from mailgate.desk.rules.seeing import as_ruled
from mailgate.desk.starts.forwards import open_for
from mailgate.desk.starts.ownmail import Asks, Begins, Refused
from mailgate.desk.starts.ownticket import open_own
from mailgate.desk.starts.passedon import PassedOn
from mailgate.desk.starts.startsbymail import begin_by_mail, keep_copy, would_begin
from mailgate.desk.starts.theirs import as_theirs
from mailgate.desk.starts.wrotethemselves import WroteThemselves
from mailgate.desk.words.who import Around
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalRow
from mailgate.store.core import Connection

__all__ = ["open_by_mail", "would_open"]

_NOT_YET = TicketId(0)
"""Number of a ticket that would be opened."""


def open_by_mail(
    conn: Connection, case: Case, row: JournalRow, linked: TicketId | None
) -> Processed:
    """The ticket, and the mails that it causes."""
    match case.own:
        case Begins() as begins:
            return begin_by_mail(conn, case, row, begins)
        case WroteThemselves() as wrote:
            return keep_copy(conn, case, row, wrote)
        case PassedOn() as passed:
            return open_for(conn, case, row, linked, passed)
        case Asks() as asks:
            return open_own(conn, case, row, linked, asks)
        case Refused() | None:
            return open_ticket(conn, case, row, linked)
        case other:
            assert_never(other)


def would_open(case: Case, linked: TicketId | None, *, acknowledge: bool) -> tuple[Draft, ...]:
    """The mails that it would cause, for who only looks."""
    match case.own:
        case Begins() as begins:
            return would_begin(case, begins)
        case WroteThemselves():
            return ()
        case PassedOn(agent=agent):
            drafts = _would_tell(as_theirs(case), linked, acknowledge=acknowledge)
            return tuple(one for one in drafts if agent.address not in one.recipients)
        case Asks() | Refused() | None:
            return _would_tell(case, linked, acknowledge=acknowledge)
        case other:
            assert_never(other)


def _would_tell(case: Case, linked: TicketId | None, *, acknowledge: bool) -> tuple[Draft, ...]:
    ticket = as_ruled(opened(new_ticket(case, linked), _NOT_YET), case.ruled.matched)
    said = Said(Around(followers=would_watch(case.ctx, ticket, case.ruled.matched)))
    return mails(case, ticket, references=(), acknowledge=acknowledge, said=said)
