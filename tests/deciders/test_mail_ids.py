"""Message-IDs as systems write them, in Message-ID, In-Reply-To and References."""

import pytest

from mailgate.mail.message_id import MAX_IDS, own_id, scan_ids
from mailgate.mail.parse import parse_mail
from tests.harness.effort import at_most

EXCHANGE = "SE2P216MB1234A1B2C3D4E5F60718293A4B5C6D7E8F9@SE2P216MB1234.KORP216.PROD.OUTLOOK.COM"

IDS: list[tuple[str, bytes, tuple[str, ...]]] = [
    ("one", b"<a@b.kr>", ("a@b.kr",)),
    ("several", b"<a@b.kr> <c@d.kr>\t<e@f.kr>", ("a@b.kr", "c@d.kr", "e@f.kr")),
    ("without blanks between", b"<a@b.kr><c@d.kr>", ("a@b.kr", "c@d.kr")),
    ("with commas", b"<a@b.kr>, <c@d.kr>", ("a@b.kr", "c@d.kr")),
    ("once", b"<a@b.kr> <c@d.kr> <a@b.kr>", ("a@b.kr", "c@d.kr")),
    ("Exchange", f"<{EXCHANGE}>".encode(), (EXCHANGE,)),
    ("blanks in the brackets", b"< a@b.kr >", ("a@b.kr",)),
    ("folded inside", b"<abcdef \tghi@b.kr>", ("abcdefghi@b.kr",)),
    ("two in one pair", b"<a@b.kr c@d.kr>", ("a@b.kr", "c@d.kr")),
    ("no at", b"<20261122.1234>", ("20261122.1234",)),
    ("two ats", b"<a@b@c.kr>", ("a@b@c.kr",)),
    ("quoted", b'<"a.b"@c.kr>', ('"a.b"@c.kr',)),
    ("literal", b"<a@[192.0.2.1]>", ("a@[192.0.2.1]",)),
    ("odd characters", b"<a+b=c/d$e%f[g]@h_i.local>", ("a+b=c/d$e%f[g]@h_i.local",)),
    ("bare", b"a@b.kr", ("a@b.kr",)),
    ("bare list", b"a@b.kr c@d.kr", ("a@b.kr", "c@d.kr")),
    ("no closing bracket", b"<a@b.kr", ("a@b.kr",)),
    ("no opening bracket", b"a@b.kr>", ("a@b.kr",)),
    ("double brackets", b"<<a@b.kr>>", ("a@b.kr",)),
    ("in quotes", b'"<a@b.kr>"', ("a@b.kr",)),
    ("in square brackets", b"[<a@b.kr>]", ("a@b.kr",)),
    ("RFC 822", b'Message of "Mon, 1 Jan" <a@b.kr>', ("a@b.kr",)),
    ("words alone", b"Your message of Mon, 1 Jan 2026", ()),
    ("a link", b"<mailto:a@b.kr> <c@d.kr>", ("c@d.kr",)),
    ("encoded", b"=?utf-8?q?=3Ca=40b=2Ekr=3E?=", ("a@b.kr",)),
    ("encoded base64", b"=?utf-8?B?PGFAYi5rcj4=?=", ("a@b.kr",)),
    ("encoded in pieces", b"=?utf-8?q?=3Cabc=40?=  =?utf-8?q?b=2Ekr=3E?=", ("abc@b.kr",)),
    ("looks encoded", b"<=?a@b.kr>", ("=?a@b.kr",)),
    ("utf-8", "<결제@b.kr>".encode(), ("결제@b.kr",)),
    ("other octets", b"<\xb0\xa1@b.kr> <c@d.kr>", ("c@d.kr",)),
    ("NUL", b"<a\0b@c.kr>", ()),
    ("empty", b"", ()),
    ("only a bracket", b"<", ()),
    ("empty brackets", b"<> < >", ()),
    ("998 octets", b"<" + b"a" * 993 + b"@b.kr>"[:-1] + b">", ("a" * 993 + "@b.kr",)),
    ("4 KB", b"<" + b"a" * 4096 + b"@b.kr>", ()),
]


@pytest.mark.parametrize(("value", "ids"), [pytest.param(v, i, id=n) for n, v, i in IDS])
def test_ids_are_found(value: bytes, ids: tuple[str, ...]) -> None:
    assert scan_ids(value) == ids


def test_references_too_long_for_a_field_keep_their_newest_ids() -> None:
    """They grow at the end: what is answered is cited last."""
    ids = [f"{number:05}.{'x' * 40}@acme.example" for number in range(2_000)]
    cited = "\r\n\t".join(f"<{each}>" for each in ids)
    mail = parse_mail(f"Subject: Re: x\r\nReferences: {cited}\r\n\r\nx".encode())
    assert mail.references == (ids[0], *ids[1 - MAX_IDS :])
    assert "header field too large" in mail.defects


def test_of_many_the_first_and_the_last_are_kept() -> None:
    ids = scan_ids(b" ".join(b"<%d@b.kr>" % n for n in range(1000)))
    assert len(ids) == MAX_IDS
    assert (ids[0], ids[1], ids[-1]) == ("0@b.kr", "901@b.kr", "999@b.kr")


@pytest.mark.parametrize(
    ("values", "own"),
    [
        ([b"<a@b.kr>"], "a@b.kr"),
        ([b"", b"<a@b.kr>"], "a@b.kr"),
        ([b"<a@b.kr>", b"<c@d.kr>"], "a@b.kr"),
        ([b"20261122123456.789"], "20261122123456.789"),
        ([b"two words"], None),
        ([b"<"], None),
        ([b"["], None),
        ([], None),
    ],
)
def test_row_51_the_id_of_a_message(values: list[bytes], own: str | None) -> None:
    assert own_id(values) == own


def test_an_answer_to_an_exchange_id_finds_it_however_it_was_folded() -> None:
    mail = parse_mail(
        f"From: a@b.kr\r\nIn-Reply-To:\r\n <{EXCHANGE}>\r\n"
        f"References: <first@acme.example>\r\n\t<{EXCHANGE}>\r\n\r\nx".encode()
    )
    assert mail.in_reply_to == (EXCHANGE,)
    assert mail.references == ("first@acme.example", EXCHANGE)


HOSTILE = [
    b" ".join(b"<%d@b.kr>" % n for n in range(100_000)),
    b"a" * 1_000_000,
    b"<" * 1_000_000,
    b"a@" * 500_000,
    b"@" * 1_000_000,
    b"<" + b" " * 1_000_000 + b">",
    b"<a " * 300_000,
    b"=?utf-8?q?=3C?=" * 5_000,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_row_54_many_ids_cost_little(value: bytes) -> None:
    with at_most(1):
        scan_ids(value)
        own_id([value])
