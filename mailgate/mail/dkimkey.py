"""Keys of signers: public ones, as the DNS has them, and our own (RFC 6376 §3.6, RFC 8301,
RFC 8463)."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from mailgate.mail.dkimtags import Refused, listed, malformed, read_tags, without_blanks
from mailgate.mail.proofs import Answer, ProofResult

MAX_RECORD = 16 * 1024
"""Characters; a key of 8192 bits needs 1,500."""
_LEAST_BITS = 1024
"""RFC 8301 §3.2."""
_MOST_BITS = 8192
_MOST_EXPONENT_BITS = 32
"""What a check costs grows with both; the usual exponent is 65537."""

_HAS_KEY = re.compile(r"(?:\A|;)[ \t]*+p[ \t]*+=")
"""A wildcard in the DNS puts other texts beside the key."""
_PADDING, _HASH = PKCS1v15(), Prehashed(SHA256())
_LOCKED = (b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")


class KeyType(StrEnum):
    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may be used. `strict`: for addresses of the very domain alone (`t=s`);
    `testing`: what fails is no sign of forgery (`t=y`)."""

    public: RSAPublicKey | Ed25519PublicKey
    strict: bool
    testing: bool

    def verifies(self, value: bytes, digest: bytes) -> bool:
        """Whether `value` signs this SHA-256 digest."""
        try:
            if isinstance(self.public, RSAPublicKey):
                self.public.verify(value, digest, _PADDING, _HASH)
            else:
                self.public.verify(value, digest)  # RFC 8463 §3: the digest is what is signed
        except InvalidSignature:
            return False
        return True


def key_record(answer: Answer | None) -> str:
    """The one key record that the DNS has under the name. Raises Refused."""
    if answer is None or answer.failed:
        raise Refused(ProofResult.TEMPERROR, "no answer from the DNS")
    records = [text for text in answer.records if _HAS_KEY.search(text)]
    if not records:
        raise malformed("no key in the DNS")
    if len(records) > 1:  # RFC 6376 §3.6.2.2: undefined. Ours is none of them.
        raise malformed("several keys under one name")
    if len(records[0]) > MAX_RECORD:
        raise malformed("the key record is too long")
    return records[0]


def read_key(record: str, key_type: KeyType) -> Key:
    """The key of the record. Raises Refused."""
    tags = read_tags(record)
    if "v" in tags and (tags["v"] != "DKIM1" or next(iter(tags)) != "v"):
        raise malformed("the key record is of another version")
    if (tags.get("k") or "rsa").lower() != key_type:
        raise malformed("the key is of another kind")
    if "sha256" not in listed(tags.get("h") or "sha256"):
        raise malformed("the key is not for SHA-256")
    if not {"*", "email"}.intersection(listed(tags.get("s") or "*")):
        raise malformed("the key is not for mail")
    if not tags.get("p"):
        raise malformed("the key was revoked")
    flags = listed(tags.get("t", ""))
    return Key(_public(key_type, without_blanks(tags["p"])), "s" in flags, "y" in flags)


@lru_cache(maxsize=256)
def _public(key_type: KeyType, text: str) -> RSAPublicKey | Ed25519PublicKey:
    data = decoded(text)
    try:
        if key_type is KeyType.ED25519:
            return Ed25519PublicKey.from_public_bytes(data)
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise malformed("the key is none") from None
    if not isinstance(key, RSAPublicKey):
        raise malformed("the key is of another kind")
    if key.key_size < _LEAST_BITS:
        raise malformed(f"a key of {key.key_size} bits is too weak")
    if key.key_size > _MOST_BITS or key.public_numbers().e.bit_length() > _MOST_EXPONENT_BITS:
        raise malformed("the key is too large")
    return key


def decoded(text: str) -> bytes:
    """Base64 without folding white space. Raises Refused."""
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (ValueError, binascii.Error):
        raise malformed("it is no Base64") from None


# --- our own keys ---------------------------------------------------------------------------


class NoSigningKey(ValueError):
    """What was given is no key that may sign; the text says why and what to do. It quotes
    nothing of it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key that may sign mail."""

    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def kind(self) -> KeyType:
        """What `k=` of its record says."""
        return KeyType.RSA if isinstance(self.private, RSAPrivateKey) else KeyType.ED25519

    @property
    def algorithm(self) -> str:
        """`a=` of its signatures."""
        return f"{self.kind.value}-sha256"

    @property
    def bits(self) -> int | None:
        """The size of an RSA key."""
        return self.private.key_size if isinstance(self.private, RSAPrivateKey) else None

    @property
    def published(self) -> str:
        """`p=` of its record: the public key."""
        public = self.private.public_key()
        if isinstance(public, RSAPublicKey):
            data = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:  # RFC 8463 §4.2: the octets alone
            data = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(data).decode("ascii")

    @property
    def record(self) -> str:
        """The TXT record to publish."""
        return f"v=DKIM1; k={self.kind.value}; p={self.published}"

    def sign(self, digest: bytes) -> bytes:
        """The signature of this SHA-256 digest; the same for the same digest."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, _PADDING, _HASH)
        return self.private.sign(digest)


def read_signing_key(pem: bytes) -> SigningKey:
    """The private key of a PEM file. Raises NoSigningKey."""
    if any(mark in pem for mark in _LOCKED):
        raise NoSigningKey("the key has a passphrase; write it without one: openssl pkey -in OLD")
    if b"PRIVATE KEY-----" not in pem:
        raise NoSigningKey("there is no private key in it; give the PEM file with PRIVATE KEY")
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoSigningKey("the private key in it cannot be read; make a new one") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise NoSigningKey("a key of another kind; make one of RSA (2048 bits) or Ed25519")
    if isinstance(key, RSAPrivateKey) and not _LEAST_BITS <= key.key_size <= _MOST_BITS:
        raise NoSigningKey(
            f"an RSA key of {key.key_size} bits; {_LEAST_BITS} to {_MOST_BITS} are taken "
            "(RFC 8301 §3.2), make one of 2048"
        )
    return SigningKey(key)
