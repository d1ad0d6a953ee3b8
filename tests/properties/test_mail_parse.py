"""`parse_mail` answers for any bytes, with text that the store and the logs can take."""

from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailgate.mail.addresslist import read_addresses
from mailgate.mail.charset import decode
from mailgate.mail.digest import content_digest
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.quote import visible_reply
from mailgate.mail.subject import base_subject
from tests.harness.mailchecks import reading_faults

PIECES = st.sampled_from(
    [
        b"From: ",
        b"a@b.kr",
        b"\r\n",
        b"\n",
        b"\r\n\r\n",
        b"Subject: ",
        b"=?euc-kr?B?",
        b"=?utf-8?q?=0d=0a",
        b"?=",
        b"Content-Type: multipart/mixed; boundary=B\r\n",
        b'Content-Type: multipart/alternative; boundary="',
        b"Content-Type: text/html; charset=utf-16\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"Content-Disposition: attachment; filename*0*=",
        b"--B",
        b"--",
        b"\x1b$B",
        b"\x1b$)C",
        b"\xb0\xa1",
        b"\xed\xa0\x80",
        b"\0",
        b"<div>",
        b"<blockquote type=cite>",
        b"> ",
        b"On Mon, 1:00 x wrote:\n",
        b"Authentication-Results: ((",
        b"Date: Mon, 99 Jan 99999 25:61:61 +9999",
        b"Message-ID: <",
        b"mailer-daemon@",
        b"##- x -##",
        b"---- Forwarded message ----\nSubject: \nFrom: ",
    ]
)
CONTENT = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=40).map(b"".join),
)


def texts(value: Any) -> list[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in texts(item)]
    if is_dataclass(value):
        return [text for f in fields(value) for text in texts(getattr(value, f.name))]
    return []


@given(content=CONTENT)
@settings(max_examples=600, deadline=None)
@example(content=b"")
@example(content=b"\r")
@example(content=b"From: a@")
@example(content=b"\xff\xfe\x00")
def test_any_bytes_give_an_answer_that_can_be_stored(content: bytes) -> None:
    mail = parse_mail(content)
    assert isinstance(mail, ParsedMail)
    assert not reading_faults(mail)
    for text in texts(mail):
        assert "\0" not in text
        text.encode("utf-8")
    for line in (mail.subject, *(str(entry) for entry in (*mail.to, *mail.cc, *mail.reply_to))):
        assert not any(character in line for character in "\r\n\x1b")
    assert content_digest(content) == content_digest(content)


@given(content=CONTENT)
@settings(max_examples=300, deadline=None)
def test_nobody_is_the_sender_unless_the_field_is_one_address(content: bytes) -> None:
    mail = parse_mail(content)
    if mail.from_ is not None:
        assert mail.from_ == mail.from_claimed
        assert "ambiguous From field" not in mail.defects


@given(data=st.binary(max_size=300), label=st.none() | st.text(max_size=12))
@settings(max_examples=400, deadline=None)
def test_decoding_never_fails(data: bytes, label: str | None) -> None:
    assert isinstance(decode(data, label), str)


@given(text=st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_utf8_text_is_read_as_it_is_without_a_label(text: str) -> None:
    data = text.encode("utf-8", "replace")
    if b"\x1b" not in data:
        assert decode(data, None) == data.decode("utf-8")


@given(value=st.binary(max_size=200))
@settings(max_examples=400, deadline=None)
def test_address_fields_are_read_whatever_they_hold(value: bytes) -> None:
    field = read_addresses(value)
    assert len(field.addresses) <= 500
    for entry in field.addresses:
        assert entry.address.localpart
        assert entry.address.domain.isascii()


LINES = st.lists(
    st.sampled_from(
        [
            "> q",
            "text",
            "",
            "On Mon, 1:00 <a@b.kr> wrote:",
            "보낸 사람: x",
            "제목: y",
            "-- ",
            "____",
        ]
    ),
    max_size=30,
)


@given(lines=LINES)
@settings(max_examples=300, deadline=None)
def test_the_visible_reply_invents_nothing_and_keeps_something(lines: list[str]) -> None:
    text = "\n".join(lines)
    reply = visible_reply(text)
    assert {line.rstrip() for line in reply.split("\n")} <= {*(line.rstrip() for line in lines), ""}
    # Nothing but the words that programs write above a quote is an answer without a word.
    if {"text", "> q"} & set(lines):
        assert reply.strip()


@given(subject=st.text(max_size=100))
def test_the_base_subject_is_its_own_base(subject: str) -> None:
    base = base_subject(subject)
    assert base_subject(base) == base
    assert base_subject(f"Re: FW: 답장: {subject}") == base
