"""Public keys of signers, as the DNS has them (RFC 6376 §3.6, RFC 8301, RFC 8463)."""

import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

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
