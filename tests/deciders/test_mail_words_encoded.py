"""Encoded words (RFC 2047) and parameters (RFC 2231, RFC 2045 §5.1) as programs write them."""

import base64

import pytest

from mailgate.mail.parameters import read_parameters
from mailgate.mail.parse import parse_mail
from mailgate.mail.words import decode_header

TEXT = "결제 오류 문의"
OCTETS = TEXT.encode()
B64 = base64.b64encode(OCTETS)
KOREAN = "결제".encode("cp949")

TYPE = b"Content-Type: text/plain; charset=euc-kr\r\n"


def b(octets: bytes, charset: bytes = b"utf-8") -> bytes:
    return b"=?" + charset + b"?B?" + base64.b64encode(octets) + b"?="


def q(octets: bytes, charset: bytes = b"utf-8") -> bytes:
    return b"=?" + charset + b"?Q?" + b"".join(b"=%02X" % octet for octet in octets) + b"?="


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b(OCTETS[:4]) + b"\r\n " + b(OCTETS[4:]), TEXT),
        (b(OCTETS[:4], b"UTF-8") + b" " + b(OCTETS[4:], b"utf-8"), TEXT),
        (b(OCTETS[:5]) + b" " + q(OCTETS[5:]), TEXT),
        (b(KOREAN[:3], b"euc-kr") + b"\t" + b(KOREAN[3:], b"EUC-KR"), "결제"),
        (b"=?utf-8?B?" + B64[:5] + b"?= =?utf-8?B?" + B64[5:] + b"?=", TEXT),
        (
            b" ".join(b"=?utf-8?B?" + run + b"?=" for run in (B64[:6], B64[6:14], B64[14:])),
            TEXT,
        ),
        (b"=?utf-8?B?" + B64.rstrip(b"=") + b"?=", TEXT),
        (b"=?utf-8?B?" + B64[:8] + b"\r\n " + B64[8:] + b"?=", TEXT),
        (b"=?utf-8?B?" + B64, TEXT),
        (b"=?utf-8 ?B?" + B64 + b"?=", TEXT),
        (b"=?utf-8*ko?B?" + B64 + b"?=", TEXT),
        (q(OCTETS[:4], b"utf-8*ko") + b" " + q(OCTETS[4:], b"utf-8"), TEXT),
        (b"=?utf-8?Q?Hello World caf=C3=A9?=", "Hello World café"),
        (b"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        (b"x=?utf-8?Q?a?=y", "xay"),
        (b"=?utf-8?Q?a?= =?utf-8?Q?_b?=", "a b"),
        (b"=?utf-8?Q?a?= - =?utf-8?Q?b?=", "a - b"),
        (b"=?utf-8?Q?a?b=3F?=", "a?b?"),
        (b'"=?utf-8?Q?a_b?="', '"a b"'),
        (b"=?us-ascii?Q?Hello?= =?utf-8?Q?_World?=", "Hello World"),
        (b(KOREAN, b"unknown-8bit"), "결제"),
        (b("안녕하세요".encode("cp949"), b"iso-8859-1"), "안녕하세요"),
        (b("关于发票".encode("gbk"), b"gb2312"), "关于发票"),
        (b("株式会社".encode("iso2022_jp"), b"ISO-2022-JP"), "株式会社"),
        (b("結制".encode(), b"x-unknown"), "結制"),
        (q(b"\xed\xa0\xbd") + b" " + q(b"\xed\xb8\x80"), "\U0001f600"),
        (q(b"=?utf-8?q?a?="), "=?utf-8?q?a?="),
        ("안녕 ".encode("cp949") + b("하세요".encode()), "안녕 하세요"),
        ("결제 오류".encode("cp949"), "결제 오류"),
        ("お見積り".encode("cp932"), "お見積り"),
        ("ご請求書".encode("euc_jp"), "ご請求書"),
        ("發票".encode("big5"), "發票"),
        ("Grüße".encode("latin-1"), "Grüße"),
        (b"= ?utf-8?B?x?=", "= ?utf-8?B?x?="),
        (b"=?utf-8?X?x?=", "=?utf-8?X?x?="),
    ],
)
def test_a_header_is_text(value: bytes, text: str) -> None:
    assert decode_header(value) == text


def test_words_of_different_charsets_are_read_each_in_its_own() -> None:
    assert decode_header(b(KOREAN, b"euc-kr") + b" " + b("오류".encode())) == "결제오류"


