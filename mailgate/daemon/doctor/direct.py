"""The way out without a smarthost: can the mail servers of others be reached from here?"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from mailgate.clock import Clock
from mailgate.daemon.doctor import records
from mailgate.daemon.doctor.dialogue import Dialogue, Unexpected
from mailgate.daemon.doctor.dns import is_reserved
from mailgate.daemon.doctor.findings import Finding, fail, ok, warn
from mailgate.daemon.doctor.resolver import Resolver, Unanswered
from mailgate.daemon.names import name_servers
from mailgate.outbound.mxaddresses import is_dialled
from mailgate.settings import Settings

_MAX_DOMAINS = 3
_MAX_ADDRESSES = 4
_SECONDS = 5.0
"""For one address."""
_SIGNED = "org"
"""A zone that is signed: whoever validates says so of it."""


async def check_direct(
    settings: Settings, resolver: Resolver, clock: Clock, *, own_server: bool
) -> list[Finding]:
    """Dials the mail servers of the agents' domains: that is where notifications go. Without
    transport = "mx" there is nothing to look at."""
    if settings.outbound.transport != "mx":
        return []
    agents = dict.fromkeys(agent.address.domain for agent in settings.agent)
    domains = [each for each in agents if own_server or not is_reserved(each)][:_MAX_DOMAINS]
    checks = (_reach(settings, domain, resolver) for domain in domains)
    found = list(await asyncio.gather(*checks))
    if settings.outbound.mx.port != 25:
        text = f"[outbound.mx] port is {settings.outbound.mx.port}: nobody takes mail there"
        found.append(warn("mx port", text, "leave it out when the trial is over"))
    if settings.outbound.mx.dane:
        found.append(await _validates(settings, clock))
    return found


async def _reach(settings: Settings, domain: str, resolver: Resolver) -> Finding:
    subject, port = f"delivery to {domain}", settings.outbound.mx.port
    try:
        addresses = await _addresses(domain, resolver)
    except Unanswered as error:
        return warn(subject, f"DNS could not be asked: {error}", "see that it can be reached")
    allowed = [ip for ip in addresses if is_dialled(ip, settings.outbound.mx.networks)]
    if not allowed:
        text = "no mail server with an address of the Internet: agents there get no mail"
        return fail(subject, text, "see [outbound.mx] networks for servers of your own inside")
    why = ""
    for ip in allowed[:_MAX_ADDRESSES]:
        try:
            greeting = await _greeting(ip, port)
        except (OSError, TimeoutError, Unexpected) as error:
            why = why or f"{ip}:{port}: {str(error) or 'no answer in time'}"
        else:
            return ok(subject, f"{ip}:{port} answers: {greeting[:100]}")
    help_ = "many providers close port 25 to the outside: have it opened, or use a smarthost"
    return fail(subject, f"its mail servers cannot be reached ({why})", help_)


async def _addresses(domain: str, resolver: Resolver) -> list[str]:
    answer = await resolver.ask(domain, "MX")
    targets: Sequence[str] = records.mx_targets(answer.texts) or (domain,)
    found: list[str] = []
    for target in targets[:_MAX_DOMAINS]:
        for kind in ("A", "AAAA"):
            with suppress(Unanswered):
                found += (await resolver.ask(target, kind)).texts
    return found


async def _greeting(ip: str, port: int) -> str:
    async with asyncio.timeout(_SECONDS):
        dialogue = await Dialogue.connect(ip, port, context=None)
        try:
            return (await dialogue.greeting()).text
        finally:
            dialogue.close()


async def _validates(settings: Settings, clock: Clock) -> Finding:
    reply = await name_servers(settings, clock).ask(_SIGNED, "NS")
    if reply.failure is not None:
        return warn("dane", "no name server answers", "see that one can be reached from here")
    if reply.secure:
        return ok("dane", "the name server validates: TLSA records are held to")
    return warn(
        "dane",
        "the name server does not validate, or is not on this machine: TLSA records are not used",
        "run a validating one here (unbound), or set dane = false",
    )
