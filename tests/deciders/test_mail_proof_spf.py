"""SPF (RFC 7208): the manual's own examples, and every mechanism with its edges."""

import pytest

from mailgate.mail.proofs import Connecting, Question, RecordType
from mailgate.mail.spf import check_spf, spf_questions
from tests.deciders.spf_zone import Zone, ask

# RFC 7208 appendix A: the domain example.com, with two more for its includes.
APPENDIX: Zone = {
    "example.com": [
        "MX mail-a.example.com",
        "MX mail-b.example.com",
        "A 192.0.2.10",
        "A 192.0.2.11",
    ],
    "amy.example.com": ["A 192.0.2.65"],
    "bob.example.com": ["A 192.0.2.66"],
    "mail-a.example.com": ["A 192.0.2.129"],
    "mail-b.example.com": ["A 192.0.2.130"],
    "mail-c.example.org": ["A 192.0.2.140"],
    "example.org": ["MX mail-c.example.org"],
    "10.2.0.192.in-addr.arpa": ["PTR example.com"],
    "11.2.0.192.in-addr.arpa": ["PTR example.com"],
    "65.2.0.192.in-addr.arpa": ["PTR amy.example.com"],
    "66.2.0.192.in-addr.arpa": ["PTR bob.example.com"],
    "129.2.0.192.in-addr.arpa": ["PTR mail-a.example.com"],
    "130.2.0.192.in-addr.arpa": ["PTR mail-b.example.com"],
    "140.2.0.192.in-addr.arpa": ["PTR mail-c.example.org"],
    "4.0.0.10.in-addr.arpa": ["PTR bob.example.com"],
    "mary.mobile-users._spf.example.com": ["A 127.0.0.2"],
}


@pytest.mark.parametrize(
    ("record", "passing", "failing"),
    [
        ("v=spf1 +all", ["192.0.2.129", "1.2.3.4"], []),
        ("v=spf1 a -all", ["192.0.2.10", "192.0.2.11"], ["192.0.2.12", "192.0.2.129"]),
        ("v=spf1 a:example.org -all", [], ["192.0.2.10", "192.0.2.140"]),
        ("v=spf1 mx -all", ["192.0.2.129", "192.0.2.130"], ["192.0.2.10", "192.0.2.140"]),
        ("v=spf1 mx:example.org -all", ["192.0.2.140"], ["192.0.2.129"]),
        (
            "v=spf1 mx mx:example.org -all",
            ["192.0.2.129", "192.0.2.130", "192.0.2.140"],
            ["192.0.2.10"],
        ),
        (
            "v=spf1 mx/30 mx:example.org/30 -all",
            ["192.0.2.131", "192.0.2.143"],
            ["192.0.2.132", "192.0.2.144"],
        ),
        ("v=spf1 ptr -all", ["192.0.2.10", "192.0.2.65"], ["192.0.2.140", "10.0.0.4"]),
        ("v=spf1 ip4:192.0.2.128/28 -all", ["192.0.2.129"], ["192.0.2.65"]),
        ("v=spf1 exists:%{l1r-}.mobile-users._spf.%{d2} -all", ["1.2.3.4"], []),
    ],
)
def test_appendix_a(record: str, passing: list[str], failing: list[str]) -> None:
    zone = APPENDIX | {"example.com": [*APPENDIX["example.com"], f"TXT {record}"]}
    for peer in passing:
        assert ask(zone, peer, "mary@example.com").result.result == "pass", peer
    for peer in failing:
        assert ask(zone, peer, "mary@example.com").result.result == "fail", peer


