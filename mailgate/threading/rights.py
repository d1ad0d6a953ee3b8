"""Who may do what on a ticket: one table. A From line alone proves nothing.

`docs/operators/rights.md` is made from the table (`threading.rightspage`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

from mailgate.mail.domains import is_public_mail_domain, organisational_domain
from mailgate.model.decision import Authentication, Cell, Claim, Reason, Right, Who
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Role
from mailgate.threading.evidence import Evidence, TicketFacts
from mailgate.threading.token import Purpose

__all__ = [
    "RIGHTS",
    "Authentication",
    "Claim",
    "Right",
    "Standing",
    "Who",
    "claim_by_token",
    "got_from_us",
    "standing",
    "takes_part",
]

_PASS, _NONE, _FAIL = Authentication.PASS, Authentication.NONE, Authentication.FAIL
_PUBLIC, _PRIVATE, _FLAGGED = Right.PUBLIC, Right.PRIVATE, Right.FLAGGED
_LINKED, _NEW, _QUARANTINE = Right.LINKED, Right.NEW, Right.QUARANTINE

# In the order of `Claim`: token, forwarded token, own id, foreign id, subject tag, nothing.
_CUSTOMER = {
    _PASS: (_PUBLIC, _PUBLIC, _PUBLIC, _PUBLIC, _PUBLIC, _NEW),
    _NONE: (_PUBLIC, _PUBLIC, _PUBLIC, _PUBLIC, _FLAGGED, _NEW),
    _FAIL: (_FLAGGED, _FLAGGED, _FLAGGED, _FLAGGED, _FLAGGED, _NEW),
}
_COLLEAGUE = {
    _PASS: (_PUBLIC, _PUBLIC, _PUBLIC, _FLAGGED, _FLAGGED, _NEW),
    _NONE: (_FLAGGED, _FLAGGED, _FLAGGED, _FLAGGED, _LINKED, _NEW),
    _FAIL: (_FLAGGED, _FLAGGED, _FLAGGED, _LINKED, _LINKED, _NEW),
}
_AGENT = {
    _PASS: (_PUBLIC, _PUBLIC, _PUBLIC, _PUBLIC, _PUBLIC, _NEW),
    _NONE: (_PUBLIC, *(_QUARANTINE,) * 5),
    _FAIL: (_QUARANTINE,) * 6,
}
_COLLABORATOR = {
    _PASS: (_PRIVATE, _PRIVATE, _PRIVATE, _PRIVATE, _PRIVATE, _NEW),
    _NONE: (_PRIVATE, *(_QUARANTINE,) * 5),
    _FAIL: (_QUARANTINE,) * 6,
}
_SIDE_PARTY = {
    _PASS: (_PRIVATE, _PRIVATE, _PRIVATE, _PRIVATE, _PRIVATE, _NEW),
    _NONE: (_PRIVATE, _PRIVATE, _PRIVATE, _PRIVATE, _FLAGGED, _NEW),
    _FAIL: (_FLAGGED, _FLAGGED, _FLAGGED, _FLAGGED, _FLAGGED, _NEW),
}
_STRANGER = {
    _PASS: (_FLAGGED, _FLAGGED, _FLAGGED, _FLAGGED, _LINKED, _NEW),
    _NONE: (_FLAGGED, _FLAGGED, _FLAGGED, _FLAGGED, _LINKED, _NEW),
    _FAIL: (_FLAGGED, _FLAGGED, _FLAGGED, _LINKED, _LINKED, _NEW),
}
_ROWS = {
    Who.REQUESTER: _CUSTOMER,
    Who.PARTICIPANT: _CUSTOMER,
    Who.COLLEAGUE: _COLLEAGUE,
    Who.AGENT: _AGENT,
    Who.COLLABORATOR: _COLLABORATOR,
    Who.SIDE_PARTY: _SIDE_PARTY,
    Who.STRANGER: _STRANGER,
}

RIGHTS: Mapping[tuple[Who, Authentication, Claim], Right] = MappingProxyType(
    {
        (who, authentication, claim): right
        for who, rows in _ROWS.items()
        for authentication, rights in rows.items()
        for claim, right in zip(Claim, rights, strict=True)
    }
)
"""What a person's mail may become. Machines, loops and copies are seen to before."""

