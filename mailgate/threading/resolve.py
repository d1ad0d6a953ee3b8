"""Which ticket the signals of a message name: strongest first, each verified."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mailgate.model.decision import Reason, Signal, SignalKind
from mailgate.model.ids import TicketId
from mailgate.threading.evidence import Evidence, Facts, TicketFacts

_MATCHED = {
    SignalKind.REPLY_TOKEN: Reason.MATCHED_REPLY_TOKEN,
    SignalKind.OWN_ID: Reason.MATCHED_OWN_ID,
    SignalKind.STORED_ID: Reason.MATCHED_STORED_ID,
    SignalKind.SUBJECT_TAG: Reason.MATCHED_SUBJECT_TAG,
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the signals say together. `ticket` is None when none names one that exists.

    `strong` says that the ticket was found by more than a number in a subject: the sender
    has seen the thread, or a human said where the mail belongs.
    """

    signals: tuple[Signal, ...]
    ticket: TicketFacts | None
    strong: bool
    reasons: tuple[Reason, ...]


def resolve(
    evidence: Evidence,
    facts: Facts,
    takes_part: Callable[[TicketFacts], bool],
    released_to: TicketId | None = None,
) -> Resolution:
    """Finds the ticket. `takes_part` says whether the sender has a role on a ticket: of two
    equal hints, the one to a ticket of theirs is meant. `released_to` is where a human put
    the mail; it outdoes every signal."""
    signals = tuple(_signals(evidence, facts, takes_part))
    reasons = _doubts(evidence, facts, signals)
    put = facts.tickets.get(released_to) if released_to is not None else None
    if put is not None:
        return Resolution(signals, put, strong=True, reasons=reasons)
    found = next((s for s in signals if s.ticket is not None), None)
    if found is None or found.ticket is None:
        return Resolution(signals, None, strong=False, reasons=reasons)
    ticket = facts.tickets[found.ticket]
    merged = (Reason.FOLLOWED_MERGE,) if ticket.merged_from is not None else ()
    return Resolution(signals, ticket, found.verified, (_MATCHED[found.kind], *merged, *reasons))


def _signals(
    evidence: Evidence, facts: Facts, takes_part: Callable[[TicketFacts], bool]
) -> Iterator[Signal]:
    """Every signal, strongest first; of one kind, one for each ticket that is named."""
    kind = SignalKind.REPLY_TOKEN
    named = ((token.text, token.ticket) for token in evidence.tokens)
    yield from _known(kind, named, facts, verified=True)
    kind = SignalKind.OWN_ID
    named = ((own.text, own.ticket) for own in evidence.own_ids)
    yield from _known(kind, named, facts, verified=True)
    kind = SignalKind.STORED_ID
    named = (
        (text, ticket)
        for text in evidence.foreign_ids
        for ticket in _theirs_first(facts.stored_ids.get(text, ()), facts, takes_part)
    )
    yield from _known(kind, named, facts, verified=True)
    kind = SignalKind.SUBJECT_TAG
    tags = _theirs_first(evidence.subject_tags, facts, takes_part)
    yield from _known(kind, ((str(tag), tag) for tag in tags), facts, verified=False)


def _known(
    kind: SignalKind, named: Iterable[tuple[str, TicketId]], facts: Facts, *, verified: bool
) -> Iterator[Signal]:
    seen: set[TicketId] = set()
    for value, ticket in named:
        if ticket not in seen:
            seen.add(ticket)
            exists = ticket if ticket in facts.tickets else None
            yield Signal(kind, value, exists, verified)


def _theirs_first(
    tickets: Iterable[TicketId], facts: Facts, takes_part: Callable[[TicketFacts], bool]
) -> list[TicketId]:
    def not_theirs(ticket: TicketId) -> bool:
        known = facts.tickets.get(ticket)
        return known is None or not takes_part(known)

    return sorted(tickets, key=not_theirs)


def _doubts(evidence: Evidence, facts: Facts, signals: tuple[Signal, ...]) -> tuple[Reason, ...]:
    existing = {facts.tickets[s.ticket].id for s in signals if s.ticket is not None}
    doubts = (
        (evidence.invalid_tokens > 0, Reason.TOKEN_INVALID),
        (len(existing) > 1, Reason.SIGNALS_DISAGREE),
        (any(s.ticket is None for s in signals), Reason.TICKET_UNKNOWN),
    )
    return tuple(reason for holds, reason in doubts if holds)
