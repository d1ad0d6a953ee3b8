"""Reports of RFC 3464 as they really come, what a bounce is about, and what is no bounce."""

import base64
import json

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import MailKind, ParsedMail
from tests.deciders.bounce_samples import OURS, Sample, failed, report


def told(mail: ParsedMail) -> list[tuple[str, str, str | None]]:
    return [(str(each.recipient), each.action, each.status) for each in mail.dsn]


REPORTS = {
    "no blank line between two recipients": (
        (
            "Final-Recipient: rfc822;a@x.kr\nAction: failed\nStatus: 5.1.1\n"
            "Final-Recipient: rfc822;b@y.kr\nAction: delayed\nStatus: 4.4.1\n"
        ),
        [("a@x.kr", "failed", "5.1.1"), ("b@y.kr", "delayed", "4.4.1")],
    ),
    "a blank line inside a group": (
        "Final-Recipient: rfc822;a@x.kr\n\nAction: failed\nStatus: 5.1.1\n",
        [("a@x.kr", "failed", "5.1.1")],
    ),
    "no type of address": (
        "Final-Recipient: a@x.kr\nAction: failed\nStatus: 5.1.1\n",
        [("a@x.kr", "failed", "5.1.1")],
    ),
    "only the original recipient": (
        "Original-Recipient: <a@x.kr>\nAction: failed\nStatus: 5.1.1\n",
        [("a@x.kr", "failed", "5.1.1")],
    ),
    "the final recipient is no address": (
        (
            "Original-Recipient: rfc822; a@x.kr\nFinal-Recipient: LOCAL; <none>\nAction: failed\n"
            "Status: 5.1.1\n"
        ),
        [("a@x.kr", "failed", "5.1.1")],
    ),
    "the diagnostic knows better than a general status": (
        (
            "Final-Recipient: rfc822;a@x.kr\nAction: failed\nStatus: 5.0.0\n"
            "Diagnostic-Code: smtp; 550 5.7.26 unauthenticated\n"
        ),
        [("a@x.kr", "failed", "5.7.26")],
    ),
    "a specific status stays": (
        (
            "Final-Recipient: rfc822;a@x.kr\nAction: failed\nStatus: 4.4.7\n"
            "Diagnostic-Code: smtp; 550 5.0.0 expired\n"
        ),
        [("a@x.kr", "failed", "4.4.7")],
    ),
    "no status, but a reply": (
        "Final-Recipient: rfc822;a@x.kr\nAction: failed\nDiagnostic-Code: smtp; 421 later\n",
        [("a@x.kr", "failed", "4.0.0")],
    ),
    "no status and no reply": (
        "Final-Recipient: rfc822;a@x.kr\nAction: failed\nDiagnostic-Code: X-Notes; unknown user\n",
        [("a@x.kr", "failed", "5.0.0")],
    ),
    "an action of its own": (
        "Final-Recipient: rfc822;a@x.kr\nAction: expired\nStatus: 4.4.1\n",
        [("a@x.kr", "failed", "4.4.1")],
    ),
    "an action with a comment": (
        "Final-Recipient: rfc822;a@x.kr\nAction: failed (permanent)\nStatus: 5.1.1 (unknown)\n",
        [("a@x.kr", "failed", "5.1.1")],
    ),
    "relayed": (
        "Final-Recipient: rfc822;a@x.kr\nAction: relayed\nStatus: 2.1.9\n",
        [("a@x.kr", "relayed", "2.1.9")],
    ),
}


@pytest.mark.parametrize(("groups", "expected"), REPORTS.values(), ids=REPORTS)
def test_a_report(groups: str, expected: list[tuple[str, str, str | None]]) -> None:
    mail = parse_mail(report(groups))
    assert told(mail) == expected
    assert {each.original_message_id for each in mail.dsn} == {OURS}
    assert mail.kind_evidence[0] == "Content-Type: multipart/report; report-type=delivery-status"


