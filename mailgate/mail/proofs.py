"""What a message proves of where it comes from: results of DKIM, ARC, SPF and DMARC.

Made by `mailgate.mail.proving` out of the bytes of a mail and answers of the DNS; nothing here
asks anybody. Domains are lower-case A-labels without a trailing dot.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ProofResult(StrEnum):
    """How a check ended (RFC 8601 §2.7). A check that could not be made proves nothing."""

    NONE = "none"
    """There was nothing to check: no signature, no record."""
    PASS = "pass"  # noqa: S105  a result, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    """SPF alone (RFC 7208 §8.5)."""
    NEUTRAL = "neutral"
    """It can be read, and we give nothing for it: a signature with `l=`, a weak key."""
    TEMPERROR = "temperror"
    """The DNS did not answer; another time it may."""
    PERMERROR = "permerror"
    """The record or the signature breaks its grammar or its limits."""


class Alignment(StrEnum):
    """How near a proven domain must be to that of From (RFC 7489 §3.1)."""

    RELAXED = "relaxed"
    STRICT = "strict"


class RecordType(StrEnum):
    """What is asked of the DNS."""

    TXT = "TXT"
    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    type: RecordType


@dataclass(frozen=True, slots=True)
class Answer:
    """`records` are texts: the joined strings of a TXT, an IP address, the exchanges of MX in
    order of preference. () with `failed` False is "no such name, or none of this type";
    `failed` says that nobody answered in time (or answered SERVFAIL)."""

    records: tuple[str, ...] = ()
    failed: bool = False


Answers = Mapping[Question, Answer]


@dataclass(frozen=True, slots=True)
class DkimResult:
    """One DKIM-Signature field (RFC 6376). `signed` are the lower-case names of the header
    fields that it covers; `reason` says in a few words why it is not a pass, "" when it is."""

    domain: str
    selector: str
    result: ProofResult
    signed: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SpfResult:
    """The check of the reverse path's domain (RFC 7208), or of EHLO's for a null one."""

    domain: str
    result: ProofResult
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ArcResult:
    """The ARC chain (RFC 8617). `sealers` are the domains of the seals, the newest first; `seen`
    is what the outermost trusted sealer is asked for: the method results of its
    ARC-Authentication-Results by sealer domain (`("dmarc", "pass", "customer.example")`)."""

    result: ProofResult
    sealers: tuple[str, ...] = ()
    seen: Mapping[str, tuple[tuple[str, str, str], ...]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DmarcResult:
    """What the domain of From asks for and whether it is met (RFC 7489 §6.6). `policy` is None
    without a record. `by` names the proof that aligned: `dkim`, `spf`, None without one."""

    domain: str
    policy: str | None
    result: ProofResult
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """Everything that was checked of one mail by ourselves."""

    dkim: tuple[DkimResult, ...] = ()
    spf: SpfResult | None = None
    arc: ArcResult | None = None
    dmarc: DmarcResult | None = None
