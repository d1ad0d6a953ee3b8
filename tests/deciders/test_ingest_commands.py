"""Command lines (RFC 5321 §4.1.1) and the envelope addresses in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.ingest.commands import (
    BadLine,
    Line,
    MailCommand,
    is_hello,
    read_line,
    read_mail,
    read_rcpt,
)
from mailgate.ingest.respond import BAD_ARGUMENT, UNKNOWN_PARAMETER, RefusalReason, Reply
from mailgate.mail.address import Address, NullReversePath, UnknownReversePath


def rcpt(argument: str | None, *, smtputf8: bool = False) -> Address | Reply | RefusalReason:
    return read_rcpt(argument, extended=True, smtputf8=smtputf8, hostname="mx.acme.example")


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"NOOP\r\n", Line("NOOP", None)),
        (b"noop \r\n", Line("NOOP", None)),
        (b"Mail FROM:<a@b>\r\n", Line("MAIL", "FROM:<a@b>")),
        (b"EHLO  two  \r\n", Line("EHLO", "two")),
    ],
)
def test_a_line_is_a_verb_and_its_argument(raw: bytes, line: Line) -> None:
    assert read_line(raw) == line


@pytest.mark.parametrize("raw", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\r\r\n", b"\n"])
def test_lines_that_end_otherwise_are_fatal(raw: bytes) -> None:
    match read_line(raw):
        case BadLine(fatal=True):
            pass
        case other:
            pytest.fail(f"{other}")


@pytest.mark.parametrize("raw", [b"\r\n", b" NOOP\r\n", b"N\xc3\xb6OP\r\n", b"NOOP \xff\r\n"])
def test_what_is_no_command(raw: bytes) -> None:
    match read_line(raw):
        case BadLine(fatal=False):
            pass
        case other:
            pytest.fail(f"{other}")


@given(st.binary(max_size=60))
def test_reading_is_total(raw: bytes) -> None:
    line = read_line(raw)
    if isinstance(line, Line):
        read_mail(line.argument, extended=True)
        rcpt(line.argument, smtputf8=True)
        is_hello(line.argument)


@given(st.text(max_size=60), st.booleans())
def test_an_envelope_address_holds_no_control_character(text: str, smtputf8: bool) -> None:
    mail = read_mail(f"FROM:<{text}> SMTPUTF8", extended=True)
    if isinstance(mail, MailCommand):
        assert str(mail.reverse_path).isprintable()
    address = rcpt(f"TO:<{text}>", smtputf8=smtputf8)
    if isinstance(address, Address):
        assert str(address).isprintable()


A = Address("a", "b.example")


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("FROM:<a@b.example>", MailCommand(A, None, smtputf8=False)),
        ("from: <a@B.Example>", MailCommand(A, None, smtputf8=False)),
        ("FROM:<>", MailCommand(NullReversePath(), None, smtputf8=False)),
        ("FROM:<a@b.example> SIZE=12", MailCommand(A, 12, smtputf8=False)),
        ("FROM:<a@b.example> BODY=8BITMIME size=12 SMTPUTF8", MailCommand(A, 12, smtputf8=True)),
        ("FROM:<a@b.example> SIZE=²", BAD_ARGUMENT),
        ("FROM:<a@b.example> SIZE", BAD_ARGUMENT),
        ("FROM:<a@b.example> SIZE=" + "9" * 21, BAD_ARGUMENT),
        ("FROM:<a@b.example> SMTPUTF8=1", BAD_ARGUMENT),
        ("FROM:<a@b.example> BODY=BINARYMIME", BAD_ARGUMENT),
        ("FROM:<a@b.example> RET=HDRS", UNKNOWN_PARAMETER),
        ("FROM:<a@b.example> AUTH=<>", UNKNOWN_PARAMETER),
        ("TO:<a@b.example>", BAD_ARGUMENT),
        (None, BAD_ARGUMENT),
        ("FROM:a@b.example", RefusalReason.BAD_SENDER),
        ("FROM:<a@b.example>SIZE=1", RefusalReason.BAD_SENDER),
        ("FROM:<a@b.example", RefusalReason.BAD_SENDER),
        ("FROM:<a@[>", RefusalReason.BAD_SENDER),
        ("FROM:<", RefusalReason.BAD_SENDER),
        ('FROM:"', RefusalReason.BAD_SENDER),
        ('FROM:<"a\0b"@b.example>', RefusalReason.BAD_SENDER),
        ("FROM:<@x:a@b.example>", RefusalReason.BAD_SENDER),
        ("FROM:<ä@b.example>", RefusalReason.NON_ASCII_ADDRESS),
        ("FROM:<" + "ä" * 33 + "@b.example> SMTPUTF8", RefusalReason.BAD_SENDER),
    ],
)
def test_mail(argument: str | None, expected: MailCommand | Reply | RefusalReason) -> None:
    assert read_mail(argument, extended=True) == expected


def test_mail_with_a_quoted_bracket() -> None:
    mail = read_mail('FROM:<"a>b\\"c"@b.example> SIZE=1', extended=True)
    assert mail == MailCommand(Address('"a>b\\"c"', "b.example"), 1, smtputf8=False)


def test_mail_parameters_need_ehlo() -> None:
    assert read_mail("FROM:<a@b.example> SIZE=1", extended=False) == BAD_ARGUMENT


def test_mail_with_utf8() -> None:
    mail = read_mail("FROM:<홍길동@고객.example> SMTPUTF8", extended=True)
    sender = Address("홍길동", "xn--i49alo.example")
    assert mail == MailCommand(sender, None, smtputf8=True)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("TO:<a@b.example>", A),
        ("TO:<Postmaster>", Address("Postmaster", "mx.acme.example")),
        ("TO:<a@b.example> NOTIFY=NEVER", UNKNOWN_PARAMETER),
        ("TO:<>", RefusalReason.BAD_RECIPIENT),
        ("TO:<@x,@y:a@ours.example>", RefusalReason.BAD_RECIPIENT),
        ("TO:<a@b@c.example>", RefusalReason.BAD_RECIPIENT),
        ("TO:<user%other@ours.example>", RefusalReason.RELAY),
        ('TO:<"a@b"@ours.example>', RefusalReason.RELAY),
        ("TO:<other!user@ours.example>", RefusalReason.RELAY),
        ("TO:<문의@ours.example>", RefusalReason.NON_ASCII_ADDRESS),
    ],
)
def test_rcpt(argument: str, expected: Address | Reply | RefusalReason) -> None:
    assert rcpt(argument) == expected


@pytest.mark.parametrize(
    "name", ["client.example", "[192.0.2.1]", "[IPv6:2001:db8::1]", "WIN_HOST", "a" * 255]
)
def test_hello(name: str) -> None:
    assert is_hello(name)


@pytest.mark.parametrize("name", [None, "", "two words", "клиент", "a" * 256, "a\n", "<a>", "a\0"])
def test_no_hello(name: str | None) -> None:
    assert not is_hello(name)


@pytest.mark.parametrize("localpart", ["a..b", "a.", "a...b.", "gil.dong.."])
def test_a_carriers_odd_dots_are_a_sender_that_is_unknown(localpart: str) -> None:
    """RFC 5321 §4.1.2 has no such localpart; customers of Japanese carriers do."""
    read = read_mail(f"FROM:<{localpart}@docomo.example>", extended=True)
    assert read == MailCommand(UnknownReversePath(), size=None, smtputf8=False)


@pytest.mark.parametrize("path", [".@b.example", "..@b.example", "a..b@", "a..b@[", "a..b@b..c"])
def test_odd_dots_excuse_nothing_else(path: str) -> None:
    assert read_mail(f"FROM:<{path}>", extended=True) is RefusalReason.BAD_SENDER
