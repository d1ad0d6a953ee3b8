"""DKIM signatures (RFC 6376, with RFC 8301 and RFC 8463): what can be said of one without its
key, and what its key says.

Stricter than the RFC where it leaves a choice: `l=` proves nothing (anybody may append), SHA-1
and keys under 1024 bits neither, and a field that a mail has once must not be there a second
time beside the signed one.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from mailgate.mail.address import AddressError, canonical_domain
from mailgate.mail.dkimcanon import Canon, RawField, SignedMail, canonical_field, without_signature
from mailgate.mail.dkimkey import KeyType, decoded, key_record, read_key
from mailgate.mail.dkimtags import (
    Refused,
    is_selector,
    listed,
    malformed,
    read_tags,
    without_blanks,
)
from mailgate.mail.domains import aligned
from mailgate.mail.proofs import Answers, DkimResult, ProofResult, Question, RecordType

MAX_SIGNATURES = 5
"""So many are checked of a mail, those of the domain of From first."""
MAX_FIELD_OCTETS = 16 * 1024
"""A signature field; one of RSA-4096 over fifty fields has 2 KB."""
CLOCK_SKEW = 3600
"""Seconds that the signer's clock may be ahead of ours."""
SIGNATURE_FIELD = "dkim-signature"

_ALGORITHMS = {"rsa-sha256": KeyType.RSA, "ed25519-sha256": KeyType.ED25519}
_CANONS = {canon.value: canon for canon in Canon}
_ELSEWHERE = (ProofResult.NEUTRAL, "not looked at: it is of another domain than From")
_SIGNATURE_OCTETS = 1024
_SECONDS = re.compile(r"[0-9]{1,12}")
_FIELD_NAME = re.compile(r"[!-9<-~]{1,200}")
_REQUIRED = ("a", "b", "bh", "d", "h", "s")
_ONCE = frozenset(
    [
        *("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id"),
        *("in-reply-to", "references", "mime-version", "content-type"),
        "content-transfer-encoding",
    ]
)
"""What a mail has at most once (RFC 5322 §3.6, RFC 2045 §3). Which of two a reader is shown
nobody knows: where one is signed, both must be."""

