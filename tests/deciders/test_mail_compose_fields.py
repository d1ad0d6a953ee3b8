"""Names, subjects and file names as Outlook, Gmail and Naver get them from us."""

import base64
import re
from dataclasses import replace

import pytest

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.compose import Composer, compose
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import Attachment
from tests.deciders.hostile_written import PLAIN
from tests.harness.mailwire import wire_faults

FAMILY = "👩‍👩‍👧‍👦"
"""One character as a reader sees it: four people and three joiners, 25 octets."""


def words(content: bytes, name: bytes = b"Subject") -> list[str]:
    """What each encoded word of the field says by itself: what Outlook shows of a cut header."""
    field = re.search(rb"^%b: ([^\r\n]*(?:\r\n [^\r\n]*)*)" % name, content, re.MULTILINE)
    assert field is not None
    found = re.findall(rb"=\?utf-8\?b\?([^?]*)\?=", field[1])
    return [base64.b64decode(one).decode() for one in found]


@pytest.mark.parametrize(
    "character",
    [
        pytest.param(FAMILY, id="joined emoji"),
        pytest.param("🇰🇷", id="a flag of two letters"),
        pytest.param("👍🏽", id="a skin tone"),
        pytest.param("e\u0301", id="a combining accent"),
        pytest.param("\u1112\u1161\u11ab", id="hangul in letters, as macOS writes it"),
        pytest.param("が", id="kana with its mark"),
        pytest.param("กำ", id="Thai with its vowel"),
    ],
)
def test_no_encoded_word_begins_in_the_middle_of_a_character(character: str) -> None:
    for before in range(6):
        subject = "x" * before + "한" + character * 30
        content = compose(replace(PLAIN, subject=subject))
        assert "".join(words(content)) == subject
        for word in words(content):
            assert word.replace("x", "").replace("한", "") == character * word.count(character)
        assert parse_mail(content).subject == subject


def test_korean_over_several_lines_has_no_blank_that_nobody_wrote() -> None:
    """Clients drop the blanks between encoded words, so those of the text stand inside them."""
    subject = "배송이 너무 늦습니다 언제쯤 받을 수 있을까요 확인 부탁드립니다"
    content = compose(replace(PLAIN, subject=subject))
    assert len(words(content)) > 2
    assert "".join(words(content)) == subject


@pytest.mark.parametrize("length", [66, 67, 200, 998, 5000])
def test_a_long_word_in_a_subject_makes_no_long_line(length: int) -> None:
    content = compose(replace(PLAIN, subject="see " + "a" * length))
    assert max(map(len, content.split(b"\r\n"))) <= 78


def test_blanks_in_a_row_make_no_line_of_blanks() -> None:
    content = compose(replace(PLAIN, subject="a" + " " * 3000 + "b"))
    assert not wire_faults(content)


def test_a_field_that_programs_read_is_not_encoded() -> None:
    unsubscribe = "<https://acme.example/" + "u" * 300 + ">"
    content = compose(replace(PLAIN, headers=(("List-Unsubscribe", unsubscribe),)))
    assert f"\r\nList-Unsubscribe: {unsubscribe}\r\n".encode() in content


def attached(name: str, content_type: str = "application/pdf", content: bytes = b"x") -> bytes:
    return compose(replace(PLAIN, attachments=(Attachment(name, content_type, content),)))


def test_a_short_korean_file_name_is_one_parameter() -> None:
    content = attached("견적.pdf")
    assert b"filename*=UTF-8''%EA%B2%AC%EC%A0%81.pdf\r\n" in content
    assert b'\r\n name="=?utf-8?b?6rKs7KCBLnBkZg==?="\r\n' in content


def test_a_file_name_like_an_encoded_word_stays_what_it_is() -> None:
    content = attached("=?utf-8?q?x?=.pdf")
    assert b'name="=?utf-8?q?' not in content
    assert parse_mail(content).attachments[0].filename == "=_utf-8_q_x_=.pdf"


@pytest.mark.parametrize(
    ("content", "label"),
    [
        ("이름,수량\r\n".encode(), b"text/csv;\r\n charset=utf-8;"),
        ("이름,수량\r\n".encode("cp949"), b"text/csv;\r\n name="),
        (b"name,count\r\n", b"text/csv;\r\n name="),
    ],
)
def test_a_text_file_says_its_charset_when_its_octets_do(content: bytes, label: bytes) -> None:
    composed = attached("목록.csv", "text/csv", content)
    assert b"Content-Type: " + label in composed
    assert parse_mail(composed).attachments[0].content == content


