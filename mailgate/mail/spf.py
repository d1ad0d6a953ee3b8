"""SPF (RFC 7208): whether a server may send mail in the name of a domain.

The DNS is asked in rounds: `spf_questions` runs the check with the answers so far and tells what
it stumbled over; `check_spf` runs it to its end. Both are pure, and a check is bounded by the
RFC's own limits (§4.6.4), so running it again a dozen times costs less than one question.

Not done: explanations (`exp=` is read, nobody asks for it), and the macro `p`, which is always
"unknown", as §7.3 allows.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote

from mailgate.mail.dkimtags import Refused, malformed
from mailgate.mail.proofs import (
    Answer,
    Answers,
    Connecting,
    ProofResult,
    Question,
    RecordType,
    SpfResult,
)
from mailgate.mail.spfrecord import Kind, Mechanism, Record, is_spf, read_record

MAX_LOOKUPS = 10
"""Terms that ask the DNS (RFC 7208 §4.6.4)."""
MAX_VOID = 2
"""Terms for which the DNS has nothing."""
MAX_NAMES = 10
"""Exchanges of one `mx`, names of one `ptr`."""

_MACRO = re.compile(r"%(?:\{([a-zA-Z])([0-9]*)(r?)([.+,/_=-]*)\}|([%_-]))", re.IGNORECASE)
_LITERAL = {"%": "%", "_": " ", "-": "%20"}
_LABEL = re.compile(r"[!-~]{1,63}")
_MAX_NAME = 253


class _Unanswered(Exception):
    """What must be asked before the check can go on."""

    def __init__(self, questions: frozenset[Question]) -> None:
        super().__init__()
        self.questions = questions


def spf_questions(connecting: Connecting, answers: Answers) -> frozenset[Question]:
    """What must be asked next; empty when the check comes to an end."""
    try:
        _checked(connecting, answers)
    except _Unanswered as stuck:
        return stuck.questions
    return frozenset()


def check_spf(connecting: Connecting, answers: Answers) -> SpfResult:
    """The result for the domain of the reverse path, or for the name in EHLO when that is
    null (RFC 7208 §2.4)."""
    try:
        return _checked(connecting, answers)
    except _Unanswered:
        return SpfResult(_domain(connecting), ProofResult.TEMPERROR, "no answer from the DNS")


def _domain(connecting: Connecting) -> str:
    return (connecting.domain or connecting.helo).lower().rstrip(".")


def _checked(connecting: Connecting, answers: Answers) -> SpfResult:
    domain = _domain(connecting)
    try:
        address = ip_address(connecting.peer)
    except ValueError:
        return SpfResult(domain, ProofResult.NONE, "the peer has no IP address")
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if "." not in domain or not _is_name(domain) or domain.startswith("["):
        return SpfResult(domain, ProofResult.NONE, "there is no domain to ask")
    localpart = connecting.localpart if connecting.domain and connecting.localpart else "postmaster"
    check = _Check(answers, address, connecting.helo, localpart, domain)
    try:
        result = check.host(domain)
    except Refused as refused:
        return SpfResult(domain, refused.result, refused.reason)
    return SpfResult(domain, result, check.reason if result is not ProofResult.PASS else "")


@dataclass(slots=True)
class _Check:
    """One run of check_host() (RFC 7208 §4), with what it has used up."""

    answers: Answers
    address: IPv4Address | IPv6Address
    helo: str
    localpart: str
    sender_domain: str
    lookups: int = 0
    voids: int = 0
    reason: str = ""

    def host(self, domain: str) -> ProofResult:
        """The result of the domain's own record, NONE without one."""
        record = self._record(domain)
        if record is None:
            self.reason = "there is no SPF record"
            return ProofResult.NONE
        for mechanism in record.mechanisms:
            if self._matches(mechanism, domain):
                self.reason = f"the peer matches {mechanism.kind} of {domain}"
                return mechanism.result
        if record.redirect is None:
            self.reason = f"the record of {domain} does not name the peer"
            return ProofResult.NEUTRAL
        self._count_lookup()
        result = self._included(record.redirect, domain)
        if result is ProofResult.NONE:
            raise malformed("redirect= leads to no record")
        return result

    def _included(self, spec: str, domain: str) -> ProofResult:
        """What another domain's record says; NONE where the name is none."""
        target = self._expanded(spec, domain)
        return self.host(target) if _is_name(target) else ProofResult.NONE

    def _record(self, domain: str) -> Record | None:
        answer = self._ask(Question(domain, RecordType.TXT))
        if answer.failed:
            raise Refused(ProofResult.TEMPERROR, "no answer from the DNS")
        texts = [text for text in answer.records if is_spf(text)]
        if len(texts) > 1:
            raise malformed(f"{domain} has several SPF records")
        return read_record(texts[0]) if texts else None

    def _matches(self, mechanism: Mechanism, domain: str) -> bool:
        kind = mechanism.kind
        if kind is Kind.ALL:
            return True
        if mechanism.network is not None:
            return self.address in mechanism.network
        self._count_lookup()
        if kind is Kind.INCLUDE:
            result = self._included(mechanism.spec, domain)
            if result is ProofResult.NONE:
                raise malformed("an include leads to no record")
            return result is ProofResult.PASS
        target = self._expanded(mechanism.spec, domain) if mechanism.spec else domain
        if not _is_name(target):
            return False  # RFC 7208 §4.8
        if kind is Kind.EXISTS:
            return bool(self._found(Question(target, RecordType.A)))
        if kind is Kind.PTR:
            return self._is_named(target)
        if kind is Kind.MX:
            return self._is_exchange(target, mechanism)
        return self._is_one_of(self._found(self._addresses(target)), mechanism)

    def _is_exchange(self, target: str, mechanism: Mechanism) -> bool:
        names = self._found(Question(target, RecordType.MX))
        if len(names) > MAX_NAMES:
            raise malformed(f"{target} has more than {MAX_NAMES} exchanges")
        answers = self._ask_all(names)
        if any(answer.failed for answer in answers):
            raise Refused(ProofResult.TEMPERROR, "no answer from the DNS")
        return any(self._is_one_of(answer.records, mechanism) for answer in answers)

    def _is_named(self, target: str) -> bool:
        """RFC 7208 §5.5; what the DNS does not tell here does not match."""
        answer = self._ask(Question(self.address.reverse_pointer, RecordType.PTR))
        if answer.failed:
            return False
        self._count_void(answer)
        names = [name.lower().rstrip(".") for name in answer.records[:MAX_NAMES]]
        near = tuple(name for name in names if name == target or name.endswith(f".{target}"))
        whole = Mechanism(ProofResult.PASS, Kind.PTR)
        return any(self._is_one_of(one.records, whole) for one in self._ask_all(near))

    def _is_one_of(self, records: tuple[str, ...], mechanism: Mechanism) -> bool:
        width = self.address.max_prefixlen
        shift = width - (mechanism.bits4 if width == 32 else mechanism.bits6)
        own = int(self.address) >> shift
        for record in records:
            try:
                address = ip_address(record)
            except ValueError:
                continue
            if address.version == self.address.version and int(address) >> shift == own:
                return True
        return False

    def _addresses(self, name: str) -> Question:
        return Question(name, RecordType.A if self.address.version == 4 else RecordType.AAAA)

    def _found(self, question: Question) -> tuple[str, ...]:
        answer = self._ask(question)
        if answer.failed:
            raise Refused(ProofResult.TEMPERROR, "no answer from the DNS")
        self._count_void(answer)
        return answer.records

    def _ask(self, question: Question) -> Answer:
        answer = self.answers.get(question)
        if answer is None:
            raise _Unanswered(frozenset([question]))
        return answer

    def _ask_all(self, names: tuple[str, ...]) -> list[Answer]:
        """The addresses of all these names, asked in one round."""
        plain = (name.lower().rstrip(".") for name in names)
        questions = [self._addresses(name) for name in plain if _is_name(name)]
        open_ones = frozenset(one for one in questions if one not in self.answers)
        if open_ones:
            raise _Unanswered(open_ones)
        return [self.answers[one] for one in questions]

    def _count_lookup(self) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            raise malformed(f"the SPF record needs more than {MAX_LOOKUPS} questions")

    def _count_void(self, answer: Answer) -> None:
        self.voids += not answer.records
        if self.voids > MAX_VOID:
            raise malformed(f"more than {MAX_VOID} terms of the SPF record lead nowhere")

    def _expanded(self, spec: str, domain: str) -> str:
        """RFC 7208 §7: the name with its macros filled in, the left of one too long cut off."""
        name = _MACRO.sub(lambda macro: self._macro(macro, domain), spec)
        name = name.lower().removesuffix(".")
        while len(name) > _MAX_NAME and "." in name:
            name = name[max(name.find(".", len(name) - _MAX_NAME - 1), name.find(".")) + 1 :]
        return name

    def _macro(self, macro: re.Match[str], domain: str) -> str:
        if macro[5]:
            return _LITERAL[macro[5]]
        value = self._value(macro[1].lower(), domain)
        if macro[2] or macro[3] or macro[4]:
            parts = re.split(f"[{re.escape(macro[4] or '.')}]", value)
            if macro[3]:
                parts.reverse()
            value = ".".join(parts[-int(macro[2] or len(parts)) :])
        return quote(value, safe="-._~") if macro[1].isupper() else value

    def _value(self, letter: str, domain: str) -> str:
        match letter:
            case "s":
                return f"{self.localpart}@{self.sender_domain}"
            case "l":
                return self.localpart
            case "o":
                return self.sender_domain
            case "d":
                return domain
            case "i":
                return _dotted(self.address)
            case "v":
                return "in-addr" if self.address.version == 4 else "ip6"
            case "h":
                return self.helo
            case _:
                return "unknown"


def _dotted(address: IPv4Address | IPv6Address) -> str:
    """RFC 7208 §7.3: an IPv6 address is its nibbles."""
    if isinstance(address, IPv4Address):
        return str(address)
    return ".".join(address.exploded.replace(":", ""))


def _is_name(name: str) -> bool:
    """Whether the DNS can be asked for it."""
    return len(name) <= _MAX_NAME and all(map(_LABEL.fullmatch, name.split(".")))
