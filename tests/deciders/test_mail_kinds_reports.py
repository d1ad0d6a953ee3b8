"""Receipts (RFC 8098), complaints (RFC 5965 and older forms) and statistics of mail systems."""

import gzip

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import MailKind, ParsedMail, Report


def multipart(content_type: str, *parts: str, fields: str = "", subject: str = "x") -> ParsedMail:
    body = "".join(f"--B\r\n{part}\r\n" for part in parts)
    head = f"From: Kim <kim@customer.example>\r\nSubject: {subject}\r\n{fields}"
    text = f"{head}Content-Type: {content_type}; boundary=B\r\n\r\n{body}--B--\r\n"
    return parse_mail(text.encode())


RECEIPT = "multipart/report; report-type=disposition-notification"
TEXT = "Content-Type: text/plain\r\n\r\nYour message was displayed."


def disposition(fields: str) -> str:
    return f"Content-Type: message/disposition-notification\r\n\r\n{fields}"


def reported(mail: ParsedMail) -> tuple[str | None, str, str | None]:
    assert mail.report is not None
    recipient = mail.report.recipient
    return (
        str(recipient) if recipient else None,
        mail.report.says,
        mail.report.original_message_id,
    )


def test_a_receipt_of_rfc_8098() -> None:
    mail = multipart(
        RECEIPT,
        TEXT,
        disposition(
            "Reporting-UA: joes-pc.cs.example.com; Foomail 97.1\r\n"
            "Original-Recipient: rfc822;Joe@example.com\r\n"
            "Final-Recipient: rfc822;Joe_Recipient@example.com\r\n"
            "Original-Message-ID: <199509192301.23456@acme.example>\r\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
        ),
    )
    assert mail.kind is MailKind.RECEIPT
    assert reported(mail) == (
        "Joe_Recipient@example.com",
        "displayed",
        "199509192301.23456@acme.example",
    )
    assert mail.kind_evidence
    assert mail.automated
    assert "Your message was displayed." in mail.text


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("automatic-action/MDN-sent-automatically; deleted", "deleted"),
        ("manual-action/MDN-sent-manually;Displayed", "displayed"),
        ("automatic-action/MDN-sent-automatically; processed/error", "processed"),
        ("automatic-action / MDN-sent-automatically ; dispatched", "dispatched"),
        ("", ""),
    ],
)
def test_what_a_receipt_says(value: str, says: str) -> None:
    part = disposition(f"Final-Recipient: rfc822; a@b.kr\r\nDisposition: {value}\r\n")
    assert reported(multipart(RECEIPT, TEXT, part)) == ("a@b.kr", says, None)


def test_the_original_stands_in_for_its_id() -> None:
    original = "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <ours@acme.example>\r\n"
    mail = multipart(RECEIPT, TEXT, disposition("Disposition: x; displayed\r\n"), original)
    assert reported(mail) == ("kim@customer.example", "displayed", "ours@acme.example")


def test_a_receipt_in_a_mail_that_is_no_report_by_its_type() -> None:
    part = disposition("Final-Recipient: rfc822;a@b.kr\r\nDisposition: x; displayed\r\n")
    mail = multipart("multipart/mixed", TEXT, part)
    assert mail.kind is MailKind.RECEIPT
    assert reported(mail)[0] == "a@b.kr"


OUTLOOK_RECEIPTS = [
    ("Read: Payment", "Your message \r\n\r\n   To: Kim\r\n\r\nwas read on 22 Nov", "displayed"),
    ("Not read: Payment", "Your message was deleted without being read.", "deleted"),
    ("읽음: 결제", "사용자의 메시지를 읽었습니다.", "displayed"),
    ("읽지 않음: 결제", "귀하의 메시지가 읽지 않은 채 삭제되었습니다.", "deleted"),
    ("Gelesen: Zahlung", "Ihre Nachricht wurde gelesen.", "displayed"),
    ("Lu : Paiement", "Votre message a été lu.", "displayed"),
    ("Leído: Pago", "El mensaje se ha leído.", "displayed"),
    ("開封済み: 支払い", "あなたのメッセージは開封されました。", "displayed"),
    ("已读: 付款", "您的邮件已被阅读。", "displayed"),
]