def test_raw_octets_are_read_in_the_charset_that_stands_beside_them() -> None:
    """Two octets can be anything: the body, or a word beside them, says what they are."""
    for beside in (
        TYPE,
        b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n" + TYPE,
        b"To: " + b(KOREAN, b"euc-kr") + b" <c@d.kr>\r\n",
    ):
        mail = parse_mail(b"Subject: " + "뷁".encode("cp949") + b"\r\n" + beside + b"\r\nx")
        assert mail.subject == "뷁"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"filename*=utf-8''%EA%B2%B0.pdf", "결.pdf"),
        (b"filename*=UTF-8'ko'%EA%B2%B0.pdf", "결.pdf"),
        (b"filename*=\"utf-8''%EA%B2%B0.pdf\"", "결.pdf"),
        (b"filename*=%EA%B2%B0.pdf", "결.pdf"),
        (b"filename*1*=%EC%98%A4; filename*0*=utf-8''%EA%B2%B0", "결오"),
        (b"filename*0*=utf-8''%EA%B2%B0; filename*1=\".pdf\"", "결.pdf"),
        (b'filename*0="abc"; filename*1*=%20d; filename*2=".txt"', "abc d.txt"),
        (b"filename*0*=euc-kr''%B0%E1%C1; filename*1*=%A6.hwp", "결제.hwp"),
        (b'filename*1="b.pdf"; filename*0="a"', "ab.pdf"),
        (b'filename*0="' + b(OCTETS) + b'"; filename*1=".pdf"', f"{TEXT}.pdf"),
        (b"filename=\"old.pdf\"; filename*=UTF-8''%EA%B2%B0.pdf", "결.pdf"),
        (b"filename*=UTF-8''%EA%B2%B0.pdf; filename=\"old.pdf\"", "결.pdf"),
        (b"filename=\"good.pdf\"; filename*=UTF-8''%FF%FE%FD", "good.pdf"),
        (b'filename="' + b("결제.pdf".encode()) + b'"', "결제.pdf"),
        (b"filename=" + b("결제.pdf".encode()), "결제.pdf"),
        (
            b'filename="' + b(KOREAN[:3], b"euc-kr") + b"\r\n " + b(KOREAN[3:], b"euc-kr") + b'"',
            "결제",
        ),
        (b'filename="' + "결제 오류.pdf".encode("cp949") + b'"', "결제 오류.pdf"),
        (b'filename="' + "見積書.pdf".encode("cp932") + b'"', "見積書.pdf"),
        (b'filename="' + "결제.pdf".encode() + b'"', "결제.pdf"),
        (b'filename="%EC%95%88%EB%85%95.pdf"', "안녕.pdf"),
        (b'filename="100%25.pdf"', "100%25.pdf"),
        (b"filename=a;b.pdf", "a;b.pdf"),
        (b'filename="a.pdf"; and more', "a.pdf"),
        (b"filename=my report.pdf; size=3", "my report.pdf"),
        (b"filename='abc.pdf'", "abc.pdf"),
        (b'filename="C:\\Users\\x.pdf"', "C:\\Users\\x.pdf"),
        (b'filename="a\\"b.pdf"', 'a"b.pdf'),
        (b'filename="never closed.pdf', "never closed.pdf"),
        (b'FileName = "x.pdf"', "x.pdf"),
    ],
)
def test_a_file_name(value: bytes, name: str) -> None:
    disposition, parameters = read_parameters(b"attachment; " + value)
    assert disposition == "attachment"
    assert parameters["filename"] == name


@pytest.mark.parametrize(
    "value",
    [
        b'text/plain; charset="utf-8"',
        b"TEXT/PLAIN;charset=utf-8",
        b"text/plain charset=utf-8",
        b"text/plain, charset=utf-8",
        b"text/plain; charset: utf-8",
        b'text/plain;; charset = "utf-8";',
        b'text/plain; format=flowed\r\n\t; charset="utf-8"',
        b'text/plain; charset="utf-8',
    ],
)
def test_a_charset_in_a_content_type_that_is_written_wrongly(value: bytes) -> None:
    content_type, parameters = read_parameters(value)
    assert (content_type, parameters["charset"]) == ("text/plain", "utf-8")


def test_a_name_that_only_the_content_type_has_in_pieces() -> None:
    message = (
        b"From: a@b.kr\r\nContent-Type: application/pdf;\r\n name*0*=utf-8''%EA%B2;\r\n"
        b" name*1*=%B0;\r\n name*2=.pdf\r\nContent-Disposition: attachment\r\n\r\nx"
    )
    assert [a.filename for a in parse_mail(message).attachments] == ["결.pdf"]
