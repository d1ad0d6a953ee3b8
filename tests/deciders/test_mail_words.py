"""Charsets, subjects, dates and digests: small readings that others build on."""

from datetime import UTC, datetime

import pytest

from mailgate.mail.charset import codec_of, decode
from mailgate.mail.dates import read_date
from mailgate.mail.digest import content_digest
from mailgate.mail.flowed import unflow
from mailgate.mail.subject import base_subject, is_forward

KOREAN = "안녕하세요. 결제 오류 문의드립니다. 빠른 확인 부탁드립니다."


@pytest.mark.parametrize(
    "label",
    [None, "euc-kr", "EUC-KR", "ks_c_5601-1987", "windows-949", "us-ascii", "iso-8859-1", "x-foo"],
)
def test_korean_octets_are_read_whatever_the_label(label: str | None) -> None:
    assert decode((KOREAN + " 똠방각하 뷁").encode("cp949"), label) == KOREAN + " 똠방각하 뷁"


@pytest.mark.parametrize("label", [None, "utf-8", "UTF8", "iso-8859-1", "euc-kr", "us-ascii"])
def test_utf8_is_read_whatever_the_label(label: str | None) -> None:
    assert decode(KOREAN.encode(), label) == KOREAN


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        (KOREAN.encode("iso2022_kr"), "iso-2022-kr", KOREAN),
        (KOREAN.encode("iso2022_kr"), None, KOREAN),
        ("お問い合わせ".encode("iso2022_jp"), None, "お問い合わせ"),
        (b"\x1b$B-!\x1b(B", "iso-2022-jp", "①"),
        ("“smart” – 5 €".encode("cp1252"), "iso-8859-1", "“smart” – 5 €"),
        ("朱镕基 您好".encode("gbk"), "gb2312", "朱镕基 您好"),
        ("機房環境法規".encode("big5"), "big5", "機房環境法規"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("Grüße aus Köln, Straße".encode("latin-1"), None, "Grüße aus Köln, Straße"),
    ],
)
def test_other_charsets(octets: bytes, label: str | None, text: str) -> None:
    assert decode(octets, label) == text


def test_chinese_is_not_taken_for_korean() -> None:
    """机房环境法规 in GB2312 is 샙렛뻔쓱랬방 in cp949: rare syllables."""
    octets = "机房环境法规，您的订单已经发货，请查收附件".encode("gbk")
    assert decode(octets, None) == "机房环境法规，您的订单已经发货，请查收附件"


def test_damaged_korean_stays_korean() -> None:
    octets = KOREAN.encode("cp949")[:-1]
    assert decode(octets, "euc-kr").startswith(KOREAN[:-2])


@pytest.mark.parametrize("label", ["hex", "zlib", "rot13", "idna", "undefined", "unicode_escape"])
def test_a_codec_that_is_no_charset(label: str) -> None:
    assert codec_of(label) is None


SUBJECTS = [
    ("Re: Payment", "Payment"),
    ("RE: re: Re[2]: AW: SV: Payment", "Payment"),
    ("Fwd: FW: WG: Payment", "Payment"),
    ("답장: 회신: 전달: 결제 오류", "결제 오류"),
    ("转发: 回复：发票", "发票"),
    ("RE : Payment", "Payment"),
    ("[devel] Re: Payment", "Payment"),
    ("Re: [devel] Fwd: Payment", "Payment"),
    ("[긴급] 결제 오류", "[긴급] 결제 오류"),
    ("Reply needed", "Reply needed"),
    ("Regarding: x", "Regarding: x"),
    ("제목: 결제", "제목: 결제"),
    ("Re:", ""),
    ("", ""),
    ("Payment (fwd)", "Payment"),
]


@pytest.mark.parametrize(("subject", "base"), SUBJECTS)
def test_the_base_of_a_subject(subject: str, base: str) -> None:
    assert base_subject(subject) == base


def test_a_forward_is_known_by_its_subject() -> None:
    assert is_forward("FW: x")
    assert is_forward("[ext] 전달: x")
    assert not is_forward("Re: FW: x")
    assert not is_forward("Forwarding address")


DATES = [
    (b"Fri, 20 Nov 2026 15:04:00 +0900", datetime(2026, 11, 20, 6, 4, tzinfo=UTC)),
    (b"20 Nov 2026 15:04 -0530 (IST)", datetime(2026, 11, 20, 20, 34, tzinfo=UTC)),
    (b"Fri, 20 Nov 2026 15:04:00 GMT", datetime(2026, 11, 20, 15, 4, tzinfo=UTC)),
    (b"Fri, 20 Nov 26 15:04:00 EST", datetime(2026, 11, 20, 20, 4, tzinfo=UTC)),
    (b"Fri, 20 Nov 2026 15:04:00", datetime(2026, 11, 20, 15, 4, tzinfo=UTC)),
    (b"Thu, 31 Dec 2026 23:59:60 +0000", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
]


@pytest.mark.parametrize(("value", "instant"), DATES)
def test_a_date_is_an_instant(value: bytes, instant: datetime) -> None:
    assert read_date(value) == instant


MAIL = b"Subject: x\r\nFrom: a@b.kr\r\n\r\nbody\r\n"


@pytest.mark.parametrize(
    "copy",
    [
        b"Received: from x\r\n\tby y\r\nReturn-Path: <a@b>\r\n" + MAIL,
        b"Delivered-To: other@acme.example\r\nX-Original-To: z@acme.example\r\n" + MAIL,
        b"ARC-Seal: i=1\r\nAuthentication-Results: x\r\nReceived-SPF: pass\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        b"From a@b.kr Fri Nov 20\r\n" + MAIL,
    ],
)
def test_copies_by_two_ways_have_one_digest(copy: bytes) -> None:
    assert content_digest(copy) == content_digest(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"body", b"body!"),
        MAIL.replace(b"Subject: x", b"Subject: y"),
        MAIL.replace(b"From", b"X-Header: 1\r\nFrom"),
        MAIL.replace(b"body", b"Received: body"),
    ],
)
def test_different_mails_have_different_digests(other: bytes) -> None:
    assert content_digest(other) != content_digest(MAIL)


def test_flowed_text_keeps_its_signature_and_quotes() -> None:
    """RFC 3676 §4.2-4.5."""
    text = "one \ntwo\n> q \n> r\n>> deep \nown \n-- \nme"
    assert unflow(text, delete_space=False) == "one two\n> q r\n>> deep \nown \n-- \nme"
    assert unflow("a \nb", delete_space=True) == "ab"