@pytest.mark.parametrize(("subject", "text", "says"), OUTLOOK_RECEIPTS)
def test_outlook_receipts_without_a_report(subject: str, text: str, says: str) -> None:
    head = f"From: Kim <kim@customer.example>\r\nSubject: {subject}\r\n"
    mail = parse_mail(f"{head}In-Reply-To: <ours@acme.example>\r\n\r\n{text}\r\n".encode())
    assert mail.kind is MailKind.RECEIPT
    assert reported(mail) == ("kim@customer.example", says, "ours@acme.example")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Read: the manual is wrong", "On page 12 it says ..."),
        ("읽음: 표시가 안 돼요", "안녕하세요"),
        ("Deleted: my account", "Why?"),
        ("Lu : votre article", "Bonjour"),
        ("Reading list", "Your message was nice"),
        ("Re: Read: Payment", "Your message arrived."),
    ],
)
def test_a_person_who_writes_of_reading(subject: str, text: str) -> None:
    mail = parse_mail(f"From: kim@x.kr\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode())
    assert (mail.kind, mail.report) == (MailKind.MAIL, None)


ARF = "multipart/report; report-type=feedback-report"
COMPLAINT = "Content-Type: text/plain\r\n\r\nThis is an email abuse report."
ORIGINAL = (
    "Content-Type: message/rfc822\r\n\r\nFrom: <support@acme.example>\r\n"
    "To: <user@example.com>\r\nMessage-ID: <8787KJKJ3K4J3K4J3K4J3.mail@acme.example>\r\n"
    "Subject: Your order\r\n\r\nSpam Spam Spam\r\n"
)


def feedback(fields: str) -> str:
    return f"Content-Type: message/feedback-report\r\n\r\n{fields}"


def test_a_complaint_of_rfc_5965() -> None:
    mail = multipart(
        ARF,
        COMPLAINT,
        feedback(
            "Feedback-Type: Abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n"
            "Original-Mail-From: <support@acme.example>\r\n"
            "Original-Rcpt-To: <user@example.net>\r\n"
        ),
        ORIGINAL,
    )
    assert mail.kind is MailKind.COMPLAINT
    assert reported(mail) == (
        "user@example.net",
        "abuse",
        "8787KJKJ3K4J3K4J3K4J3.mail@acme.example",
    )
    assert mail.kind_evidence == ("Content-Type: multipart/report; report-type=feedback-report",)


def test_a_complaint_names_its_sender_in_the_attached_mail_alone() -> None:
    mail = multipart(ARF, COMPLAINT, feedback("Feedback-Type: opt-out\r\n"), ORIGINAL)
    assert reported(mail) == (
        "user@example.com",
        "opt-out",
        "8787KJKJ3K4J3K4J3K4J3.mail@acme.example",
    )


def test_a_recipient_who_was_hidden_is_not_guessed() -> None:
    hidden = ORIGINAL.replace("To: <user@example.com>", "To: undisclosed-recipients:;")
    assert (
        reported(multipart(ARF, COMPLAINT, feedback("Feedback-Type: abuse\r\n"), hidden))[0] is None
    )


def test_blank_lines_between_the_fields_are_no_end() -> None:
    part = feedback("Feedback-Type: fraud\r\n\r\nOriginal-Rcpt-To: a@b.kr\r\n")
    assert reported(multipart(ARF, COMPLAINT, part))[:2] == ("a@b.kr", "fraud")


def test_a_feedback_report_in_a_mail_that_is_no_report_by_its_type() -> None:
    part = feedback("Feedback-Type: abuse\r\nOriginal-Rcpt-To: a@b.kr\r\n")
    assert multipart("multipart/mixed", COMPLAINT, part, ORIGINAL).kind is MailKind.COMPLAINT


@pytest.mark.parametrize(
    "report",
    [
        feedback("Feedback-Type: abuse\r\nOriginal-Rcpt-To: a@b.kr\r\n"),
        disposition("Final-Recipient: rfc822; a@b.kr\r\nDisposition: x/y; displayed\r\n"),
    ],
    ids=["complaint", "receipt"],
)
def test_a_person_who_attaches_a_report_is_heard(report: str) -> None:
    words = "Content-Type: text/plain\r\n\r\nI got this from you. What does it mean?"
    mail = multipart("multipart/mixed", words, report, subject="Fwd: your report")
    assert (mail.kind, mail.automated, mail.report) == (MailKind.MAIL, (), None)
    assert len(mail.attachments) == 1


def test_outlook_com_marks_the_attached_message() -> None:
    marked = ORIGINAL.replace("From:", "X-HmXmrOriginalRecipient: user@hotmail.example\r\nFrom:")
    mail = multipart("multipart/mixed", marked, subject="complaint about message from 192.0.2.1")
    assert mail.kind is MailKind.COMPLAINT
    assert reported(mail) == (
        "user@hotmail.example",
        "abuse",
        "8787KJKJ3K4J3K4J3K4J3.mail@acme.example",
    )


def test_spamcop_marks_its_own_header() -> None:
    mail = multipart(
        "multipart/mixed", COMPLAINT, ORIGINAL, fields="X-SpamCop-sourceip: 192.0.2.1\r\n"
    )
    assert mail.kind is MailKind.COMPLAINT


def test_a_person_who_forwards_a_mail_complains_to_people() -> None:
    mail = multipart("multipart/mixed", "Content-Type: text/plain\r\n\r\nThis is spam!", ORIGINAL)
    assert (mail.kind, mail.report) == (MailKind.MAIL, None)


DMARC = "google.com!acme.example!1763683200!1763769599"


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("application/zip", f"{DMARC}.zip"),
        ("application/gzip", f"{DMARC}.xml.gz"),
        ("application/octet-stream", f"{DMARC}!1a2b3c.xml.gz"),
        ("text/xml", f"{DMARC}.xml"),
    ],
)
def test_a_dmarc_report_is_bulk(content_type: str, name: str) -> None:
    part = (
        f"Content-Type: {content_type}; name={name}\r\n"
        f"Content-Disposition: attachment; filename={name}\r\n\r\nx"
    )
    subject = "Report Domain: acme.example Submitter: google.com Report-ID: 1234567890"
    mail = multipart("multipart/mixed", "\r\nThis is a report.", part, subject=subject)
    assert mail.kind is MailKind.BULK
    assert mail.automated
    assert mail.kind_evidence == (f"Filename: {name}",)
    assert len(mail.attachments) == 1


