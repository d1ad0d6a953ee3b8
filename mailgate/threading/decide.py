"""What becomes of a message. Total and pure: every evidence and facts give one decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    Disposition,
    Duplicate,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
    RecordAutoReply,
    RecordBounce,
    Sender,
    Suppress,
)
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Role, Status, Visibility
from mailgate.threading import loops
from mailgate.threading.evidence import Evidence, Facts, TicketFacts
from mailgate.threading.resolve import Resolution, resolve
from mailgate.threading.rights import Standing, standing, takes_part
from mailgate.threading.token import Purpose


class ThreadingPolicy(Protocol):
    """The settings that a decision depends on."""

    @property
    def reopen_within(self) -> timedelta:
        """How long after its closing an answer still lands on the ticket itself."""

    @property
    def hop_limit(self) -> int:
        """More Received fields than this are a loop."""

    @property
    def reply_is_public(self) -> bool:
        """An agent's reply goes to the customer; otherwise it is a note."""


@dataclass(frozen=True, slots=True)
class _Case:
    """All that the rules look at."""

    evidence: Evidence
    facts: Facts
    policy: ThreadingPolicy
    now: datetime
    released: bool
    resolution: Resolution
    standing: Standing


_Verdict = tuple[Disposition, tuple[Reason, ...]]


def decide(
    evidence: Evidence,
    facts: Facts,
    policy: ThreadingPolicy,
    now: datetime,
    *,
    released: bool = False,
    released_to: TicketId | None = None,
) -> Decision:
    """Decides by the first rule that has something to say.

    `released` says that a human let the mail out of quarantine, `released_to` onto which
    ticket (None: wherever it belongs); what quarantined it then quarantines it no more.
    """
    found = resolve(evidence, facts, lambda ticket: takes_part(evidence, ticket), released_to)
    who = standing(evidence, found.ticket, released=released)
    case = _Case(evidence, facts, policy, now, released, found, who)
    disposition, reasons = (
        _loop(case) or _duplicate(case) or _automated(case) or _unproven(case) or _person(case)
    )
    return Decision(
        disposition=disposition,
        reasons=(*reasons, *_marks(case, disposition)),
        signals=found.signals,
        sender=_sender(case),
        defects=evidence.defects,
    )


def _loop(case: _Case) -> _Verdict | None:
    suppressed = loops.come_back(case.evidence)
    if suppressed is not None:
        known = case.facts.tickets.get(suppressed.ticket) if suppressed.ticket else None
        return Suppress(known.id if known else None, suppressed.reason), (suppressed.reason,)
    set_aside = loops.too_many_hops(case.evidence, case.policy.hop_limit)
    if set_aside is not None and not case.released:
        return set_aside, (Reason.HOP_LIMIT,)
    return None


def _duplicate(case: _Case) -> _Verdict | None:
    if case.facts.original is None:
        return None
    return Duplicate(*case.facts.original), (Reason.DUPLICATE_BYTES,)


def _automated(case: _Case) -> _Verdict | None:
    """Kept on its ticket or set aside; never answered, never reopens (RFC 3834 §2)."""
    if not loops.is_automated(case.evidence):
        return None
    why = loops.machine_reasons(case.evidence)
    ticket = case.resolution.ticket
    if ticket is not None and (case.resolution.strong or _has_a_role(case, ticket)):
        record = RecordBounce if _is_our_bounce(case) else RecordAutoReply
        return record(ticket.id), (*case.resolution.reasons, *why)
    if loops.answers_something(case.evidence) and not case.released:
        cause = QuarantineCause.AUTOMATED_WITHOUT_TICKET
        return Quarantine(cause), (*case.resolution.reasons, *why)
    linked = ticket.id if ticket else None
    reasons = (Reason.NEW_CONVERSATION, *case.resolution.reasons, *case.standing.reasons, *why)
    return OpenTicket(linked, answer=False), reasons


def _is_our_bounce(case: _Case) -> bool:
    """A report counts only when it proves that it is about mail of ours: a forged one, found
    by a number in its subject, changes nothing."""
    return loops.is_report(case.evidence) and case.resolution.strong


