"""Who is the sender? Forms on which address parsers disagree (CVE-2023-27043 and its like)."""

import pytest

from mailgate.mail.address import (
    Address,
    AddressError,
    NullReversePath,
    parse_path,
    parse_reverse_path,
)
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.parse import parse_mail

ONE_SENDER = [
    ("a@b.kr", "", "a@b.kr"),
    ("<a@b.kr>", "", "a@b.kr"),
    ("Hong <a@b.kr>", "Hong", "a@b.kr"),
    ('"Hong, Gil" <a@b.kr>', "Hong, Gil", "a@b.kr"),
    ("홍길동 <a@b.kr>", "홍길동", "a@b.kr"),
    ("[CS팀] 홍길동 <a@b.kr>", "[CS팀] 홍길동", "a@b.kr"),
    ("홍길동(팀장) <a@b.kr>", "홍길동(팀장)", "a@b.kr"),
    ("a@b.kr (Hong)", "Hong", "a@b.kr"),
    ("a@b.kr <A@b.kr>", "a@b.kr", "A@b.kr"),
    ("a@b.kr (b(c)d)", "b(c)d", "a@b.kr"),
    ("'Hong' <a@b.kr>", "Hong", "a@b.kr"),
    ("Hong\r\n <a@b.kr>", "Hong", "a@b.kr"),
    ('"x@y.kr, z@w.kr" <a@b.kr>', "x@y.kr, z@w.kr", "a@b.kr"),
    ('"john doe"@b.kr', "", '"john doe"@b.kr'),
    ('"john"@b.kr', "", "john@b.kr"),
    ("a@[192.0.2.1]", "", "a@[192.0.2.1]"),
    ("a..b.@docomo.ne.jp", "", "a..b.@docomo.ne.jp"),
    ("Hong <A@B.KR>", "Hong", "A@b.kr"),
    ("홍@회사.kr", "", "홍@xn--vf4b131b.kr"),
    ("=?utf-8?B?7ZmN6ri464+Z?= <a@b.kr>", "홍길동", "a@b.kr"),
    ('"=?utf-8?B?7ZmN6ri464+Z?=" <a@b.kr>', "홍길동", "a@b.kr"),
    ("=?utf-8?q?x_=3Cevil=40x.kr=3E=2C?= <a@b.kr>", "x <evil@x.kr>,", "a@b.kr"),
]


@pytest.mark.parametrize(("field", "name", "address"), ONE_SENDER)
def test_one_address_that_can_be_read_in_one_way_is_the_sender(
    field: str, name: str, address: str
) -> None:
    sole = read_addresses(field.encode()).sole
    assert sole is not None
    assert (sole.name, str(sole.address)) == (name, address)


NO_SENDER = [
    "a@b.com a@b.com <a@b.com>",
    "a@b.com(x <a@b.com>",
    "a@b.com <x@y.com>",
    "홍길동@회사 <a@b.kr>",
    "alice@example.org)bob@example.com",
    "alice@example.org]<bob@example.com>",
    "alice@example.org(<bob@example.com>",
    "<a@b.com><c@d.com>",
    "a@b.com, c@d.com",
    "a@b.kr; c@d.kr",
    "Team: a@b.kr;",
    "<@x.kr,@y.kr:a@b.kr>",
    "=?utf-8?q?evil=40x=3E?=@bank.com",
    '"a\0b"@x.com',
    '"a@b.com"@c.com',
    "a@b@c.kr",
    "a@",
    "@b.kr",
    "Hong a@b.kr",
    "Hong <a@b.kr",
    '"Hong <a@b.kr>',
    "Hong < a @ b.kr >",
    "a(comment)@b.kr",
    "<mailto:a@b.kr>",
    "a@b.kr extra",
    "Hong <a@b.kr> evil@x.kr",
    "",
    "<>",
    "(" * 1000,
]


@pytest.mark.parametrize("field", NO_SENDER)
def test_what_can_be_read_in_two_ways_is_no_sender(field: str) -> None:
    assert read_addresses(field.encode()).sole is None
    mail = parse_mail(b"From: " + field.encode() + b"\r\n\r\nx")
    assert mail.from_ is None
    assert set(mail.defects) & {"ambiguous From field", "no From field"}


@pytest.mark.parametrize(
    "header",
    [
        b"From: a@b.kr\r\nFrom: a@b.kr\r\n",
        b"From: a@b.kr\r\nFrom: c@d.kr\r\n",
        b"To: a@b.kr\r\n",
    ],
)
def test_there_must_be_exactly_one_from_field(header: bytes) -> None:
    assert parse_mail(header + b"\r\nx").from_ is None


