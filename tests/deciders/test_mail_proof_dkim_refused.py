"""Signatures and keys that prove nothing (RFC 6376 §3.5 and §3.6, RFC 8301)."""

from datetime import UTC, datetime

import pytest

from mailgate.mail.proofs import Answer, DkimResult, ProofResult
from mailgate.mail.proving import begin
from tests.deciders.mail_signer import ARRIVED, ED25519, RSA2048, Signer, signed

NOW = datetime.fromtimestamp(ARRIVED, UTC)
MAIL = b"From: kim@acme.co.kr\r\nSubject: a\r\n\r\nIt leaks.\r\n"
NAMES = ("From", "Subject")
RSA768 = (
    "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhALrwrOPmNr1prJnM+eZHfYAXDWMJHcnlOC0oGA8BTNOfbww9eB6c2h7sVlSV"
    "k5r3JKEeBoJ6VapreLxIaS6KMZGtob0dSSuZ0qUSMa8a/S51+Ggv0sRCp2NexjfsC88cvQIDAQAB"
)
PERMERROR, PASS, NEUTRAL, FAIL = (
    ProofResult.PERMERROR,
    ProofResult.PASS,
    ProofResult.NEUTRAL,
    ProofResult.FAIL,
)


def result(signer: Signer, **record: str | None) -> DkimResult:
    content = signed(MAIL, signer)
    answers = signer.answers(**record)
    (only,) = begin(content, "acme.co.kr", connection=None, now=NOW).conclude(answers).dkim
    return only


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, PASS),
        ({"v": "2"}, PERMERROR),
        ({"v": None}, PERMERROR),
        ({"v": "1.0"}, PERMERROR),
        ({"a": "rsa-sha1"}, PERMERROR),
        ({"a": "rsa-sha256"}, PERMERROR),  # the key is of the other kind
        ({"a": "hmac-md5"}, PERMERROR),
        ({"a": None}, PERMERROR),
        ({"c": "nofws"}, PERMERROR),
        ({"c": "relaxed/nofws"}, PERMERROR),
        ({"d": None}, PERMERROR),
        ({"d": "kr"}, PERMERROR),
        ({"d": "[192.0.2.1]"}, PERMERROR),
        ({"d": "a b"}, PERMERROR),
        ({"s": None}, PERMERROR),
        ({"s": "a..b"}, PERMERROR),
        ({"s": "a/b"}, PERMERROR),
        ({"h": None}, PERMERROR),
        ({"h": "subject"}, PERMERROR),
        ({"h": "from::subject"}, PERMERROR),
        ({"bh": None}, PERMERROR),
        ({"bh": "!"}, PERMERROR),
        ({"bh": "AAAA"}, FAIL),
        ({"b": ""}, PERMERROR),
        ({"b": "AAAA"}, FAIL),
        ({"b": "A" * 8192}, PERMERROR),
        ({"b": "\uff21AAA"}, PERMERROR),
        # Anybody may append to what is signed in part.
        ({"l": "5"}, NEUTRAL),
        ({"l": "11"}, NEUTRAL),
        ({"q": "dns/txt"}, PASS),
        ({"q": "http/get:dns/txt"}, PASS),
        ({"q": "http/get"}, PERMERROR),
        # Times.
        ({"t": str(ARRIVED)}, PASS),
        ({"t": str(ARRIVED + 1800)}, PASS),  # clocks differ
        ({"t": str(ARRIVED + 7200)}, PERMERROR),
        ({"t": "yesterday"}, PERMERROR),
        ({"t": "\u0661\u0662\u0663"}, PERMERROR),
        ({"t": "-1"}, PERMERROR),
        ({"t": "9" * 13}, PERMERROR),
        ({"x": str(ARRIVED + 1)}, PASS),
        ({"x": str(ARRIVED - 1)}, PERMERROR),
        ({"x": "\u0669" * 10}, PERMERROR),
        ({"t": str(ARRIVED + 60), "x": str(ARRIVED + 30)}, PERMERROR),
        # Who: the domain or one under it.
        ({"i": "@acme.co.kr"}, PASS),
        ({"i": "kim@mail.acme.co.kr"}, PASS),
        ({"i": "kim=40x@ACME.co.kr"}, PASS),
        ({"i": "kim@evil.example"}, PERMERROR),
        ({"i": "kim@co.kr"}, PERMERROR),
        ({"i": "kim@evilacme.co.kr"}, PERMERROR),
        ({"i": "acme.co.kr"}, PERMERROR),
        # What the RFC does not know is not in the way.
        ({"r": "y", "z": "From:kim=40acme.co.kr", "x_1": "a"}, PASS),
        ({"1x": "a"}, PERMERROR),
        ({"a b": "a"}, PERMERROR),
    ],
)
def test_signatures(tags: dict[str, str | None], expected: ProofResult) -> None:
    assert result(Signer(names=NAMES, tags=tags)).result is expected


