"""Mail of machines: what may never be answered, and what is our own come back (RFC 3834)."""

from dataclasses import replace

from mailgate.mail.parsed import MailKind
from mailgate.mail.subject import base_subject
from mailgate.model.decision import (
    Append,
    Authentication,
    Disposition,
    OpenTicket,
    Quarantine,
    QuarantineCause,
    Reason,
    RecordAutoReply,
    RecordBounce,
    RecordScore,
    Suppress,
)
from mailgate.model.ticket import Status
from mailgate.model.traffic import LoopLimits, Rate
from mailgate.threading.evidence import Evidence, Facts, TicketFacts
from mailgate.threading.token import NO_TICKET

_OF_PEOPLE = frozenset({MailKind.MAIL, MailKind.CALENDAR})
_REPORTS = frozenset({MailKind.BOUNCE, MailKind.DELIVERY_NOTICE})
_SUBJECT = "Subject:"
_MARK = "Auto-Submitted:"
_ANSWERS_OF_MACHINES = _REPORTS | {MailKind.AUTO_REPLY, MailKind.RECEIPT, MailKind.COMPLAINT}
_SAME_REPORTS = Rate(3, 3, 3)
"""Reports of one kind about one mail that are kept on its ticket. Who writes them has the address
for them, and may write without end."""


def come_back(evidence: Evidence) -> Suppress | None:
    """Our own mail, proven by what we signed: working on it would answer ourselves."""
    if evidence.is_probe:
        return Suppress(None, Reason.PROBE)
    own = evidence.message_id_ours
    if own is not None or evidence.loop_token_ours:
        return Suppress(own.ticket if own else None, Reason.OWN_MAIL)
    if answers_something(evidence) and any(one.ticket == NO_TICKET for one in evidence.own_ids):
        return Suppress(None, Reason.ANSWERS_DIGEST)
    return None


def writes_too_fast(ticket: TicketFacts, limits: LoopLimits, *, staff: bool) -> bool:
    """Whether the sender is taken for a machine on this ticket. Two that hide it and answer
    each other look like two people in every mail but for their speed. Where the one opens a new
    ticket each time, the other still says the same to it.

    What staff write, each time in other words, is somebody's work: it takes as much as nobody
    writes by hand until they are held back."""
    most = limits.sender_soft if staff else limits.sender_on_ticket
    return ticket.written.reaches(most) or ticket.repeated.reaches(limits.sender_on_ticket)


def floods(evidence: Evidence, facts: Facts, limits: LoopLimits) -> bool:
    """Whether so much came from the sender that people could not read it. The operator knows
    some machines that write so much; a mail that is known to be forged is none of theirs."""
    if not facts.traffic.sender.reaches(limits.sender_hard):
        return False
    if evidence.from_ is None or evidence.authentication is Authentication.FAIL:
        return True
    return not limits.machines.holds(evidence.from_.address)


def why_unanswered(evidence: Evidence, facts: Facts, limits: LoopLimits) -> tuple[Reason, ...]:
    """Why nothing may answer the mail by itself, as far as counters tell: a machine that hides
    behind a sender or behind many, or the same words in the name of many who may not have
    written them."""
    lately = facts.traffic
    loop = lately.sender.reaches(limits.sender_soft) or lately.domain.reaches(limits.domain_soft)
    proven = evidence.authentication is Authentication.PASS
    same = not proven and lately.words.reaches(limits.words_soft)
    suspected = (Reason.LOOP_SUSPECTED,) if loop else ()
    return (*suspected, Reason.MANY_WITH_SAME_WORDS) if same else suspected


def reopened_too_often(ticket: TicketFacts, limits: LoopLimits) -> bool:
    """Whether the ticket is shut, and mail has opened it again often enough today."""
    shut = ticket.status in {Status.RESOLVED, Status.CLOSED}
    return shut and ticket.reopened >= limits.reopenings_per_day


