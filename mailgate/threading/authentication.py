"""Whether the From address is the sender's: what is proven, by whom we believe.

In this order: SMTP AUTH at our own door, what trusted hosts wrote into Authentication-Results
(RFC 8601), what we found ourselves (DKIM, SPF, DMARC), and where that is not enough the word of
trusted ARC sealers. Nothing of it is a right: see `threading.rights`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import dropwhile, takewhile

from mailgate.mail.address import Address
from mailgate.mail.authres import domain_of
from mailgate.mail.domains import aligned, organisational_domain
from mailgate.mail.parsed import AuthenticationResults, AuthResult, ParsedMail
from mailgate.mail.proofs import DkimResult, ProofResult, Proofs, Vouched
from mailgate.model.checks import OURSELVES, Check
from mailgate.model.decision import Authentication
from mailgate.model.directory import Directory

_INNER = {"google.com": re.compile(r"2002:a[0-9a-f]{2}:[0-9a-f:]{1,35}|10(?:\.[0-9]{1,3}){3}")}
"""Hosts without a name behind a provider's servers: Gmail's own, of 10.0.0.0/8, mostly written as
6to4, stand on top of every mail that IMAP gives out."""
_DOMAINS = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.helo"),
}
"""The properties that tell what a result is about, the better ones first."""
_PROVING = _DOMAINS | {"spf": ("smtp.mailfrom",)}
"""The same, of what proves a sender."""
_ENFORCED = frozenset({"quarantine", "reject"})
_FAILED = frozenset({"fail", "softfail"})
_MAX_CHECKS = 20


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word counts for a mail. `peer` says that the host that gave it to us is a trusted
    one, `login` names the agent of SMTP AUTH; `authserv_ids` and `sealers` are of the settings,
    in lower case."""

    peer: bool = False
    login: str | None = None
    authserv_ids: frozenset[str] = frozenset()
    sealers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The verdict on the From address, and the method that it stands on (None for NONE).

    `covers` says of a PASS that it holds for all that gives power: a DKIM signature that leaves
    the subject or the references open proves the writer, and anybody may change what it is
    about.
    """

    verdict: Authentication
    by: str | None = None
    covers: bool = True
    checks: tuple[Check, ...] = ()


_Said = tuple[Authentication, str | None]
_NOTHING: _Said = (Authentication.NONE, None)


def needs_proofs(mail: ParsedMail, trust: Trust) -> bool:
    """Whether the DNS is to be asked about the mail: nobody has a From to prove, or somebody
    whom we believe has done so already. A failure at a trusted host is left to ARC."""
    if mail.from_ is None or trust.login is not None:
        return False
    verdict, _ = _told(mail.from_.address.domain, believed(mail.authentication_results, trust))
    if verdict is Authentication.FAIL:
        return bool(trust.sealers)
    return verdict is Authentication.NONE


def authenticate(
    mail: ParsedMail, trust: Trust, directory: Directory, proofs: Proofs | None = None
) -> Authenticated:
    """The verdict on the From address. SMTP AUTH says nothing of another's From address."""
    if mail.from_ is None:
        return Authenticated(Authentication.NONE)
    sender = mail.from_.address
    if trust.login is not None and _is_agent(directory, trust.login, sender):
        check = Check("smtp_auth", sender.domain, "pass", OURSELVES, trust.login)
        return Authenticated(Authentication.PASS, "smtp_auth", checks=(check,))
    fields = believed(mail.authentication_results, trust)
    own = proofs or Proofs()
    vouched = own.arc.vouched(trust.sealers) if own.arc else ()
    checks = (*_host_checks(fields), *_own_checks(own), *_arc_checks(own, vouched))[:_MAX_CHECKS]
    verdict, by = _told(sender.domain, fields)
    covers = verdict is not Authentication.PASS or _told_covers(sender.domain, fields, by, mail)
    if verdict is Authentication.NONE:
        verdict, by = _proven(own, fields)
        covers = verdict is not Authentication.PASS or _covers(own, sender.domain, mail)
    if verdict is not Authentication.PASS and _vouched_for(sender.domain, vouched):
        # What the sealer has seen of the message is not told.
        return Authenticated(Authentication.PASS, "arc", covers=False, checks=checks)
    return Authenticated(verdict, by, covers, checks)