def test_a_user_who_is_not_listed() -> None:
    record = "TXT v=spf1 exists:%{l1r-}.mobile-users._spf.%{d2} -all"
    zone = APPENDIX | {"example.com": [record]}
    assert ask(zone, mail_from="joe@example.com").result.result == "fail"
    assert ask(zone, mail_from="mary-list@example.com").result.result == "pass"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        # RFC 7208 §7.4 for strong-bad@email.example.com from 192.0.2.3.
        ("%{s}.x", "strong-bad@email.example.com.x"),
        ("%{o}.x", "email.example.com.x"),
        ("%{d}.x", "email.example.com.x"),
        ("%{d4}.x", "email.example.com.x"),
        ("%{d3}.x", "email.example.com.x"),
        ("%{d2}.x", "example.com.x"),
        ("%{d1}.x", "com.x"),
        ("%{dr}.x", "com.example.email.x"),
        ("%{d2r}.x", "example.email.x"),
        ("%{l}.x", "strong-bad.x"),
        ("%{l-}.x", "strong.bad.x"),
        ("%{lr}.x", "strong-bad.x"),
        ("%{lr-}.x", "bad.strong.x"),
        ("%{l1r-}.x", "strong.x"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        (
            "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
            "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",
        ),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%{h}.%{p}.x", "mx.example.org.unknown.x"),
        ("a%%b%-c.%{d}", "a%b%20c.email.example.com"),
        ("%{S}.x", "strong-bad%40email.example.com.x"),
    ],
)
def test_macros(spec: str, expected: str) -> None:
    zone: Zone = {"email.example.com": [f"TXT v=spf1 exists:{spec} -all"]}
    asked = ask(zone, "192.0.2.3", "strong-bad@email.example.com", "mx.example.org")
    assert asked.questions[-1] == Question(expected, RecordType.A)


def test_the_macro_of_an_ipv6_address() -> None:
    zone: Zone = {"email.example.com": ["TXT v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all"]}
    asked = ask(zone, "2001:db8::cb01", "strong-bad@email.example.com")
    assert asked.questions[-1].name == (
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    )


def test_a_name_that_grows_too_long_loses_labels_on_its_left() -> None:
    zone: Zone = {"acme.example": ["TXT v=spf1 exists:%{l}.%{l}.%{l}.%{l}.%{l}.%{d} -all"]}
    asked = ask(zone, mail_from=f"{'a' * 60}@acme.example")
    name = asked.questions[-1].name
    assert name == ".".join(["a" * 60] * 3) + ".acme.example"


