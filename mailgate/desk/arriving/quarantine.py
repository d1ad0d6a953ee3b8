"""What a human decides about mail that was set aside."""

import json
from datetime import datetime

from mailgate.desk.errors import DeskError
from mailgate.desk.telling.account import account_of
from mailgate.desk.ticket.named import named_ticket
from mailgate.model.decision import QuarantineCause, Reason
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import JournalState
from mailgate.store import journal
from mailgate.store.core import Connection


def release(
    conn: Connection, row_id: JournalId, *, ticket: TicketId | None, now: datetime
) -> TicketId | None:
    """Gives the mail back to the worker, which files it although it was set aside, unless there
    is another reason to set it aside: onto `ticket`, or wherever it belongs. What a rule has
    dropped can be released too; what a human has dropped stays so.

    Returns the ticket that it was released to (the one that `ticket` was merged into). A use
    case, one transaction.

    DeskError when the mail is not in quarantine, nothing of it is left, or the ticket does not
    exist.
    """
    state = JournalState.DROPPED if _is_dropped_by_rule(conn, row_id) else JournalState.QUARANTINED
    if state is JournalState.QUARANTINED:
        _check(conn, row_id)
    if journal.content(conn, row_id) is None:
        raise DeskError(
            f"The bytes of the mail {row_id} are gone, so there is nothing to file. Drop it."
        )
    target = None if ticket is None else named_ticket(conn, ticket).id
    if not journal.release(conn, row_id, ticket=target, now=now, state=state):
        raise DeskError(_gone(row_id))
    return target


def replay(conn: Connection, row_id: JournalId, *, now: datetime) -> None:
    """Gives a mail back to the worker that could not be processed. A use case, one transaction.

    DeskError when it has not failed, or nothing of it is left.
    """
    row = journal.get(conn, row_id)
    if row is not None and row.cause != QuarantineCause.PROCESSING_FAILED:
        became = row.cause or row.state.value
        raise DeskError(f"The mail {row_id} has not failed ({became}).")
    release(conn, row_id, ticket=None, now=now)


def all_failed(conn: Connection) -> list[JournalId]:
    """Every mail that waits in quarantine because it could not be processed, the oldest first."""
    return journal.quarantined_for(conn, QuarantineCause.PROCESSING_FAILED.value)


def drop(conn: Connection, row_id: JournalId, *, now: datetime) -> None:
    """Lets the mail become no ticket; its bytes stay until the end of their retention.

    DeskError when it is not in quarantine.
    """
    _check(conn, row_id)
    if not journal.drop(conn, row_id, now):
        raise DeskError(_gone(row_id))


def _is_dropped_by_rule(conn: Connection, row_id: JournalId) -> bool:
    row = journal.get(conn, row_id)
    if row is None or row.state is not JournalState.DROPPED or row.decision is None:
        return False
    return Reason.DROPPED_BY_RULE in account_of(json.loads(row.decision)).reasons


def _check(conn: Connection, row_id: JournalId) -> None:
    row = journal.get(conn, row_id)
    if row is None:
        raise DeskError(f"There is no mail {row_id} in the journal.")
    if row.state is not JournalState.QUARANTINED:
        raise DeskError(f"The mail {row_id} is not in quarantine: it is {row.state}.")


def _gone(row_id: JournalId) -> str:
    return f"The mail {row_id} is no longer in quarantine: somebody else was faster."
