"""What kind of mail is it: a person's, a machine's, a bounce, a receipt?"""

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import MailKind

PERSON = b"From: Hong <hong@example.kr>\r\nSubject: Payment\r\n"


def kind(fields: bytes) -> tuple[MailKind, bool]:
    mail = parse_mail(PERSON + fields + b"\r\nHello")
    return mail.kind, bool(mail.automated)


PEOPLE = [
    b"",
    b"Auto-Submitted: no\r\n",
    b"Auto-Submitted: No (really)\r\n",
    b"Precedence: first-class\r\n",
    b"X-Auto-Response-Suppress: None\r\n",
    b"X-Autoreply: no\r\n",
    b"Return-Path: <hong@example.kr>\r\n",
]


@pytest.mark.parametrize("fields", PEOPLE)
def test_a_person_wrote_it(fields: bytes) -> None:
    assert kind(fields) == (MailKind.MAIL, False)


MACHINES = [
    (b"Auto-Submitted: auto-replied\r\n", MailKind.AUTO_REPLY),
    (b"auto-submitted: AUTO-REPLIED; owner-email=x@y\r\n", MailKind.AUTO_REPLY),
    (b"Auto-Submitted: (vacation) auto-replied (x)\r\n", MailKind.AUTO_REPLY),
    (b"Auto-Submitted: auto-notified\r\n", MailKind.AUTO_REPLY),
    (b"Auto-Submitted: auto-generated\r\n", MailKind.MAIL),
    (b"Auto-Submitted: x-unknown\r\n", MailKind.MAIL),
    (b"X-Autoreply: yes\r\n", MailKind.AUTO_REPLY),
    (b"X-Autorespond: vacation\r\n", MailKind.AUTO_REPLY),
    (b"Precedence: auto_reply\r\n", MailKind.AUTO_REPLY),
    (b"Precedence: bulk\r\n", MailKind.BULK),
    (b"Precedence: LIST\r\n", MailKind.BULK),
    (b"List-Id: <users.example>\r\n", MailKind.BULK),
    (b"List-Unsubscribe: <mailto:x@y>\r\n", MailKind.BULK),
    (b"X-Auto-Response-Suppress: OOF, AutoReply\r\n", MailKind.MAIL),
    (b"Return-Path: <>\r\n", MailKind.MAIL),
]


@pytest.mark.parametrize(("fields", "expected"), MACHINES)
def test_row_58_a_machine_sent_it(fields: bytes, expected: MailKind) -> None:
    assert kind(fields) == (expected, True)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Payment",
        "Out of Office: back on Monday",
        "Abwesenheitsnotiz: x",
        "자동 회신: 결제",
        "[자동응답] 결제",
        "自动回复: x",
    ],
)
def test_a_subject_that_only_a_machine_writes(subject: str) -> None:
    mail = parse_mail(f"From: a@b.kr\r\nSubject: {subject}\r\n\r\nx".encode())
    assert mail.kind is MailKind.AUTO_REPLY


def test_an_answer_about_an_automatic_reply_is_a_persons() -> None:
    assert not parse_mail(b"From: a@b.kr\r\nSubject: Re: Automatic reply\r\n\r\nx").automated


@pytest.mark.parametrize(
    "sender", ["noreply@x.kr", "no-reply@x.kr", "do_not_reply@x.kr", "MAILER-DAEMON@x.kr"]
)
def test_nobody_reads_the_answer(sender: str) -> None:
    assert parse_mail(f"From: {sender}\r\nSubject: x\r\n\r\nx".encode()).automated


REPORT = b"""From: Mail Delivery System <MAILER-DAEMON@mx.example>\r
Subject: Undelivered Mail\r
Content-Type: multipart/report; report-type=delivery-status; boundary=B\r
\r
--B\r
\r
I'm sorry.\r
--B\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; a@b.kr\r
Action: ACTION\r
Status: STATUS\r
Diagnostic-Code: smtp; 550 5.1.1 no such user\r
\r
Final-Recipient: rfc822;c@d.kr\r
Action: delayed\r
Status: 4.4.1 (no answer)\r
--B\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: <ours@acme.example>\r
Subject: x\r
--B--\r
"""


def test_row_62_a_report_names_each_recipient() -> None:
    mail = parse_mail(REPORT.replace(b"ACTION", b"failed").replace(b"STATUS", b"5.1.1"))
    assert mail.kind is MailKind.BOUNCE
    first, second = mail.dsn
    assert (str(first.recipient), first.action, first.status) == ("a@b.kr", "failed", "5.1.1")
    assert first.diagnostic == "550 5.1.1 no such user"
    assert (str(second.recipient), second.action, second.status) == ("c@d.kr", "delayed", "4.4.1")
    assert {r.original_message_id for r in mail.dsn} == {"ours@acme.example"}
    assert "I'm sorry." in mail.text


