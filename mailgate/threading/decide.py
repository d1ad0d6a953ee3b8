"""What becomes of a message. Total and pure: every evidence and facts give one decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
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
from mailgate.threading.rights import Standing, got_from_us, standing, takes_part
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
    released: QuarantineCause | None
    resolution: Resolution
    standing: Standing


_Verdict = tuple[Disposition, tuple[Reason, ...]]

_RANKS = {
    QuarantineCause.PROCESSING_FAILED: 0,
    QuarantineCause.HOP_LIMIT: 1,
    QuarantineCause.FROM_SUPPORT_ADDRESS: 2,
    QuarantineCause.AGENT_NOT_PROVEN: 3,
    QuarantineCause.AUTOMATED_WITHOUT_TICKET: 3,
}
"""Which rule sets a mail aside before which other."""


def decide(
    evidence: Evidence,
    facts: Facts,
    policy: ThreadingPolicy,
    now: datetime,
    *,
    released: QuarantineCause | None = None,
    released_to: TicketId | None = None,
) -> Decision:
    """Decides by the first rule that has something to say.

    `released` is what a human let the mail out of quarantine in spite of, `released_to` onto
    which ticket (None: wherever it belongs). That cause and those of the rules before it
    quarantine it no more; the other rules hold, and only who let out an agent that was not
    proven has vouched for them.
    """
    vouched = released is QuarantineCause.AGENT_NOT_PROVEN
    theirs = partial(takes_part, evidence, vouched=vouched)
    found = resolve(evidence, facts, theirs, released_to)
    who = standing(evidence, found.ticket, vouched=vouched)
    case = _Case(evidence, facts, policy, now, released, found, who)
    verdict = _loop(case) or _duplicate(case) or _unproven(case) or _automated(case)
    disposition, reasons = _slowed(case, *(verdict or _person(case)))
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
    if set_aside is not None and not _seen(case, set_aside.cause):
        return set_aside, (Reason.HOP_LIMIT,)
    claimed = QuarantineCause.FROM_SUPPORT_ADDRESS
    if case.evidence.from_is_support and not _seen(case, claimed):
        return Quarantine(claimed), (Reason.FROM_SUPPORT_ADDRESS,)
    return None


def _seen(case: _Case, cause: QuarantineCause) -> bool:
    """Whether a human has let it out in spite of this, or of what comes after it."""
    return case.released is not None and _RANKS[case.released] >= _RANKS[cause]


def _duplicate(case: _Case) -> _Verdict | None:
    if case.facts.original is None:
        return None
    return Duplicate(*case.facts.original), (Reason.DUPLICATE_BYTES,)


def _automated(case: _Case) -> _Verdict | None:
    """Never answered (RFC 3834 §2). What a machine says is kept on its ticket or set aside, and
    reopens nothing; what a person may have said is heard like any other word on the ticket."""
    if not loops.is_automated(case.evidence):
        return None
    why = loops.machine_reasons(case.evidence)
    ticket = case.resolution.ticket
    if ticket is not None and (case.resolution.strong or _has_a_role(case)):
        if loops.may_be_a_persons(case.evidence) and _is_a_customers(case):
            disposition, reasons = _person(case)
            return _unanswered(disposition), (*reasons, *why)
        record = RecordBounce if _is_our_bounce(case) else RecordAutoReply
        doubts = () if case.standing.proven else case.standing.reasons
        return record(ticket.id), (*case.resolution.reasons, *doubts, *why)
    cause = QuarantineCause.AUTOMATED_WITHOUT_TICKET
    if loops.answers_something(case.evidence) and not _seen(case, cause):
        return Quarantine(cause), (*case.resolution.reasons, *why)
    linked = ticket.id if ticket else None
    reasons = (Reason.NEW_CONVERSATION, *case.resolution.reasons, *case.standing.reasons, *why)
    return OpenTicket(linked, answer=False), reasons


def _is_a_customers(case: _Case) -> bool:
    """It speaks for a customer or a stranger. What staff write goes out to the customer, and a
    machine's mail must not."""
    return case.standing.proven and not case.standing.is_staff


def _unanswered(disposition: Disposition) -> Disposition:
    if isinstance(disposition, OpenTicket):
        return OpenTicket(disposition.linked, answer=False)
    return disposition


def _is_our_bounce(case: _Case) -> bool:
    """A report counts only when it proves that it is about mail of ours: a forged one, found
    by a number in its subject, changes nothing."""
    return loops.is_report(case.evidence) and case.resolution.strong


def _has_a_role(case: _Case) -> bool:
    return case.standing.role is not Role.STRANGER


def _unproven(case: _Case) -> _Verdict | None:
    """Whoever claims to be an agent and cannot prove it is heard by a human first. An agent's
    machine that answers what it got from us is kept, and speaks for nobody."""
    if case.standing.proven:
        return None
    ticket, machine = case.resolution.ticket, loops.is_automated(case.evidence)
    if machine and ticket is not None and got_from_us(case.evidence, ticket):
        return None
    why = loops.machine_reasons(case.evidence)
    reasons = (*case.resolution.reasons, *case.standing.reasons, *why)
    return Quarantine(QuarantineCause.AGENT_NOT_PROVEN), reasons


def _slowed(case: _Case, disposition: Disposition, reasons: tuple[Reason, ...]) -> _Verdict:
    """Whoever writes faster on a ticket than people do is kept there, and heard no more."""
    ticket = case.resolution.ticket
    if ticket is None or not isinstance(disposition, Append | RecordAutoReply):
        return disposition, reasons
    if not loops.writes_too_fast(ticket.written, case.now):
        return disposition, reasons
    return RecordAutoReply(ticket.id), (*reasons, Reason.TOO_MANY_FROM_SENDER)


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
    to be, nor to one that can be read in two ways, nor to ourselves."""
    answer = (
        case.evidence.from_ is not None
        and not case.evidence.from_is_support
        and case.evidence.authentication is not Authentication.FAIL
    )
    return OpenTicket(linked.id if linked else None, answer)


def _staff(case: _Case, ticket: TicketFacts, known: tuple[Reason, ...]) -> _Verdict:
    if case.standing.role is Role.COLLABORATOR:
        # A collaborator helps the agents; the customer hears from agents alone.
        return Append(ticket.id, Visibility.PRIVATE, flagged=False), known
    if _is_note(case.evidence, ticket):
        return Append(ticket.id, Visibility.PRIVATE, flagged=False), (*known, Reason.NOTE_TOKEN)
    if not case.policy.reply_is_public:
        return Append(ticket.id, Visibility.PRIVATE, flagged=False), known
    if not ticket.answerable:
        why = (*known, Reason.REQUESTER_UNANSWERABLE)
        return Append(ticket.id, Visibility.PRIVATE, flagged=False), why
    return Append(ticket.id, Visibility.PUBLIC, flagged=False), known


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
    if case.released is not None:
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
        checks=case.evidence.checks,
    )