_OF_THE_BODY = ("content-type", "content-transfer-encoding")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with everything done that needs no key. `refused` says that none is needed."""

    domain: str
    selector: str
    signed: frozenset[str] = frozenset()
    key_type: KeyType = KeyType.RSA
    identity: str = ""
    """The domain of `i=`."""
    digest: bytes = field(default=b"", repr=False)
    value: bytes = field(default=b"", repr=False)
    refused: tuple[ProofResult, str] | None = None
    left_open: frozenset[str] = frozenset()

    @property
    def question(self) -> Question:
        """Where its key is."""
        return Question(f"{self.selector}._domainkey.{self.domain}", RecordType.TXT)

    def conclude(self, answers: Answers) -> tuple[ProofResult, str]:
        """The result, and why it is no pass."""
        if self.refused is not None:
            return self.refused
        try:
            record = key_record(answers.get(self.question))
            return _by_key(self, record)
        except Refused as refused:
            return refused.result, refused.reason


@lru_cache(maxsize=64)
def _by_key(signature: Signature, record: str) -> tuple[ProofResult, str]:
    """Kept for a moment: a mail is asked about once a round, and the mathematics are the dearest
    part. Raises Refused."""
    key = read_key(record, signature.key_type)
    if key.strict and signature.identity != signature.domain:
        raise malformed("i= is of a subdomain, which the key forbids")
    if key.verifies(signature.value, signature.digest):
        return ProofResult.PASS, ""
    if key.testing:  # RFC 6376 §3.6.1: as if it were not signed
        return ProofResult.NEUTRAL, "it does not fit, and its key is being tested"
    return ProofResult.FAIL, "the signature does not fit"


def read_signatures(
    mail: SignedMail, from_domain: str | None, now: datetime
) -> tuple[Signature, ...]:
    """The signatures that are told of, those of the domain of From first: they alone can prove
    it (RFC 7489 §3.1.1), so no key of another is asked for. `now` is the time of arrival."""
    claimed = [(raw, _claimed(raw)) for raw in mail.all(SIGNATURE_FIELD)]
    if len(claimed) > MAX_SIGNATURES:
        claimed.sort(key=lambda each: not aligned(each[1][0], from_domain or ""))
    return tuple(
        read_signature(mail, raw, now)
        if from_domain is None or not claim[0] or aligned(claim[0], from_domain)
        else Signature(*claim, refused=_ELSEWHERE)
        for raw, claim in claimed[:MAX_SIGNATURES]
    )


def _claimed(raw: RawField) -> tuple[str, str]:
    """The domain and selector that a signature says it is of, "" when it is none."""
    try:
        return signature_tags(raw)[1:]
    except Refused:
        return "", ""


def read_signature(mail: SignedMail, raw: RawField, now: datetime) -> Signature:
    """One DKIM-Signature field of the mail."""
    domain = selector = ""
    signed: frozenset[str] = frozenset()
    try:
        tags, domain, selector = signature_tags(raw)
        names = signed_names(tags)
        signed = frozenset(names)
        if tags.get("v") != "1":
            raise malformed("it is of another version")
        key_type, header_canon = check_terms(tags, now)
        check_fields(mail, names)
        check_body(mail, tags)
        return Signature(
            domain,
            selector,
            signed,
            key_type,
            _identity(tags, domain),
            message_digest(mail, raw, names, header_canon),
            signature_value(tags),
            left_open=frozenset(name for name in _OF_THE_BODY if mail.all(name)) - signed,
        )
    except Refused as refused:
        return Signature(domain, selector, signed, refused=(refused.result, refused.reason))


def result_of(signature: Signature, answers: Answers) -> DkimResult:
    """What is told of it."""
    result, reason = signature.conclude(answers)
    return DkimResult(
        signature.domain, signature.selector, result, signature.signed, reason, signature.left_open
    )


# --- the parts, which an ARC message signature has too ------------------------------------------


def _tags(raw: RawField) -> dict[str, str]:
    if len(raw.raw) > MAX_FIELD_OCTETS:
        raise malformed("the signature is too long")
    return read_tags(raw.value.decode("utf-8", "replace"))


def signature_tags(raw: RawField) -> tuple[dict[str, str], str, str]:
    """The tags of a signature field with its domain and selector. Raises Refused."""
    tags = _tags(raw)
    return tags, _domain(tags), _selector(tags)


def _domain(tags: dict[str, str]) -> str:
    try:
        domain = canonical_domain(without_blanks(tags.get("d", "")))
    except AddressError:
        raise malformed("d= is no domain") from None
    if "." not in domain or domain.startswith("["):
        raise malformed("d= is no domain")
    return domain


def _selector(tags: dict[str, str]) -> str:
    selector = tags.get("s", "")
    if not is_selector(selector):
        raise malformed("s= is no selector")
    return selector.lower()


def _identity(tags: dict[str, str], domain: str) -> str:
    """RFC 6376 §3.5: `i=` is of the signing domain or one under it."""
    identity = without_blanks(tags.get("i", f"@{domain}")).rpartition("@")
    try:
        of = canonical_domain(identity[2])
    except AddressError:
        of = ""
    if not identity[1] or not (of == domain or of.endswith(f".{domain}")):
        raise malformed("i= is not of the domain d=")
    return of


def signed_names(tags: dict[str, str]) -> tuple[str, ...]:
    """The lower-case names of `h=`. Raises Refused."""
    missing = [name for name in _REQUIRED if not tags.get(name)]
    if missing:
        raise malformed(f"it has no {missing[0]}=")
    names = listed(tags["h"])
    if not all(map(_FIELD_NAME.fullmatch, names)):
        raise malformed("h= is no list of fields")
    return names


def check_terms(tags: dict[str, str], now: datetime) -> tuple[KeyType, Canon]:
    """Algorithm, times and whatever else decides without a look at the mail. Raises Refused."""
    key_type = algorithm(tags)
    if "l" in tags:
        raise Refused(ProofResult.NEUTRAL, "l= signs a part of the body alone")
    if "dns/txt" not in listed(tags.get("q", "dns/txt")):
        raise malformed("q= knows no key in the DNS")
    seconds = now.timestamp()
    signed_at, expires = _seconds(tags, "t"), _seconds(tags, "x")
    if signed_at is not None and signed_at > seconds + CLOCK_SKEW:
        raise malformed("it was signed in the future")
    if expires is not None and (expires < seconds or (signed_at or 0) > expires):
        raise malformed("it has expired")
    return key_type, _canon(tags)[0]


def algorithm(tags: dict[str, str]) -> KeyType:
    """Raises Refused for what proves nothing any more (RFC 8301 §3.1)."""
    name = tags.get("a", "").lower()
    if name == "rsa-sha1":
        raise malformed("SHA-1 proves nothing")
    if name not in _ALGORITHMS:
        raise malformed("its algorithm is unknown")
    return _ALGORITHMS[name]


def _seconds(tags: dict[str, str], name: str) -> int | None:
    if name not in tags:
        return None
    if not _SECONDS.fullmatch(tags[name]):
        raise malformed(f"{name}= is no time")
    return int(tags[name])


def _canon(tags: dict[str, str]) -> tuple[Canon, Canon]:
    header, slash, body = tags.get("c", "simple/simple").lower().partition("/")
    try:
        return _CANONS[header], _CANONS[body if slash else "simple"]
    except KeyError:
        raise malformed("c= is unknown") from None


def check_fields(mail: SignedMail, names: tuple[str, ...]) -> None:
    """What is signed must be all that a reader may be shown. Raises Refused."""
    if mail.unreadable:
        raise malformed(mail.unreadable)
    if "from" not in names:
        raise malformed("From is not signed")
    if len(mail.all("from")) != 1:
        raise Refused(ProofResult.FAIL, "it has not one From")
    for name in dict.fromkeys(name for name in names if name in _ONCE):
        if names.count(name) < len(mail.all(name)):
            raise Refused(ProofResult.FAIL, f"a field {name} was added")


def check_body(mail: SignedMail, tags: dict[str, str]) -> None:
    """Raises Refused unless the body is the one that was signed."""
    if decoded(without_blanks(tags["bh"])) != mail.body_hash(_canon(tags)[1]):
        raise Refused(ProofResult.FAIL, "the body was changed")


def message_digest(mail: SignedMail, raw: RawField, names: tuple[str, ...], canon: Canon) -> bytes:
    """What is signed: the fields, and the signature's own without its value."""
    own = canonical_field(without_signature(raw), canon)
    return hashlib.sha256(mail.signed_fields(names, canon) + own).digest()


def signature_value(tags: dict[str, str]) -> bytes:
    """Raises Refused."""
    value = decoded(without_blanks(tags["b"]))
    if len(value) > _SIGNATURE_OCTETS:
        raise malformed("b= is too long")
    return value
