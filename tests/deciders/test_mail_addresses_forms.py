"""Address fields as clients write them: what a careful reader takes from each."""

import pytest

from mailgate.mail.address import Address, AddressError, parse_mailbox, parse_path
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.parse import parse_mail
from tests.harness.effort import at_most

Found = list[tuple[str, str]]


def found(field: bytes, hint: str | None = None) -> Found:
    return [(entry.name, str(entry.address)) for entry in read_addresses(field, hint).addresses]


FORMS: list[tuple[str, str, Found]] = [
    ("plain", "a@b.kr", [("", "a@b.kr")]),
    ("name", "Hong Gildong <a@b.kr>", [("Hong Gildong", "a@b.kr")]),
    ("quoted comma", '"Hong, Gil" <a@b.kr>', [("Hong, Gil", "a@b.kr")]),
    (
        "addresses inside quoted name",
        '"x@y.kr, z@w.kr" <a@b.kr>',
        [("x@y.kr, z@w.kr", "a@b.kr")],
    ),
    ("comment name", "a@b.kr (Hong)", [("Hong", "a@b.kr")]),
    ("quoted local", '"john doe"@b.kr', [("", '"john doe"@b.kr')]),
    ("@ in quoted local", '"a@x"@b.kr', [("", '"a@x"@b.kr')]),
    ("group", "Team: a@b.kr, Kim <c@d.kr>;", [("", "a@b.kr"), ("Kim", "c@d.kr")]),
    ("empty group", "undisclosed-recipients:;", []),
    ("empty group with a blank", "Undisclosed recipients: ;", []),
    ("group and more", "Team: a@b.kr;, c@d.kr", [("", "a@b.kr"), ("", "c@d.kr")]),
    ("route", "<@x.kr,@y.kr:a@b.kr>", [("", "a@b.kr")]),
    ("EAI", "홍길동@회사.kr", [("", "홍길동@xn--vf4b131b.kr")]),
    ("EAI local only", "홍길동@b.kr", [("", "홍길동@b.kr")]),
    ("raw utf-8 name", "홍길동 <a@b.kr>", [("홍길동", "a@b.kr")]),
    ("@ in unquoted name", "홍길동@회사 <a@b.kr>", [("홍길동@회사", "a@b.kr")]),
    ("address as unquoted name", "user@corp.kr <a@b.kr>", [("user@corp.kr", "a@b.kr")]),
    ("unbalanced open quote", '"Hong <a@b.kr>', [("Hong", "a@b.kr")]),
    ("stray close quote", 'Hong Gil" <a@b.kr>', [("Hong Gil", "a@b.kr")]),
    ("semicolons", "a@b.kr; c@d.kr", [("", "a@b.kr"), ("", "c@d.kr")]),
    ("angle only", "<a@b.kr>", [("", "a@b.kr")]),
    ("three", "a@b.kr, b@c.kr,c@d.kr", [("", "a@b.kr"), ("", "b@c.kr"), ("", "c@d.kr")]),
    ("encoded", "=?utf-8?B?7ZmN6ri464+Z?= <a@b.kr>", [("홍길동", "a@b.kr")]),
    ("encoded euc-kr", "=?euc-kr?B?yKux5rW/?= <a@b.kr>", [("홍길동", "a@b.kr")]),
    ("encoded without a blank", "=?euc-kr?B?yKux5rW/?=<a@b.kr>", [("홍길동", "a@b.kr")]),
    ("encoded in quotes", '"=?utf-8?B?7ZmN6ri464+Z?=" <a@b.kr>', [("홍길동", "a@b.kr")]),
    ("encoded comma", "=?utf-8?Q?Hong=2C_Gil?= <a@b.kr>", [("Hong, Gil", "a@b.kr")]),
    (
        "encoded injection",
        "=?utf-8?q?x_=3Cevil=40x.kr=3E=2C_?= <a@b.kr>",
        [("x <evil@x.kr>,", "a@b.kr")],
    ),
    ("encoded address", "=?utf-8?q?evil=40x.kr?= <a@b.kr>", [("evil@x.kr", "a@b.kr")]),
    ("IP literal", "a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
    ("IPv6 literal", "a@[IPv6:2001:DB8::1]", [("", "a@[IPv6:2001:db8::1]")]),
    ("nested comment", "a(b(c)d)@b.kr", [("", "a@b.kr")]),
    ("nested comment as name", "a@b.kr (Hong (CS))", [("Hong (CS)", "a@b.kr")]),
    ("obsolete spaces", "a @ b . kr", [("", "a@b.kr")]),
    ("trailing comment", "Hong <a@b.kr> (team)", [("Hong", "a@b.kr")]),
    ("leading comment", "(Hong) a@b.kr", [("Hong", "a@b.kr")]),
    ("single-quoted name", "'Hong' <a@b.kr>", [("Hong", "a@b.kr")]),
    ("single-quoted address", "'a@b.kr'", [("", "a@b.kr")]),
    ("no angles", "Hong a@b.kr", [("Hong", "a@b.kr")]),
    ("no close angle", "Hong <a@b.kr", [("Hong", "a@b.kr")]),
    ("empty angle", "Hong <>", []),
    ("folded", "Hong\r\n <a@b.kr>", [("Hong", "a@b.kr")]),
    ("plus and apostrophe", "o'neil+x@b.kr", [("", "o'neil+x@b.kr")]),
    ("docomo a.@", "a.@docomo.ne.jp", [("", "a.@docomo.ne.jp")]),
    ("docomo a..b", "a..b@docomo.ne.jp", [("", "a..b@docomo.ne.jp")]),
    ("trailing dot", "Si <c@yahoo.com.>", [("Si", "c@yahoo.com")]),
    ("dot in name", "J. R. Hong <a@b.kr>", [("J. R. Hong", "a@b.kr")]),
    ("brackets in name", "[CS팀] 홍길동 <a@b.kr>", [("[CS팀] 홍길동", "a@b.kr")]),
    ("parens in name", "홍길동 (팀장) <a@b.kr>", [("홍길동 (팀장)", "a@b.kr")]),
    ("colon in name", "CS: Hong <a@b.kr>", [("Hong", "a@b.kr")]),
    ("second broken", "a@b.kr, Hong <, c@d.kr", [("", "a@b.kr"), ("", "c@d.kr")]),
    ("empty slots", "a@b.kr,, ,c@d.kr,", [("", "a@b.kr"), ("", "c@d.kr")]),
    ("underscore host", "a@my_host.kr", [("", "a@my_host.kr")]),
    ("no tld", "a@localhost", [("", "a@localhost")]),
    ("slash name", "홍길동/대리/CS팀 <a@b.kr>", [("홍길동/대리/CS팀", "a@b.kr")]),
    (
        "CVE-2023-27043",
        "alice@example.org)bob@evil.kr",
        [("", "alice@example.org"), ("", "bob@evil.kr")],
    ),
    (
        "CVE-2023-27043 b",
        "alice@example.org]<bob@evil.kr>",
        [("alice@example.org", "bob@evil.kr")],
    ),
    # More that clients write
    ("two pairs of angles", "Hong <<a@b.kr>>", [("Hong", "a@b.kr")]),
    (
        "family name first",
        "Hong, Gil <a@b.kr>, Kim <c@d.kr>",
        [("Hong, Gil", "a@b.kr"), ("Kim", "c@d.kr")],
    ),
    ("mailto", "Hong <mailto:a@b.kr>", [("Hong", "a@b.kr")]),
    ("smtp", "Hong <SMTP:a@b.kr>", [("Hong", "a@b.kr")]),
    ("Outlook's quote", "Hong [a@b.kr]", [("Hong", "a@b.kr")]),
    ("address in parentheses", "Hong (a@b.kr)", [("Hong", "a@b.kr")]),
    ("address in quotes", '"a@b.kr"', [("", "a@b.kr")]),
    ("quotes in quotes", '"Hong \\"Boss\\" Gil" <a@b.kr>', [('Hong "Boss" Gil', "a@b.kr")]),
    ("words and quotes", 'Hong "Boss" Gil <a@b.kr>', [("Hong Boss Gil", "a@b.kr")]),
    ("zero width", "Hong <a@b.kr\u200b>", [("Hong", "a@b.kr")]),
    ("no-break space", "Hong\u00a0<\u00a0a@b.kr\u00a0>", [("Hong", "a@b.kr")]),
    ("BOM", "\ufeffHong <a@b.kr>", [("Hong", "a@b.kr")]),
    ("dot of Chinese", "a@한국。한국", [("", "a@xn--3e0b707e.xn--3e0b707e")]),
    ("sharp s", "a@straße.de", [("", "a@xn--strae-oqa.de")]),
    ("emoji domain", "a@☃.net", [("", "a@xn--n3h.net")]),
    ("capital A-label", "a@XN--3E0B707E.KR", [("", "a@xn--3e0b707e.kr")]),
    ("words alone", "postmaster", []),
    ("no address in angles", "Hong <postmaster>", []),
    ("empty label", "a@b..kr", []),
    ("hyphen at an end", "a@-b.kr", []),
    # RFC 5322, appendix A
    (
        "A.1.2",
        "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
        [("Mary Smith", "mary@x.test"), ("", "jdoe@example.org"), ("Who?", "one@y.test")],
    ),
    (
        "A.1.2 b",
        '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
        [("", "boss@nil.test"), ('Giant; "Big" Box', "sysservices@example.net")],
    ),
    (
        "A.1.3",
        "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
        [("Ed Jones", "c@a.test"), ("", "joe@where.test"), ("John", "jdoe@one.test")],
    ),
    (
        "A.5",
        "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
        [("Pete(A nice ) chap)", "pete@silly.test")],
    ),
    (
        "A.6.1",
        "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
        [("Mary Smith", "mary@example.net"), ("", "jdoe@test.example")],
    ),
]


@pytest.mark.parametrize(("field", "entries"), [pytest.param(f, e, id=i) for i, f, e in FORMS])
def test_a_field_is_read_as_a_careful_reader_does(field: str, entries: Found) -> None:
    assert found(field.encode()) == entries


DOUBTFUL = [
    "'a@b.kr'",
    '"a@b.kr"',
    "Hong (a@b.kr)",
    "Hong [a@b.kr]",
    "Hong <<a@b.kr>>",
    "Hong, Gil <a@b.kr>",
    "Hong <SMTP:a@b.kr>",
    "Hong <a@b.kr\u200b>",
    "a @ b.kr",
    "a@b.kr <>",
    "(Hong) a@b.kr",
    "a(b)@b.kr",
    "'c@d.kr' <a@b.kr>",
]


@pytest.mark.parametrize("field", DOUBTFUL)
def test_what_was_mended_to_be_read_is_nobodys_word(field: str) -> None:
    assert read_addresses(field.encode()).addresses
    assert read_addresses(field.encode()).sole is None


@pytest.mark.parametrize("field", ["a@b.kr <a@b.kr>", "'a@b.kr' <a@b.kr>", "A@B.KR <a@b.kr>"])
def test_an_address_for_a_name_that_is_the_same_is_no_doubt(field: str) -> None:
    assert read_addresses(field.encode()).sole is not None


@pytest.mark.parametrize(
    "field",
    [
        "a@b.kr, Hong <c@d.kr>",
        '"Hong, Gil" <a@b.kr>,c@d.kr,\t"Kim" <e@f.kr>,',
        "홍길동 <a@b.kr>, 김 <c@d.kr>",
        ", ".join(f"User {n} <u{n}@x.kr>" for n in range(501)),
    ],
)
def test_a_simple_list_is_read_like_one_that_is_not(field: str) -> None:
    """An empty slot more, which says nothing, leads the whole reader over the same list."""
    short = read_addresses(field.encode())
    long = read_addresses(b"," + field.encode())
    assert short == long
    assert short.exact == (len(short.addresses) < 500)


RAW = [
    ("홍길동", "cp949", "euc-kr"),
    ("뷁똠펲", "cp949", "euc-kr"),
    ("田中表", "cp932", "shift_jis"),  # the second octet of 表 is a backslash
    ("ソフト", "cp932", "shift_jis"),  # and that of ソ
    ("許功蓋", "big5", "big5"),
    ("Jörg", "latin-1", "iso-8859-1"),
]


@pytest.mark.parametrize(("name", "codec", "hint"), RAW)
@pytest.mark.parametrize("form", ['"%s" <a@b.jp>', "%s <a@b.jp>"])
def test_a_raw_name_in_any_charset(name: str, codec: str, hint: str, form: str) -> None:
    field = (form % name).encode(codec)
    assert found(field, hint) == [(name, "a@b.jp")]


def test_a_raw_iso_2022_jp_name_is_made_of_brackets_and_quotes() -> None:
    field = "山田太郎 <a@b.jp>, 鈴木 <c@d.jp>".encode("iso-2022-jp")
    assert found(field, "iso-2022-jp") == [("山田太郎", "a@b.jp"), ("鈴木", "c@d.jp")]


def test_a_raw_octet_that_may_be_an_at_makes_no_sender() -> None:
    """In GBK `\\x81@` is one character, in Latin-1 it is two."""
    field = read_addresses(b"\x81@evil.kr <a@b.kr>", "gbk")
    assert [str(entry.address) for entry in field.addresses] == ["a@b.kr"]
    assert field.sole is None


EQUAL = [
    ("홍길동@한국.kr", "홍길동@xn--3e0b707e.KR"),
    ("a@FAß.de", "a@xn--fa-hia.de"),
    ("Support@acme.example", "support@ACME.example"),
    ('"support"@acme.example', "support@acme.example"),
    ("jose\u0301@x.es", "jos\u00e9@x.es"),
    ("JOS\u00c9@x.es", "jose\u0301@x.es"),
    ("a@Ｅxample.com", "a@example.com"),
    ("a@[IPv6:2001:db8:0:0:0:0:0:1]", "a@[IPv6:2001:DB8::1]"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_the_same_mailbox_has_one_key(one: str, other: str) -> None:
    first, second = (read_addresses(text.encode()).addresses[0].address for text in (one, other))
    assert first.key == second.key


DIFFERENT = [
    ("support@аcme.example", "support@acme.example"),  # a Cyrillic letter
    ("suрport@acme.example", "support@acme.example"),
    ("support+x@acme.example", "support@acme.example"),
    ("sup.port@acme.example", "support@acme.example"),
    ("a@strasse.de", "a@straße.de"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_look_alikes_are_other_mailboxes(one: str, other: str) -> None:
    first, second = (read_addresses(text.encode()).addresses[0].address for text in (one, other))
    assert first.key != second.key


def test_an_international_mailbox_is_taken_where_it_is_asked_for() -> None:
    assert parse_mailbox("홍길동@한국.kr") == Address("홍길동", "xn--3e0b707e.kr")
    assert parse_mailbox("a@b.kr") == parse_path("a@b.kr")


@pytest.mark.parametrize(
    "text", ["홍 길동@b.kr", "홍..길동@b.kr", "홍\u200b@b.kr", "홍@", "홍" * 22 + "@b.kr"]
)
def test_what_is_no_international_mailbox(text: str) -> None:
    with pytest.raises(AddressError):
        parse_mailbox(text)


@pytest.mark.parametrize(
    ("header", "sender", "claimed"),
    [
        ("From: a@b.com <x@y.com>", None, "a@b.com <x@y.com>"),
        ('From: "agent@ours.example" <evil@x.kr>', "evil@x.kr", "agent@ours.example <evil@x.kr>"),
        ("From: a@b.kr, c@d.kr", None, "a@b.kr"),
        ("From: Team: a@b.kr;", None, "a@b.kr"),
        ("From: a@", None, None),
        ("Subject: x", None, None),
        ("From: a@b.kr\r\nFrom: c@d.kr", None, "a@b.kr"),
        ("From:", None, None),
    ],
)
def test_rows_40_to_42_the_sender_and_the_claimed_one(
    header: str, sender: str | None, claimed: str | None
) -> None:
    mail = parse_mail(f"{header}\r\n\r\nx".encode())
    assert (str(mail.from_.address) if mail.from_ else None) == sender
    assert (str(mail.from_claimed) if mail.from_claimed else None) == claimed


HOSTILE = {
    "parentheses": b"(" * 100_000,
    "balanced parentheses": b"(" * 50_000 + b")" * 50_000 + b" a@b.kr",
    "quotes": b'"' * 100_000,
    "escapes": b'"' + b"\\" * 100_000,
    "angles": b"<" * 100_000,
    "commas": b"," * 100_000,
    "ats": b"a@" * 50_000,
    "words": b"a " * 50_000,
    "words and commas": b"a, " * 30_000,
    "groups": b"g:;" * 30_000,
    "comments": b"a(b)" * 25_000 + b"@b.kr",
    "dots": b"a@b" + b" ." * 30_000,
    "encoded words": b"=?utf-8?q?a?= " * 5_000 + b"<a@b.kr>",
    "brackets": b"[" * 100_000,
    "escapes of ISO-2022-JP": b"\x1b$B" * 30_000,
    "raw octets": b"\x81@" * 50_000,
    "apostrophes": b"'" * 100_000 + b"a@b.kr",
    "recipients": b"a@b.kr, " * 100_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_field_costs_little(case: str) -> None:
    with at_most(1):
        read_addresses(HOSTILE[case])
