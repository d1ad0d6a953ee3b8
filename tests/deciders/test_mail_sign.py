"""DKIM signatures of our own mail: another implementation believes them, so do we, and nothing
that a reader is shown can be changed or added under them."""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.compose import compose
from mailgate.mail.dkimkey import NoSigningKey, SigningKey, read_signing_key
from mailgate.mail.dkimsign import Signer, signed
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import Attachment
from mailgate.mail.proofs import Answer, DkimResult, ProofResult
from mailgate.mail.proving import begin
from tests.deciders.mail_signer import (
    ED25519,
    RSA2048,
    body_hash,
    canonical,
    selected,
    split,
    txt,
)

NOW = datetime.now(UTC)
"""The other implementation looks at the clock."""
RSA = Signer("acme.example", "rsa", SigningKey(RSA2048))
ED = Signer("acme.example", "ed", SigningKey(ED25519))

KOREAN = OutgoingMail(
    from_=NamedAddress("김민수 (한국상사 고객지원)", Address("support", "acme.example")),
    to=(NamedAddress("홍길동", Address("hong", "customer.example")),),
    cc=(NamedAddress("", Address("lee", "customer.example")),),
    reply_to=NamedAddress("한국상사", Address("support+tabcdefg", "acme.example")),
    subject="[#12] 프린터가 불타요, 오늘 안에 새 제품을 보내 드릴 수 있는지 확인해 주시겠습니까",
    message_id="a1b2@acme.example",
    in_reply_to="q1@customer.example",
    references=("q1@customer.example", "root@acme.example"),
    date=NOW,
    text="안녕하세요.\n\n내일 도착합니다.   \n\n\n",
    html="<p>내일 <b>도착</b>합니다.</p>",
    attachments=(Attachment("청구서.pdf", "application/pdf", bytes(range(256)) * 20),),
    boundary_seed="seed",
    headers=(("Auto-Submitted", "auto-generated"), ("X-Mailgate-Loop", "token")),
)
CONTENT = compose(KOREAN)


def results(content: bytes) -> tuple[DkimResult, ...]:
    answers = {
        txt(f"{one.selector}._domainkey.{one.domain}"): Answer((one.key.record,))
        for one in (RSA, ED)
    }
    return begin(content, "acme.example", connection=None, now=NOW).conclude(answers).dkim


def by_us(content: bytes) -> list[ProofResult]:
    return [one.result for one in results(content)]


def by_others(content: bytes) -> bool:
    """dkimpy, of the first signature. It knows RSA alone."""
    try:
        return bool(dkim.verify(content, dnsfunc=lambda name, timeout=5: RSA.key.record.encode()))
    except dkim.DKIMException:
        return False


def by_the_words(content: bytes) -> bool:
    """As the RFCs say it, line by line, of an Ed25519 signature on top (RFC 6376 §3.7, RFC 8463
    §3)."""
    fields, body = split(content)
    text = re.sub(r"[ \t\r\n]", "", fields[0].decode())
    tags = dict(part.partition("=")[::2] for part in text.partition(":")[2].split(";"))
    names, value, hashed = tuple(tags["h"].split(":")), tags["b"], tags["bh"]
    own = canonical(re.sub(rb"b=[A-Za-z0-9+/=\s]+\Z", b"b=", fields[0]), "relaxed")
    data = selected(fields[1:], names, "relaxed") + own.removesuffix(b"\r\n")
    try:
        ED25519.public_key().verify(base64.b64decode(value), hashlib.sha256(data).digest())
    except InvalidSignature:
        return False
    return hashed == body_hash(body, "relaxed")


def test_what_we_sign_is_believed() -> None:
    content = signed(CONTENT, (RSA,), NOW)
    assert content.endswith(CONTENT)
    assert by_us(content) == [ProofResult.PASS]
    assert by_others(content)


def test_what_we_sign_with_ed25519_is_believed() -> None:
    content = signed(CONTENT, (ED,), NOW)
    assert by_us(content) == [ProofResult.PASS]
    assert by_the_words(content)
    assert not by_the_words(content + b"more\r\n")
    assert not by_the_words(content.replace(b"hong@", b"kim@"))


def test_both_kinds_stand_side_by_side() -> None:
    """RFC 8463 §3: verifiers that do not know Ed25519 yet take the other."""
    content = signed(CONTENT, (RSA, ED), NOW)
    assert by_us(content) == [ProofResult.PASS, ProofResult.PASS]
    assert by_others(content)
    assert by_the_words(signed(CONTENT, (ED, RSA), NOW).replace(b"\r\nDKIM", b"\r\nX", 1))
    assert {(one.domain, one.selector) for one in results(content)} == {
        ("acme.example", "rsa"),
        ("acme.example", "ed"),
    }


def test_the_same_mail_is_signed_with_the_same_bytes() -> None:
    assert signed(CONTENT, (RSA, ED), NOW) == signed(CONTENT, (RSA, ED), NOW)


