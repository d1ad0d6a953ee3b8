"""How much comes, of whom and of what: read with the facts, counted with the outcome."""

from dataclasses import replace
from datetime import datetime

from mailgate.desk.plan import Case
from mailgate.model.decision import Duplicate, Reason, Suppress
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Status
from mailgate.model.traffic import NOTHING, Rate, Traffic
from mailgate.store import traffic
from mailgate.store.core import Connection
from mailgate.threading import counters
from mailgate.threading.evidence import Evidence, Facts

_SHUT = frozenset({Status.RESOLVED, Status.CLOSED})
_OUR_OWN = frozenset({Reason.OWN_MAIL, Reason.PROBE})


def with_traffic(conn: Connection, facts: Facts, evidence: Evidence, now: datetime) -> Facts:
    """The facts with what came lately, by one statement."""
    keys = counters.keys_of(evidence)
    written = {
        number: counters.on_ticket(evidence, one.id) for number, one in facts.tickets.items()
    }
    shut = {
        number: counters.reopenings(one.id)
        for number, one in facts.tickets.items()
        if one.status in _SHUT
    }
    came = traffic.came(conn, (*keys.all, *written.values(), *shut.values()), now)
    if not came:
        return facts

    def rate(key: bytes | None) -> Rate:
        return NOTHING if key is None else came.get(key, NOTHING)

    return replace(
        facts,
        traffic=Traffic(rate(keys.sender), rate(keys.domain), rate(keys.words)),
        tickets={
            number: replace(one, written=rate(written[number]), reopened=rate(shut.get(number)).day)
            for number, one in facts.tickets.items()
        },
    )


def count(conn: Connection, case: Case, ticket: TicketId | None) -> None:
    """Counts the mail, which went onto `ticket`. A copy of another counts as little as what we
    wrote ourselves and what a human let out, which was counted when it came."""
    match case.decision.disposition:
        case Duplicate():
            return
        case Suppress(reason=reason) if reason in _OUR_OWN:
            return
        case _:
            pass
    if Reason.RELEASED_BY_OPERATOR in case.decision.reasons:
        return
    keys = counters.keys_of(case.evidence).all
    if ticket is not None:
        keys = (*keys, counters.on_ticket(case.evidence, ticket))
    traffic.count(conn, keys, case.now)


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