@pytest.mark.parametrize(
    ("record", "peer", "expected"),
    [
        ("v=spf1", "192.0.2.1", "neutral"),
        ("V=SPF1 -ALL", "192.0.2.1", "fail"),
        ("v=spf1 ~all", "192.0.2.1", "softfail"),
        ("v=spf1 ?all", "192.0.2.1", "neutral"),
        ("v=spf1 all", "192.0.2.1", "pass"),
        ("v=spf1   ip4:192.0.2.1   -all  ", "192.0.2.1", "pass"),
        ("v=spf10 all", "192.0.2.1", "none"),
        ("v=spf1\tall", "192.0.2.1", "none"),
        ("spf2.0/pra all", "192.0.2.1", "none"),
        # The first match decides.
        ("v=spf1 -ip4:192.0.2.0/24 all", "192.0.2.1", "fail"),
        ("v=spf1 -all ip4:192.0.2.1", "192.0.2.1", "fail"),
        # Addresses.
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.200", "pass"),
        ("v=spf1 ip4:192.0.2.77/24 -all", "192.0.2.200", "pass"),
        ("v=spf1 ip4:0.0.0.0/0 -all", "203.0.113.9", "pass"),
        ("v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", "pass"),
        ("v=spf1 ip6:::/0 -all", "192.0.2.1", "fail"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8:1::1", "pass"),
        ("v=spf1 ip6:2001:DB8::1 -all", "2001:db8::1", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db9::1", "fail"),
        # What the RFC does not know is not in the way.
        ("v=spf1 moo=cow%{d} ip4:192.0.2.1 -all", "192.0.2.1", "pass"),
        ("v=spf1 ip4:192.0.2.1 exp=why.%{d} -all", "192.0.2.1", "pass"),
        ("v=spf1 -all exp=%{c}.%{r}.%{t}.why.%{d}", "192.0.2.1", "fail"),
    ],
)
def test_records(record: str, peer: str, expected: str) -> None:
    assert ask({"acme.example": [f"TXT {record}"]}, peer).result.result == expected


@pytest.mark.parametrize(
    "term",
    [
        "al", "all:", "all/8", "all:acme.example", "+-all", "a:", "a:/24", "a/33", "a/", "a//129",
        "a/024", "a/24/64", "a/-1", "a/\u0662\u0664", "mx:", "mx/x", "ip4", "ip4:", "ip4:1.2.3",
        "ip4:1.2.3.4/33", "ip4:1.2.3.4/", "ip4:1.2.3.4/08", "ip4:1.2.3.4/+8", "ip4:01.2.3.4",
        "ip4:::1", "ip4/24", "ip6", "ip6:", "ip6:1.2.3.4", "ip6:::1/129", "ip6:::1%25eth0",
        "include", "include:", "include/24", "include:acme.example/24", "exists", "exists:",
        "exists:x/24", "ptr:", "ptr/24", "foo", "foo:bar", "a.b", "-", ":x", "=x", "1=x",
        "redirect=", "redirect=a.example redirect=b.example", "exp=", "exp=a.example exp=b.example",
        "redirect=%{c}.example", "a:%{c}.example", "a:%{x}.example", "a:%{d0}.example",
        "a:%{d", "a:%d.example", "a:%", "a:%{}", "a:%{d!}.example", "a:a b", "a:acme.123",
        "a:acme.-x", "a:localhost", "include:\u00e4.example", "moo=%{x}", "moo=%",
    ],
)  # fmt: skip
def test_a_mistake_anywhere_makes_the_record_none(term: str) -> None:
    """RFC 7208 §4.6: even behind a term that matches."""
    zone: Zone = {"acme.example": [f"TXT v=spf1 ip4:192.0.2.1 {term} -all"]}
    asked = ask(zone)
    assert asked.result.result == "permerror"
    assert asked.questions == [Question("acme.example", RecordType.TXT)]


MX = {
    "acme.example": [
        "TXT v=spf1 mx//64 a/24 -all",
        "MX one.example",
        "MX two.example",
        "A 192.0.2.9",
    ],
    "one.example": ["A 198.51.100.1", "AAAA 2001:db8:0:1::1"],
    "two.example": ["A 198.51.100.2"],
}


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("198.51.100.2", "pass"),
        ("198.51.100.3", "fail"),
        ("192.0.2.200", "pass"),
        ("2001:db8:0:1:ffff::", "pass"),
        ("2001:db8:0:2::1", "fail"),
    ],
)
def test_exchanges_and_addresses_with_their_widths(peer: str, expected: str) -> None:
    assert ask(MX, peer).result.result == expected


def test_the_exchanges_are_asked_in_one_round() -> None:
    asked = ask(MX, "198.51.100.2")
    assert asked.rounds == 3
    assert [question.type for question in asked.questions] == ["TXT", "MX", "A", "A"]


@pytest.mark.parametrize(
    ("included", "expected"),
    [
        # RFC 7208 §5.2.
        (["TXT v=spf1 ip4:192.0.2.1 -all"], "pass"),
        (["TXT v=spf1 -all"], "softfail"),
        (["TXT v=spf1 ~all"], "softfail"),
        (["TXT v=spf1 ?all"], "softfail"),
        (["FAIL TXT"], "temperror"),
        (["TXT v=spf1 foo"], "permerror"),
        (["TXT something else"], "permerror"),
        ([], "permerror"),
        (["TXT v=spf1 all", "TXT v=spf1 -all"], "permerror"),
    ],
)
def test_an_include(included: list[str], expected: str) -> None:
    zone: Zone = {"acme.example": ["TXT v=spf1 include:b.example ~all"], "b.example": included}
    assert ask(zone).result.result == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (["TXT v=spf1 ip4:192.0.2.1 -all"], "pass"),
        (["TXT v=spf1 -all"], "fail"),
        (["TXT v=spf1"], "neutral"),
        ([], "permerror"),
        (["FAIL TXT"], "temperror"),
    ],
)
def test_a_redirect(target: list[str], expected: str) -> None:
    zone: Zone = {"acme.example": ["TXT v=spf1 redirect=b.example"], "b.example": target}
    assert ask(zone).result.result == expected