@pytest.mark.parametrize(
    "content", [b"", b"\0", b"x" * 57, b"x" * 58, b"x" * 57 * 1024, bytes(99_999)]
)
def test_a_file_of_any_length_arrives_whole(content: bytes) -> None:
    composed = attached("a.bin", "application/octet-stream", content)
    assert not wire_faults(composed)
    assert parse_mail(composed).attachments[0].content == content


@pytest.mark.parametrize("written", ["cid:i1%40x", "CID:i1@X", "cid:i1&#64;x"])
def test_an_image_is_inline_however_the_html_writes_its_id(written: str) -> None:
    image = Attachment("a.png", "image/png", b"x", content_id="i1@x")
    content = compose(replace(PLAIN, html=f'<img src="{written}">', attachments=(image,)))
    assert b"multipart/related" in content
    assert b"Content-ID: <i1@x>" in content


def test_an_image_whose_id_can_not_be_written_is_an_attachment() -> None:
    image = Attachment("a.png", "image/png", b"x", content_id="i 1")
    content = compose(replace(PLAIN, html='<img src="cid:i 1">', attachments=(image,)))
    assert b"inline" not in content
    assert not wire_faults(content)


def test_a_line_that_begins_with_from_is_encoded_and_no_line_grows_past_76() -> None:
    text = "한\n" + "\n".join("From " + "x" * length for length in range(60, 80)) + "\nFrom From x"
    mail = replace(PLAIN, text="a" * 600 + text)
    content = compose(mail)
    assert b"quoted-printable" in content
    assert not wire_faults(content)
    assert not re.search(rb"^From ", content.partition(b"\r\n\r\n")[2], re.MULTILINE)
    assert parse_mail(content).full_text == mail.text


def test_an_address_beyond_ascii_is_named_and_the_envelope_alone_addresses_it() -> None:
    """RFC 6857 §3.1.8: relays without SMTPUTF8 take the header, people see who it was for."""
    content = compose(replace(PLAIN, to=(NamedAddress("", Address("사용자", "example.kr")),)))
    assert words(content, b"To") == ["사용자@example.kr"]
    assert b"?=:;\r\n" in content
    assert not wire_faults(content)


def test_mails_that_belong_together_are_the_same_as_alone() -> None:
    html = '<p>안녕</p><img src="cid:i1@x">'
    image = Attachment("a.png", "image/png", bytes(5000), content_id="i1@x")
    one = replace(PLAIN, html=html, attachments=(image,))
    other = replace(one, subject="another", boundary_seed="other")
    composer = Composer()
    assert [composer.compose(mail) for mail in (one, other)] == [compose(one), compose(other)]


HEAD = (
    b"From: a@b.kr\r\nDate: Fri, 20 Nov 2026 15:04:05 +0000\r\nMessage-ID: <a@b>\r\n"
    b"MIME-Version: 1.0\r\n"
)
TEXT = b"Content-Type: text/plain\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (HEAD + TEXT, None),
        (HEAD + TEXT + "가\r\n".encode(), "not seven bit"),
        (HEAD + TEXT + b"x\n\r\n", "bare CR or LF"),
        (HEAD + TEXT + b"x" * 999 + b"\r\n", "a line over 998 octets"),
        (HEAD + b"Subject: x\r\n \r\n" + TEXT, "a folded line of blanks"),
        (HEAD + b"no field\r\n" + TEXT, "no field: b'no field'"),
        (HEAD + b"To: a@b.kr\r\nTo: c@d.kr\r\n" + TEXT, "to more than once"),
        (HEAD + b"To: x y@b.kr\r\n" + TEXT, "addresses b'x y@b.kr'"),
        (HEAD + b"Subject: =?utf-8?b?7Q==?=\r\n" + TEXT, "an encoded word that decodes"),
        (HEAD + b"References: <a@b> x\r\n" + TEXT, "ids b'<a@b> x'"),
        (TEXT, "no date"),
        (
            HEAD + b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n' + TEXT,
            "a multipart that is not closed",
        ),
        (
            HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nA!\r\n",
            "base64",
        ),
    ],
)
def test_the_strict_reader_of_these_tests_sees_faults(content: bytes, fault: str | None) -> None:
    found = wire_faults(content)
    assert found == [] if fault is None else any(one.startswith(fault) for one in found)


def test_every_kind_of_mail_keeps_the_rfcs() -> None:
    kinds: list[OutgoingMail] = [
        PLAIN,
        replace(PLAIN, html="<p>안녕</p>"),
        replace(PLAIN, html="<p>x</p>", attachments=(Attachment("견적.pdf", "a/b", b"x"),)),
        replace(
            PLAIN, to=tuple(NamedAddress(f"n{n}", Address(f"u{n}", "x.kr")) for n in range(500))
        ),
    ]
    assert [wire_faults(compose(mail)) for mail in kinds] == [[]] * len(kinds)
