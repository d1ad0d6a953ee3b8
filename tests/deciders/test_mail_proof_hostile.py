"""Mails that are made to be dear to check. Each has its bound."""

import base64
import resource
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mailgate.mail.proofs import Answer, ProofResult
from mailgate.mail.proving import Proving, begin
from tests.deciders.mail_signer import ARRIVED, Signer, body_hash, signed, txt
from tests.harness.effort import at_most

NOW = datetime.fromtimestamp(ARRIVED, UTC)
CPU_SECONDS = 2.0
"""For 10 MB, on a machine with other work. What is quadratic takes hours."""
MEGABYTES = 120
"""On top of a mail of 10 MB."""
TEN_MB = 10_000_000
HEAD = b"From: kim@acme.co.kr\r\nSubject: a\r\n"
SIGNER = Signer(names=("From", "Subject"))


def measured(content: bytes) -> Proving:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with at_most(CPU_SECONDS):
        proving = begin(content, "acme.co.kr", connection=None, now=NOW)
        proving.conclude(SIGNER.answers())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024
    return proving


def _signature(canon: str, more: bytes = b"") -> bytes:
    return (
        b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.co.kr; s=sel; c=%s; h=from:subject%s; bh=AAAA;"
        b" b=AAAA\r\n" % (canon.encode(), more)
    )


@pytest.mark.parametrize("canon", ["simple/simple", "relaxed/relaxed"])
@pytest.mark.parametrize(
    "body",
    [
        b" " * TEN_MB,
        b"\t" * TEN_MB,
        b" \t" * (TEN_MB // 2),
        b"a  " * (TEN_MB // 3),
        b" \r\n" * (TEN_MB // 3),
        b"\r\n" * (TEN_MB // 2),
        b"\n" * TEN_MB,
        b"\r" * TEN_MB,
        b"\r\n\n" * (TEN_MB // 3),
        b"\r\r\n" * (TEN_MB // 3),
        (b" " * 40_000 + b"x\r\n") * (TEN_MB // 40_003),
        b"a" * TEN_MB,
    ],
    ids=lambda body: f"{body[:4]!r}",
)
def test_bodies(body: bytes, canon: str) -> None:
    measured(_signature(canon) + HEAD + b"\r\n" + body)


@pytest.mark.parametrize(
    "head",
    [
        b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.co.kr; s=s; h=from; bh=x; b=x\r\n" * 500,
        b"DKIM-Signature: v=1\r\n" * 13_000,
        b"DKIM-Signature: " + b";" * 250_000 + b"\r\n",
        b"DKIM-Signature: " + b"a=b;" * 60_000 + b"\r\n",
        b"DKIM-Signature: " + b" " * 250_000 + b"v=1\r\n",
        b"DKIM-Signature: v=1" + b"\r\n " * 80_000 + b"\r\n",
        _signature("relaxed", b":x" * 7_000),
        _signature("relaxed", b":from" * 3_000),
        _signature("relaxed", b" :\r\n received" * 1_000) + b"Received: a\r\n" * 900,
        _signature("simple") + b"Subject: " + b" " * 200_000 + b"\r\n",
        b"".join(_signature("relaxed") for _ in range(900)) + b"X: " + b" " * 100_000 + b"\r\n",
        b"X: a\r\n" * 40_000,
        b"X" * 250_000 + b"\r\n",
        b" \r\n" * 80_000,
        b"\r\n" * 50_000,
        b"ARC-Seal: i=1\r\n" * 900,
        b"ARC-Authentication-Results:" + b" " * 250_000 + b"i=1;\r\n",
        b"ARC-Authentication-Results: i=1; " + b"(" * 3_000 + b"\r\n",
        b"".join(
            b"ARC-Seal: i=%d; cv=pass; a=rsa-sha256; d=a.b; s=s; b=AAAA\r\n"
            b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=a.b; s=s; h=from:x; bh=AAAA; b=AAAA\r\n"
            b"ARC-Authentication-Results: i=%d; %s\r\n" % (n, n, n, b"a=b;" * 1000)
            for n in range(1, 51)
        ),
    ],
    ids=lambda head: f"{head[:50]!r}{len(head)}",
)
def test_header_sections(head: bytes) -> None:
    proving = measured(head + HEAD + b"\r\nIt leaks.\r\n")
    assert len(proving.signatures) <= 5
    assert len(proving.questions({})) <= 6


def test_five_signatures_hash_a_large_body_once_a_form() -> None:
    measured(
        b"".join(_signature(canon) for canon in ("simple", "relaxed") * 3)
        + HEAD
        + b"\r\n"
        + b" x" * (TEN_MB // 2)
    )


def test_a_mail_of_ten_megabytes_that_is_good() -> None:
    content = signed(HEAD + b"\r\n" + b"word  word \t\r\n" * (TEN_MB // 14), SIGNER)
    proving = measured(content)
    assert [one.result for one in proving.conclude(SIGNER.answers()).dkim] == [ProofResult.PASS]


@pytest.mark.parametrize(
    "make",
    [
        lambda: "v=DKIM1; p=" + "A" * 1_000_000,
        lambda: "v=DKIM1; p=" + "A" * 15_000,
        lambda: ";" * 16_000,
        lambda: " " * 1_000_000,
        lambda: "v=DKIM1; p=" + _rsa(16384, 65537),
        lambda: "v=DKIM1; p=" + _rsa(8192, (1 << 8190) + 1),
    ],
)
def test_keys(make: Callable[[], str]) -> None:
    record = make()
    signer = Signer(names=("From", "Subject"))
    content = signed(HEAD + b"\r\nIt leaks.\r\n", signer).replace(b"ed25519", b"rsa")
    with at_most(CPU_SECONDS / 10):
        proving = begin(content, "acme.co.kr", connection=None, now=NOW)
        (only,) = proving.conclude({signer.question: Answer((record,))}).dkim
    assert only.result is ProofResult.PERMERROR


def _rsa(bits: int, exponent: int) -> str:
    """A SubjectPublicKeyInfo (RFC 8017 A.1.1) with such numbers."""
    key = _der(0x30, _integer((1 << (bits - 1)) + 1) + _integer(exponent))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return base64.b64encode(_der(0x30, algorithm + _der(0x03, b"\0" + key))).decode()


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 128:
        return bytes([tag, length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + value


def test_a_header_section_that_is_too_large_proves_nothing() -> None:
    content = signed(HEAD + b"\r\nIt leaks.\r\n", SIGNER)
    large = content.replace(b"\r\n\r\n", b"\r\n" + b"X: a\r\n" * 45_000 + b"\r\n", 1)
    (only,) = measured(large).conclude(SIGNER.answers()).dkim
    assert (only.result, only.reason) == (ProofResult.PERMERROR, "the header section is too large")
    assert body_hash(b"It leaks.\r\n", "relaxed").encode() in content


def test_no_name_that_is_asked_for_is_one_that_no_dns_knows() -> None:
    for domain, selector in [("a" * 250 + ".b", "s"), ("acme.co.kr", "s" * 128), ("a b.c", "s")]:
        content = _signature("simple").replace(
            b"d=acme.co.kr; s=sel", f"d={domain}; s={selector}".encode()
        )
        proving = begin(content + HEAD + b"\r\n", "acme.co.kr", connection=None, now=NOW)
        assert proving.questions({}) == {txt("_dmarc.acme.co.kr")}
