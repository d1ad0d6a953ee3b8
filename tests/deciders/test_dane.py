"""Certificates and TLSA records (RFC 6698 §2.1, RFC 7672 §3)."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512

import pytest
import trustme
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import (
    CertificateBuilder,
    DNSName,
    Name,
    SubjectAlternativeName,
    load_der_x509_certificate,
    load_pem_x509_certificate,
)

from mailgate.outbound.dane import judge, read_tlsa

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
HOST = "mx.shop.internal"
ROOT = trustme.CA()
MIDDLE = ROOT.create_child_ca()
LEAF = MIDDLE.issue_cert(HOST, not_after=NOW + 30 * DAY)


def der(pem: bytes) -> bytes:
    return load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


CHAIN = [*(der(each.bytes()) for each in LEAF.cert_chain_pems), der(ROOT.cert_pem.bytes())]


def key_of(certificate: bytes) -> bytes:
    key = load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def record(usage: int, certificate: bytes, *, selector: int = 1, matching: int = 1) -> str:
    data = key_of(certificate) if selector else certificate
    shown = {0: data.hex(), 1: sha256(data).hexdigest(), 2: sha512(data).hexdigest()}[matching]
    return f"{usage} {selector} {matching} {shown}"


def judged(
    *records: str, chain: list[bytes] = CHAIN, name: str = HOST, at: datetime = NOW
) -> str | None:
    return judge(read_tlsa(records), chain, [name], at)


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize(("usage", "of"), [(3, 0), (2, 1), (2, 2)])
def test_every_form_of_a_record(usage: int, of: int, selector: int, matching: int) -> None:
    right = record(usage, CHAIN[of], selector=selector, matching=matching)
    assert judged(right) is None
    other = der(trustme.CA().cert_pem.bytes())
    wrong = record(usage, other, selector=selector, matching=matching)
    assert judged(wrong) is not None
    assert judged(wrong, right) is None


@pytest.mark.parametrize(
    "text",
    [
        "0 1 1 " + "5f" * 32, "1 1 1 " + "5f" * 32, "4 1 1 " + "5f" * 32, "3 2 1 " + "5f" * 32,
        "3 1 3 " + "5f" * 32, "3 1 1 5f", "3 1 2 " + "5f" * 32, "3 1 0 ", "3 1 1", "x", "",
        "3 1 1 " + "zz" * 32,
    ],
)  # fmt: skip
def test_what_cannot_be_used(text: str) -> None:
    assert read_tlsa([text]) == ()


def test_for_the_servers_own_certificate_neither_names_nor_dates_count() -> None:
    own = record(3, CHAIN[0])
    assert judged(own, name="other.internal") is None
    assert judged(own, at=NOW + 60 * DAY) is None
    assert judged(own, chain=CHAIN[:1]) is None


def test_for_an_authority_both_count() -> None:
    by = record(2, CHAIN[1])
    assert judged(by, name="other.internal") is not None
    assert judged(by, at=NOW + 60 * DAY) is not None


def test_one_of_the_names_is_enough() -> None:
    by = read_tlsa([record(2, CHAIN[1])])
    assert judge(by, CHAIN, ["shop.internal", HOST], NOW) is None


def test_an_authority_must_be_in_the_chain_and_above_the_server() -> None:
    assert judged(record(2, CHAIN[2]), chain=CHAIN[:2]) is not None
    assert judged(record(2, CHAIN[0])) is not None
    assert judged(record(3, CHAIN[1])) is not None


def test_an_authority_beside_a_certificate_of_another_says_nothing() -> None:
    """Anybody can put the right authority into the chain that they send."""
    foreign = trustme.CA().issue_cert(HOST)
    chain = [der(foreign.cert_chain_pems[0].bytes()), *CHAIN[1:]]
    assert judged(record(2, CHAIN[1]), chain=chain) is not None


def test_who_has_a_certificate_may_issue_none() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = load_pem_private_key(LEAF.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    forged = (
        CertificateBuilder()
        .subject_name(Name([]))
        .issuer_name(load_der_x509_certificate(CHAIN[0]).subject)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(SubjectAlternativeName([DNSName(HOST)]), critical=True)
        .sign(signer, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    assert judged(record(2, CHAIN[1]), chain=[forged, *CHAIN]) is not None


@pytest.mark.parametrize("chain", [[], [b""], [b"rubbish"], [CHAIN[0], b"rubbish"]])
def test_what_is_no_chain(chain: list[bytes]) -> None:
    assert judged(record(2, CHAIN[1]), chain=chain) is not None
