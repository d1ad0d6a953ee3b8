"""What becomes of a message. Total and pure: every evidence and facts give one decision."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from mailgate.model.decision import (
    Append,
    Authentication,
    Claim,
    Decision,
    Disposition,
    Duplicate,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
    RecordAutoReply,
    RecordBounce,
    Right,
    Sender,
    Suppress,
    Who,
)
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Role, Status, Visibility
from mailgate.threading import loops
from mailgate.threading.evidence import Evidence, Facts, TicketFacts
from mailgate.threading.policy import ThreadingPolicy
from mailgate.threading.resolve import Resolution, resolve
from mailgate.threading.returned import REPORTS, of_complaint, of_report
from mailgate.threading.rights import Standing, got_from_us, standing
from mailgate.threading.tag import untagged_subject
from mailgate.threading.token import Purpose
from mailgate.threading.votes import vote


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

    @property
    def ticket(self) -> TicketFacts | None:
        """The one that the signals name."""
        return self.resolution.ticket

    @property
    def known(self) -> tuple[Reason, ...]:
        """How the ticket was found, and who the sender is to it."""
        return (*self.resolution.reasons, *self.standing.reasons)


_Verdict = tuple[Disposition, tuple[Reason, ...]]

_RANKS = {
    QuarantineCause.PROCESSING_FAILED: 0,
    QuarantineCause.RULE: 0,
    QuarantineCause.HOP_LIMIT: 1,
    QuarantineCause.FROM_SUPPORT_ADDRESS: 2,
    QuarantineCause.AGENT_NOT_PROVEN: 3,
    QuarantineCause.FLOOD: 3,
    QuarantineCause.BLOCKED_SENDER: 3,
    QuarantineCause.AUTOMATED_WITHOUT_TICKET: 3,
    QuarantineCause.START_NOT_ALLOWED: 4,
    QuarantineCause.COMMAND_REFUSED: 4,
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
    """Decides by the first of the rules that has something to say.

    `released` is what a human let the mail out of quarantine in spite of, `released_to` onto
    which ticket (None: wherever it belongs). That cause and those of the rules before it
    quarantine it no more; the other rules hold, and only who let out an agent that was not
    proven has vouched for them.
    """
    found = resolve(evidence, facts, released_to)
    vouched = released is QuarantineCause.AGENT_NOT_PROVEN
    who = standing(evidence, found.ticket, found.named, found.claim, vouched=vouched)
    case = _Case(evidence, facts, policy, now, released, found, who)
    verdicts = (rule(case) for rule in _RULES)
    verdict = next((verdict for verdict in verdicts if verdict is not None), None)
    decided = verdict or _person(case)
    disposition, reasons = loops.held_back(
        evidence, facts, found.ticket, policy.limits, *decided, staff=who.is_staff
    )
    return Decision(
        disposition=disposition,
        reasons=(*reasons, *_marks(case, disposition)),
        signals=found.signals,
        sender=_sender(case),
        defects=evidence.defects,
        cell=who.cell,
    )


def _come_back(case: _Case) -> _Verdict | None:
    suppressed = loops.come_back(case.evidence)
    if suppressed is None:
        return None
    known = case.facts.tickets.get(suppressed.ticket) if suppressed.ticket else None
    return Suppress(known.id if known else None, suppressed.reason), (suppressed.reason,)


def _too_many_hops(case: _Case) -> _Verdict | None:
    set_aside = loops.too_many_hops(case.evidence, case.policy.hop_limit)
    if set_aside is None or _seen(case, set_aside.cause):
        return None
    return set_aside, (Reason.HOP_LIMIT,)


def _as_ourselves(case: _Case) -> _Verdict | None:
    claimed = QuarantineCause.FROM_SUPPORT_ADDRESS
    if not case.evidence.from_is_support or _seen(case, claimed):
        return None
    return Quarantine(claimed), (Reason.FROM_SUPPORT_ADDRESS,)


def _seen(case: _Case, cause: QuarantineCause) -> bool:
    """Whether a human has let it out in spite of this, or of what comes after it."""
    return case.released is not None and _RANKS[case.released] >= _RANKS[cause]


def _duplicate(case: _Case) -> _Verdict | None:
    if case.facts.original is None:
        return None
    return Duplicate(*case.facts.original), (Reason.DUPLICATE_BYTES,)


def _copied(case: _Case) -> _Verdict | None:
    """What a human has looked at and let in is wanted."""
    wanted = case.ticket is not None or case.released is not None
    if wanted or not case.evidence.only_copied:
        return None
    return Suppress(None, Reason.ONLY_COPIED), (Reason.ONLY_COPIED,)


def _unproven(case: _Case) -> _Verdict | None:
    """Whoever claims to be an agent and cannot prove it is heard by a human first. An agent's
    machine that answers what it got from us is kept, and speaks for nobody."""
    if case.standing.proven:
        return None
    machine = loops.is_automated(case.evidence)
    if machine and case.ticket is not None and got_from_us(case.evidence, case.resolution.named):
        return None
    why = loops.machine_reasons(case.evidence)
    return Quarantine(QuarantineCause.AGENT_NOT_PROVEN), (*case.known, *why)


def _report(case: _Case) -> _Verdict | None:
    """A report is kept on the ticket of our mail that it names by more than a number in its
    subject; what it says counts only when it proves that it may say so."""
    ticket = case.ticket
    if case.evidence.kind not in REPORTS or ticket is None or not case.resolution.strong:
        return None
    evidence, sent = case.evidence, case.facts.sent
    ours = frozenset(own.text for own in evidence.own_ids)
    if evidence.complaint is not None:
        returned, told = of_complaint(evidence.complaint, ours, sent)
    else:
        returned, told = of_report(evidence.kind, evidence.reports, ours, sent)
    why = loops.machine_reasons(case.evidence)
    return RecordBounce(ticket.id, returned), (*case.resolution.reasons, *told, *why)


def _blocked(case: _Case) -> _Verdict | None:
    """Whose mail was called spam is heard by a human first, but where they take part in a
    conversation that is none: who answers a mail of ours is no stranger."""
    if not case.facts.blocked or case.standing.is_staff:
        return None
    takes_part = case.resolution.strong and _has_a_role(case)
    if case.ticket is not None and not case.ticket.spam and takes_part:
        return None
    if _seen(case, QuarantineCause.BLOCKED_SENDER):
        return None
    return Quarantine(QuarantineCause.BLOCKED_SENDER), (*case.known, Reason.SENDER_BLOCKED)


def _flooding(case: _Case) -> _Verdict | None:
    """So much of one sender that nobody could read it waits for an operator."""
    if case.standing.is_staff or _seen(case, QuarantineCause.FLOOD):
        return None
    if not loops.floods(case.evidence, case.facts, case.policy.limits):
        return None
    return Quarantine(QuarantineCause.FLOOD), (*case.known, Reason.FLOOD)


def _automated(case: _Case) -> _Verdict | None:
    """Never answered (RFC 3834 §2), and reopens nothing. What a machine says is kept on its
    ticket or set aside; what a person may have said is heard like any other word there."""
    if not loops.is_automated(case.evidence):
        return None
    why = loops.machine_reasons(case.evidence)
    ticket = case.ticket
    if ticket is not None and (case.resolution.strong or _has_a_role(case)):
        if loops.may_be_a_persons(case.evidence) and _is_a_customers(case) and not _vote(case):
            disposition, reasons = _person(case)
            return _moving_nothing(disposition), (*reasons, *why)
        doubts = () if case.standing.proven else case.standing.reasons
        return RecordAutoReply(ticket.id), (*case.resolution.reasons, *doubts, *why)
    cause = QuarantineCause.AUTOMATED_WITHOUT_TICKET
    if loops.answers_something(case.evidence) and not _seen(case, cause):
        return Quarantine(cause), (*case.resolution.reasons, *why)
    linked = ticket.id if ticket else case.facts.twin
    return OpenTicket(linked, answer=False), (Reason.NEW_CONVERSATION, *case.known, *why)


def _vote(case: _Case) -> _Verdict | None:
    """Whoever says by a survey's link how the answers were writes nothing else on the ticket."""
    found = vote(case.evidence, case.facts, case.resolution, case.standing)
    return None if found is None else (found[0], (*case.known, *found[1]))


