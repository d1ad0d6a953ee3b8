"""What kind of mail a message is, and what says so.

A report of a mail system is asked first, then what the header says of machines and lists,
then what the body holds.
"""

from dataclasses import dataclass

from mailgate.mail.addresslist import AddressField, read_addresses
from mailgate.mail.automated import automation
from mailgate.mail.body import Body
from mailgate.mail.dsn import (
    is_from_mail_system,
    kind_of,
    original_id,
    read_bounce_text,
    read_report,
    speaks_of_failure,
)
from mailgate.mail.header import Header
from mailgate.mail.mime import Part
from mailgate.mail.parsed import DsnRecipient, MailKind, Report

_REPORTS = {
    "delivery-status": MailKind.BOUNCE,
    "disposition-notification": MailKind.RECEIPT,
    "feedback-report": MailKind.COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """As the fields of `ParsedMail`; `evidence` is its `kind_evidence`."""

    kind: MailKind
    automated: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    dsn: tuple[DsnRecipient, ...] = ()
    report: Report | None = None


def classify(root: Part, body: Body, senders: AddressField, subject: str, text: str) -> Kind:
    """The kind, the evidence of a machine, and whom a bounce is about."""
    header = root.header
    localpart = senders.addresses[0].address.localpart if senders.addresses else ""
    kind, automated = automation(header, localpart, subject)
    report = root.parameters.get("report-type", "").lower()
    if root.content_type == "multipart/report":
        automated.append(f"Content-Type: multipart/report; report-type={report}"[:120])
    if body.reports:
        dsn = read_report(b"\n\n".join(body.reports), _original(body))
        return Kind(kind_of(dsn), tuple(automated), dsn=dsn)
    failed = header.all("x-failed-recipients")
    if failed or is_from_mail_system(header):
        dsn = read_bounce_text(failed, text, _original(body), _named(header, senders))
        if dsn or speaks_of_failure(subject):
            return Kind(kind_of(dsn), tuple(automated) or ("From: a mail system",), dsn=dsn)
    if report in _REPORTS:
        return Kind(_REPORTS[report], tuple(automated))
    if body.calendar and kind is MailKind.MAIL:
        kind = MailKind.CALENDAR
    return Kind(kind, tuple(automated))


def _named(header: Header, senders: AddressField) -> frozenset[str]:
    """Who gets a bounce and who sends it: named in it, and not its subject."""
    recipients = [entry for value in header.all("to") for entry in read_addresses(value).addresses]
    return frozenset(entry.address.key for entry in (*recipients, *senders.addresses))


def _original(body: Body) -> str | None:
    return original_id(body.returned) if body.returned else None
