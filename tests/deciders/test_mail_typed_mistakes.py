"""What people type for an address, and the sentence that they get for a mistake."""

import unicodedata

import pytest

from mailgate.mail.address import Address, AddressError
from mailgate.mail.typed import parse_typed_address

TAKEN = [
    ("지원@한국.kr", Address("지원", "xn--3e0b707e.kr")),
    ("support@한국.kr", Address("support", "xn--3e0b707e.kr")),
    ("support@메일.한국", Address("support", "xn--h32bq4v.xn--3e0b707e")),
    ("SUPPORT@XN--3E0B707E.KR", Address("SUPPORT", "xn--3e0b707e.kr")),
    ("info@straße.de", Address("info", "xn--strae-oqa.de")),
    ("josé@correo.es", Address("josé", "correo.es")),
    ("jose\u0301@correo.es", Address("josé", "correo.es")),
    ("first.last+tag@sub.example.co.kr", Address("first.last+tag", "sub.example.co.kr")),
    ("a_b-c@x-y.kr", Address("a_b-c", "x-y.kr")),
]


@pytest.mark.parametrize(("text", "address"), TAKEN)
def test_letters_of_every_script_are_taken(text: str, address: Address) -> None:
    assert parse_typed_address(text) == address


MISTAKES = [
    ("", "missing"),
    ("support", "has no @"),
    ("@b.kr", "no name before the @"),
    ("support@", "no domain behind the @"),
    ("support@b.kr.", "ends with a dot"),
    ("support@b..kr", "two dots"),
    ("first..last@b.kr", "two dots"),
    (".first@b.kr", "before the @"),
    ("Hong <hong@b.kr>", "write hong@b.kr alone"),
    ("mailto:hong@b.kr", "mailto:"),
    ("hong＠b.kr", "wide character ＠"),
    ("hong@한국。kr", "wide character 。"),
    ("hong@b\u200b.kr", "invisible"),
    ("a@b.kr; c@d.kr", "not one address"),
    ("a@b.kr c@d.kr", "not one address"),
    ("a@b@c.kr", "not one address"),
    ("hong gil@b.kr", "not one address"),
    ("hong@-b.kr", "not a domain name"),
    ("hong@b_.-kr", "not a domain name"),
    ("x" * 65 + "@b.kr", "64 octets"),
    ("홍" * 22 + "@b.kr", "64 octets"),
    ("a@" + "b" * 64 + ".kr", "domain name"),
    ("a@" + "b" * 400, "at most 320"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_a_mistake_is_named(text: str, words: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_typed_address(text)
    assert words in str(caught.value)


def test_the_same_letters_typed_in_two_ways_are_one_address() -> None:
    composed = "지원@한국.kr"
    decomposed = unicodedata.normalize("NFD", composed)
    assert parse_typed_address(composed) == parse_typed_address(decomposed)


@pytest.mark.parametrize(
    "junk", ["\x7f@b.kr", "a@b.kr\x7f", "a\ud800@b.kr", "\\@b.kr", "a@\u202eb.kr"]
)
def test_junk_is_refused_without_an_exception_of_flanker(junk: str) -> None:
    with pytest.raises(AddressError):
        parse_typed_address(junk)
