"""Reports as mail systems send them: delivery status (RFC 3464) and complaints (RFC 5965)."""

from dataclasses import dataclass

_BOUNDARY = "r"


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says of one recipient."""

    recipient: str | None
    action: str = "failed"
    status: str = "5.1.1"
    said: str = "550 5.1.1 unknown user"
    original: str | None = None

    def lines(self) -> list[str]:
        sent_to = [] if self.original is None else [f"Original-Recipient: rfc822; {self.original}"]
        final = [] if self.recipient is None else [f"Final-Recipient: rfc822; {self.recipient}"]
        return [
            *sent_to,
            *final,
            f"Action: {self.action}",
            f"Status: {self.status}",
            f"Diagnostic-Code: smtp; {self.said}",
            "",
        ]


def delivery_report(to: str, *told: Told, about: str | None = None, number: int = 1) -> bytes:
    """A report on the mail with the Message-ID `about` (without brackets; None: it names none)."""
    names = ", ".join(f"<{one.recipient}>: {one.said}" for one in told)
    returned = [] if about is None else [f"Message-ID: <{about}>"]
    return _lines(
        "From: Mail Delivery System <MAILER-DAEMON@mx.customer.example>",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Message-ID: <report{number}@mx.customer.example>",
        "Date: Mon, 05 Jan 2026 10:00:00 +0000",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        _multipart("delivery-status"),
        "",
        f"--{_BOUNDARY}",
        "Content-Type: text/plain",
        "",
        f"Your message could not be delivered. {names}",
        f"--{_BOUNDARY}",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.customer.example",
        "",
        *(line for one in told for line in one.lines()),
        f"--{_BOUNDARY}",
        "Content-Type: text/rfc822-headers",
        "",
        "From: Acme Support <support@acme.example>",
        "Subject: answer",
        *returned,
        f"--{_BOUNDARY}--",
    )


def complaint(
    to: str,
    recipient: str | None,
    about: str | None,
    *,
    says: str = "abuse",
    mail_from: str | None = None,
    return_path: str | None = None,
) -> bytes:
    """A complaint about the mail with the Message-ID `about`. `mail_from` is the reverse path that
    it came with, by the report; `return_path` by the copy in it."""
    path = [] if mail_from is None else [f"Original-Mail-From: <{mail_from}>"]
    trace = [] if return_path is None else [f"Return-Path: <{return_path}>"]
    rcpt = [] if recipient is None else [f"Original-Rcpt-To: <{recipient}>"]
    returned = [] if about is None else [f"Message-ID: <{about}>"]
    return _lines(
        "From: feedback@isp.example",
        f"To: {to}",
        "Subject: FW: answer",
        "Message-ID: <complaint@isp.example>",
        "Date: Mon, 05 Jan 2026 10:00:00 +0000",
        "MIME-Version: 1.0",
        _multipart("feedback-report"),
        "",
        f"--{_BOUNDARY}",
        "Content-Type: text/plain",
        "",
        "This is an email abuse report for an email message received from our users.",
        f"--{_BOUNDARY}",
        "Content-Type: message/feedback-report",
        "",
        f"Feedback-Type: {says}",
        "User-Agent: SomeGenerator/1.0",
        "Version: 1",
        *path,
        *rcpt,
        "",
        f"--{_BOUNDARY}",
        "Content-Type: message/rfc822",
        "",
        *trace,
        "From: Acme Support <support@acme.example>",
        "To: <redacted@isp.example>",
        "Subject: answer",
        *returned,
        "",
        "It is on its way.",
        f"--{_BOUNDARY}--",
    )


def _multipart(kind: str) -> str:
    return f'Content-Type: multipart/report; report-type={kind}; boundary="{_BOUNDARY}"'


def _lines(*lines: str) -> bytes:
    return "\r\n".join((*lines, "")).encode()