@pytest.mark.parametrize("action", [b"delayed", b"delivered", b"relayed"])
def test_a_report_of_no_failure_is_a_notice(action: bytes) -> None:
    mail = parse_mail(REPORT.replace(b"ACTION", action).replace(b"STATUS", b"2.0.0"))
    assert mail.kind is MailKind.DELIVERY_NOTICE


def test_a_broken_report_is_a_bounce_without_recipients() -> None:
    content = REPORT.partition(b"Final-Recipient")[0] + b"--B--\r\n"
    assert parse_mail(content).kind is MailKind.BOUNCE


def test_a_bounce_in_words() -> None:
    mail = parse_mail(
        b"From: MAILER-DAEMON@mx.example\r\nTo: support@acme.example\r\n"
        b"Subject: failure notice\r\n\r\nSorry, I was unable to deliver your message.\r\n\r\n"
        b"<a@b.kr>:\r\nRemote host said: 550 5.2.2 mailbox full\r\n\r\n"
        b"--- Below this line is a copy of the message.\r\n\r\n"
        b"Message-ID: <ours@acme.example>\r\nTo: other@x.kr\r\n"
    )
    assert mail.kind is MailKind.BOUNCE
    (recipient,) = mail.dsn
    assert str(recipient.recipient) == "a@b.kr"
    assert recipient.status == "5.2.2"
    assert recipient.original_message_id == "ours@acme.example"


def test_x_failed_recipients() -> None:
    mail = parse_mail(
        b"From: Mail Delivery System <Mailer-Daemon@mx.example>\r\n"
        b"X-Failed-Recipients: a@b.kr, c@d.kr\r\nSubject: Mail delivery failed\r\n\r\nx"
    )
    assert [str(r.recipient) for r in mail.dsn] == ["a@b.kr", "c@d.kr"]


def test_a_person_who_writes_of_a_failure_is_no_bounce() -> None:
    mail = parse_mail(PERSON + b"\r\nDelivery to a@b.kr failed: 550 5.1.1. Can you help?")
    assert (mail.kind, mail.dsn) == (MailKind.MAIL, ())


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (b"disposition-notification", MailKind.RECEIPT),
        (b"feedback-report", MailKind.COMPLAINT),
    ],
)
def test_other_reports(report: bytes, expected: MailKind) -> None:
    mail = parse_mail(
        PERSON
        + b"Content-Type: multipart/report; boundary=B; report-type="
        + report
        + b"\r\n\r\n--B\r\n\r\ntext\r\n--B--\r\n"
    )
    assert (mail.kind, bool(mail.automated)) == (expected, True)


def test_an_invitation() -> None:
    mail = parse_mail(
        PERSON + b"Content-Type: multipart/alternative; boundary=B\r\n\r\n--B\r\n\r\nCome\r\n"
        b"--B\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--B--\r\n"
    )
    assert mail.kind is MailKind.CALENDAR
    assert mail.text == "Come"
    assert mail.attachments[0].content_type == "text/calendar"


def results(value: bytes) -> list[tuple[str, list[tuple[str, str]]]]:
    mail = parse_mail(PERSON + b"Authentication-Results: " + value + b"\r\n\r\nx")
    return [
        (field.authserv_id, [(result.method, result.result) for result in field.results])
        for field in mail.authentication_results
    ]


AUTHENTICATION = [
    (
        b"mx.acme.example; dkim=pass (2048 bit) header.d=b.kr; spf=pass; dmarc=FAIL",
        [("mx.acme.example", [("dkim", "pass"), ("spf", "pass"), ("dmarc", "fail")])],
    ),
    (b"MX.acme.example 1; none", [("mx.acme.example", [])]),
    (
        b"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b.kr; dkim=none",
        [("", [("spf", "pass"), ("dkim", "none")])],
    ),
    (b'a.example; dkim=fail reason="bad; dmarc=pass"', [("a.example", [("dkim", "fail")])]),
    (b"a.example; spf=fail (x; dmarc=pass)", [("a.example", [("spf", "fail")])]),
    (b"a.example; spf=fail (x; dmarc=pass", [("a.example", [])]),
    (b"a.example; " + b"(" * 3000, [("a.example", [])]),
    (b"a.example; dmarc=pass" + b" " * 1 + b"x" * 5000, []),
]


@pytest.mark.parametrize(("value", "expected"), AUTHENTICATION)
def test_row_50_authentication_results(
    value: bytes, expected: list[tuple[str, list[tuple[str, str]]]]
) -> None:
    assert results(value) == expected


def test_properties_and_place_of_authentication_results() -> None:
    mail = parse_mail(
        b"Authentication-Results: a.example; dmarc=pass header.from=b.kr\r\n"
        b"Received: from x\r\nReceived: from y\r\n"
        b"Authentication-Results: forged.example; dmarc=pass\r\nFrom: a@b.kr\r\n\r\nx"
    )
    above, below = mail.authentication_results
    assert (above.above_received, below.above_received) == (0, 2)
    assert above.results[0].properties == (("header.from", "b.kr"),)
    assert mail.received_count == 2