def held_back(
    evidence: Evidence,
    facts: Facts,
    ticket: TicketFacts | None,
    limits: LoopLimits,
    disposition: Disposition,
    reasons: tuple[Reason, ...],
    *,
    staff: bool,
) -> tuple[Disposition, tuple[Reason, ...]]:
    """What was decided, with what counters and budgets take away from it. `staff` says that one
    of ours wrote it, by more than a From line."""
    match disposition:
        case RecordBounce(ticket=about) if facts.traffic.reports.reaches(_SAME_REPORTS):
            return Suppress(about, Reason.REPORT_REPEATED), (*reasons, Reason.REPORT_REPEATED)
        case Append() | RecordAutoReply() | RecordScore() if ticket and writes_too_fast(
            ticket, limits, staff=staff and isinstance(disposition, Append)
        ):
            return RecordAutoReply(ticket.id), (*reasons, Reason.TOO_MANY_FROM_SENDER)
        case Append(reopens=True) if ticket and reopened_too_often(ticket, limits):
            return replace(disposition, reopens=False), (*reasons, Reason.REOPENING_BUDGET)
        case OpenTicket(answer=True):
            why = why_unanswered(evidence, facts, limits)
            # The first copy of it was answered.
            return replace(disposition, answer=not (why or facts.same_id)), (*reasons, *why)
        case _:
            return disposition, reasons


def too_many_hops(evidence: Evidence, limit: int) -> Quarantine | None:
    """A mail that has come through more hosts than any real one (RFC 5321 §6.3)."""
    return Quarantine(QuarantineCause.HOP_LIMIT) if evidence.received_count > limit else None


def is_automated(evidence: Evidence) -> bool:
    """A machine sent it: nothing may answer it automatically (RFC 3834 §2, RFC 5321 §4.5.5)."""
    return bool(evidence.automated) or evidence.null_reverse_path or evidence.kind not in _OF_PEOPLE


def may_be_a_persons(evidence: Evidence) -> bool:
    """What it says may be somebody's own words, whatever its header says of machines: forms,
    help desks and careless programs write `auto-generated` or `X-Loop` above what people wrote,
    and anybody can forge it. That keeps us from answering, and hides the words from nobody."""
    return evidence.kind in _OF_PEOPLE and not evidence.null_reverse_path


def by_subject_alone(evidence: Evidence) -> bool:
    """No field says that a machine sent it: a subject such as "Out of office: chairs" may be
    anybody's."""
    signs = evidence.automated
    of_subject = bool(signs) and all(sign.startswith(_SUBJECT) for sign in signs)
    is_reply = evidence.kind is MailKind.AUTO_REPLY
    return is_reply and of_subject and not evidence.null_reverse_path


def is_report(evidence: Evidence) -> bool:
    """A delivery status notification (RFC 3464)."""
    return evidence.kind in _REPORTS


def answers_something(evidence: Evidence) -> bool:
    """A machine's reaction to a mail, rather than a mail of its own such as a shop's order:
    without a ticket it has nothing to say to anybody. One field that names no mail is no sign of
    it: anybody can write it above somebody's request, and the request must be seen."""
    if evidence.null_reverse_path:
        return True
    return evidence.kind in _ANSWERS_OF_MACHINES and not _is_only_marked(evidence)


def _is_only_marked(evidence: Evidence) -> bool:
    """Auto-Submitted alone calls it an answer, and nothing else in it is one's."""
    if evidence.kind is not MailKind.AUTO_REPLY:
        return False
    signs = evidence.automated
    if not signs or not all(sign.startswith(_MARK) for sign in signs):
        return False
    names = (evidence.own_ids, evidence.foreign_ids, evidence.tokens, evidence.markers)
    answers = any(names) or bool(evidence.subject_tags)
    return not answers and base_subject(evidence.subject) == evidence.subject.strip()


def machine_reasons(evidence: Evidence) -> tuple[Reason, ...]:
    """Why a mail counts as a machine's."""
    null = (Reason.NULL_REVERSE_PATH,) if evidence.null_reverse_path else ()
    machine = bool(evidence.automated) or evidence.kind not in _OF_PEOPLE
    return (*null, *((Reason.AUTOMATED,) if machine else ()))
