"""A customer's mail that an agent passes on becomes that customer's ticket."""

from dataclasses import replace

from mailgate.desk.arriving.opening import open_ticket
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.processed import Processed
from mailgate.desk.by import By
from mailgate.desk.commands.obeynew import obey_new, wrong_with
from mailgate.desk.commands.orders import Verb, read_orders
from mailgate.desk.commands.orderwords import refusal
from mailgate.desk.commands.wanted import Fault
from mailgate.desk.starts.passedon import PassedOn
from mailgate.desk.starts.theirs import as_theirs
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.ticket.replies import NoteRequest, noted
from mailgate.desk.words.frame import one_line, support_of
from mailgate.desk.words.tellagents import say_to_agent
from mailgate.desk.words.tellauthor import tell_unclear_names
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalRow
from mailgate.model.seed import Seed
from mailgate.store import entries
from mailgate.store.core import Connection

__all__ = ["open_for"]

_ODD = frozenset({Verb.NOTE, Verb.FORWARD, Verb.MACRO})
"""What the words above the mail cannot be: they are a note."""


def open_for(
    conn: Connection, case: Case, row: JournalRow, linked: TicketId | None, passed: PassedOn
) -> Processed:
    """A ticket of whose mail it is, as if they had written to us; what the agent wrote above it is
    a note, and the commands at its top are obeyed. Nobody outside is told, unless the settings
    want an acknowledgement."""
    opened = open_ticket(conn, as_theirs(case), row, linked, passed=passed)
    ticket = opened.ticket
    assert ticket is not None, "it was opened"
    if case.mail.message_id is not None:
        entries.note_message_id(conn, ticket, case.mail.message_id, own=False, at=case.now)
    by = By(str(passed.agent.address), case.now, case.seed, passed.agent)
    orders = read_orders(passed.words)
    faults = wrong_with(
        case.ctx, orders, passed.agent, odd=_ODD, beside=one_line(case.mail.subject)
    )
    drafts: tuple[Draft, ...] = ()
    if not faults:
        drafts, faults = obey_new(conn, case.ctx, ticket, orders, by)
    words = passed.words if faults else orders.text.strip()
    # Of a seed of its own: the mails of one unit of work are told apart by their labels.
    seed = Seed(case.seed.derive("note of who passed it on", 32))
    if words:
        request = NoteRequest(ticket, words, agent=passed.agent)
        drafts = (*drafts, *noted(conn, case.ctx, request, now=case.now, seed=seed).drafts)
        there = named_ticket(conn, ticket)
        asked = tell_unclear_names(case.ctx, there, passed.agent, words, case.now, seed)
        drafts = (*drafts, *asked)
    if faults:
        drafts = (*drafts, _refusal(conn, case, ticket, passed, faults))
    return replace(opened, decision=case.decision, drafts=(*opened.drafts, *drafts))


def _refusal(
    conn: Connection, case: Case, number: TicketId, passed: PassedOn, faults: tuple[Fault, ...]
) -> Draft:
    ticket = named_ticket(conn, number)
    locale = support_of(case.ctx, ticket.address).locale
    words = refusal(faults, locale, note_stands=True, opened=True)
    return say_to_agent(
        case.ctx, ticket, passed.agent, words, label="passed on", now=case.now, seed=case.seed
    )