def test_a_report_in_base64_for_an_address_beyond_ascii() -> None:
    """RFC 6533: message/global-delivery-status, utf-8 addresses, message/global-headers."""
    groups = "Final-Recipient: utf-8;홍길동@예시.kr\nAction: failed\nStatus: 5.1.1\n"
    content = report("").decode().replace("Reporting-MTA: dns; mx.example\n\n", "")
    content = content.replace(
        "Content-Type: text/rfc822-headers", "Content-Type: message/global-headers"
    )
    encoded = base64.b64encode(f"Reporting-MTA: dns; mx.example\n\n{groups}".encode()).decode()
    content = content.replace(
        "Content-Type: message/delivery-status\n",
        "Content-Type: message/global-delivery-status\nContent-Transfer-Encoding: base64\n\n"
        + encoded,
    )
    mail = parse_mail(content.encode())
    (recipient,) = mail.dsn
    assert recipient.recipient is not None
    assert recipient.recipient.localpart == "홍길동"
    assert recipient.recipient.domain == "예시.kr".encode("idna").decode()
    assert (recipient.status, recipient.original_message_id) == ("5.1.1", OURS)


def test_the_fields_of_a_report_in_a_text() -> None:
    mail = parse_mail(
        Sample(
            "MAILER-DAEMON@mx.example",
            "Delivery Status Notification (Failure)",
            "An error occurred while trying to deliver the mail.\n\nTechnical report:\n\n"
            "Reporting-MTA: dsn; mx.example\n\nAction: failed\n"
            "Final-Recipient: rfc822; kim@x.kr\nDiagnostic-Code: smtp; 550 5.3.5 Error\n"
            "Status: 5.3.5\n",
            (),
        ).content
    )
    assert told(mail) == [("kim@x.kr", "failed", "5.3.5")]


ABOUT = {
    "the mail as a part": ("", f"Message-ID: <{OURS}>\n"),
    "an id on the next line": ("", f"Message-ID:\n <{OURS}>\n"),
    "nothing is given back, but it answers the mail": (f"In-Reply-To: <{OURS}>\n", "Subject: x\n"),
    "nothing but references": (f"References: <first@acme.kr> <{OURS}>\n", "Subject: x\n"),
    "a field of its own": (f"X-Original-Message-ID: <{OURS}>\n", "Subject: x\n"),
}


@pytest.mark.parametrize(("fields", "returned"), ABOUT.values(), ids=ABOUT)
def test_which_mail_a_report_is_about(fields: str, returned: str) -> None:
    content = report("Final-Recipient: rfc822;a@x.kr\nAction: failed\nStatus: 5.1.1\n", returned)
    mail = parse_mail(fields.encode() + content)
    assert mail.dsn[0].original_message_id == OURS


NOTES = {
    "bounce": (
        {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "kim@x.kr"}]},
        ("kim@x.kr", "failed", "5.0.0"),
    ),
    "deliveryDelay": (
        {"delayedRecipients": [{"emailAddress": "kim@x.kr", "status": "4.4.1"}]},
        ("kim@x.kr", "delayed", "4.4.1"),
    ),
    "delivery": (
        {"recipients": ["kim@x.kr"], "smtpResponse": "250 2.6.0 ok"},
        ("kim@x.kr", "delivered", "2.6.0"),
    ),
}


@pytest.mark.parametrize(("name", "event", "expected"), [(n, *row) for n, row in NOTES.items()])
def test_a_note_of_amazon_ses(
    name: str, event: dict[str, object], expected: tuple[str, str, str]
) -> None:
    headers = [{"name": "Message-ID", "value": f"<{OURS}>"}]
    note = {"mail": {"messageId": "0101-ses", "headers": headers}, name: event}
    mail = parse_mail(
        b"From: AWS <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
        + json.dumps(note).encode()
        + b"\n\n--\nIf you wish to stop receiving notifications, click the link\n"
    )
    assert told(mail) == [expected]
    assert mail.dsn[0].original_message_id == OURS


def test_deep_json_is_an_ordinary_mail() -> None:
    content = b"From: no-reply@sns.amazonaws.com\nSubject: x\n\n" + b'{"a":' * 20_000
    assert parse_mail(content).dsn == ()


