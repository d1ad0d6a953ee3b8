"""A customer has answered the survey.

A use case, to be run in one transaction (`store.write`).
"""

from dataclasses import replace

from mailgate.desk.arriving import caused, plan
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.processed import Processed, add_entry, add_event, carrying, done
from mailgate.desk.surveys.comment import comment_of
from mailgate.desk.words.untold import note_told, said_of
from mailgate.model.decision import RecordScore
from mailgate.model.journal import JournalRow
from mailgate.model.ticket import EventKind, Ticket
from mailgate.store import ticketlife
from mailgate.store.core import Connection

__all__ = ["note_score"]


def note_score(
    conn: Connection, case: Case, row: JournalRow, ticket: Ticket, cast: RecordScore
) -> Processed:
    """What they say stands on the ticket in private, and opens nothing; the last word counts, and
    that of nobody else than the requester."""
    new = plan.new_entry(case, ticket.id, row.id)
    entry = add_entry(conn, case, replace(new, text=comment_of(case.mail)))
    if cast.score is not None:
        ticketlife.note_score(conn, ticket.id, cast.score, case.now)
        detail = {"score": cast.score, "before": ticket.score, "message": entry}
        add_event(conn, case, ticket.id, EventKind.SCORED, detail)
    said = said_of(conn, case.ctx, ticket)
    drafts = caused.mails(case, ticket, references=(), acknowledge=False, said=said)
    if cast.score is None:  # What is told of a score says nothing of what else was done.
        note_told(conn, ticket, said, drafts, case.now)
    return done(case, ticket.id, carrying(entry, drafts))
