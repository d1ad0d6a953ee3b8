"""What a message proves of where it comes from: results of DKIM, ARC, SPF and DMARC.

Made by `mailgate.mail.proving` out of the bytes of a mail and answers of the DNS; nothing here
asks anybody. Domains are lower-case A-labels without a trailing dot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
    """What is asked of the DNS. A PTR is asked by the reversed name, `4.2.0.192.in-addr.arpa`, a
    TLSA by port and protocol, `_25._tcp.mx.example.com`."""

    TXT = "TXT"
    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"
    TLSA = "TLSA"


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    type: RecordType


@dataclass(frozen=True, slots=True)
class Answer:
    """`records` are texts: the joined strings of a TXT (octets beyond ASCII as Latin-1), an IP
    address, a name, the exchanges of MX in order of preference, the fields of a TLSA with its data
    in hexadecimal (`3 1 1 5f...`). () with `failed` False is "no such name, or none of this type";
    `failed` says that nobody answered in time (or answered SERVFAIL)."""

    records: tuple[str, ...] = ()
    failed: bool = False
    exists: bool = True
    """False where nothing of any type is under the name (NXDOMAIN)."""
    secure: bool = False
    """A name server that we may believe has validated it by DNSSEC, also that there is nothing."""
    preferences: tuple[int, ...] = ()
    """Of MX alone: one for each of `records`."""


Answers = Mapping[Question, Answer]


@dataclass(frozen=True, slots=True)
class DkimResult:
    """One DKIM-Signature field (RFC 6376). `signed` are the lower-case names of the header
    fields that it covers; `reason` says in a few words why it is not a pass, "" when it is;
    `left_open` are fields of the mail that say how its body is read and that it does not
    cover."""

    domain: str
    selector: str
    result: ProofResult
    signed: frozenset[str] = frozenset()
    reason: str = ""
    left_open: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SpfResult:
    """The check of the reverse path's domain (RFC 7208), or of EHLO's for a null one."""

    domain: str
    result: ProofResult
    reason: str = ""


Vouched = tuple[str, str, str]
"""What somebody else found: `("dmarc", "pass", "customer.example")`."""


@dataclass(frozen=True, slots=True)
class Connecting:
    """Who hands us the mail, where that is the sender's own server: its IP address, its name in
    EHLO, and the reverse path. For a null one `domain` is "" (RFC 7208 §2.4 then takes EHLO's
    name)."""

    peer: str
    helo: str
    localpart: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class ArcSet:
    """What one host on the way says (RFC 8617 §4.2): `found` are the methods of its
    ARC-Authentication-Results. `intact` is true when its own message signature still holds:
    nobody behind it has changed what it signed."""

    sealer: str
    intact: bool
    found: tuple[Vouched, ...] = ()


@dataclass(frozen=True, slots=True)
class ArcResult:
    """The ARC chain (RFC 8617), its sets from the newest to the oldest."""

    result: ProofResult
    sets: tuple[ArcSet, ...] = ()
    reason: str = ""

    def vouched(self, trusted: frozenset[str]) -> tuple[Vouched, ...]:
        """What the trusted sealer found who saw the mail first; () when none is to be believed.

        Anybody may put a seal on top of a good chain and change the mail. So an older set
        counts only where every newer one is of a trusted sealer too, or nothing that the
        older one signed has changed since.
        """
        believed: tuple[Vouched, ...] = ()
        only_trusted = True
        for held in self.sets if self.result is ProofResult.PASS else ():
            if held.sealer not in trusted:
                only_trusted = False
            elif only_trusted or held.intact:
                believed = held.found
        return believed


@dataclass(frozen=True, slots=True)
class DmarcResult:
    """What the domain of From asks for and whether it is met (RFC 7489 §6.6).

    `policy` is None without a record. `by` names the proof that aligned: `dkim`, `spf`, None
    without one; it is told without a record too, by relaxed alignment. `result` is NONE without
    a record, and NEUTRAL when nothing aligned but SPF could not be checked: another host handed
    us the mail, and to it the sender's server may have been a permitted one.
    """

    domain: str
    policy: str | None
    result: ProofResult
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """Everything that was checked of one mail by ourselves. What one proof made needless was not
    asked for and is None: SPF when a signature aligned and is enough, ARC when DMARC passed."""

    dkim: tuple[DkimResult, ...] = ()
    spf: SpfResult | None = None
    arc: ArcResult | None = None
    dmarc: DmarcResult | None = None
