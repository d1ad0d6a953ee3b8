"""What kind of mail a message is, and what says so.

A report of a mail system is asked first, then what the header says of machines and lists,
then what the body holds.
"""

from dataclasses import dataclass

from mailgate.mail.addresslist import AddressField
from mailgate.mail.automated import Automation, automation
from mailgate.mail.body import Body
from mailgate.mail.bounces import read_bounce
from mailgate.mail.mime import Part
from mailgate.mail.parsed import DsnRecipient, MailKind, Report
from mailgate.mail.reports import Reported, read_other_report


@dataclass(frozen=True, slots=True)
class Kind:
    """As the fields of `ParsedMail`; `evidence` is its `kind_evidence`."""

    kind: MailKind
    automated: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    dsn: tuple[DsnRecipient, ...] = ()
    report: Report | None = None


def classify(root: Part, body: Body, senders: AddressField, subject: str, text: str) -> Kind:
    """The kind, the evidence of a machine, and whom a bounce or report is about."""
    sender = senders.addresses[0] if senders.addresses else None
    found = automation(root.header, sender, subject, text)
    report_type = ""
    if root.content_type == "multipart/report":
        report_type = root.parameters.get("report-type", "").lower()
        found.machine.append(f"Content-Type: multipart/report; report-type={report_type}"[:120])
    if bounce := read_bounce(root, body, senders, subject, text):
        automated = found.all or list(bounce.evidence)
        return Kind(bounce.kind, tuple(automated), bounce.evidence, bounce.dsn)
    reported = Reported(
        header=root.header,
        report_type=report_type,
        subject=subject,
        text=text,
        sender=sender,
        attachments=body.attachments,
        returned=body.returned,
        machine=bool(found.all),
    )
    if other := read_other_report(reported):
        automated = found.all or list(other.evidence)
        return Kind(other.kind, tuple(automated), other.evidence, report=other.report)
    return _of_header(found, body)


def _of_header(found: Automation, body: Body) -> Kind:
    """What the header says of machines and lists, then what the body holds."""
    if found.kind is MailKind.MAIL and body.invitations:
        method = body.invitations[0].method
        evidence = f"text/calendar; method={method.upper()}" if method else "text/calendar"
        return Kind(MailKind.CALENDAR, tuple(found.all), (f"Content-Type: {evidence}",))
    return Kind(found.kind, tuple(found.all), found.of_kind)