_AGENT_TOKENS = frozenset({Purpose.AGENT_REPLY, Purpose.AGENT_NOTE})
_AGENT_IDS = frozenset({Purpose.MESSAGE_AGENT, Purpose.MESSAGE_NOTE})
_STAFF = {Role.AGENT: Who.AGENT, Role.COLLABORATOR: Who.COLLABORATOR}
_ROLES = {
    Who.REQUESTER: Role.REQUESTER,
    Who.PARTICIPANT: Role.PARTICIPANT,
    Who.COLLEAGUE: Role.STRANGER,
    Who.AGENT: Role.AGENT,
    Who.COLLABORATOR: Role.COLLABORATOR,
    Who.SIDE_PARTY: Role.THIRD_PARTY,
    Who.STRANGER: Role.STRANGER,
}
_REASONS = {
    Who.REQUESTER: Reason.SENDER_IS_REQUESTER,
    Who.PARTICIPANT: Reason.SENDER_IS_PARTICIPANT,
    Who.COLLEAGUE: Reason.SENDER_IS_COLLEAGUE,
    Who.AGENT: Reason.SENDER_IS_AGENT,
    Who.COLLABORATOR: Reason.SENDER_IS_COLLABORATOR,
    Who.SIDE_PARTY: Reason.SENDER_IS_THIRD_PARTY,
    Who.STRANGER: Reason.SENDER_IS_STRANGER,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A sender's place in the table of rights, and what it gives.

    `role` is one of staff only where that is proven: a stranger is who claims it. `by` names
    the proof. Without a ticket a sender is the requester of the one that they open.
    """

    who: Who
    role: Role
    cell: Cell
    by: str | None
    reasons: tuple[Reason, ...]

    @property
    def right(self) -> Right:
        """What a person's mail may become."""
        return self.cell.right

    @property
    def proven(self) -> bool:
        """Whether the sender is who they write as, as far as their rights need it."""
        return self.right is not Right.QUARANTINE

    @property
    def is_staff(self) -> bool:
        """Whether one of ours wrote it, by more than a From line."""
        return self.who in _STAFF.values() and self.proven


def standing(
    evidence: Evidence,
    ticket: TicketFacts | None,
    named: frozenset[TicketId],
    claim: Claim,
    *,
    vouched: bool,
) -> Standing:
    """Where the sender stands: on a ticket that goes by the numbers `named`, or on none.
    `vouched` says that a human took the agent in From for them."""
    who = _who(evidence, ticket, named)
    if who not in _STAFF.values():
        reasons = (_REASONS[who], *_doubts(evidence))
        cell = _cell(who, evidence.ticket_authentication, claim)
        return Standing(who, _ROLES[who], cell, evidence.authenticated_by, reasons)
    cell = _cell(who, _PASS if vouched else evidence.staff_authentication, claim)
    if cell.right is Right.QUARANTINE:
        doubt = (_REASONS[who], Reason.AGENT_NOT_PROVEN)
        return Standing(who, Role.STRANGER, cell, None, doubt)
    by, proof = _proof(evidence, claim)
    return Standing(who, _ROLES[who], cell, by, (_REASONS[who], *proof))


def _cell(who: Who, authentication: Authentication, claim: Claim) -> Cell:
    return Cell(who, authentication, claim, RIGHTS[who, authentication, claim])


def takes_part(evidence: Evidence, ticket: TicketFacts) -> bool:
    """Whether the sender has to do with this ticket: of two equal hints the one to such a
    ticket is meant. A customer by their address; an agent whom their server vouches for."""
    if evidence.agent is not None and evidence.staff_authentication is _PASS:
        return True
    return _customer(evidence, ticket) is not None


def claim_by_token(
    evidence: Evidence, ticket: TicketFacts, named: frozenset[TicketId]
) -> Claim | None:
    """What the reply tokens for this ticket are in the sender's hands; None without one. A
    customer's token makes nobody an agent, and an agent's only the one whom it was given to."""
    here = [token for token in evidence.tokens if token.ticket in named]
    if not here:
        return None
    if _who(evidence, ticket, named) in _STAFF.values():
        return Claim.TOKEN if _holds_agent_token(evidence, named) else Claim.FORWARDED_TOKEN
    theirs = any(token.text in evidence.bound_tokens for token in here)
    return Claim.TOKEN if theirs else Claim.FORWARDED_TOKEN


def got_from_us(evidence: Evidence, named: frozenset[TicketId]) -> bool:
    """Whether the mail has what only the agent in From, or only agents, were sent about the
    ticket with these numbers: an answer to a notification, as far as one can tell. Enough to
    keep what an agent's machine says, not to speak as the agent."""
    if evidence.authentication is _FAIL:
        return False
    bound = (token.ticket for token in evidence.tokens if token.text in evidence.bound_tokens)
    told = (own.ticket for own in evidence.own_ids if own.purpose in _AGENT_IDS)
    return any(ticket in named for ticket in chain(bound, told))


def _who(evidence: Evidence, ticket: TicketFacts | None, named: frozenset[TicketId]) -> Who:
    """An agent is one on every ticket but their own, where they are its customer, also after it
    became part of another one; what was sent to them as an agent they answer as one there too."""
    agent = evidence.agent
    if ticket is None:
        return Who.REQUESTER if agent is None else _STAFF[agent.role]
    customer = _customer(evidence, ticket)
    if agent is None:
        return customer or _outsider(evidence, ticket)
    if customer is not None and _asked(evidence, ticket):
        return _STAFF[agent.role] if _holds_agent_token(evidence, named) else customer
    return _STAFF[agent.role]


def _customer(evidence: Evidence, ticket: TicketFacts) -> Who | None:
    """Requester, participant or party of the side thread, by their address."""
    if evidence.from_ is None:
        return None
    key = evidence.from_.address.key
    if key == ticket.requester:
        return Who.REQUESTER
    if key in ticket.participants:
        return Who.PARTICIPANT
    return Who.SIDE_PARTY if key in ticket.side_parties else None


def _asked(evidence: Evidence, ticket: TicketFacts) -> bool:
    """Whether the sender is the requester, or was that of the ticket that the mail names."""
    asked = {ticket.requester, ticket.former_requester}
    return evidence.from_ is not None and evidence.from_.address.key in asked


def _outsider(evidence: Evidence, ticket: TicketFacts) -> Who:
    """A colleague writes from the requester's organisation. Everybody has an address at a public
    provider, so there it means nothing."""
    if evidence.from_ is None:
        return Who.STRANGER
    domain, theirs = evidence.from_.address.domain, ticket.requester.rpartition("@")[2]
    same = organisational_domain(domain) == organisational_domain(theirs)
    return Who.COLLEAGUE if same and not is_public_mail_domain(domain) else Who.STRANGER


def _holds_agent_token(evidence: Evidence, named: frozenset[TicketId]) -> bool:
    """A token for agents that was given to the agent in From, for this ticket: one for another
    ticket, or another agent's, proves nothing here."""
    return any(
        token.purpose in _AGENT_TOKENS
        and token.text in evidence.bound_tokens
        and token.ticket in named
        for token in evidence.tokens
    )


def _proof(evidence: Evidence, claim: Claim) -> tuple[str | None, tuple[Reason, ...]]:
    """What proves an agent who has a right; nothing does where a human took their word."""
    if evidence.staff_authentication is _PASS:
        return evidence.authenticated_by, (Reason.AGENT_PROVEN_BY_AUTHENTICATION,)
    if claim is Claim.TOKEN and evidence.authentication is not _FAIL:
        return "token", (Reason.AGENT_PROVEN_BY_TOKEN,)
    return None, ()


def _doubts(evidence: Evidence) -> tuple[Reason, ...]:
    if evidence.from_ is None:
        return (Reason.SENDER_UNREADABLE,)
    return () if evidence.ticket_authentication is _PASS else (Reason.SENDER_UNAUTHENTICATED,)
