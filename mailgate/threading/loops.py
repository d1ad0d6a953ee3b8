"""Mail of machines: what may never be answered, and what is our own come back (RFC 3834)."""

from datetime import datetime, timedelta

from mailgate.mail.parsed import MailKind
from mailgate.model.decision import Quarantine, QuarantineCause, Reason, Suppress
from mailgate.threading.evidence import Evidence

_FASTEST_PEOPLE = ((10, timedelta(minutes=10)), (30, timedelta(hours=1)))
"""No person puts more messages on one ticket than so many in such a time."""
_OF_PEOPLE = frozenset({MailKind.MAIL, MailKind.CALENDAR})
_REPORTS = frozenset({MailKind.BOUNCE, MailKind.DELIVERY_NOTICE})
_ANSWERS_OF_MACHINES = _REPORTS | {MailKind.AUTO_REPLY, MailKind.RECEIPT, MailKind.COMPLAINT}


def come_back(evidence: Evidence) -> Suppress | None:
    """Our own mail, proven by what we signed: working on it would answer ourselves."""
    if evidence.is_probe:
        return Suppress(None, Reason.PROBE)
    own = evidence.message_id_ours
    if own is not None or evidence.loop_token_ours:
        return Suppress(own.ticket if own else None, Reason.OWN_MAIL)
    return None


def writes_too_fast(written: tuple[datetime, ...], now: datetime) -> bool:
    """Whether a sender with these messages on one ticket is taken for a machine. Two that hide
    it and answer each other look like two people in every mail but for their speed."""
    return any(sum(now - at <= within for at in written) > most for most, within in _FASTEST_PEOPLE)


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


def is_report(evidence: Evidence) -> bool:
    """A delivery status notification (RFC 3464)."""
    return evidence.kind in _REPORTS


def answers_something(evidence: Evidence) -> bool:
    """A machine's reaction to a mail, rather than a mail of its own such as a shop's order:
    without a ticket it has nothing to say to anybody."""
    return evidence.null_reverse_path or evidence.kind in _ANSWERS_OF_MACHINES


def machine_reasons(evidence: Evidence) -> tuple[Reason, ...]:
    """Why a mail counts as a machine's."""
    null = (Reason.NULL_REVERSE_PATH,) if evidence.null_reverse_path else ()
    machine = bool(evidence.automated) or evidence.kind not in _OF_PEOPLE
    return (*null, *((Reason.AUTOMATED,) if machine else ()))
