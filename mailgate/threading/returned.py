"""Which mail of ours a report is about. Pure.

Anybody can write a report. It counts when it came to the signed address that the mail named for
its failure, which its recipient alone was given: then it may say what became of the mail to that
recipient, and of no other (reference: attack 19, forged bounces).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailgate.mail.address import Address
from mailgate.mail.badaddress import is_bad_address
from mailgate.mail.parsed import DsnRecipient, MailKind, Report
from mailgate.model.decision import Reason
from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId
from mailgate.model.returned import Outcome, Returned

__all__ = ["NOT_BELIEVED", "REPORTS", "Finding", "Sent", "of_complaint", "of_report"]

REPORTS = frozenset({MailKind.BOUNCE, MailKind.DELIVERY_NOTICE, MailKind.COMPLAINT})
"""Kinds of mail that can tell of mail of ours."""

NOT_BELIEVED = frozenset(
    {
        Reason.REPORT_UNSIGNED,
        Reason.REPORT_OF_ANOTHER_RECIPIENT,
        Reason.REPORT_OF_ANOTHER_MAIL,
        Reason.REPORT_OF_SEVERAL,
    }
)
"""Why a report changes nothing."""

_ACTIONS = {
    "delayed": Outcome.DELAYED,
    "delivered": Outcome.ARRIVED,
    "relayed": Outcome.ARRIVED,
    "expanded": Outcome.ARRIVED,
}
"""RFC 3464 §2.3.3; everything else is a failure."""
_NO_COMPLAINT = frozenset({"not-spam", "auth-failure"})
"""Feedback types by which nobody complains (RFC 6430 §3.1, RFC 6591 §3.1)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail of ours that was tried to be sent."""

    delivery: DeliveryId
    recipient: Address
    lane: Lane
    message_id: str
    signed: bool
    """The report came to the address that this mail names for its failure, or is a complaint that
    has that address as the mail's own."""
    known: bool
    """That it failed is known already."""


Finding = tuple[Returned | None, tuple[Reason, ...]]
"""What a report says of which delivery; None, and why, when it proves nothing."""


def of_report(
    kind: MailKind, reports: Sequence[DsnRecipient], own_ids: frozenset[str], sent: Sequence[Sent]
) -> Finding:
    """What a delivery status notification (RFC 3464) tells of. `own_ids` are the ids in it whose
    signature is ours, `sent` the mails on the tickets that it names."""
    signed = [one for one in sent if one.signed]
    if not signed:
        return None, (Reason.REPORT_UNSIGNED,)
    if len({report.recipient.key for report in reports if report.recipient}) > 1:
        return None, (Reason.REPORT_OF_SEVERAL,)
    report = _weightiest(kind, reports)
    original = report.original_message_id
    # A relay may have given the mail an id of its own: then the address alone says which.
    ours = original is not None and original in own_ids
    meant = [one for one in signed if not ours or _same_id(one.message_id, original or "")]
    if not meant:
        return None, (Reason.REPORT_OF_ANOTHER_MAIL,)
    named = {one.key for one in (report.recipient, report.original_recipient) if one}
    theirs = [one for one in meant if not named or one.recipient.key in named]
    if theirs:
        # A report that names others elsewhere, and nobody here, does not say who is bad.
        clear = bool(named) or not any(one.original_recipient or one.recipient for one in reports)
        return _returned(theirs, report, names_it=clear), (Reason.REPORT_MATCHED,)
    if not ours or any(one.recipient.key in named for one in sent):
        return None, (Reason.REPORT_OF_ANOTHER_RECIPIENT,)
    # The other side has forwarded it: it did not arrive, but who is bad is somebody else.
    reasons = (Reason.REPORT_MATCHED, Reason.REPORT_OF_FORWARDED)
    return _returned(meant, report, names_it=False), reasons


def of_complaint(report: Report, own_ids: frozenset[str], sent: Sequence[Sent]) -> Finding:
    """What a complaint (RFC 5965) tells of. It comes to where the operators of both sides have
    agreed, so it may also name the signed address as the one that the mail came from. The id of
    the mail proves nothing: everybody who got a copy has it."""
    signed = [one for one in sent if one.signed]
    if not signed:
        return None, (Reason.REPORT_UNSIGNED,)
    key = None if report.recipient is None else report.recipient.key
    theirs = [one for one in signed if one.recipient.key == key]
    if not theirs and any(one.recipient.key == key for one in sent):
        return None, (Reason.REPORT_OF_ANOTHER_RECIPIENT,)
    # Most providers blacken who complains; the signed address says it.
    theirs = theirs or signed
    original = report.original_message_id
    ours = original is not None and original in own_ids
    named = [one for one in theirs if ours and _same_id(one.message_id, original or "")]
    one = _likeliest(named or theirs)
    says = Outcome.ARRIVED if report.says in _NO_COMPLAINT else Outcome.COMPLAINED
    told = Returned(one.delivery, one.recipient, one.lane, says, None, report.says, known=False)
    return told, (Reason.REPORT_MATCHED,)


def _weightiest(kind: MailKind, reports: Sequence[DsnRecipient]) -> DsnRecipient:
    """What is said last of one recipient counts, a failure more than all else; a notice that
    names nobody says by its kind whether it failed."""
    action = "failed" if kind is MailKind.BOUNCE else "delayed"
    nobody = DsnRecipient(None, action, None, "", None)
    failed = (report for report in reports if _outcome(report, names_it=False) is Outcome.SOFT)
    return next(failed, reports[-1] if reports else nobody)


def _returned(sent: Sequence[Sent], report: DsnRecipient, *, names_it: bool) -> Returned:
    one = _likeliest(sent)
    return Returned(
        delivery=one.delivery,
        recipient=one.recipient,
        lane=one.lane,
        outcome=_outcome(report, names_it=names_it),
        status=report.status,
        text=report.diagnostic,
        known=one.known,
    )


def _outcome(report: DsnRecipient, *, names_it: bool) -> Outcome:
    other = _ACTIONS.get(report.action)
    if other is not None:
        return other
    return Outcome.HARD if names_it and is_bad_address(report.status) else Outcome.SOFT


def _likeliest(sent: Sequence[Sent]) -> Sent:
    """The newest of which nothing was heard; they went to one recipient from one address."""
    unheard = [one for one in sent if not one.known]
    return max(unheard or sent, key=lambda one: one.delivery)


def _same_id(one: str, other: str) -> bool:
    """The left side is what is signed; relays change the case, and the domain."""
    left, theirs = (text.partition("@")[0].lower() for text in (one, other))
    return left == theirs
