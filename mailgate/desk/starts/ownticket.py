"""An agent's own question to the desk: a ticket of theirs, like any customer's."""

from dataclasses import replace

from mailgate.desk.arriving.opening import open_ticket
from mailgate.desk.arriving.plan import Case, support_of_case
from mailgate.desk.arriving.processed import Processed
from mailgate.desk.by import By
from mailgate.desk.commands.obeynew import obey_new, wrong_with
from mailgate.desk.commands.orders import Orders, Verb
from mailgate.desk.commands.wanted import Fault
from mailgate.desk.starts.ownmail import Asks
from mailgate.desk.starts.startwords import not_obeyed, unread
from mailgate.desk.words.tellsender import to_sender
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalRow
from mailgate.store.core import Connection
from mailgate.threading.tag import subject_tag

__all__ = ["open_own"]

_ODD = frozenset({Verb.NOTE, Verb.FORWARD, Verb.MACRO, Verb.MERGE, Verb.SPAM})
"""What cannot be said of a ticket of one's own."""


def open_own(
    conn: Connection, case: Case, row: JournalRow, linked: TicketId | None, asks: Asks
) -> Processed:
    """The ticket, with what the commands at the top of the mail want of it. Where one cannot be,
    none is, the mail stands as it came, and its author is told; so they are where they pass a mail
    on of which nobody can tell whose it is."""
    faults = wrong_with(case.ctx, asks.orders, asks.agent, odd=_ODD, beside=asks.subject)
    said = case if faults else _without(case, asks.orders)
    opened = open_ticket(conn, said, row, linked)
    number = opened.ticket
    assert number is not None, "it was opened"
    drafts: tuple[Draft, ...] = ()
    if not faults:
        by = By(str(asks.agent.address), case.now, case.seed, asks.agent)
        drafts, faults = obey_new(conn, case.ctx, number, asks.orders, by)
    if faults or asks.unread:
        drafts = (*drafts, _told(case, number, asks, faults))
    return replace(opened, decision=case.decision, drafts=(*opened.drafts, *drafts))


def _without(case: Case, orders: Orders) -> Case:
    if not orders:
        return case
    mail = replace(case.mail, text=orders.text, html=orders.html, reply_html=orders.html)
    return replace(case, mail=mail)


def _told(case: Case, number: TicketId, asks: Asks, faults: tuple[Fault, ...]) -> Draft:
    support = support_of_case(case)
    tag = subject_tag(case.ctx.policy.subject_prefix, number)
    told = (
        not_obeyed(faults, support.locale, tag=tag) if faults else unread(support.locale, tag=tag)
    )
    subject, text = told
    return to_sender(
        case.ctx, support, asks.agent, subject=subject, text=text, now=case.now, seed=case.seed
    )
