"""What looks like something else at a first glance, and is a person's own words."""

from base64 import b64encode

import pytest

from mailgate.mail.bouncesigns import _DAEMON
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import MailKind
from mailgate.mail.quote import visible_reply
from mailgate.mail.quotesentence import BEGINS_WITH_DAY
from mailgate.mail.subject import base_subject
from tests.harness.effort import at_most

FORM = "Order form\nFrom: Seoul\nTo: Busan\nDate: 3 March\nSubject: move\n\nplease quote a price"


def test_a_form_with_the_fields_of_a_mail_is_the_persons() -> None:
    assert visible_reply(FORM) == FORM


@pytest.mark.parametrize(
    "block",
    [
        "From: Hong\nSent: Friday 3:04 PM\nTo: Acme\nSubject: RE: x",
        "From: Hong\nSent: 20 November 2026\nTo: Acme\nSubject: RE: x",
        "From: hong@acme.kr\nTo: Acme\nSubject: RE: x",
        "_____\nFrom: Hong\nTo: Acme\nSubject: RE: x",
    ],
    ids=["time", "year", "address", "rule"],
)
def test_the_block_of_a_mail_program_is_cut(block: str) -> None:
    assert visible_reply(f"Yes, please.\n\n{block}\n\nThe old mail") == "Yes, please."


def encoded(body: bytes) -> str:
    head = b"From: a@b.kr\r\nContent-Type: text/plain; charset=utf-8\r\n"
    return parse_mail(head + b"Content-Transfer-Encoding: base64\r\n\r\n" + body).full_text


FOOTER = b"_______________\r\nlist mailing list\r\nhttps://lists.example/list\r\n"


@pytest.mark.parametrize(
    "text", ["안녕하세요.", "Hello, where is my order? I have waited for long."]
)
def test_a_footer_right_under_a_line_of_base64(text: str) -> None:
    assert encoded(b64encode(text.encode()) + b"\r\n" + FOOTER) == text


@pytest.mark.parametrize(
    "text", ["Okay\nthanks, Hong\n- yes", "Hello there,\nit works now.", "Mail\n- a\n- b"]
)
def test_a_text_that_says_that_it_is_base64(text: str) -> None:
    assert encoded(text.encode()) == text


MARKS = ["X-ARF: YES", "X-XARF: PLAIN", "X-SpamCop-SourceIP: 192.0.2.1"]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_of_complaints_alone_makes_none(mark: str) -> None:
    mail = parse_mail(f"From: hong@acme.kr\r\n{mark}\r\n\r\nWhere is my order?".encode())
    assert mail.kind is MailKind.MAIL


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_of_complaints_with_the_mail_is_one(mark: str) -> None:
    mail = parse_mail(
        f"From: abuse@isp.example\r\n{mark}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nIt came from you.\r\n"
        "--B\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <q1@acme.example>\r\n"
        "To: kim@isp.example\r\n\r\nbuy\r\n--B--\r\n".encode()
    )
    assert mail.kind is MailKind.COMPLAINT
    assert mail.report is not None
    assert (mail.report.original_message_id, str(mail.report.recipient)) == (
        "q1@acme.example",
        "kim@isp.example",
    )


def test_spamcop_shows_the_mail_in_its_text() -> None:
    mail = parse_mail(
        b"From: 123@reports.spamcop.example\r\nX-SpamCop-SourceIP: 192.0.2.1\r\n\r\n"
        b"[ SpamCop V5.4.0 ]\r\nThis message is brief for your comfort."
    )
    assert mail.kind is MailKind.COMPLAINT


def test_rules_take_time_by_the_length_of_what_they_read() -> None:
    """Also where no caller has cut it."""
    with at_most(1):
        assert not _DAEMON.search(b" " * 6_000 + b"x")
        assert not BEGINS_WITH_DAY.match("mon " + "a." * 20_000)
        assert base_subject("x" + " " * 60_000 + "(y)").startswith("x")
