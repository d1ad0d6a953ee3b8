"""How much comes, of whom and of what: read with the facts, counted with the outcome."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from mailgate.desk.arriving.plan import Case
from mailgate.mail.address import Address
from mailgate.model.decision import Duplicate, Reason, Suppress
from mailgate.model.delivery import Draft, Lane
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Status
from mailgate.model.traffic import NOTHING, Rate, Traffic
from mailgate.store import traffic
from mailgate.store.core import Connection
from mailgate.threading import counters
from mailgate.threading.evidence import Evidence, Facts, TicketFacts

_SHUT = frozenset({Status.RESOLVED, Status.CLOSED})
_OUR_OWN = frozenset({Reason.OWN_MAIL, Reason.PROBE})


def with_traffic(conn: Connection, facts: Facts, evidence: Evidence, now: datetime) -> Facts:
    """The facts with what came lately, and whether the sender is shut out, by one statement."""
    keys = counters.keys_of(evidence)
    of = {number: _keys_on(evidence, ticket) for number, ticket in facts.tickets.items()}
    report = counters.report_of(evidence)
    every = chain((keys.sender, keys.domain, keys.words, report), *of.values())
    sender = None if evidence.from_ is None else evidence.from_.address.base.key
    asked = [key for key in every if key is not None]
    came, blocked = traffic.came_from(conn, asked, now, sender)
    if not came and not blocked:
        return facts

    def rate(key: bytes | None) -> Rate:
        return NOTHING if key is None else came.get(key, NOTHING)

    def counted(ticket: TicketFacts, keys: _KeysOn) -> TicketFacts:
        written, repeated, reopened = map(rate, keys)
        return replace(ticket, written=written, repeated=repeated, reopened=reopened.day)

    return replace(
        facts,
        blocked=blocked,
        traffic=Traffic(rate(keys.sender), rate(keys.domain), rate(keys.words), rate(report)),
        tickets={number: counted(one, of[number]) for number, one in facts.tickets.items()},
    )


_KeysOn = tuple[bytes, bytes | None, bytes | None]


def _keys_on(evidence: Evidence, ticket: TicketFacts) -> _KeysOn:
    """What the sender wrote on it, what an agent sent its requester, and its reopenings, where a
    mail can reopen it."""
    return (
        counters.on_ticket(evidence, ticket.id),
        counters.sent_to(evidence, ticket.requester),
        counters.reopenings(ticket.id) if ticket.status in _SHUT else None,
    )


def count(conn: Connection, case: Case, ticket: TicketId | None, drafts: Sequence[Draft]) -> None:
    """Counts the mail, which went onto `ticket` and caused `drafts`. A copy of another counts as
    little as what we wrote ourselves and what a human let out, which was counted when it came."""
    match case.decision.disposition:
        case Duplicate():
            return
        case Suppress(reason=reason) if reason in _OUR_OWN:
            return
        case _:
            pass
    got = (draft.recipients[0] for draft in drafts if draft.lane is Lane.ACKNOWLEDGEMENT)
    acknowledged = tuple(counters.acknowledged(address) for address in got)
    if Reason.RELEASED_BY_OPERATOR in case.decision.reasons:
        traffic.count(conn, acknowledged, case.now)
        return
    report = counters.report_of(case.evidence)
    keys = (*counters.keys_of(case.evidence).all, *(() if report is None else (report,)))
    if ticket is not None:
        keys = (*keys, counters.on_ticket(case.evidence, ticket))
    answered = (draft.recipients[0].key for draft in drafts if draft.lane is Lane.REPLY)
    sent = (counters.sent_to(case.evidence, recipient) for recipient in answered)
    traffic.count(conn, (*keys, *acknowledged, *(key for key in sent if key is not None)), case.now)


def acknowledgements_today(conn: Connection, to: Address, now: datetime) -> int:
    """How many acknowledgements a mailbox got within a day, under all its subaddresses."""
    key = counters.acknowledged(to)
    return traffic.came(conn, (key,), now).get(key, NOTHING).day


def count_acknowledgement(conn: Connection, to: Address, now: datetime) -> None:
    """Automatic mail goes to this mailbox, that no mail of theirs has caused just now."""
    traffic.count(conn, (counters.acknowledged(to),), now)


def count_reopening(conn: Connection, ticket: TicketId, now: datetime) -> None:
    """A mail has opened the ticket again."""
    traffic.count(conn, (counters.reopenings(ticket),), now)


def is_news(conn: Connection, case: Case, ticket: TicketId) -> bool:
    """Whether nobody was told in the last day that this sender writes too much on this ticket;
    from now on they were."""
    key = counters.told_of(case.evidence, ticket)
    if traffic.came(conn, (key,), case.now):
        return False
    traffic.count(conn, (key,), case.now)
    return True
