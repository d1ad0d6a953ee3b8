"""DMARC (RFC 7489): what the domain of From asks of mail in its name, and whether it is met."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailgate.mail.dkimkey import MAX_RECORD
from mailgate.mail.dkimtags import Refused, read_tags
from mailgate.mail.domains import aligned, organisational_domain
from mailgate.mail.proofs import (
    Alignment,
    Answer,
    Answers,
    DkimResult,
    DmarcResult,
    ProofResult,
    Question,
    RecordType,
    SpfResult,
)

_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a domain asks for. `asked` is None without a record."""

    asked: str | None = None
    dkim: Alignment = Alignment.RELAXED
    spf: Alignment = Alignment.RELAXED
    unknown: bool = False
    """The DNS did not tell: whether less than the very domain is enough, too."""


def policy_questions(domain: str, answers: Answers) -> frozenset[Question]:
    """RFC 7489 §6.6.3: the domain itself, then its organisation when it has no record."""
    for question in _places(domain):
        answer = answers.get(question)
        if answer is None:
            return frozenset([question])
        if answer.failed or _record(answer) is not None:
            break
    return frozenset()


def policy_of(domain: str, answers: Answers) -> Policy:
    """The policy that holds for mail from the domain."""
    for place, question in enumerate(_places(domain)):
        answer = answers.get(question)
        if answer is None or answer.failed:
            return Policy(dkim=Alignment.STRICT, spf=Alignment.STRICT, unknown=True)
        tags = _record(answer)
        if tags is not None:
            asked = _policy(tags.get("sp", "")) if place else None
            return Policy(
                asked or _policy(tags.get("p", "")) or "none",
                _alignment(tags.get("adkim", "")),
                _alignment(tags.get("aspf", "")),
            )
    return Policy()


def judge(
    domain: str, policy: Policy, dkim: Iterable[DkimResult], spf: SpfResult | None
) -> DmarcResult:
    """Whether what was proven stands for the domain. `spf` is None where it could not be
    checked."""
    results = [
        *(("dkim", one.result, aligned(one.domain, domain, policy.dkim)) for one in dkim),
        *([("spf", spf.result, aligned(spf.domain, domain, policy.spf))] if spf else []),
    ]
    for_it = [(method, result) for method, result, is_aligned in results if is_aligned]
    by = next((method for method, result in for_it if result is ProofResult.PASS), None)
    if policy.unknown:
        return DmarcResult(domain, None, ProofResult.TEMPERROR, by)
    if policy.asked is None:
        return DmarcResult(domain, None, ProofResult.NONE, by)
    if by is not None:
        result = ProofResult.PASS
    elif any(result is ProofResult.TEMPERROR for _, result in for_it):
        result = ProofResult.TEMPERROR
    else:
        result = ProofResult.NEUTRAL if spf is None else ProofResult.FAIL
    return DmarcResult(domain, policy.asked, result, by)


def _places(domain: str) -> list[Question]:
    domains = dict.fromkeys([domain, organisational_domain(domain)])
    return [Question(f"_dmarc.{name}", RecordType.TXT) for name in domains]


def _record(answer: Answer) -> dict[str, str] | None:
    """The one DMARC record. Several are none (RFC 7489 §6.6.3), and one without a policy is none
    unless it asks for reports, which makes it `p=none`."""
    texts = [text for text in answer.records if _is_dmarc(text)]
    if len(texts) != 1 or len(texts[0]) > MAX_RECORD:
        return None
    try:
        tags = {name.lower(): value for name, value in read_tags(texts[0]).items()}
    except Refused:
        return None
    return tags if _policy(tags.get("p", "")) or tags.get("rua") else None


def _is_dmarc(text: str) -> bool:
    """RFC 7489 §6.3: the version comes first and is written so."""
    name, equals, value = text.partition(";")[0].partition("=")
    return name.strip() == "v" and bool(equals) and value.strip() == "DMARC1"


def _policy(value: str) -> str | None:
    return value.lower() if value.lower() in _POLICIES else None


def _alignment(value: str) -> Alignment:
    return Alignment.STRICT if value.lower() == "s" else Alignment.RELAXED
