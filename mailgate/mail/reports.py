"""Reports that are no bounces: read receipts (RFC 8098), complaints (RFC 5965 and its elders),
and the statistics that mail systems send each other (RFC 7489 §7.2, RFC 8460)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.clean import clean_header
from mailgate.mail.header import Header, read_header
from mailgate.mail.message_id import own_id
from mailgate.mail.parsed import Attachment, MailKind, Report
from mailgate.mail.receiptwords import begins_receipt, is_receipt_subject

MAX_OCTETS = 64 * 1024
"""Of a report."""

_RECEIPT = "message/disposition-notification"
_COMPLAINT = "message/feedback-report"
_TLS = frozenset({"application/tlsrpt+gzip", "application/tlsrpt+json"})
_DMARC_NAME = re.compile(
    r"[^!\s/]{1,100}![^!\s/]{1,100}!\d{6,12}!\d{6,12}(?:![^!\s/]{1,80})?\.(?:xml|xml\.gz|gz|zip)",
    re.IGNORECASE,
)
_DMARC_SUBJECT = re.compile(r"\s*report domain:\s*\S{1,255}", re.IGNORECASE)
_JMRP_SUBJECT = re.compile(r"\s*complaint about message from\s", re.IGNORECASE)
_BEGINS_COMPLAINT = re.compile(
    r"\s*+this is an? [^\n]{0,60}\b(?:abuse|spam|feedback|complaint)\b", re.IGNORECASE
)
_BEGINS_MARKED = re.compile(rf"\s*+\[ SpamCop V|{_BEGINS_COMPLAINT.pattern}", re.IGNORECASE)
_XARF_FILE = re.compile(r"report\.txt|x-?arf\.json|report\.(?:json|ya?ml)", re.IGNORECASE)
"""The report of X-ARF, by the names of its versions."""
_SPACES = re.compile(rb"(?<![ \t])(?:[ \t]*+\r?\n){2,}")
"""From the first blank of a run alone: from each of them 60,000 blanks take half a minute."""
_FIELD_OF_KIND = {
    MailKind.RECEIPT: _RECEIPT,
    MailKind.COMPLAINT: _COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class OtherReport:
    """A report that was found: what it is, what says so, and what it tells."""

    kind: MailKind
    evidence: tuple[str, ...]
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """The message to look at. `report_type` is the parameter of a multipart/report, "" of
    others; `returned` the header of the first message that is attached; `machine`: the mail's own
    header says that no person sent it."""

    header: Header
    report_type: str
    subject: str
    text: str
    sender: NamedAddress | None
    attachments: Iterable[Attachment]
    returned: Header | None
    machine: bool


def read_other_report(mail: Reported) -> OtherReport | None:
    """A receipt, a complaint or statistics; None for every other mail."""
    return _receipt(mail) or _complaint(mail) or _statistics(mail)


def _receipt(mail: Reported) -> OtherReport | None:
    part = _part(mail, _RECEIPT)
    if part is not None and _is_attached_by_somebody(mail):
        part = part if is_receipt_subject(mail.subject) or begins_receipt(mail.text) else None
    if part is None and mail.report_type != "disposition-notification":
        return _receipt_in_words(mail)
    fields = _fields(part.content) if part else _no_fields()
    recipient = _address(fields, "final-recipient", "original-recipient")
    report = Report(
        recipient or (mail.sender.address if mail.sender else None),
        _disposition(fields),
        own_id(fields.all("original-message-id")) or _returned_id(mail),
    )
    return OtherReport(MailKind.RECEIPT, _evidence(mail, MailKind.RECEIPT, part), report)


def _receipt_in_words(mail: Reported) -> OtherReport | None:
    """Outlook without a report: `Read: …`, `읽음: …` over a text that begins as it always does."""
    says = is_receipt_subject(mail.subject)
    if says is None or not (mail.machine or begins_receipt(mail.text)):
        return None
    report = Report(mail.sender.address if mail.sender else None, says, _answered(mail))
    return OtherReport(MailKind.RECEIPT, (f"Subject: {mail.subject[:120]}",), report)


def _answered(mail: Reported) -> str | None:
    return own_id(mail.header.all("in-reply-to"))


def _disposition(fields: Header) -> str:
    """`manual-action/MDN-sent-manually; displayed/error` -> `displayed` (RFC 8098 §3.2.6)."""
    value = _text(fields.first("disposition"))
    return value.rpartition(";")[2].partition("/")[0].strip().casefold()[:40]


def _complaint(mail: Reported) -> OtherReport | None:
    part = _part(mail, _COMPLAINT)
    if part is not None and _is_attached_by_somebody(mail):
        part = part if _BEGINS_COMPLAINT.match(mail.text) else None
    if part is None and mail.report_type != "feedback-report":
        return _complaint_without_report(mail)
    fields = _fields(part.content) if part else _no_fields()
    inner = mail.returned or _no_fields()
    report = Report(
        _address(fields, "original-rcpt-to", "removal-recipient") or _addressee(inner),
        _text(fields.first("feedback-type")).casefold()[:40] or "abuse",
        own_id(inner.all("message-id")) or own_id(fields.all("original-message-id")),
        _address(fields, "original-mail-from") or _address(inner, "return-path"),
    )
    return OtherReport(MailKind.COMPLAINT, _evidence(mail, MailKind.COMPLAINT, part), report)


def _complaint_without_report(mail: Reported) -> OtherReport | None:
    """Outlook.com (JMRP) sends the bare message with fields of its own in it; SpamCop and X-ARF
    mark the outer header."""
    inner = mail.returned or _no_fields()
    evidence: list[str] = []
    marked = inner.first("x-hmxmroriginalrecipient")
    if marked is not None and (not mail.text.strip() or _JMRP_SUBJECT.match(mail.subject)):
        evidence.append("X-HmXmrOriginalRecipient in the attached message")
    if _may_complain(mail):
        evidence += [
            f"{name.title()}: {_text(value)[:80]}"
            for name in ("x-spamcop-sourceip", "x-arf", "x-xarf")
            if (value := mail.header.first(name))
        ]
    if not evidence:
        return None
    about, path = own_id(inner.all("message-id")), _address(inner, "return-path")
    report = Report(_addressee(inner), "abuse", about, path)
    return OtherReport(MailKind.COMPLAINT, tuple(evidence), report)


def _may_complain(mail: Reported) -> bool:
    """The marks of SpamCop and X-ARF stand in the header of anybody who likes: the mail
    complained about is there too, or the report, or the words of such a complaint."""
    if mail.returned is not None or not mail.text.strip():
        return True
    has_report = any(_XARF_FILE.fullmatch(part.filename) for part in mail.attachments)
    return has_report or _BEGINS_MARKED.match(mail.text) is not None


def _statistics(mail: Reported) -> OtherReport | None:
    """DMARC and TLS reports: nobody waits for an answer, and each domain gets one a day."""
    if mail.report_type == "tlsrpt":
        return OtherReport(MailKind.BULK, ("Content-Type: multipart/report; report-type=tlsrpt",))
    if mail.header.first("tls-report-domain") is not None:
        return OtherReport(MailKind.BULK, ("TLS-Report-Domain",))
    for attachment in mail.attachments:
        if attachment.content_type in _TLS:
            return OtherReport(MailKind.BULK, (f"Content-Type: {attachment.content_type}",))
        if _DMARC_NAME.fullmatch(attachment.filename) and (
            mail.machine or _DMARC_SUBJECT.match(mail.subject) or not mail.text.strip()
        ):
            return OtherReport(MailKind.BULK, (f"Filename: {attachment.filename[:120]}",))
    return None


def _part(mail: Reported, content_type: str) -> Attachment | None:
    return next((part for part in mail.attachments if part.content_type == content_type), None)


def _is_attached_by_somebody(mail: Reported) -> bool:
    """Words above a report in a mail that is none by its type (RFC 6522 §3): they are a person's,
    who passes it on, unless they are those of every such report."""
    return not (mail.report_type or mail.machine) and bool(mail.text.strip())


def _evidence(mail: Reported, kind: MailKind, part: Attachment | None) -> tuple[str, ...]:
    if mail.report_type:
        return (f"Content-Type: multipart/report; report-type={mail.report_type}"[:120],)
    return (f"Content-Type: {_FIELD_OF_KIND[kind]}",) if part else ()


def _fields(content: bytes) -> Header:
    """The fields of a report: some systems set blank lines between them."""
    block = _SPACES.sub(b"\n", content[:MAX_OCTETS].strip())
    return read_header(block, 0, len(block))[0]


def _no_fields() -> Header:
    return Header((), {}, ())


def _returned_id(mail: Reported) -> str | None:
    return own_id((mail.returned or _no_fields()).all("message-id"))


def _address(fields: Header, *names: str) -> Address | None:
    """`rfc822; someone@example.com` or the bare address; the first that is one."""
    for name in names:
        for value in fields.all(name):
            _, semicolon, behind = value.partition(b";")
            found = read_addresses((behind if semicolon else value).strip()).addresses
            if found:
                return found[0].address
    return None


def _addressee(inner: Header) -> Address | None:
    """To whom the mail complained about went: only a field that names one address tells."""
    for name in ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "to"):
        values = inner.all(name)
        found = read_addresses(values[0]) if values else None
        if found and len(found.addresses) == 1:
            return found.addresses[0].address
    return None


def _text(value: bytes | None) -> str:
    return clean_header(value.decode("utf-8", "replace")).strip() if value else ""
