"""Conversations that agents begin from their mailbox: by `#new`, or by a mail of their own to the
customer of which we got a copy."""

from datetime import timedelta

from mailgate.desk.arriving import plan
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.processed import Processed, done
from mailgate.desk.by import By
from mailgate.desk.starts.ownmail import Begins
from mailgate.desk.starts.starting import (
    begin,
    first_mail,
    new_ticket,
    note_begun,
    open_outbound,
    outbound_ticket,
)
from mailgate.desk.starts.startrequest import clean_subject, startable
from mailgate.desk.starts.startwords import late
from mailgate.desk.starts.wrotethemselves import WroteThemselves
from mailgate.desk.ticket.changing import change
from mailgate.desk.words.frame import support_of
from mailgate.desk.words.tellagents import say_to_agent
from mailgate.desk.words.wording import local_time
from mailgate.model.delivery import Draft, WaitReason
from mailgate.model.directory import Agent
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalRow
from mailgate.model.ticket import Author, Direction, EntryKind, NewEntry, Status, Ticket, Visibility
from mailgate.ratelimit.limiter import Full
from mailgate.ratelimit.policy import mails_of
from mailgate.store import entries
from mailgate.store.core import Connection
from mailgate.threading.tag import untagged_subject

__all__ = ["begin_by_mail", "keep_copy", "would_begin"]

_SOON = timedelta(minutes=10)
"""A mail that leaves within that is not late."""
_NOT_YET = TicketId(0)


def begin_by_mail(conn: Connection, case: Case, row: JournalRow, begins: Begins) -> Processed:
    """The mail goes to the customer, as `mailgate send` does it. It is never refused because a
    limit is reached: it waits, and the agent is told."""
    request, agent = begins.request, begins.request.agent
    assert agent is not None, "an agent wrote it"
    begun = begin(
        conn, case.ctx, request, now=case.now, seed=case.seed, refuses=False, journal=row.id
    )
    if case.mail.message_id is not None:
        known = case.mail.message_id
        entries.note_message_id(conn, begun.ticket.id, known, own=False, at=case.now)
    by = By(str(agent.address), case.now, case.seed, agent)
    changed = change(conn, case.ctx, begun.ticket, begins.wish, by)
    waits = _late(conn, case, begun.ticket, begun.draft, agent)
    return done(case, begun.ticket.id, (begun.draft, *changed.drafts, *waits))


def would_begin(case: Case, begins: Begins) -> tuple[Draft, ...]:
    """The mail that it causes, for who only looks."""
    request = begins.request
    new = new_ticket(request, startable(case.ctx, request), case.now)
    ticket = plan.opened(new, _NOT_YET)
    return (first_mail(case.ctx, ticket, request, now=case.now, seed=case.seed),)


def keep_copy(conn: Connection, case: Case, row: JournalRow, wrote: WroteThemselves) -> Processed:
    """The customer has the mail: it is kept on a ticket of theirs, so that their answer finds
    it, and nothing is sent."""
    mail, agent = case.mail, wrote.agent
    support = plan.support_of_case(case)
    prefix = case.ctx.policy.subject_prefix
    subject = untagged_subject(prefix, mail.subject)
    subject = clean_subject(case.ctx, subject, agent, support.address)
    new = outbound_ticket(support, subject, wrote.requester, wrote.others, agent, case.now)
    ticket = open_outbound(conn, new, status=Status.CLOSED, tags=(), closed_at=None, now=case.now)
    author = Author(agent.address, agent.name, agent.role)
    text, _ = case.visible
    entry = NewEntry(
        ticket=ticket.id,
        kind=EntryKind.MESSAGE,
        direction=Direction.OUT,
        visibility=Visibility.PUBLIC,
        author=author,
        subject=mail.subject,
        text=text,
        full_text=mail.full_text,
        html=mail.html,
        attachments=mail.attachments,
        message_id=mail.message_id,
        journal=row.id,
        at=case.now,
    )
    note_begun(conn, ticket, author, entries.add(conn, entry), case.now)
    return done(case, ticket.id, ())


def _late(
    conn: Connection, case: Case, ticket: Ticket, draft: Draft, agent: Agent
) -> tuple[Draft, ...]:
    """A mail to the agent, where theirs waits for a limit."""
    cap = case.ctx.policy.cap
    if cap is None:
        return ()
    until = draft.due_at if draft.waits is WaitReason.UNDO else None
    found = cap.ask(conn, mails_of(draft), case.now, until)
    if not isinstance(found, Full) or found.at - case.now <= _SOON:
        return ()
    support = support_of(case.ctx, ticket.address)
    facts = {
        "to": str(ticket.requester.address),
        "used": str(found.used),
        "cap": str(found.cap),
        "at": local_time(found.at, case.ctx.policy.timezone),
    }
    words = late(support.locale, facts)
    return (
        say_to_agent(case.ctx, ticket, agent, words, label="late", now=case.now, seed=case.seed),
    )
