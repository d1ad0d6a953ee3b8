"""The DNS of the support addresses' domains and of the host."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

from mailgate.daemon.doctor import records
from mailgate.daemon.doctor.findings import Finding, ok, warn
from mailgate.daemon.doctor.resolver import Answer, Resolver, Unanswered
from mailgate.mail.dkimsign import Signer

_MAX_SPF = 30
"""Records that are read to count the lookups of one."""
_RESERVED = ("example", "test", "invalid", "localhost", "local", "internal")
"""RFC 2606, RFC 6762 and ICANN's `internal`: no such domain gets mail from outside."""
_HELP = "see that a DNS server can be reached from here, or name one: --dns IP:PORT"


def is_reserved(domain: str) -> bool:
    """Whether no name below it is in the public DNS."""
    return domain.rpartition(".")[2] in _RESERVED


async def check_domain(
    domain: str,
    resolver: Resolver,
    *,
    hostname: str,
    selectors: Sequence[str],
    own_server: bool,
    signers: Sequence[Signer] = (),
) -> list[Finding]:
    """MX, SPF, DMARC and DKIM of one domain: the keys of `signers` are our own, those under
    `selectors` others'. `own_server` says that a DNS server was named, so that names which the
    public DNS does not know are asked for as well."""
    if domain.startswith("["):
        return [ok(f"dns {domain}", "an address, which needs no DNS")]
    if is_reserved(domain) and not own_server:
        text = "a name that is not in the public DNS: no mail comes to it from outside"
        return [warn(f"dns {domain}", text, "use a domain of your own in [[address]]")]
    checks = [
        _mx(domain, resolver, hostname),
        _spf(domain, resolver),
        _dmarc(domain, resolver),
        *(_own_key(domain, signer, resolver) for signer in signers),
        *(_dkim(domain, selector, resolver) for selector in selectors),
    ]
    found, unanswered = await _all(checks)
    if unanswered and not found:
        return [warn(f"dns {domain}", f"DNS could not be asked: {unanswered[0]}", _HELP)]
    if unanswered:
        text = f"{len(unanswered)} questions were not answered: {unanswered[0]}"
        found.append(warn(f"dns {domain}", text, _HELP))
    if not selectors and not signers:
        text = "not looked at: no [[dkim]] here; name the smarthost's selector by --selector"
        found.append(ok(f"dkim {domain}", text))
    return found


async def check_host(hostname: str, resolver: Resolver, *, own_server: bool) -> list[Finding]:
    """The name in EHLO: its addresses, and their names."""
    subject = f"host {hostname}"
    if "." not in hostname or (is_reserved(hostname) and not own_server):
        text = "no name that others know: some mail servers refuse who greets with it"
        return [warn(subject, text, "set [gateway] hostname to the full name of this machine")]
    try:
        addresses = await _addresses(hostname, resolver)
        public = [each for each in addresses if not ip_address(each).is_loopback]
        names = {each: (await resolver.names_of(each)).texts for each in public[:4]}
    except Unanswered as error:
        return [warn(subject, f"DNS could not be asked: {error}", _HELP)]
    return [records.judge_host(hostname, tuple(addresses), names)]


async def _all(
    checks: Iterable[Coroutine[Any, Any, Finding]],
) -> tuple[list[Finding], list[str]]:
    """What they found, in order, and why others could not."""
    outcomes = await asyncio.gather(*checks, return_exceptions=True)
    found = [each for each in outcomes if isinstance(each, Finding)]
    other = [each for each in outcomes if isinstance(each, BaseException)]
    for error in other:
        if not isinstance(error, Unanswered):
            raise error
    return found, [str(error) for error in other]


async def _mx(domain: str, resolver: Resolver, hostname: str) -> Finding:
    answer = await resolver.ask(domain, "MX")
    targets = records.mx_targets(answer.texts) or ((domain,) if answer.exists else ())
    looked = await asyncio.gather(*(_addresses(target, resolver) for target in targets[:10]))
    reachable = {target: bool(found) for target, found in zip(targets, looked, strict=False)}
    return records.judge_mx(domain, answer, reachable, hostname=hostname)


async def _addresses(name: str, resolver: Resolver) -> list[str]:
    if name == ".":
        return []
    both = await asyncio.gather(resolver.ask(name, "A"), resolver.ask(name, "AAAA"))
    return [text for answer in both for text in answer.texts]


async def _spf(domain: str, resolver: Resolver) -> Finding:
    texts = (await resolver.ask(domain, "TXT")).texts
    found = records.spf_records(texts)
    questions = await _spf_questions(found[0], resolver) if len(found) == 1 else None
    return records.judge_spf(domain, texts, questions)


async def _spf_questions(record: str, resolver: Resolver) -> int | None:
    """What the record and those that it includes cost together; None when one cannot be read."""
    total, waiting, seen = 0, [record], 0
    while waiting and seen < _MAX_SPF:
        seen += 1
        current = waiting.pop()
        total += records.spf_questions(current)
        for name in records.spf_follows(current):
            try:
                texts = (await resolver.ask(name, "TXT")).texts
            except Unanswered:
                return None
            waiting += records.spf_records(texts)[:1]
    return total


async def _dmarc(domain: str, resolver: Resolver) -> Finding:
    """At the domain, else at those above it, up to two labels."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        at = ".".join(labels[start:])
        answer: Answer = await resolver.ask(f"_dmarc.{at}", "TXT")
        if records.dmarc_records(answer.texts):
            return records.judge_dmarc(domain, at, answer.texts)
    return records.judge_dmarc(domain, domain, ())


async def _own_key(domain: str, signer: Signer, resolver: Resolver) -> Finding:
    answer = await resolver.ask(f"{signer.selector}._domainkey.{domain}", "TXT")
    return records.judge_own_key(domain, signer, answer.texts)


async def _dkim(domain: str, selector: str, resolver: Resolver) -> Finding:
    answer = await resolver.ask(f"{selector}._domainkey.{domain}", "TXT")
    return records.judge_dkim(domain, selector, answer.texts)