@pytest.mark.parametrize("value", ["d=evil.example", "h=from", "b=", "v=1"])
def test_a_tag_that_stands_twice(value: str) -> None:
    content = signed(MAIL, Signer(names=NAMES))
    twice = content.replace(b"v=1;", f"v=1; {value};".encode(), 1)
    proving = begin(twice, "acme.co.kr", connection=None, now=NOW)
    (only,) = proving.conclude(Signer().answers()).dkim
    assert only.result is PERMERROR


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"v": None}, PASS),
        ({"v": "DKIM2"}, PERMERROR),
        ({"p": ""}, PERMERROR),  # revoked
        ({"p": None}, PERMERROR),
        ({"p": "AAAA"}, PERMERROR),
        ({"p": "!"}, PERMERROR),
        ({"p": "\u00e4"}, PERMERROR),
        ({"k": "rsa"}, PERMERROR),
        ({"k": "x"}, PERMERROR),
        ({"h": "", "s": "", "g": ""}, PASS),
        ({"h": "sha256"}, PASS),
        ({"h": "sha1 : sha256"}, PASS),
        ({"h": "sha1"}, PERMERROR),
        ({"s": "*"}, PASS),
        ({"s": "tlsrpt:email"}, PASS),
        ({"s": "tlsrpt"}, PERMERROR),
        ({"t": "y"}, PASS),
        ({"t": "s"}, PASS),
        ({"n": "for mail", "g": "*"}, PASS),
        ({"n": "x" * 20_000}, PERMERROR),
    ],
)
def test_key_records(record: dict[str, str | None], expected: ProofResult) -> None:
    assert result(Signer(names=NAMES), **record).result is expected


def test_a_version_that_does_not_come_first() -> None:
    signer = Signer(names=NAMES)
    record = f"{signer.record(v=None)}; v=DKIM1"
    content = signed(MAIL, signer)
    proofs = begin(content, "acme.co.kr", connection=None, now=NOW).conclude(
        {signer.question: Answer((record,))}
    )
    assert proofs.dkim[0].result is PERMERROR


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ((), PERMERROR),
        (("",), PERMERROR),
        (("v=spf1 -all",), PERMERROR),
        (("x" * 1_000_000,), PERMERROR),
        ((Signer().record(), Signer().record()), PERMERROR),
        (("v=spf1 exp=a.b -all", Signer().record(), "verification=p=1"), PASS),
        ((Signer().record() + ";",), PASS),
        (("  v=DKIM1 ;\tk = ed25519;p = " + Signer().record().rpartition("p=")[2] + " ; ",), PASS),
    ],
)
def test_what_else_stands_under_the_name(records: tuple[str, ...], expected: ProofResult) -> None:
    signer = Signer(names=NAMES)
    proving = begin(signed(MAIL, signer), "acme.co.kr", connection=None, now=NOW)
    (only,) = proving.conclude({signer.question: Answer(records)}).dkim
    assert only.result is expected


def test_a_key_for_the_very_domain_alone() -> None:
    below = Signer(names=NAMES, tags={"i": "@mail.acme.co.kr"})
    assert result(below).result is PASS
    assert result(below, t="y:s").result is PERMERROR  # RFC 6376 §3.6.1


def test_a_key_that_is_being_tested_makes_nobody_a_forger() -> None:
    wrong = Signer(names=NAMES, tags={"b": "A" * 86 + "=="})
    assert result(wrong).result is FAIL
    assert result(wrong, t="y").result is NEUTRAL


def test_rsa_keys_that_are_too_weak() -> None:
    signer = Signer(names=NAMES, key=RSA2048)
    assert result(signer).result is PASS
    assert result(signer, p=RSA768).result is PERMERROR


def test_a_key_of_the_other_kind_in_the_form_of_this_one() -> None:
    as_ed25519 = Signer(names=NAMES, key=ED25519).record().rpartition("p=")[2]
    assert result(Signer(names=NAMES, key=RSA2048), p=as_ed25519).result is PERMERROR


def test_what_is_wrong_is_told_in_a_few_words() -> None:
    assert (
        result(Signer(names=NAMES, tags={"l": "5"})).reason == "l= signs a part of the body alone"
    )
    assert result(Signer(names=NAMES), p="").reason == "the key was revoked"
    assert result(Signer(names=NAMES)).reason == ""
