"""Which ticket the signals of a message name: strongest first, each verified."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailgate.model.decision import Claim, Reason, Signal, SignalKind
from mailgate.model.ids import TicketId
from mailgate.threading.evidence import Evidence, Facts, TicketFacts
from mailgate.threading.rights import claim_by_token, takes_part
from mailgate.threading.token import ReplyToken

_MATCHED = {
    SignalKind.REPLY_TOKEN: Reason.MATCHED_REPLY_TOKEN,
    SignalKind.OWN_ID: Reason.MATCHED_OWN_ID,
    SignalKind.RELAYED_ID: Reason.MATCHED_RELAYED_ID,
    SignalKind.STORED_ID: Reason.MATCHED_STORED_ID,
    SignalKind.BODY_MARKER: Reason.MATCHED_BODY_MARKER,
    SignalKind.SUBJECT_TAG: Reason.MATCHED_SUBJECT_TAG,
}
_CLAIMS = {
    SignalKind.REPLY_TOKEN: Claim.TOKEN,
    SignalKind.OWN_ID: Claim.OWN_ID,
    SignalKind.RELAYED_ID: Claim.OWN_ID,
    SignalKind.STORED_ID: Claim.FOREIGN_ID,
    SignalKind.BODY_MARKER: Claim.OWN_ID,
    SignalKind.SUBJECT_TAG: Claim.SUBJECT_TAG,
}

_STRENGTH = tuple(Claim)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the signals say together. `ticket` is None when none names one that exists; `named`
    are the numbers that it goes by in this mail (its own, and those of tickets merged into it).
    """

    signals: tuple[Signal, ...]
    ticket: TicketFacts | None
    named: frozenset[TicketId]
    claim: Claim
    reasons: tuple[Reason, ...]

    @property
    def strong(self) -> bool:
        """Whether the ticket was found by more than a number in a subject: the sender has seen
        the thread, or a human said where the mail belongs."""
        return self.claim not in {Claim.SUBJECT_TAG, Claim.NOTHING}


def resolve(evidence: Evidence, facts: Facts, released_to: TicketId | None = None) -> Resolution:
    """Finds the ticket. `released_to` is where a human put the mail; it outdoes every signal,
    and counts as an id of ours that the mail answers."""
    signals = tuple(_signals(evidence, facts))
    reasons = _doubts(evidence, facts, signals)
    put = facts.tickets.get(released_to) if released_to is not None else None
    if put is not None:
        named = _numbers(put, facts)
        claim = claim_by_token(evidence, put, named) or Claim.OWN_ID
        return Resolution(signals, put, named, claim, reasons)
    found = next((s for s in signals if s.ticket is not None), None)
    if found is None or found.ticket is None:
        return Resolution(signals, None, frozenset(), Claim.NOTHING, reasons)
    ticket = facts.tickets[found.ticket]
    named = _numbers(ticket, facts)
    claim = claim_by_token(evidence, ticket, named) or _strongest_claim(signals, named)
    merged = (Reason.FOLLOWED_MERGE,) if ticket.merged_from is not None else ()
    return Resolution(signals, ticket, named, claim, (_MATCHED[found.kind], *merged, *reasons))


def tokens_by_strength(evidence: Evidence) -> list[ReplyToken]:
    """What was given to the sender outdoes what was given to somebody else."""
    return sorted(evidence.tokens, key=lambda token: token.text not in evidence.bound_tokens)


def _strongest_claim(signals: Iterable[Signal], named: frozenset[TicketId]) -> Claim:
    """Of what names this ticket: a stored id finds it before a marker does, and proves less."""
    return min((_CLAIMS[s.kind] for s in signals if s.ticket in named), key=_STRENGTH.index)


def _numbers(ticket: TicketFacts, facts: Facts) -> frozenset[TicketId]:
    named = (number for number, known in facts.tickets.items() if known.id == ticket.id)
    return frozenset((ticket.id, *named))


def _signals(evidence: Evidence, facts: Facts) -> Iterator[Signal]:
    """Every signal, strongest first; of one kind, one for each ticket that is named."""
    kind = SignalKind.REPLY_TOKEN
    named = ((token.text, token.ticket) for token in tokens_by_strength(evidence))
    yield from _known(kind, named, facts, verified=True)
    kind = SignalKind.OWN_ID
    named = ((own.text, own.ticket) for own in evidence.own_ids)
    yield from _known(kind, named, facts, verified=True)
    kind = SignalKind.RELAYED_ID
    named = (
        (text, own.ticket) for text in evidence.foreign_ids for own in facts.relayed.get(text, ())
    )
    yield from _known(kind, named, facts, verified=True)
    kind = SignalKind.STORED_ID
    named = (
        (text, ticket)
        for text in evidence.foreign_ids
        for ticket in _theirs_first(facts.stored_ids.get(text, ()), facts, evidence)
    )
    yield from _known(kind, named, facts, verified=True)
    kind = SignalKind.BODY_MARKER
    # A mail can quote others that quote ours: of several the one of a ticket of theirs is meant.
    quoted = {marker.ticket: marker.text for marker in reversed(evidence.markers)}
    tickets = _theirs_first((marker.ticket for marker in evidence.markers), facts, evidence)
    named = ((quoted[ticket], ticket) for ticket in tickets)
    yield from _known(kind, named, facts, verified=True)
    kind = SignalKind.SUBJECT_TAG
    tags = _theirs_first(evidence.subject_tags, facts, evidence)
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


def _theirs_first(tickets: Iterable[TicketId], facts: Facts, evidence: Evidence) -> list[TicketId]:
    def not_theirs(ticket: TicketId) -> bool:
        known = facts.tickets.get(ticket)
        return known is None or not takes_part(evidence, known)

    return sorted(tickets, key=not_theirs)


def _doubts(evidence: Evidence, facts: Facts, signals: tuple[Signal, ...]) -> tuple[Reason, ...]:
    existing = {facts.tickets[s.ticket].id for s in signals if s.ticket is not None}
    doubts = (
        (evidence.invalid_tokens > 0, Reason.TOKEN_INVALID),
        (len(existing) > 1, Reason.SIGNALS_DISAGREE),
        (any(s.ticket is None for s in signals), Reason.TICKET_UNKNOWN),
    )
    return tuple(reason for holds, reason in doubts if holds)
