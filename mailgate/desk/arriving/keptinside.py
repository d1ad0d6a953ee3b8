"""Why an agent's public answer stays inside, as a note. Pure.

In doubt a note: what the customer has got cannot be taken back.
"""

from enum import StrEnum
from itertools import chain

from mailgate.mail.parsed import ParsedMail
from mailgate.mail.subject import is_forward
from mailgate.model.directory import Directory
from mailgate.model.ids import TicketId
from mailgate.threading.evidence import Evidence, Facts
from mailgate.threading.token import Purpose

__all__ = ["KeptInside", "meant_for_us"]


class KeptInside(StrEnum):
    """Why an agent's public answer is kept as a note instead, so that it is seen."""

    EMPTY = "empty_answer"
    """It says nothing but what it quotes: that is our own notification."""
    COMMAND = "command"
    """A line of it was meant for the desk, and cannot be obeyed."""
    REPEATED = "repeated_answer"
    """A mail with the same Message-ID, by the same agent, is there already."""
    AUTOMATIC = "automatic_answer"
    """It reads like an absence note that no header field tells from a person's mail."""
    FORWARDED = "forwarded_mail"
    """It passes a mail on to us, does not answer one that goes on to the customer, or answers one
    that stands on two tickets."""


def meant_for_us(
    mail: ParsedMail, evidence: Evidence, facts: Facts, ticket: TicketId, directory: Directory
) -> bool:
    """Whether an agent's mail onto this ticket is for the desk rather than for its customer.

    The reply address of a notification says that it is for the customer, and so does the
    customer in To or Cc. Everything else that leads to a ticket stands in mails that agents pass
    on to each other too: clients keep References when they forward, and when somebody else is
    put into To of an answer.
    """
    named = {number for number, known in facts.tickets.items() if known.id == ticket}
    if is_forward(mail.subject):
        return True
    if any(token.ticket in named for token in evidence.tokens):
        return False
    if mail.forwarded is not None:
        return True
    relayed = chain.from_iterable(facts.relayed.values())
    ids = chain(evidence.own_ids, relayed)
    answered = next((own.purpose for own in ids if own.ticket in named), None)
    marked = any(marker.ticket in named for marker in evidence.markers)
    if answered is None and not marked and _is_on_another_too(facts, named):
        return True
    if _writes_to_customer(mail, facts, ticket):
        return False
    if answered is not None and answered is not Purpose.MESSAGE_AGENT:
        return True
    return not any(directory.support_for(one.address) for one in mail.to)


def _is_on_another_too(facts: Facts, named: set[TicketId]) -> bool:
    """Whether an id that leads to this ticket leads to another as well. Whoever got a customer's
    mail can write one with its id to us before it comes: which of the two customers the agent
    means, nobody can tell."""
    owners = (set(tickets) for tickets in facts.stored_ids.values())
    return any(both & named and both - named for both in owners)


def _writes_to_customer(mail: ParsedMail, facts: Facts, ticket: TicketId) -> bool:
    shown = {named.address.key for named in (*mail.to, *mail.cc)}
    known = next((known for known in facts.tickets.values() if known.id == ticket), None)
    return known is not None and not shown.isdisjoint({known.requester, *known.participants})
