"""Whom a mail brings along onto a ticket. Pure.

Cc is what the sender wrote, and who forges a sender writes it too: it opens a ticket with them,
and onto one that is there only somebody who is proven brings anybody.
"""

from collections.abc import Sequence

from mailgate.mail.address import Address
from mailgate.mail.parsed import ParsedMail
from mailgate.model.decision import Append, Authentication, Decision, Reason, Who
from mailgate.model.directory import Directory
from mailgate.model.ticket import Visibility
from mailgate.threading.evidence import Evidence

MAX_CC = 50
"""Participants of a ticket that mails bring along; the rest of their recipients is not ours."""

_MAY_BRING = frozenset({Who.REQUESTER, Who.PARTICIPANT, Who.AGENT})


def brought(mail: ParsedMail, sender: Address, directory: Directory) -> tuple[Address, ...]:
    """Everybody in To and Cc but the sender, ourselves and the agents."""
    unique = {named.address.key: named.address for named in (*mail.to, *mail.cc)}
    unique.pop(sender.key, None)
    return tuple(
        address
        for address in unique.values()
        if directory.support_for(address) is None and directory.agent_for(address) is None
    )[:MAX_CC]


def may_bring(evidence: Evidence, decision: Decision) -> bool:
    """Whether the sender may bring people onto a ticket that is there: by a public message that
    proves them, and that is no other mail sent once more with another Cc."""
    match decision.disposition:
        case Append(visibility=Visibility.PUBLIC):
            proven = evidence.staff_authentication is Authentication.PASS
            return (
                proven
                and decision.cell is not None
                and decision.cell.who in _MAY_BRING
                and Reason.SAME_ID_OTHER_CONTENT not in decision.reasons
            )
        case _:
            return False


def joining(
    named: Sequence[Address], requester: Address, known: Sequence[Address]
) -> tuple[Address, ...]:
    """Those of `named` who are not on a ticket of `requester` with the participants `known`."""
    there = {requester.key, *(address.key for address in known)}
    new = tuple(address for address in named if address.key not in there)
    return new[: max(0, MAX_CC - len(known))]
