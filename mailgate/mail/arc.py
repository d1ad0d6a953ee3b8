"""The ARC chain (RFC 8617): what hosts on the way say they found before they changed the mail."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from mailgate.mail.authres import MAX_OCTETS, domain_of, read_results
from mailgate.mail.dkim import (
    Signature,
    algorithm,
    check_body,
    check_fields,
    check_terms,
    message_digest,
    signature_tags,
    signature_value,
    signed_names,
)
from mailgate.mail.dkimcanon import Canon, RawField, SignedMail, canonical_field, without_signature
from mailgate.mail.dkimtags import Refused, malformed, without_blanks
from mailgate.mail.parsed import AuthResult
from mailgate.mail.proofs import (
    Answers,
    ArcResult,
    ArcSet,
    ProofResult,
    Question,
    Vouched,
)

MAX_SETS = 50
"""RFC 8617 §4.2.1."""
MAX_VERIFIED = 10
"""A longer chain is not checked: each set costs a question or two."""
_MAX_FOUND = 20

_RESULTS, _MESSAGE, _SEAL = "arc-authentication-results", "arc-message-signature", "arc-seal"
_INSTANCE = re.compile(r"[1-9][0-9]?")
_LEADING_INSTANCE = re.compile(rb"[ \t\r\n]*+i[ \t\r\n]*+=[ \t\r\n]*+([1-9][0-9]?)[ \t\r\n]*+;")
_PROPERTIES = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.helo"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """One ARC set with everything done that needs no key."""

    seal: Signature
    message: Signature
    found: tuple[Vouched, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """The sets from the newest to the oldest. `refused` says that no key is needed to tell."""

    links: tuple[Link, ...] = ()
    refused: tuple[ProofResult, str] | None = None

    @property
    def sealers(self) -> frozenset[str]:
        """The domains that say they sealed the mail."""
        return frozenset(link.seal.domain for link in self.links)

    def questions(self) -> frozenset[Question]:
        """The keys that decide."""
        if self.refused is not None:
            return frozenset()
        signatures = [link.seal for link in self.links] + [link.message for link in self.links]
        return frozenset(one.question for one in signatures if one.refused is None)

    def conclude(self, answers: Answers) -> ArcResult:
        """RFC 8617 §5.2: the newest message signature and every seal must hold."""
        if self.refused is not None:
            return ArcResult(self.refused[0], reason=self.refused[1])
        messages = [link.message.conclude(answers) for link in self.links]
        sets = tuple(
            ArcSet(link.seal.domain, message[0] is ProofResult.PASS, link.found)
            for link, message in zip(self.links, messages, strict=True)
        )
        needed = [messages[0]] + [link.seal.conclude(answers) for link in self.links]
        broken = [one for one in needed if one[0] is not ProofResult.PASS]
        if not broken:
            return ArcResult(ProofResult.PASS, sets)
        if all(result is ProofResult.TEMPERROR for result, _ in broken):
            return ArcResult(ProofResult.TEMPERROR, sets, broken[0][1])
        reason = next(why for result, why in broken if result is not ProofResult.TEMPERROR)
        return ArcResult(ProofResult.FAIL, sets, reason)


def read_chain(mail: SignedMail, now: datetime) -> Chain | None:
    """The chain of the mail, None when it has none. `now` is the time of arrival."""
    if not any(map(mail.all, (_RESULTS, _MESSAGE, _SEAL))):
        return None
    try:
        sets = _sets(mail)
        digests = _seal_digests(sets)
        links = [
            _link(mail, fields, digest, number, now)
            for number, (fields, digest) in enumerate(zip(sets, digests, strict=True), start=1)
        ]
    except Refused as refused:
        result = refused.result
        if result is ProofResult.PERMERROR:
            result = ProofResult.FAIL  # RFC 8617 §5.2 knows pass and fail
        return Chain(refused=(result, refused.reason))
    newest = links[-1].message.refused
    return Chain(tuple(reversed(links)), (ProofResult.FAIL, newest[1]) if newest else None)


_Fields = tuple[RawField, RawField, RawField]


def _sets(mail: SignedMail) -> list[_Fields]:
    """The three fields of each set, the oldest first. Raises Refused."""
    if mail.unreadable:
        raise malformed(mail.unreadable)
    kinds = [mail.all(name) for name in (_RESULTS, _MESSAGE, _SEAL)]
    count = len(kinds[0])
    if count > MAX_SETS or any(len(fields) != count for fields in kinds):
        raise malformed("the sets are not whole")
    if count > MAX_VERIFIED:
        raise Refused(ProofResult.NEUTRAL, f"more than {MAX_VERIFIED} sets are not checked")
    by_number = [{_instance(field): field for field in fields} for fields in kinds]
    try:
        return [
            (by_number[0][number], by_number[1][number], by_number[2][number])
            for number in range(1, count + 1)
        ]
    except KeyError:
        raise malformed("the sets are not numbered from 1") from None


def _instance(field: RawField) -> int:
    if field.name == _RESULTS:
        leading = _LEADING_INSTANCE.match(field.value)
        if leading is None:
            raise malformed("a set has no number")
        return int(leading[1])
    number = signature_tags(field)[0].get("i", "")
    if not _INSTANCE.fullmatch(number):
        raise malformed("a set has no number")
    return int(number)


def _seal_digests(sets: list[_Fields]) -> list[bytes]:
    """What each seal signs (RFC 8617 §5.1.1): every set up to its own, in order."""
    digests: list[bytes] = []
    running = hashlib.sha256()
    for results, message, seal in sets:
        running.update(_line(results) + _line(message))
        own = running.copy()
        own.update(canonical_field(without_signature(seal), Canon.RELAXED))
        digests.append(own.digest())
        running.update(_line(seal))
    return digests


def _line(field: RawField) -> bytes:
    return canonical_field(field, Canon.RELAXED) + b"\r\n"


def _link(mail: SignedMail, fields: _Fields, digest: bytes, number: int, now: datetime) -> Link:
    results, message, seal = fields
    return Link(_seal(seal, digest, number), _message(mail, message, now), _found(results))


def _seal(raw: RawField, digest: bytes, number: int) -> Signature:
    """Raises Refused where the chain is broken by the seal's own words."""
    tags, domain, selector = signature_tags(raw)
    said, due = tags.get("cv", "").lower(), "none" if number == 1 else "pass"
    if said != due:
        raise malformed(f"set {number} says that the chain was broken before")
    if "h" in tags or not tags.get("b"):
        raise malformed(f"the seal of set {number} is malformed")
    return Signature(
        domain,
        selector,
        key_type=algorithm(tags),
        identity=domain,
        digest=digest,
        value=signature_value(tags),
    )