def has_forged_results(results: tuple[AuthenticationResults, ...], trust: Trust) -> bool:
    """Whether a field bears the name of a trusted host that has not written it, as far as we can
    tell. Such a field counts for nothing (RFC 8601 §5)."""
    ours = [field for field in results if field.authserv_id.lower() in trust.authserv_ids]
    return len(ours) > len(believed(results, trust))


def believed(
    results: tuple[AuthenticationResults, ...], trust: Trust
) -> tuple[AuthenticationResults, ...]:
    """The topmost block of a trusted host: its fields that stand next to each other, under no
    Received field but its own. Everything lower came with the mail and may be forged, whatever id
    it bears (RFC 8601 §5); what the host lets stand beside its own fields, it must answer for."""
    if not trust.peer or not results:
        return ()
    block = [field for field in results if field.above_received == results[0].above_received]
    named = list(
        dropwhile(lambda field: field.authserv_id.lower() not in trust.authserv_ids, block)
    )
    if not named or not is_in_front(named[0]):
        return ()
    first = named[0].authserv_id.lower()
    return tuple(takewhile(lambda field: field.authserv_id.lower() == first, named))


def is_in_front(field: AuthenticationResults) -> bool:
    """Whether all Received fields above it are of the host that it names, so that nobody else has
    handed the mail on since."""
    organisation = organisational_domain(field.authserv_id.lower())
    return field.above_received <= len(field.under) and all(
        _is_of(host, organisation) for host in field.under[: field.above_received]
    )


def _is_of(host: str, organisation: str) -> bool:
    inner = _INNER.get(organisation)
    if inner is not None and inner.fullmatch(host):
        return True
    return bool(host) and organisational_domain(host) == organisation


def _is_agent(directory: Directory, login: str, sender: Address) -> bool:
    agent = directory.agents.get(login)
    return agent is not None and directory.agent_for(sender) == agent


# --- what trusted hosts say ---------------------------------------------------------------------


def _told(domain: str, fields: tuple[AuthenticationResults, ...]) -> _Said:
    by_field = _said_by(fields, "dmarc", lambda about: about == domain)
    if any("fail" in said for said in by_field):
        return Authentication.FAIL, "dmarc"
    if _is_pass(by_field):
        return Authentication.PASS, "dmarc"
    for method in ("dkim", "spf"):
        if _is_pass(_said_by(fields, method, lambda about: aligned(about, domain))):
            return Authentication.PASS, method
    return _NOTHING


def _said_by(
    fields: tuple[AuthenticationResults, ...], method: str, is_it: Callable[[str], bool]
) -> list[set[str]]:
    """What each field that tells of the method says of the domain, from the top."""
    told = ([r for r in field.results if r.method == method] for field in fields)
    return [
        {r.result.lower() for r in results if is_it(_about(r, _PROVING[method]))}
        for results in told
        if results
    ]


def _is_pass(by_field: list[set[str]]) -> bool:
    """The first field that tells of a method decides on it; those below can contradict it, and
    add nothing: it is they that may be forged, should the host let such fields stand."""
    return bool(by_field) and bool(by_field[0]) and set().union(*by_field) == {"pass"}


def _agreed(results: Iterable[AuthResult]) -> str | None:
    """The one result that they all give; results in conflict count as none."""
    values = {result.result.lower() for result in results}
    return values.pop() if len(values) == 1 else None


def _about(result: AuthResult, properties: tuple[str, ...] = ()) -> str:
    """The domain that a result is about, "" when that is not told."""
    values = dict(result.properties)
    wanted = properties or _DOMAINS.get(result.method, ())
    return next((domain_of(values[name]) for name in wanted if name in values), "")


# --- what we found ------------------------------------------------------------------------------


def _proven(proofs: Proofs, fields: tuple[AuthenticationResults, ...]) -> _Said:
    dmarc = proofs.dmarc
    if dmarc is None:
        return _NOTHING
    if dmarc.by is not None:
        return Authentication.PASS, "dmarc" if dmarc.result is ProofResult.PASS else dmarc.by
    if dmarc.policy not in _ENFORCED:
        return _NOTHING
    failed = dmarc.result is ProofResult.FAIL or (
        dmarc.result is ProofResult.NEUTRAL and _failed_there(fields)
    )
    return (Authentication.FAIL, "dmarc") if failed else _NOTHING


