"""Why a mail that one could expect is not written."""

from mailgate.desk.arriving.budgets import acknowledgement_allowed
from mailgate.desk.arriving.plan import Case, kept_inside
from mailgate.desk.starts.ownmail import Begins
from mailgate.desk.starts.wrotethemselves import WroteThemselves
from mailgate.mail.absencenote import reads_automatic
from mailgate.model.decision import Append, OpenTicket, Reason, RecordAutoReply
from mailgate.store.core import Connection

__all__ = ["BUDGET_SPENT", "withheld"]

BUDGET_SPENT = "acknowledgement_budget"
_READS_AUTOMATIC = "reads_automatic"
_UNANSWERED = (Reason.LOOP_SUSPECTED, Reason.MANY_WITH_SAME_WORDS)


def withheld(conn: Connection, case: Case) -> str | None:
    """The acknowledgement of a new ticket, an agent's answer, what a sender who writes too much
    would cause: the reason's word; None when nothing is withheld."""
    match case.decision.disposition:
        case OpenTicket() if isinstance(case.own, Begins | WroteThemselves):
            return None
        case OpenTicket():
            return _among(case, *_UNANSWERED) or _automatic(case) or _over_budget(conn, case)
        case Append():
            kept = kept_inside(case)
            word = None if kept is None else kept.value
            return _among(case, Reason.REQUESTER_UNANSWERABLE) or word
        case RecordAutoReply():
            return _among(case, Reason.TOO_MANY_FROM_SENDER)
        case _:
            return None


def _among(case: Case, *reasons: Reason) -> str | None:
    found = (reason.value for reason in reasons if reason in case.decision.reasons)
    return next(found, None)


def _automatic(case: Case) -> str | None:
    """A ticket like any other, but what no person wrote waits for no acknowledgement."""
    disposition = case.decision.disposition
    wanted = isinstance(disposition, OpenTicket) and disposition.answer
    automatic = wanted and reads_automatic(case.mail.subject, case.mail.text)
    return _READS_AUTOMATIC if automatic else None


def _over_budget(conn: Connection, case: Case) -> str | None:
    return None if acknowledgement_allowed(conn, case) else BUDGET_SPENT