BOUNCED = (
    "I'm sorry to have to inform you that your message could not be delivered.\n\n"
    "<help@acme.kr>: host mx.acme.kr said: 550 5.1.1 User unknown\n"
)
ORDINARY = {
    "a person passes a bounce on": Sample(
        "Kim <kim@customer.kr>",
        "Fwd: Undelivered Mail Returned to Sender",
        "Why do I get this?\n\n---------- Forwarded message ---------\n"
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\n\n" + BOUNCED,
        (),
    ),
    "a person gives the mail a bounce's subject": Sample(
        "Kim <kim@customer.kr>", "Undelivered Mail Returned to Sender", BOUNCED, ()
    ),
    "a person called postmaster": Sample(
        '"Kim, Postmaster" <postmaster@customer.kr>',
        "Question about mail",
        "Hello,\n\nmails to lee@acme.kr are rejected: 550 5.7.1 blocked. Could you check?\n\nKim\n",
        (),
    ),
    "a postmaster answers": Sample(
        '"Kim" <postmaster@customer.kr>',
        "Re: Undeliverable: invoice",
        "We could not deliver it because lee@acme.kr was rejected: 550 5.7.1 blocked.\n",
        (),
    ),
    "an absent person's machine, which quotes": Sample(
        "Kim <kim@customer.kr>",
        "Out of office: invoice",
        "If you could not reach me, write to\nlee@customer.kr\n\n-----Original Message-----\n"
        "From: help@acme.kr\nYour mail could not be delivered.\n",
        (),
        fields="Return-Path: <>\nAuto-Submitted: auto-replied\n",
    ),
    "a parcel": Sample(
        "Parcels <noreply@parcel.kr>",
        "Delivery failed: parcel 1Z",
        "We were unable to deliver your parcel to\n\nhelp@acme.kr\n\nContact support@parcel.kr.\n",
        (),
        fields="Return-Path: <>\n",
    ),
    "a warning to whom it was sent": Sample(
        "Mail System <mailer-daemon@acme.kr>",
        "Your mailbox",
        "The mailbox is full:\n\nhelp@acme.kr\n\nPlease delete some mail.\n",
        (),
    ),
    "a list talks about a bounce": Sample(
        "Forum <notifications@forum.example>",
        "[mail] Message rejected: what does 550 mean?",
        "My mail to kim@x.kr was rejected: 550 5.7.1 blocked\n",
        (),
        fields="List-Id: <mail.forum.example>\nAuto-Submitted: auto-generated\n",
    ),
}


@pytest.mark.parametrize("sample", ORDINARY.values(), ids=ORDINARY)
def test_no_bounce(sample: Sample) -> None:
    mail = parse_mail(sample.content)
    assert mail.kind not in {MailKind.BOUNCE, MailKind.DELIVERY_NOTICE}
    assert mail.dsn == ()


def test_a_report_that_a_person_attached() -> None:
    content = report("Final-Recipient: rfc822;a@x.kr\nAction: failed\nStatus: 5.1.1\n").replace(
        b"multipart/report; report-type=delivery-status;", b"multipart/mixed;"
    )
    person = content.replace(
        b"MAILER-DAEMON@mx.example (Mail Delivery System)", b"Kim <kim@customer.kr>"
    )
    assert parse_mail(content).kind is MailKind.BOUNCE
    assert parse_mail(person).kind is MailKind.MAIL


WORDS = [
    ("host said: 550 no such user", "5.0.0"),
    ("Size limit is 500 MB. 452 later", "4.0.0"),
    ("Exim 4.2.1 says: 550 5.1.1 unknown", "5.1.1"),
    ("from 5.4.3.2 or 192.5.1.1: 552 5.2.2 full", "5.2.2"),
    ("first 5.0.0 then 550 5.7.1 policy", "5.7.1"),
    ("The server has a temporary problem", "4.0.0"),
    ("받는 사람의 메일함이 가득 찼습니다", "5.0.0"),
    ("일시적인 오류", "4.0.0"),
]


@pytest.mark.parametrize(("words", "status"), WORDS)
def test_the_status_that_words_tell(words: str, status: str) -> None:
    sample = Sample("MAILER-DAEMON@x.kr", "failure notice", f"<kim@x.kr>:\n{words}\n", ())
    assert told(parse_mail(sample.content)) == list(failed("kim@x.kr", status))