def test_a_redirect_behind_all_or_a_match_is_not_followed() -> None:
    for record in ("v=spf1 redirect=b.example ~all", "v=spf1 ip4:192.0.2.1 redirect=b.example"):
        assert len(ask({"acme.example": [f"TXT {record}"]}).questions) == 1


def test_the_domain_changes_with_an_include_the_sender_does_not() -> None:
    zone: Zone = {
        "acme.example": ["TXT v=spf1 include:b.example -all"],
        "b.example": ["TXT v=spf1 exists:%{l}.%{o}.%{d} -all"],
        "kim.acme.example.b.example": ["A 127.0.0.2"],
    }
    assert ask(zone).result.result == "pass"


@pytest.mark.parametrize(
    ("mail_from", "helo", "domain", "result"),
    [
        ("kim@acme.example", "mx.b.example", "acme.example", "pass"),
        ("kim@ACME.example", "mx.b.example", "acme.example", "pass"),
        # RFC 7208 §2.4: a null reverse path is of postmaster at the name in EHLO.
        ("", "mx.b.example", "mx.b.example", "softfail"),
        ("", "[192.0.2.1]", "[192.0.2.1]", "none"),
        ("", "localhost", "localhost", "none"),
        ("", "", "", "none"),
        ("kim@[192.0.2.1]", "mx.b.example", "[192.0.2.1]", "none"),
        ("kim@a..example", "mx.b.example", "a..example", "none"),
        ("kim@" + "a" * 64 + ".example", "mx.b.example", "a" * 64 + ".example", "none"),
        ("kim@nobody.example", "mx.b.example", "nobody.example", "none"),
    ],
)
def test_whose_record_is_asked(mail_from: str, helo: str, domain: str, result: str) -> None:
    zone: Zone = {
        "acme.example": ["TXT v=spf1 ip4:192.0.2.1 -all"],
        "mx.b.example": ["TXT v=spf1 exists:%{l}.is.example ~all"],
    }
    found = ask(zone, mail_from=mail_from, helo=helo).result
    assert (found.domain, found.result) == (domain, result)


@pytest.mark.parametrize("peer", ["", "unknown", "/run/socket", "192.0.2.256", "\u0661.2.3.4"])
def test_a_peer_without_an_address(peer: str) -> None:
    assert ask({"acme.example": ["TXT v=spf1 all"]}, peer).result.result == "none"


def test_what_nobody_answers() -> None:
    connecting = Connecting("192.0.2.1", "mx.example", "kim", "acme.example")
    assert check_spf(connecting, {}).result == "temperror"
    assert spf_questions(connecting, {}) == {Question("acme.example", RecordType.TXT)}
    for record, name, line in [
        ("a", "acme.example", "FAIL A"),
        ("mx", "acme.example", "FAIL MX"),
        ("exists:b.example", "b.example", "FAIL A"),
    ]:
        zone: Zone = {"acme.example": [f"TXT v=spf1 {record} -all"]}
        zone[name] = [*zone.get(name, []), line]
        assert ask(zone).result.result == "temperror"


def test_names_by_address_are_believed_when_they_lead_back() -> None:
    zone: Zone = {
        "acme.example": ["TXT v=spf1 ptr -all"],
        "1.2.0.192.in-addr.arpa": ["PTR Mail.Acme.Example.", "PTR other.example"],
        "mail.acme.example": ["A 192.0.2.1"],
        "2.2.0.192.in-addr.arpa": ["PTR mail.acme.example"],
        "3.2.0.192.in-addr.arpa": ["FAIL PTR"],
        "4.2.0.192.in-addr.arpa": ["PTR evilacme.example"],
        "evilacme.example": ["A 192.0.2.4"],
    }
    assert ask(zone, "192.0.2.1").result.result == "pass"
    for peer in ("192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"):
        assert ask(zone, peer).result.result == "fail"


def test_why_is_told_in_a_few_words() -> None:
    zone: Zone = {"acme.example": ["TXT v=spf1 -all"]}
    assert ask(zone).result.reason == "the peer matches all of acme.example"
    assert ask({}).result.reason == "there is no SPF record"
