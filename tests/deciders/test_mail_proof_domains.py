"""Whose a domain is (RFC 7489 §3.1 and §3.2)."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.domains import aligned, is_public_mail_domain, organisational_domain
from mailgate.mail.proofs import Alignment

SHARED = """
    gmail.com googlemail.com naver.com daum.net hanmail.net kakao.com nate.com korea.com
    outlook.com outlook.kr outlook.de hotmail.com hotmail.co.kr hotmail.fr live.com live.co.uk
    msn.com yahoo.com yahoo.co.kr yahoo.co.jp yahoo.com.br icloud.com me.com gmx.de gmx.net
    gmx.at web.de t-online.de qq.com 163.com 126.com sina.com proton.me protonmail.com mail.ru
    bk.ru yandex.ru yandex.com ya.ru aol.com orange.fr libero.it seznam.cz wp.pl
    mailinator.com GMAIL.COM gmail.com. sub.naver.com
    com co.kr github.io
"""
OWN = """
    acme.co.kr samsung.com navercorp.com kakaocorp.com google.com microsoft.com gmail.example.com
    yahoo.acme.com outlook.example yahoo-inc.com mygmail.com alice.github.io localhost 192.0.2.1
    live.io [192.0.2.1]
"""


@pytest.mark.parametrize(
    ("domain", "organisation"),
    [
        ("example.com", "example.com"),
        ("mail.example.com", "example.com"),
        ("a.b.c.d.example.com", "example.com"),
        ("acme.co.kr", "acme.co.kr"),
        ("mail.acme.co.kr", "acme.co.kr"),
        ("shop.acme.or.kr", "acme.or.kr"),
        ("mail.acme.co.uk", "acme.co.uk"),
        ("eu.mail.acme.de", "acme.de"),
        # A wildcard and its exception.
        ("mail.acme.ck", "mail.acme.ck"),
        ("a.mail.acme.ck", "mail.acme.ck"),
        ("mail.www.ck", "www.ck"),
        # Suffixes that companies give out.
        ("alice.github.io", "alice.github.io"),
        ("mail.alice.github.io", "alice.github.io"),
        # A-labels, the only form in which such a domain arrives.
        ("mail.xn--9n2bp8q.xn--3e0b707e", "xn--9n2bp8q.xn--3e0b707e"),
        # Nothing above: its own.
        ("co.kr", "co.kr"),
        ("com", "com"),
        ("localhost", "localhost"),
        ("", ""),
        # A suffix that nobody listed has one label.
        ("mail.acme.internal-network", "acme.internal-network"),
        # Not domains at all.
        ("192.0.2.1", "192.0.2.1"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("a..b", "a..b"),
        (".", ""),
        # Other spellings.
        ("Mail.ACME.co.kr", "acme.co.kr"),
        ("mail.acme.co.kr.", "acme.co.kr"),
    ],
)
def test_the_organisation_behind_a_domain(domain: str, organisation: str) -> None:
    assert organisational_domain(domain) == organisation


def _vectors() -> list[tuple[str, str | None]]:
    """The test data that come with the list: `checkPublicSuffix('in', 'out');`."""
    text = (files("publicsuffixlist") / "test_psl.txt").read_text("utf-8")
    found: list[tuple[str, str | None]] = []
    for line in text.splitlines():
        if line.startswith("checkPublicSuffix("):
            asked, expected = (
                None if word.strip() == "null" else word.strip().strip("'")
                for word in line[len("checkPublicSuffix(") :].rpartition(")")[0].split(",")
            )
            if asked is not None and asked.isascii() and not asked.startswith("."):
                found.append((asked, expected))
    return found


def test_the_vectors_of_the_list_itself() -> None:
    vectors = _vectors()
    assert len(vectors) > 50
    for asked, expected in vectors:
        assert organisational_domain(asked) == (expected or asked.lower())


@given(st.text(max_size=400))
def test_any_text_has_an_answer_and_it_is_its_own_organisation(domain: str) -> None:
    organisation = organisational_domain(domain)
    assert organisational_domain(organisation) == organisation
    is_public_mail_domain(domain)


@pytest.mark.parametrize("domain", SHARED.split())
def test_where_anybody_gets_a_mailbox(domain: str) -> None:
    assert is_public_mail_domain(domain)


@pytest.mark.parametrize("domain", OWN.split())
def test_where_only_one_house_gets_a_mailbox(domain: str) -> None:
    assert not is_public_mail_domain(domain)


@pytest.mark.parametrize(
    ("proven", "from_domain", "relaxed", "strict"),
    [
        # RFC 7489 §3.1.1 and §3.1.2 with their own names.
        ("example.com", "news.example.com", True, False),
        ("news.example.com", "news.example.com", True, True),
        ("example.com", "example.com", True, True),
        ("mail.example.com", "news.example.com", True, False),
        ("sample.net", "example.com", False, False),
        ("example.com.evil.net", "example.com", False, False),
        ("notexample.com", "example.com", False, False),
        ("com", "example.com", False, False),
        # Two customers of a registry are two.
        ("evil.co.kr", "acme.co.kr", False, False),
        ("co.kr", "acme.co.kr", False, False),
        ("acme.co.kr", "co.kr", False, False),
        ("evil.github.io", "acme.github.io", False, False),
        ("EXAMPLE.com.", "example.COM", True, True),
        # Nothing proves nothing.
        ("", "", False, False),
        ("", "example.com", False, False),
        ("192.0.0.1", "10.0.0.1", False, False),
    ],
)
def test_what_stands_for_the_domain_of_from(
    proven: str, from_domain: str, *, relaxed: bool, strict: bool
) -> None:
    assert aligned(proven, from_domain, Alignment.RELAXED) is relaxed
    assert aligned(proven, from_domain, Alignment.STRICT) is strict