def _has_a_role(case: _Case, ticket: TicketFacts) -> bool:
    return takes_part(case.evidence, ticket)


def _unproven(case: _Case) -> _Verdict | None:
    """Whoever claims to be an agent and cannot prove it is heard by a human first."""
    if case.standing.proven:
        return None
    reasons = (*case.resolution.reasons, *case.standing.reasons)
    return Quarantine(QuarantineCause.AGENT_NOT_PROVEN), reasons


def _person(case: _Case) -> _Verdict:
    ticket = case.resolution.ticket
    if ticket is None:
        reasons = (Reason.NEW_CONVERSATION, *case.resolution.reasons, *case.standing.reasons)
        return _open(case, None), reasons
    known = (*case.resolution.reasons, *case.standing.reasons)
    if case.standing.is_staff:
        return _staff(case, ticket, known)
    if not case.resolution.strong and case.standing.role is Role.STRANGER:
        return _open(case, ticket), (*known, Reason.SUBJECT_TAG_NOT_ENOUGH)
    if _closed_long_ago(case, ticket):
        return _open(case, ticket), (*known, Reason.TICKET_CLOSED_LONG_AGO)
    trusted = (
        case.standing.role is not Role.STRANGER
        and case.evidence.authentication is not Authentication.FAIL
    )
    visibility = Visibility.PUBLIC if trusted else Visibility.PRIVATE
    return Append(ticket.id, visibility, flagged=not trusted), known


def _open(case: _Case, linked: TicketFacts | None) -> OpenTicket:
    """An answer goes to an address that may be the sender's; never to one that is known not
    to be, nor to one that can be read in two ways."""
    answer = (
        case.evidence.from_ is not None and case.evidence.authentication is not Authentication.FAIL
    )
    return OpenTicket(linked.id if linked else None, answer)


def _staff(case: _Case, ticket: TicketFacts, known: tuple[Reason, ...]) -> _Verdict:
    if case.standing.role is Role.COLLABORATOR:
        # A collaborator helps the agents; the customer hears from agents alone.
        return Append(ticket.id, Visibility.PRIVATE, flagged=False), known
    if _is_note(case.evidence, ticket):
        return Append(ticket.id, Visibility.PRIVATE, flagged=False), (*known, Reason.NOTE_TOKEN)
    visibility = Visibility.PUBLIC if case.policy.reply_is_public else Visibility.PRIVATE
    return Append(ticket.id, visibility, flagged=False), known


def _is_note(evidence: Evidence, ticket: TicketFacts) -> bool:
    """An answer to a note is a note, by the address that it went to or, where that was lost,
    by the id that it answers. In doubt a note: what is public cannot be taken back."""
    ids = {ticket.id, ticket.merged_from}
    tokens = {token.purpose for token in evidence.tokens if token.ticket in ids}
    if tokens:
        return Purpose.AGENT_NOTE in tokens
    answered = next((own for own in evidence.own_ids if own.ticket in ids), None)
    return answered is not None and answered.purpose is Purpose.MESSAGE_NOTE


def _closed_long_ago(case: _Case, ticket: TicketFacts) -> bool:
    return (
        ticket.status is Status.CLOSED
        and ticket.closed_at is not None
        and case.now - ticket.closed_at > case.policy.reopen_within
    )


def _marks(case: _Case, disposition: Disposition) -> tuple[Reason, ...]:
    """What is worth knowing whatever was decided."""
    marks = []
    if case.facts.same_id and not isinstance(disposition, Duplicate):
        marks.append(Reason.SAME_ID_OTHER_CONTENT)
    if case.released:
        marks.append(Reason.RELEASED_BY_OPERATOR)
    return tuple(marks)


def _sender(case: _Case) -> Sender:
    from_ = case.evidence.from_
    return Sender(
        address=from_.address if from_ else None,
        name=from_.name if from_ else "",
        role=case.standing.role,
        authentication=case.evidence.authentication,
        by=case.standing.by,
    )
