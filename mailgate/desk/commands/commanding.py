"""An agent's mail onto a ticket: its commands are obeyed, and what is left of it goes where they
say."""

from dataclasses import replace

from mailgate.desk.arriving import plan
from mailgate.desk.arriving.appending import append
from mailgate.desk.arriving.keptinside import KeptInside
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.processed import Processed, add_entry, add_event, done
from mailgate.desk.arriving.withheld import withheld
from mailgate.desk.by import By
from mailgate.desk.commands.bidden import Bidden, bidden, refused
from mailgate.desk.commands.obeying import obey, prepare
from mailgate.desk.commands.tellcommands import tell_files_stay, tell_refusal
from mailgate.desk.commands.wanted import Fault, Trouble
from mailgate.desk.errors import DeskError
from mailgate.desk.side.sidemail import side_mail
from mailgate.desk.side.sidethread import Aside, forward
from mailgate.desk.starts.startsbymail import begin_by_mail, would_begin
from mailgate.desk.ticket.family import link
from mailgate.desk.words.frame import support_of
from mailgate.model.delivery import Draft
from mailgate.model.journal import JournalRow
from mailgate.model.ticket import EventKind, Ticket
from mailgate.model.verb import Verb
from mailgate.store import tickets
from mailgate.store.attempt import attempt
from mailgate.store.core import Connection

__all__ = ["onto_ticket", "would_cause"]


def onto_ticket(
    conn: Connection, case: Case, row: JournalRow, ticket: Ticket, *, reopens: bool
) -> Processed:
    """A mail goes onto a ticket that is there. Where commands stand at the top of an agent's, all
    of them are obeyed and their result stands on the ticket, or none is, the mail stays inside,
    and its author is told why."""
    bid = bidden(case, ticket)
    if bid is None:
        return append(conn, case, row, ticket, reopens=reopens)
    if bid.is_note_all_the_same:
        noted = append(conn, case, row, ticket, reopens=reopens)
        return replace(noted, drafts=(*noted.drafts, *tell_refusal(bid, ticket)))
    wrong = bid.faults or _of_the_store(conn, bid)
    if wrong:
        return _refused(conn, refused(case, wrong), row, ticket)
    if plan.kept_inside(bid.case) is not None:
        # The words that the commands go with cannot go out: nothing is done without them.
        return append(conn, bid.case, row, ticket, reopens=reopens)
    try:
        with attempt(conn, DeskError):
            return _obeyed(conn, bid, row, ticket, reopens=reopens)
    except DeskError as error:
        locale = support_of(case.ctx, ticket.address).locale
        fault = Fault(Trouble.OTHER, known=(error.in_language(locale),))
        return _refused(conn, refused(case, (fault,)), row, ticket)


def _of_the_store(conn: Connection, bid: Bidden) -> tuple[Fault, ...]:
    """What is wrong that only the store knows."""
    into = bid.wanted.merge
    if into is None or tickets.resolve_merge(conn, into) is not None:
        return ()
    return (Fault(Trouble.NO_TICKET, f"#{Verb.MERGE} {into}"),)


def _refused(conn: Connection, bid: Bidden, row: JournalRow, ticket: Ticket) -> Processed:
    """Nothing is done, and nobody gets the mail: in doubt it is a note."""
    case = bid.case
    add_entry(conn, case, plan.new_entry(case, ticket.id, row.id))
    why = withheld(conn, case)
    detail = {"what": "note" if why is None else "reply", "why": KeptInside.COMMAND.value}
    add_event(conn, case, ticket.id, EventKind.SUPPRESSED, detail)
    return done(case, ticket.id, tell_refusal(bid, ticket), withheld=why)


def _obeyed(
    conn: Connection, bid: Bidden, row: JournalRow, ticket: Ticket, *, reopens: bool
) -> Processed:
    case, by = bid.case, _by(bid.case)
    if bid.begins is not None:
        # What else is said is said of the new ticket.
        begun = begin_by_mail(conn, case, row, bid.begins)
        assert begun.ticket is not None, "it was opened"
        link(conn, ticket.id, begun.ticket, by)
        return begun
    # A note is for those whose the ticket is now; an answer has its own say about the status.
    wanted = bid.wanted if plan.is_answer(case) else bid.wanted.before_words()
    ready = prepare(conn, case.ctx, ticket, wanted, by)
    said = _said(conn, bid, row, ready.ticket, by, reopens=reopens)
    now_so = tickets.get(conn, ticket.id)
    assert now_so is not None, "it is locked"
    then = obey(conn, case.ctx, now_so, wanted, by, answered=plan.is_answer(case))
    drafts = (*ready.drafts, *said.drafts, *then.drafts)
    return replace(said, ticket=then.ticket.id, drafts=drafts)


def _said(
    conn: Connection, bid: Bidden, row: JournalRow, ticket: Ticket, by: By, *, reopens: bool
) -> Processed:
    """The words that the commands leave go to whom they are for."""
    case, mail = bid.case, bid.case.mail
    if bid.wanted.forward is not None:
        text, html = ("", None) if bid.bare else (mail.text, mail.reply_html)
        aside = Aside(text, html, mail.attachments, case.evidence.agent, mail.html)
        sent = forward(conn, case.ctx, ticket, bid.wanted.forward, aside, by)
        return done(case, ticket.id, sent)
    if bid.has_lone_files:
        noted = append(conn, case, row, ticket, reopens=reopens)
        return replace(noted, drafts=(*noted.drafts, *tell_files_stay(case, ticket)))
    if bid.bare:
        if mail.attachments:  # the logo of a signature, as a rule: kept, and nobody is told
            add_entry(conn, case, plan.new_entry(case, ticket.id, row.id))
        return done(case, ticket.id, ())
    return append(conn, case, row, ticket, reopens=reopens)


def would_cause(bid: Bidden, ticket: Ticket) -> tuple[Draft, ...] | None:
    """The mails of one that is not obeyed, or whose words are for nobody on the ticket, for who
    only looks; None where they go as those of any mail."""
    case = bid.case
    if bid.faults and not bid.is_note_all_the_same:
        return tell_refusal(bid, ticket)
    if bid.wanted.forward is not None:
        made = side_mail(
            case.ctx,
            ticket,
            bid.wanted.forward,
            text=case.mail.text,
            attachments=(),
            message=None,
            by=_by(case),
            label="forward",
        )
        return (made.draft,)
    if bid.begins is not None:
        return would_begin(case, bid.begins)
    return () if bid.bare and not bid.has_lone_files else None


def _by(case: Case) -> By:
    return By(str(case.by.address), case.now, case.seed, case.evidence.agent)