def test_the_tags_are_what_the_rfc_asks_for() -> None:
    """RFC 6376 §3.5, RFC 8301 §3.1; RFC 5322 §2.1.1 of the lines."""
    head = signed(CONTENT, (RSA,), NOW)[: -len(CONTENT)]
    lines = head.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 78 for line in lines)
    assert all(line[:1] in {b"\t", b" "} for line in lines[1:])
    name, _, value = b"".join(lines).partition(b":")
    assert name == b"DKIM-Signature"
    tags = dict(re.findall(r"([a-z]+)=([^;]*)", re.sub(r"\s", "", value.decode())))
    assert (tags["v"], tags["a"], tags["c"]) == ("1", "rsa-sha256", "relaxed/relaxed")
    assert (tags["d"], tags["s"]) == ("acme.example", "rsa")
    assert tags["t"] == str(int(NOW.timestamp()))
    assert "l" not in tags, "anybody could append to the body"
    assert len(base64.b64decode(tags["bh"])) == 32


SHOWN = [
    *("From", "To", "Cc", "Subject", "Date", "Reply-To", "Message-ID", "In-Reply-To"),
    *("References", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"),
    *("MIME-Version", "Content-Type"),
]


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("at_the_top", [True, False])
def test_nobody_can_add_a_field_that_is_shown(name: str, at_the_top: bool) -> None:
    """RFC 6376 §8.15: also where the mail has none of this name, and whichever of two is read."""
    content = signed(CONTENT, (RSA,), NOW)
    added = f"{name}: <other@customer.example>\r\n".encode()
    if at_the_top:
        forged = added + content
    else:
        head, gap, body = content.partition(b"\r\n\r\n")
        forged = head + b"\r\n" + added.removesuffix(b"\r\n") + gap + body
    assert ProofResult.PASS not in by_us(forged)
    assert not by_others(forged)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"hong@customer.example", b"kim@customer.example"),
        (b"a1b2@acme.example", b"a1b3@acme.example"),
        (b"auto-generated", b"auto-replied"),
        (b"multipart/mixed", b"multipart/other"),
        (b"lee@customer.example", b"lea@customer.example"),
    ],
)
def test_nobody_can_change_one(old: bytes, new: bytes) -> None:
    content = signed(CONTENT, (RSA,), NOW)
    assert old in CONTENT
    assert by_us(content.replace(old, new)) == [ProofResult.FAIL]


def test_nobody_can_append_to_the_body() -> None:
    assert by_us(signed(CONTENT, (RSA,), NOW) + b"more\r\n") == [ProofResult.FAIL]


def test_what_relays_do_without_harm_breaks_nothing() -> None:
    content = signed(CONTENT, (RSA, ED), NOW)
    passed_on = b"Received: from a by b; Mon, 5 Jan 2026 09:00:00 +0000\r\n" + content
    refolded = passed_on.replace(b"\r\nCc: ", b"\r\nCC:\t")
    assert refolded != passed_on
    assert by_us(refolded + b"\r\n\r\n") == [ProofResult.PASS, ProofResult.PASS]


def test_a_header_that_nobody_could_trust_is_not_signed() -> None:
    with pytest.raises(ValueError, match="cannot be signed"):
        signed(b"From: a@acme.example\r\nno field\r\n\r\nx\r\n", (RSA,), NOW)


# --- keys -----------------------------------------------------------------------------------


def pem(
    key: RSAPrivateKey | Ed25519PrivateKey | ec.EllipticCurvePrivateKey,
    form: PrivateFormat = PrivateFormat.PKCS8,
    lock: KeySerializationEncryption | None = None,
) -> bytes:
    return key.private_bytes(Encoding.PEM, form, lock or NoEncryption())


@pytest.mark.parametrize(
    ("content", "algorithm"),
    [
        (pem(RSA2048), "rsa-sha256"),
        (pem(RSA2048, PrivateFormat.TraditionalOpenSSL), "rsa-sha256"),
        (pem(ED25519), "ed25519-sha256"),
    ],
)
def test_keys_as_openssl_writes_them(content: bytes, algorithm: str) -> None:
    key = read_signing_key(content)
    assert key.algorithm == algorithm
    assert "PRIVATE" not in repr(key)


SHORT = b"""-----BEGIN RSA PRIVATE KEY-----
MIIBOQIBAAJBAMZ7X2Eg8Rj7vnVSdOBDdVYx4uPyCnvoLgF5GEhDlvYpyDYlBSnq
-----END RSA PRIVATE KEY-----
"""
PUBLIC = RSA2048.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
LOCK = BestAvailableEncryption(b"passphrase")
NO_KEYS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "no private key"),
    "a public key": (lambda: PUBLIC, "no private key"),
    "cut off": (lambda: SHORT, "cannot be read"),
    "with a passphrase": (lambda: pem(RSA2048, lock=LOCK), "passphrase"),
    "with a passphrase, in the old form": (
        lambda: pem(RSA2048, PrivateFormat.TraditionalOpenSSL, LOCK),
        "passphrase",
    ),
    "of another kind": (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "another kind"),
}


@pytest.mark.parametrize("name", NO_KEYS)
def test_what_cannot_sign_is_said(name: str) -> None:
    made, why = NO_KEYS[name]
    with pytest.raises(NoSigningKey, match=why):
        read_signing_key(made())