def _message(mail: SignedMail, raw: RawField, now: datetime) -> Signature:
    """RFC 8617 §4.1.2: a DKIM signature without `v=`, whose `i=` is the number of its set. An
    older one that does not hold any more breaks nothing."""
    tags, domain, selector = signature_tags(raw)
    try:
        names = signed_names(tags)
        if _SEAL in names:
            raise malformed("it signs a seal")
        key_type, canon = check_terms(tags, now)
        check_fields(mail, names)
        check_body(mail, tags)
        return Signature(
            domain,
            selector,
            frozenset(names),
            key_type,
            identity=domain,
            digest=message_digest(mail, raw, names, canon),
            value=signature_value(tags),
        )
    except Refused as refused:
        return Signature(domain, selector, refused=(refused.result, refused.reason))


def _found(raw: RawField) -> tuple[Vouched, ...]:
    leading = _LEADING_INSTANCE.match(raw.value)
    if leading is None or len(raw.raw) > MAX_OCTETS:
        return ()
    results = read_results(raw.value[leading.end() :]).results[:_MAX_FOUND]
    return tuple((one.method, one.result, _about(one)) for one in results)


def _about(result: AuthResult) -> str:
    """The domain that a result is about, "" when it does not say."""
    values = dict(result.properties)
    names = _PROPERTIES.get(result.method, ())
    value = next((values[name] for name in names if name in values), "")
    return domain_of(without_blanks(value))