_RULES: tuple[Callable[[_Case], _Verdict | None], ...] = (
    _come_back,
    _too_many_hops,
    _as_ourselves,
    _duplicate,
    _copied,
    _unproven,
    _report,
    _blocked,
    _flooding,
    _automated,
    _vote,
)
"""In order: the first that has something to say decides. What none of them wants is a
person's, and the table of rights says what becomes of it."""


def _is_a_customers(case: _Case) -> bool:
    """It speaks for a customer or a stranger. What staff write goes out to the customer, and a
    machine's mail must not."""
    return case.standing.proven and not case.standing.is_staff


def _moving_nothing(disposition: Disposition) -> Disposition:
    match disposition:
        case OpenTicket():
            return replace(disposition, answer=False)
        case Append():
            return replace(disposition, reopens=False)
        case _:
            return disposition


def _has_a_role(case: _Case) -> bool:
    return case.standing.role is not Role.STRANGER


def _person(case: _Case) -> _Verdict:
    """What the table of rights gives, as narrow as the ticket's own state makes it."""
    ticket, right = case.ticket, case.standing.right
    if ticket is None:
        return _open(case, None), (Reason.NEW_CONVERSATION, *case.known)
    if case.standing.is_staff:
        return _staff(case, ticket)
    if right is Right.LINKED:
        return _open(case, ticket), (*case.known, *_why_linked(case))
    if _closed_long_ago(case, ticket):
        return _open(case, ticket), (*case.known, Reason.TICKET_CLOSED_LONG_AGO)
    if _is_another_matter(case, ticket):
        return _open(case, ticket), (*case.known, Reason.SUBJECT_CHANGED)
    return _onto(case, ticket), case.known