def test_a_claimed_sender_is_still_shown() -> None:
    mail = parse_mail(b"From: a@b.com <x@y.com>\r\n\r\nx")
    assert mail.from_ is None
    assert str(mail.from_claimed) == "a@b.com <x@y.com>"


def test_an_address_in_a_quoted_name_is_flagged() -> None:
    mail = parse_mail(b'From: "agent@ours.example" <evil@x.kr>\r\n\r\nx')
    assert str(mail.from_ and mail.from_.address) == "evil@x.kr"
    assert "display name holds an address" in mail.defects


LISTS = [
    ("good@x.com, undisclosed-recipients:;", ["good@x.com"]),
    ('"a" <a@b.com>, "c" c@d.com', ["a@b.com", "c@d.com"]),
    ("Team: a@b.kr, c@d.kr;, e@f.kr", ["a@b.kr", "c@d.kr", "e@f.kr"]),
    ("a@b.kr, Hong, c@d.kr", ["a@b.kr", "c@d.kr"]),
    ("a@b.kr,, c@d.kr,", ["a@b.kr", "c@d.kr"]),
    ("a@b.kr; c@d.kr", ["a@b.kr", "c@d.kr"]),
    ("Hong <a@b.kr, Kim <c@d.kr>", ["a@b.kr", "c@d.kr"]),
    ("undisclosed-recipients:;", []),
    ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", ["pete@silly.test"]),
    ("Si <c@yahoo.com.>", ["c@yahoo.com"]),
]


@pytest.mark.parametrize(("field", "addresses"), LISTS)
def test_one_bad_address_does_not_lose_the_others(field: str, addresses: list[str]) -> None:
    found = read_addresses(field.encode()).addresses
    assert [str(entry.address) for entry in found] == addresses


def test_the_short_way_and_the_long_way_read_the_same() -> None:
    for name in ("", "Hong ", '"Hong, Gil" ', "홍길동 "):
        short = read_addresses(f"{name}<a.b+c@d-e.kr>".encode())
        long = read_addresses(f"{name}<a.b+c@d-e.kr> ".encode())
        assert short == long
        assert short.exact


def test_a_raw_euc_kr_name_is_read() -> None:
    field = read_addresses("홍길동 <a@b.kr>".encode("cp949"))
    assert field.addresses[0].name == "홍길동"


def test_more_than_500_addresses_are_cut_and_flagged() -> None:
    value = b", ".join(b"u%d@x.kr" % n for n in range(600))
    mail = parse_mail(b"To: " + value + b"\r\n\r\nx")
    assert len(mail.to) == 500
    assert "too many addresses in To" in mail.defects


PATHS = [
    ("a@b.kr", Address("a", "b.kr")),
    ("A.B+c@B.KR", Address("A.B+c", "b.kr")),
    ('"john doe"@b.kr', Address('"john doe"', "b.kr")),
    ('"john"@b.kr', Address("john", "b.kr")),
    ("a@회사.kr", Address("a", "xn--vf4b131b.kr")),
    ("a@[192.0.2.1]", Address("a", "[192.0.2.1]")),
    ("a@[IPv6:2001:DB8::1]", Address("a", "[IPv6:2001:db8::1]")),
    ("=?utf-8?q?admin?=@b.kr", Address("=?utf-8?q?admin?=", "b.kr")),
    ("a" * 64 + "@b.kr", Address("a" * 64, "b.kr")),
]


@pytest.mark.parametrize(("text", "address"), PATHS)
def test_a_path_is_taken_literally(text: str, address: Address) -> None:
    assert parse_path(text) == address


NO_PATHS = [
    "",
    "a",
    "@b.kr",
    "a@",
    "<a@b.kr>",
    "a@b@c.kr",
    "a b@c.kr",
    "@x.kr,@y.kr:a@b.kr",
    "Hong <a@b.kr>",
    '"=?utf-8?q?=0d=0aX?=\r\n"@b.kr',
    '"a\0b"@b.kr',
    "a\r\n@b.kr",
    ".a@b.kr",
    "a..b@c.kr",
    "a@b..kr",
    "a@-b.kr",
    "a@b.kr.",
    "a@[",
    "a@[300.1.1.1]",
    "é@b.kr",
    "a" * 65 + "@b.kr",
    "a@" + "b" * 64 + ".kr",
    "a@" + "b." * 128 + "kr",
]


@pytest.mark.parametrize("text", NO_PATHS)
def test_what_is_no_mailbox_is_no_path(text: str) -> None:
    with pytest.raises(AddressError):
        parse_path(text)


def test_the_empty_reverse_path_is_the_null_one() -> None:
    assert parse_reverse_path("") == NullReversePath()
    assert parse_reverse_path("a@b.kr") == Address("a", "b.kr")