def test_a_person_who_asks_about_a_dmarc_report() -> None:
    part = f"Content-Disposition: attachment; filename={DMARC}.zip\r\n\r\nx"
    mail = multipart(
        "multipart/mixed", "\r\nWhat is this?", part, subject="Fwd: Report Domain: a.b"
    )
    assert mail.kind is MailKind.MAIL


def test_a_tls_report_is_bulk() -> None:
    packed = gzip.compress(b"{}").hex()
    part = f"Content-Type: application/tlsrpt+gzip\r\n\r\n{packed}"
    mail = multipart("multipart/report; report-type=tlsrpt", TEXT, part)
    assert (mail.kind, bool(mail.automated)) == (MailKind.BULK, True)
    assert multipart("multipart/mixed", TEXT, part).kind is MailKind.BULK


@pytest.mark.parametrize(
    ("content_type", "kind"), [(RECEIPT, MailKind.RECEIPT), (ARF, MailKind.COMPLAINT)]
)
def test_a_report_whose_part_is_missing_keeps_its_kind(content_type: str, kind: MailKind) -> None:
    mail = multipart(content_type, "\r\ntext")
    assert mail.kind is kind
    assert isinstance(mail.report, Report)


@pytest.mark.parametrize(
    "junk", ["", "\x00", ":", "Disposition", "Original-Rcpt-To: <", "a" * 9999]
)
def test_a_broken_report_raises_nothing(junk: str) -> None:
    assert multipart(RECEIPT, TEXT, disposition(junk)).kind is MailKind.RECEIPT
    assert multipart(ARF, TEXT, feedback(junk)).kind is MailKind.COMPLAINT