def _onto(case: _Case, ticket: TicketFacts) -> Append:
    match case.standing.right:
        case Right.PUBLIC:
            return Append(ticket.id, Visibility.PUBLIC, flagged=False, reopens=True)
        case Right.PRIVATE:
            return Append(ticket.id, Visibility.PRIVATE, flagged=False, side=True, reopens=True)
        case _:
            return Append(ticket.id, Visibility.PRIVATE, flagged=True)


def _why_linked(case: _Case) -> tuple[Reason, ...]:
    hint = case.resolution.claim is Claim.SUBJECT_TAG
    return (Reason.SUBJECT_TAG_NOT_ENOUGH,) if hint else ()


def _open(case: _Case, linked: TicketFacts | None) -> OpenTicket:
    """An answer goes to an address that may be the sender's; never to one that is known not
    to be, nor to one that can be read in two ways, nor to ourselves."""
    answer = (
        case.evidence.from_ is not None
        and not case.evidence.from_is_support
        and case.evidence.authentication is not Authentication.FAIL
    )
    return OpenTicket(linked.id if linked else case.facts.twin, answer)


def _staff(case: _Case, ticket: TicketFacts) -> _Verdict:
    """A collaborator helps the agents: the customer hears from agents alone."""
    note = Append(ticket.id, Visibility.PRIVATE, flagged=False)
    if case.standing.right is not Right.PUBLIC:
        return note, case.known
    if _is_note(case):
        return note, (*case.known, Reason.NOTE_TOKEN)
    if not case.policy.reply_is_public:
        return note, case.known
    if not ticket.answerable:
        return note, (*case.known, Reason.REQUESTER_UNANSWERABLE)
    return Append(ticket.id, Visibility.PUBLIC, flagged=False), case.known


def _is_note(case: _Case) -> bool:
    """An answer to a note is a note, by the address that it went to or, where that was lost,
    by the id that it answers or what it quotes. In doubt a note: what is public cannot be
    taken back. So is what quotes no notification, but a mail that the customer got."""
    named = case.resolution.named
    tokens = {token.purpose for token in case.evidence.tokens if token.ticket in named}
    if tokens:
        return Purpose.AGENT_NOTE in tokens
    relayed = chain.from_iterable(case.facts.relayed.values())
    ids = chain(case.evidence.own_ids, relayed)
    answered = next((own for own in ids if own.ticket in named), None)
    if answered is not None:
        return answered.purpose in {Purpose.MESSAGE_NOTE, Purpose.MESSAGE_SIDE}
    quoted = {marker.purpose for marker in case.evidence.markers if marker.ticket in named}
    return Purpose.MESSAGE_NOTE in quoted or not quoted <= {Purpose.MESSAGE_AGENT}


def _closed_long_ago(case: _Case, ticket: TicketFacts) -> bool:
    return (
        ticket.status is Status.CLOSED
        and ticket.closed_at is not None
        and case.now - ticket.closed_at > case.policy.reopen_within
    )


def _is_another_matter(case: _Case, ticket: TicketFacts) -> bool:
    """An old mail answered under a new subject, by who only looked for the address: the subject
    that the ticket has is gone, and so is its number."""
    if not case.policy.split_changed_subject or case.standing.who is Who.SIDE_PARTY:
        return False
    if case.evidence.subject_tags:
        return False
    prefix = case.policy.subject_prefix
    now, *known = (
        " ".join(untagged_subject(prefix, subject).casefold().split())
        for subject in (case.evidence.subject, ticket.subject, ticket.former_subject or "")
    )
    return bool(now) and now not in known


def _marks(case: _Case, disposition: Disposition) -> tuple[Reason, ...]:
    """What is worth knowing whatever was decided."""
    if isinstance(disposition, Duplicate | Suppress):
        return _released(case)
    same_id = (Reason.SAME_ID_OTHER_CONTENT,) if case.facts.same_id else ()
    return (*same_id, *case.evidence.oddities, *_released(case))


def _released(case: _Case) -> tuple[Reason, ...]:
    return () if case.released is None else (Reason.RELEASED_BY_OPERATOR,)


def _sender(case: _Case) -> Sender:
    from_ = case.evidence.from_
    return Sender(
        address=from_.address if from_ else None,
        name=from_.name if from_ else "",
        role=case.standing.role,
        authentication=case.evidence.authentication,
        by=case.standing.by,
        checks=case.evidence.checks,
        method=case.evidence.authenticated_by,
        covers=case.evidence.authentication_covers,
    )
