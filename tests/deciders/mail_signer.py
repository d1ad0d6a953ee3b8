"""Signs mails for the tests, by the words of the RFC and not by the code under test: line by
line, with expressions that would be too slow for a real mail."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailgate.mail.proofs import Answer, Question, RecordType

NAMES = ("From", "To", "Subject", "Date", "Message-ID")
ARRIVED = 1_795_300_000
"""Seconds: when the mails of these tests arrive."""
ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RSA2048 = generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Signer:
    """Who signs. `tags` replace what a signature usually has; None leaves a tag out."""

    domain: str = "acme.co.kr"
    selector: str = "sel"
    key: Ed25519PrivateKey | RSAPrivateKey = ED25519
    canon: str = "relaxed/relaxed"
    names: tuple[str, ...] = NAMES
    tags: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def question(self) -> Question:
        return txt(f"{self.selector}._domainkey.{self.domain}")

    @property
    def algorithm(self) -> str:
        return "ed25519-sha256" if isinstance(self.key, Ed25519PrivateKey) else "rsa-sha256"

    def record(self, **tags: str | None) -> str:
        """The key record; arguments replace its tags."""
        public = self.key.public_key()
        if isinstance(self.key, Ed25519PrivateKey):
            data, kind = public.public_bytes(Encoding.Raw, PublicFormat.Raw), "ed25519"
        else:
            data = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            kind = "rsa"
        usual = {"v": "DKIM1", "k": kind, "p": base64.b64encode(data).decode()}
        return written(usual | tags)

    def answers(self, **tags: str | None) -> dict[Question, Answer]:
        return {self.question: Answer((self.record(**tags),))}

    def value(self, data: bytes) -> str:
        """RFC 6376 §3.3, RFC 8463 §3."""
        if isinstance(self.key, Ed25519PrivateKey):
            return base64.b64encode(self.key.sign(hashlib.sha256(data).digest())).decode()
        return base64.b64encode(self.key.sign(data, PKCS1v15(), SHA256())).decode()


def txt(name: str) -> Question:
    return Question(name, RecordType.TXT)


def written(tags: Mapping[str, str | None]) -> str:
    return "; ".join(f"{name}={value}" for name, value in tags.items() if value is not None)


def split(content: bytes) -> tuple[list[bytes], bytes]:
    """Raw fields, and the body. Line ends are CRLF."""
    head, _, body = content.partition(b"\r\n\r\n")
    return re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n")), body


def canonical(raw: bytes, canon: str) -> bytes:
    if canon == "simple":
        return raw + b"\r\n"
    name, _, value = raw.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.rstrip(b" \t").lower() + b":" + value + b"\r\n"


def canonical_text(body: bytes, canon: str) -> bytes:
    lines = body.split(b"\r\n")
    if canon == "relaxed":
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return b"\r\n" if canon == "simple" else b""
    return b"\r\n".join(lines) + b"\r\n"


def selected(fields: list[bytes], names: tuple[str, ...], canon: str) -> bytes:
    left = fields[:]
    found = b""
    for name in names:
        for place in range(len(left) - 1, -1, -1):
            if left[place].partition(b":")[0].strip().lower() == name.lower().encode():
                found += canonical(left.pop(place), canon)
                break
    return found


def body_hash(body: bytes, canon: str) -> str:
    return base64.b64encode(hashlib.sha256(canonical_text(body, canon)).digest()).decode()


def signed(content: bytes, signer: Signer) -> bytes:
    """The mail with a DKIM-Signature on top."""
    tags = {"v": "1", "a": signer.algorithm, "d": signer.domain, "s": signer.selector}
    return signature_field("DKIM-Signature", tags, content, signer) + content


def signature_field(
    name: str, first: Mapping[str, str | None], content: bytes, signer: Signer
) -> bytes:
    fields, body = split(content)
    header_canon, _, body_canon = signer.canon.partition("/")
    usual = {
        "c": signer.canon,
        "h": ":".join(signer.names),
        "bh": body_hash(body, body_canon or "simple"),
    }
    tags = {**first, **usual, **signer.tags, "b": signer.tags.get("b", "")}
    text = f"{name}: {written(tags)}".encode()
    data = selected(fields, signer.names, header_canon)
    data += canonical(text, header_canon).removesuffix(b"\r\n")
    value = signer.value(data) if "b" not in signer.tags else ""
    folded = "\r\n\t".join(value[at : at + 72] for at in range(0, len(value), 72))
    return text + folded.encode() + b"\r\n"


def sealed(content: bytes, signer: Signer, results: str, *, cv: str | None = None) -> bytes:
    """The mail with one more ARC set on top (RFC 8617 §5.1)."""
    fields, _ = split(content)
    number = sum(raw.lower().startswith(b"arc-seal:") for raw in fields) + 1
    found = f"ARC-Authentication-Results: i={number}; {results}\r\n".encode()
    first = {"i": str(number), "a": signer.algorithm, "d": signer.domain, "s": signer.selector}
    message = signature_field("ARC-Message-Signature", first, content, signer)
    tags = first | {"cv": cv or ("none" if number == 1 else "pass"), "b": ""}
    seal = f"ARC-Seal: {written(tags)}".encode()
    kinds = (b"arc-authentication-results:", b"arc-message-signature:", b"arc-seal:")
    older = [
        next(raw for raw in fields if raw.lower().startswith(kind) and _number(raw) == place)
        for place in range(1, number)
        for kind in kinds
    ]
    own = [found.removesuffix(b"\r\n"), message.removesuffix(b"\r\n"), seal]
    data = b"".join(canonical(raw, "relaxed") for raw in older + own).removesuffix(b"\r\n")
    return seal + signer.value(data).encode() + b"\r\n" + message + found + content


def _number(raw: bytes) -> int:
    found = re.search(rb"[ :]i=([0-9]+)", raw)
    assert found
    return int(found[1])
