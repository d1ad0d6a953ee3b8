"""Cleaning takes time by the length of a value, whatever stands in it. A field may have 64 KB: a
rule that looks again from each character would need a minute for it."""

import pytest

from mailgate.mail.clean import clean_filename, clean_header
from mailgate.mail.parse import parse_mail
from tests.harness.effort import at_most

LONG = 60_000
CPU_SECONDS = 1.0
CONTROL = "\x01"


@pytest.mark.parametrize("run", [" ", "\t", "\n", " \n", "\n ", "\u2028 ", "\x85", "a "])
@pytest.mark.parametrize("clean", [clean_header, clean_filename])
def test_cleaning_a_long_run(run: str, clean: object) -> None:
    assert callable(clean)
    text = f"a{run * (LONG // len(run))}{CONTROL}b"
    with at_most(CPU_SECONDS):
        cleaned = clean(text)
    assert cleaned.startswith("a")
    assert CONTROL not in cleaned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a \r\n b", "a b"),
        ("a\tb", "a b"),
        ("a \n \n b", "a b"),
        ("a\u2028b", "a b"),
        ("a  b\x01", "a  b"),
    ],
)
def test_line_breaks_become_one_space(text: str, expected: str) -> None:
    assert clean_header(text) == expected


@pytest.mark.parametrize(
    "head",
    [
        "Subject: a{}\x01b",
        'From: "a{}\x01b" <a@b.kr>',
        "To: a{}\u200eb <a@b.kr>",
        'Content-Disposition: attachment; filename="a{}\x01.txt"',
        "Content-Type: image/png\r\nContent-ID: <a{}\x01b>",
        "Auto-Submitted: auto-generated{}\x01b",
    ],
)
def test_a_field_of_blanks_and_a_control(head: str) -> None:
    content = head.format(" " * LONG).encode() + b"\r\n\r\nwords"
    with at_most(CPU_SECONDS):
        mail = parse_mail(content)
    assert mail.full_text == "words" or mail.attachments


@pytest.mark.parametrize("kind", ["feedback-report", "disposition-notification"])
@pytest.mark.parametrize("blank", [" ", "\t", " \t"])
def test_a_report_of_blanks(kind: str, blank: str) -> None:
    content = (
        f"Content-Type: multipart/report; report-type={kind}; boundary=B\r\n\r\n--B\r\n"
        f"Content-Type: message/{kind}\r\n\r\nUser-Agent: a{blank * (LONG // len(blank))}b\r\n"
        "\r\nOriginal-Rcpt-To: a@b.kr\r\nFinal-Recipient: rfc822; a@b.kr\r\n--B--\r\n"
    )
    with at_most(CPU_SECONDS):
        mail = parse_mail(content.encode())
    assert mail.report is not None
    assert str(mail.report.recipient) == "a@b.kr"


@pytest.mark.parametrize("name", ["From", "To", "Cc", "Reply-To"])
@pytest.mark.parametrize("run", [" ", "\t", " \t"])
def test_an_address_of_blanks(name: str, run: str) -> None:
    content = f"{name}: <a{run * (LONG // len(run))}b. x@c.kr>\r\n\r\nwords".encode()
    with at_most(CPU_SECONDS):
        mail = parse_mail(content)
    assert mail.from_ is None


def test_blanks_around_the_dots_of_an_address() -> None:
    """RFC 5322 appendix A.6.3."""
    mail = parse_mail(b"From: Mary <mary @ example \t . net . kr>\r\n\r\nwords")
    assert mail.from_claimed is not None
    assert str(mail.from_claimed.address) == "mary@example.net.kr"


@pytest.mark.parametrize("element", ["보낸사람 : a@b.kr ", "name a@b.kr ", "(n) a@b.kr "])
def test_words_between_many_addresses_are_nobodys_name(element: str) -> None:
    """Not the whole line as the name of each: that would be kept five hundred times."""
    line = (element * (LONG // len(element.encode()))).encode()
    with at_most(CPU_SECONDS):
        mail = parse_mail(b"To: " + line + b"\r\nCc: " + line + b"\r\n\r\nwords")
    assert str(mail.to[1].address) == "a@b.kr"
    assert sum(len(named.name) for named in mail.to) < 2_000


def test_one_address_keeps_the_words_before_it() -> None:
    mail = parse_mail("To: 홍길동 hong@acme.kr\r\n\r\nwords".encode())
    assert [(named.name, str(named.address)) for named in mail.to] == [("홍길동", "hong@acme.kr")]


def test_a_name_as_long_as_its_field() -> None:
    mail = parse_mail(b'From: "' + b"n" * LONG + b'" <a@b.kr>\r\n\r\nwords')
    assert mail.from_ is not None
    assert 0 < len(mail.from_.name) <= 2_000