def _failed_there(fields: tuple[AuthenticationResults, ...]) -> bool:
    """Whether a trusted host saw the mail come from a server that was not permitted: what we
    cannot look at behind it."""
    spf = (r for field in fields for r in field.results if r.method == "spf")
    return _agreed(spf) in _FAILED


def _covers(proofs: Proofs, domain: str, mail: ParsedMail) -> bool:
    """Whether it is more than the name of the writer that is proven: who handed us the mail from
    the sender's own server may have written all of it, a signature signs what it names."""
    if proofs.dmarc is not None and proofs.dmarc.by != "dkim":
        return True
    needed = _needed(mail)
    good = _good(proofs.dkim, domain)
    return any(needed <= one.signed and not one.left_open for one in good)


def _told_covers(
    domain: str, fields: tuple[AuthenticationResults, ...], by: str | None, mail: ParsedMail
) -> bool:
    """The same where a trusted host says that it passed. Which signature held is not always told:
    all that claim to be of the domain must cover it. Where there is none, it was the server."""
    if by == "spf" or _is_pass(_said_by(fields, "spf", lambda about: aligned(about, domain))):
        return True
    claims = [one for one in mail.signatures if not one.domain or aligned(one.domain, domain)]
    needed = _needed(mail)
    return all(needed <= one.covers for one in claims)


def _needed(mail: ParsedMail) -> set[str]:
    present = {
        "to": mail.to,
        "cc": mail.cc,
        "reply-to": mail.reply_to,
        "in-reply-to": mail.in_reply_to,
        "references": mail.references,
    }
    return {"from", "subject", *(name for name, value in present.items() if value)}


def _good(results: tuple[DkimResult, ...], domain: str) -> list[DkimResult]:
    return [r for r in results if r.result is ProofResult.PASS and aligned(r.domain, domain)]


def _vouched_for(domain: str, vouched: tuple[Vouched, ...]) -> bool:
    """Whether the sealer found the mail to be of the domain (RFC 8617 §7.2)."""
    dmarc = {result for method, result, about in vouched if method == "dmarc" and about == domain}
    if dmarc:
        return dmarc == {"pass"}
    dkim = {r for method, r, about in vouched if method == "dkim" and aligned(about, domain)}
    return "pass" in dkim


# --- the checks, to be shown --------------------------------------------------------------------


def _host_checks(fields: tuple[AuthenticationResults, ...]) -> list[Check]:
    return [
        Check(
            result.method,
            _about(result),
            result.result,
            field.authserv_id,
            " ".join(f"{name}={value}" for name, value in result.properties),
        )
        for field in fields
        for result in field.results
    ]


def _own_checks(proofs: Proofs) -> list[Check]:
    found = [
        Check(
            "dkim", one.domain, one.result.value, OURSELVES, _with(f"s={one.selector}", one.reason)
        )
        for one in proofs.dkim
    ]
    if proofs.spf is not None:
        spf = proofs.spf
        found.append(Check("spf", spf.domain, spf.result.value, OURSELVES, spf.reason))
    if proofs.dmarc is not None:
        dmarc = proofs.dmarc
        policy = "no policy" if dmarc.policy is None else f"p={dmarc.policy}"
        aligned_by = "nothing aligned" if dmarc.by is None else f"{dmarc.by} aligned"
        found.append(
            Check("dmarc", dmarc.domain, dmarc.result.value, OURSELVES, _with(policy, aligned_by))
        )
    return found


def _arc_checks(proofs: Proofs, vouched: tuple[Vouched, ...]) -> list[Check]:
    if proofs.arc is None:
        return []
    arc = proofs.arc
    newest = arc.sets[0].sealer if arc.sets else ""
    chain = Check("arc", newest, arc.result.value, OURSELVES, arc.reason)
    sealer = next((held.sealer for held in arc.sets if held.found is vouched), newest)
    return [chain, *(Check(m, about, result, sealer, "by ARC") for m, result, about in vouched)]


def _with(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
