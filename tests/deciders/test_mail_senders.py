"""Who the sender is when somebody takes pains to show two (RFC 5322 §3.6.2)."""

import pytest

from mailgate.desk.words.frame import display_name
from mailgate.mail.parse import parse_mail

LOOKS = "display name holds an address"
HIDDEN = "another From field behind a bare CR"


@pytest.mark.parametrize("at", ["@", "\uff20", "\ufe6b"], ids=["at", "full-width", "small"])
def test_a_name_that_looks_like_an_address(at: str) -> None:
    name = f"boss{at}acme.example"
    mail = parse_mail(f'From: "{name}" <x@elsewhere.example>\r\n\r\nwords'.encode())
    assert LOOKS in mail.defects
    assert display_name(name) == ""


@pytest.mark.parametrize("name", ["홍길동", "Hong ① (한국)", "ＡＢＣ"])
def test_a_name_that_does_not(name: str) -> None:
    mail = parse_mail(f'From: "{name}" <x@y.example>\r\n\r\nwords'.encode())
    assert LOOKS not in mail.defects
    assert display_name(name) == name


FROM = b"From: x@y.example\r\n"
TO = b"To: support@acme.example\r\n"


@pytest.mark.parametrize(
    "header",
    [
        b"X: a\rFrom: boss@acme.example\r\n" + FROM,
        FROM + b"Subject: a\rFROM : boss@acme.example\r\n" + TO,
        FROM + b"Subject: a\r\n b\rfrom:boss@acme.example\r\n",
        FROM + b"no field\rFrom: boss@acme.example\r\n" + TO,
        b"From: x@y.example\rTo: boss@acme.example\r\n" + TO,
        b'From: "x\r" <x@y.example>\r\n' + TO,
    ],
    ids=["above", "below", "folded", "junk", "inside", "quoted"],
)
def test_a_sender_behind_a_bare_cr_leaves_none(header: bytes) -> None:
    mail = parse_mail(header + b"\r\nwords")
    assert mail.from_ is None
    assert mail.from_claimed is not None
    assert HIDDEN in mail.defects


@pytest.mark.parametrize(
    "content",
    [
        FROM + TO + b"\r\nwords\rFrom: boss@acme.example\r\n",
        FROM + b"Subject: a\rb\r\n" + TO + b"\r\nwords",
        b"From: x@y.example\rTo: support@acme.example\r\rwords",
        b"From: x@y.example\r\r\nTo: support@acme.example\r\r\n\r\r\nwords",
        b"From:\r\n x@y.example\r\n" + TO + b"\r\nwords",
    ],
    ids=["in the text", "no field behind it", "lines end in CR", "in CR CR LF", "folded"],
)
def test_a_cr_that_hides_nobody(content: bytes) -> None:
    mail = parse_mail(content)
    assert mail.from_ is not None
    assert HIDDEN not in mail.defects
