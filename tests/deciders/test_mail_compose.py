"""The bytes that we send: what clients and relays of all ages make of them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.compose import compose
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import Attachment

PLAIN = OutgoingMail(
    from_=NamedAddress("Alice Kim (Acme Support)", Address("support", "acme.example")),
    to=(NamedAddress("홍길동", Address("hong", "example.kr")),),
    subject="[#12] Order has not arrived",
    message_id="mg1.x@acme.example",
    date=datetime(2026, 11, 20, 15, 4, 5, tzinfo=timezone(timedelta(hours=9))),
    text="Hello,\n\nit is on its way.\n",
    boundary_seed="seed",
)


def field(content: bytes, name: str) -> str | None:
    """The field as it stands on the wire, folds included."""
    section = content.partition(b"\r\n\r\n")[0].decode("ascii")
    found = re.search(rf"^{name}: (.*(?:\r\n[ \t].*)*)", section, re.MULTILINE)
    return found[1].rstrip("\r") if found else None


def test_a_plain_mail_is_plain() -> None:
    content = compose(PLAIN)
    assert field(content, "From") == '"Alice Kim (Acme Support)" <support@acme.example>'
    assert field(content, "Subject") == "[#12] Order has not arrived"
    assert field(content, "Date") == "Fri, 20 Nov 2026 15:04:05 +0900"
    assert field(content, "Message-ID") == "<mg1.x@acme.example>"
    assert content.endswith(b"\r\n\r\nHello,\r\n\r\nit is on its way.\r\n")
    assert b"base64" not in content


def test_the_tag_stays_readable_before_a_korean_subject() -> None:
    subject = "[#12] 결제 오류 문의드립니다. 빠른 확인 부탁드립니다. 감사합니다 고객센터 여러분"
    content = compose(replace(PLAIN, subject=subject))
    wire = field(content, "Subject") or ""
    assert wire.startswith("[#12] =?utf-8?b?")
    for line in f"Subject: {wire}".split("\r\n"):
        assert len(line) <= 76
        for word in re.findall(r"=\?\S+\?=", line):
            assert len(word) <= 75
            parse_mail(f"Subject: {word}\r\n\r\n".encode()).subject.encode("utf-8")
            assert "\ufffd" not in parse_mail(f"Subject: {word}\r\n\r\n".encode()).subject
    assert parse_mail(content).subject == subject


@pytest.mark.parametrize("length", [78, 82, 200, 900])
def test_an_outlook_id_is_never_encoded_or_folded(length: int) -> None:
    outlook = "A" * (length - 24) + "@PROD.OUTLOOK.EXAMPLE.COM"
    content = compose(replace(PLAIN, in_reply_to=outlook, references=("first@x", outlook)))
    assert f"\r\nIn-Reply-To: <{outlook}>\r\n".encode() in content
    assert f"\r\nReferences: <first@x>\r\n <{outlook}>\r\n".encode() in content
    assert parse_mail(content).in_reply_to == (outlook,)


def test_long_references_keep_the_first_two_and_the_last_ten() -> None:
    ids = tuple(f"{n}@x" for n in range(40))
    references = parse_mail(compose(replace(PLAIN, references=ids))).references
    assert references == ("0@x", "1@x", *(f"{n}@x" for n in range(30, 40)))


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y", "a b@c", "<a@b>", "é@b", "a\0@b", "x" * 1200])
def test_an_id_that_is_none_is_left_out(bad: str) -> None:
    content = compose(replace(PLAIN, in_reply_to=bad, references=(bad, "a@b")))
    assert field(content, "In-Reply-To") is None
    assert field(content, "References") == "<a@b>"


NAMES = [
    "x\r\nBcc: y",
    "a" * 300,
    "😀 홍길동",
    "Kim, Alice",
    'Alice "Al" Kim',
    "back\\slash",
    "=?utf-8?q?evil?=",
    "a@b.kr",
    '고객센터, "1팀"',
]


@pytest.mark.parametrize("name", NAMES)
def test_row_73_any_name_leaves_the_address_alone(name: str) -> None:
    to = NamedAddress(name, Address("hong", "example.kr"))
    content = compose(replace(PLAIN, to=(to,)))
    assert field(content, "Bcc") is None
    read = parse_mail(content).to
    assert [str(entry.address) for entry in read] == ["hong@example.kr"]
    assert read[0].name == " ".join(name.split())


def test_row_74_an_address_beyond_ascii_keeps_the_mail_seven_bit() -> None:
    content = compose(replace(PLAIN, cc=(NamedAddress("", Address("é", "d.kr")),)))
    assert content.isascii()
    assert parse_mail(content).cc == ()


@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요\n\n감사합니다",
        "From here on\nFrom there",
        ".\n..\n.hidden",
        "a" * 5000,
        "trailing blank \nand tab\t\nend",
        "mostly plain – with a dash",
        "=3D is no equals sign",
        "-- \nsignature",
        "\n\nleading lines",
    ],
)
def test_a_text_arrives_as_it_was(text: str) -> None:
    content = compose(replace(PLAIN, text=text))
    body = content.partition(b"\r\n\r\n")[2]
    assert not re.search(rb"^From ", body, re.MULTILINE)
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert parse_mail(content).full_text == text.strip("\n")


IMAGE = Attachment("그림.png", "image/png", b"\x89PNG\r\n", inline=True, content_id="i1@x")
PDF = Attachment("견적서 2026년.pdf", "application/pdf", b"%PDF\r\n\0")


def test_an_inline_image_belongs_to_the_html() -> None:
    mail = replace(PLAIN, html='<p><img src="cid:i1@x"></p>', attachments=(IMAGE, PDF))
    content = compose(mail)
    order = [found.decode() for found in re.findall(rb"Content-Type: ([a-z]+/[a-z]+)", content)]
    assert order == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    image, pdf = parse_mail(content).attachments
    assert (image.filename, image.inline, image.content_id) == ("그림.png", True, "i1@x")
    assert (pdf.filename, pdf.inline, pdf.content) == (PDF.filename, False, PDF.content)


def test_an_image_that_the_html_does_not_show_is_an_attachment() -> None:
    content = compose(replace(PLAIN, html="<p>x</p>", attachments=(IMAGE,)))
    assert b"multipart/related" not in content
    assert b"Content-Disposition: attachment" in content


def test_a_korean_file_name_is_there_for_new_and_for_old_programs() -> None:
    content = compose(replace(PLAIN, attachments=(PDF,)))
    assert b"filename*=UTF-8''%EA%B2%AC" in content or b"filename*0*=UTF-8''%EA%B2%AC" in content
    assert b'name="=?utf-8?b?' in content


MESSAGE = b"Subject: x\r\n\r\nhi\r\n"


def test_an_attached_message_is_not_base64() -> None:
    """RFC 2046 §5.2.1 allows no encoding but 7bit, 8bit and binary for message/rfc822."""
    content = compose(replace(PLAIN, attachments=(Attachment("m.eml", "message/rfc822", MESSAGE),)))
    part = content.partition(b"Content-Type: message/rfc822")[2]
    assert b"base64" not in part
    assert MESSAGE in part


@pytest.mark.parametrize(
    "message",
    ["Subject: 안녕\r\n\r\nhi\r\n".encode(), b"Subject: x\n\nhi\n", MESSAGE + b"a" * 999 + b"\r\n"],
)
def test_a_message_that_can_not_travel_so_keeps_its_bytes(message: bytes) -> None:
    content = compose(replace(PLAIN, attachments=(Attachment("m.eml", "message/rfc822", message),)))
    assert b"message/rfc822" not in content
    assert content.isascii()
    assert parse_mail(content).attachments[0].content == message


def test_a_message_that_holds_our_boundary_does_not_break_the_mail() -> None:
    first = compose(replace(PLAIN, attachments=(PDF,)))
    boundary = re.search(rb'boundary="([^"]+)"', first)
    assert boundary is not None
    message = b"Subject: x\r\n\r\n--" + boundary[1] + b"\r\n"
    mail = replace(PLAIN, attachments=(Attachment("m.eml", "message/rfc822", message),))
    assert parse_mail(compose(mail)).attachments[0].content.strip() == message.strip()


@pytest.mark.parametrize("name", ["Bcc", "From", "Content-Type", "X Y", "X:Y", "", "X-\r\nBcc"])
def test_a_further_header_can_not_replace_ours(name: str) -> None:
    with pytest.raises(ValueError, match="further header"):
        compose(replace(PLAIN, headers=((name, "x"),)))


def test_a_further_header_is_written_once_and_clean() -> None:
    mail = replace(PLAIN, headers=(("Auto-Submitted", "auto-replied"), ("X-Note", "a\r\nBcc: b")))
    content = compose(mail)
    assert field(content, "Auto-Submitted") == "auto-replied"
    assert field(content, "X-Note") == "a Bcc: b"
    assert field(content, "Bcc") is None


def test_the_same_mail_is_the_same_bytes_and_another_seed_another_boundary() -> None:
    mail = replace(PLAIN, html="<p>x</p>")
    assert compose(mail) == compose(mail)
    assert compose(mail) != compose(replace(mail, boundary_seed="other"))


def test_nobody_to_name_is_an_empty_group() -> None:
    assert field(compose(replace(PLAIN, to=())), "To") == "undisclosed-recipients:;"


def test_a_date_in_utc() -> None:
    at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert field(compose(replace(PLAIN, date=at)), "Date") == "Mon, 05 Jan 2026 09:00:00 +0000"
