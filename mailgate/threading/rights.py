"""What a sender is to a ticket, and how far that is proven. A From line alone proves nothing."""

from dataclasses import dataclass
from itertools import chain

from mailgate.model.decision import Authentication, Reason
from mailgate.model.ticket import Role
from mailgate.threading.evidence import Evidence, TicketFacts
from mailgate.threading.token import Purpose

_AGENT_TOKENS = frozenset({Purpose.AGENT_REPLY, Purpose.AGENT_NOTE})
_AGENT_IDS = frozenset({Purpose.MESSAGE_AGENT, Purpose.MESSAGE_NOTE})
_STAFF = frozenset({Role.AGENT, Role.COLLABORATOR})
_REASONS = {
    Role.REQUESTER: Reason.SENDER_IS_REQUESTER,
    Role.PARTICIPANT: Reason.SENDER_IS_PARTICIPANT,
    Role.AGENT: Reason.SENDER_IS_AGENT,
    Role.COLLABORATOR: Reason.SENDER_IS_COLLABORATOR,
    Role.STRANGER: Reason.SENDER_IS_STRANGER,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A sender's role on a ticket (or, without one, to the desk).

    `proven` is what the rights of staff hang on: for an agent that it is them, for everybody
    else always True, because a customer's right to write needs no more than their address. The role
    is one of staff only where it is proven: a stranger is who claims it.
    """

    role: Role
    proven: bool
    by: str | None
    reasons: tuple[Reason, ...]

    @property
    def is_staff(self) -> bool:
        return self.role in _STAFF


def customer_role(evidence: Evidence, ticket: TicketFacts) -> Role | None:
    """Requester or participant of the ticket by their address, else None."""
    if evidence.from_ is None:
        return None
    key = evidence.from_.address.key
    if key == ticket.requester:
        return Role.REQUESTER
    return Role.PARTICIPANT if key in ticket.participants else None


def takes_part(evidence: Evidence, ticket: TicketFacts, *, vouched: bool) -> bool:
    """Whether the sender has a role on this ticket: a customer by their address, staff by what
    proves them."""
    if customer_role(evidence, ticket) is not None:
        return True
    return evidence.agent is not None and standing(evidence, ticket, vouched=vouched).proven


def got_from_us(evidence: Evidence, ticket: TicketFacts) -> bool:
    """Whether the mail has what only the agent in From, or only agents, were sent about this
    ticket: an answer to a notification, as far as one can tell. Enough to keep what an agent's
    machine says, not to speak as the agent."""
    if evidence.authentication is Authentication.FAIL:
        return False
    ids = {ticket.id, ticket.merged_from}
    bound = (token.ticket for token in evidence.tokens if token.text in evidence.bound_tokens)
    told = (own.ticket for own in evidence.own_ids if own.purpose in _AGENT_IDS)
    return any(ticket in ids for ticket in chain(bound, told))


def standing(evidence: Evidence, ticket: TicketFacts | None, *, vouched: bool) -> Standing:
    """Who the sender is. `vouched` says that a human took the agent in From for them."""
    customer = customer_role(evidence, ticket) if ticket else None
    if evidence.agent is not None and (customer is None or _holds_agent_token(evidence)):
        return _staff(evidence, evidence.agent.role, ticket, vouched=vouched)
    role = customer or (Role.STRANGER if ticket else Role.REQUESTER)
    return Standing(
        role, proven=True, by=evidence.authenticated_by, reasons=_doubts(evidence, role)
    )


def _staff(
    evidence: Evidence, role: Role, ticket: TicketFacts | None, *, vouched: bool
) -> Standing:
    reasons = (_REASONS[role],)
    if evidence.authentication is Authentication.PASS:
        proof = (*reasons, Reason.AGENT_PROVEN_BY_AUTHENTICATION)
        return Standing(role, proven=True, by=evidence.authenticated_by, reasons=proof)
    token_proves = ticket is not None and _holds_agent_token(evidence, ticket)
    if token_proves and evidence.authentication is not Authentication.FAIL:
        proof = (*reasons, Reason.AGENT_PROVEN_BY_TOKEN)
        return Standing(role, proven=True, by="token", reasons=proof)
    if vouched:
        return Standing(role, proven=True, by=None, reasons=reasons)
    doubt = (*reasons, Reason.AGENT_NOT_PROVEN)
    return Standing(Role.STRANGER, proven=False, by=None, reasons=doubt)


def _holds_agent_token(evidence: Evidence, ticket: TicketFacts | None = None) -> bool:
    """A token for agents that was given to the agent in From, and for this ticket: one for
    another ticket, or another agent's, proves nothing here."""
    return any(
        token.purpose in _AGENT_TOKENS
        and token.text in evidence.bound_tokens
        and (ticket is None or token.ticket in {ticket.id, ticket.merged_from})
        for token in evidence.tokens
    )


def _doubts(evidence: Evidence, role: Role) -> tuple[Reason, ...]:
    reasons = [_REASONS[role]]
    if evidence.from_ is None:
        reasons.append(Reason.SENDER_UNREADABLE)
    elif evidence.authentication is not Authentication.PASS:
        reasons.append(Reason.SENDER_UNAUTHENTICATED)
    return tuple(reasons)
