"""Runs every check at the same time, each within its time, and puts the findings in order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from mailgate.clock import Clock
from mailgate.daemon.doctor.database import check_store
from mailgate.daemon.doctor.direct import check_direct
from mailgate.daemon.doctor.dns import check_domain, check_host
from mailgate.daemon.doctor.doors import check_daemon, check_listener
from mailgate.daemon.doctor.findings import Finding, counted, ok, warn
from mailgate.daemon.doctor.machine import check_disk, check_secret
from mailgate.daemon.doctor.resolver import Resolver
from mailgate.daemon.doctor.smarthost import check_smarthost, check_way_out, smarthosts
from mailgate.oauth.tokens import Tokens
from mailgate.settings import Settings, load_signers

LIMIT_SECONDS = 15.0
"""For one check; what it asks of others is bounded more closely within it."""
_MAILBOX_SECONDS = 12.0

Check = Callable[[], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Questions:
    """What the doctor was asked. `own_server` says that a DNS server was named."""

    selectors: tuple[str, ...] = ()
    own_server: bool = False


async def examine(
    settings: Settings, questions: Questions, resolver: Resolver, clock: Clock
) -> list[Finding]:
    """Every finding, in the order of the checks, however long each took."""
    checks = _checks(settings, questions, resolver, clock)
    found = await asyncio.gather(*(_within(name, check) for name, check in checks))
    return [*judge_addresses(settings), *(each for findings in found for each in findings)]


def _checks(
    settings: Settings, questions: Questions, resolver: Resolver, clock: Clock
) -> list[tuple[str, Check]]:
    hostname, own = settings.gateway.hostname, questions.own_server
    tokens = Tokens(clock)
    signers = load_signers(settings)
    domains = dict.fromkeys(entry.address.domain for entry in settings.address)
    return [
        ("store", partial(check_store, settings, clock)),
        ("disk", partial(asyncio.to_thread, check_disk, settings)),
        ("secret", partial(asyncio.to_thread, check_secret, settings)),
        ("daemon", partial(check_daemon, settings)),
        *(
            (f"{each.protocol} {each.address}", partial(check_listener, settings, each, clock))
            for each in settings.listen
        ),
        *(_mailbox_checks(settings, clock, tokens) if settings.mailbox else ()),
        ("outbound", partial(check_way_out, settings)),
        *(
            (each.subject, partial(check_smarthost, settings, each, clock, tokens))
            for each in smarthosts(settings)
        ),
        ("mx", partial(check_direct, settings, resolver, clock, own_server=own)),
        ("host", partial(check_host, hostname, resolver, own_server=own)),
        *(
            (
                f"dns {domain}",
                partial(
                    check_domain,
                    domain,
                    resolver,
                    hostname=hostname,
                    selectors=questions.selectors,
                    own_server=own,
                    signers=signers.get(domain, ()),
                ),
            )
            for domain in domains
        ),
    ]


def _mailbox_checks(settings: Settings, clock: Clock, tokens: Tokens) -> list[tuple[str, Check]]:
    from mailgate.daemon.doctor.postboxes import check_mailbox  # noqa: PLC0415  heavy
    from mailgate.ingest.imap.oauth import MailboxTokens  # noqa: PLC0415

    of_mailboxes = MailboxTokens(tokens)
    return [
        (
            f"mailbox {each.name}",
            partial(check_mailbox, each, clock, of_mailboxes, seconds=_MAILBOX_SECONDS),
        )
        for each in settings.mailbox
    ]


async def _within(name: str, check: Check) -> list[Finding]:
    """The doctor tells of everything else when one check cannot be ended."""
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            return await check()
    except TimeoutError:
        text = f"no answer in {LIMIT_SECONDS:.0f} s"
        return [warn(name, text, "try again; see that it can be reached from here")]
    except Exception as error:  # noqa: BLE001  a broken check is a finding, not the end
        text = f"could not be looked at: {type(error).__name__}: {error}"
        return [warn(name, text[:300], "report this: it is a mistake in mailgate")]


def judge_addresses(settings: Settings) -> list[Finding]:
    """Whether there is anything that mail can come to, and anybody to tell of it."""
    subject = "addresses"
    if not settings.address:
        text = "no support address: no mail is taken"
        return [warn(subject, text, "write [[address]] into the settings")]
    supports = counted(len(settings.address), "support address")
    if not settings.agent:
        text = f"{supports}, and no agent is told of their mail"
        return [warn(subject, text, "write [[agent]] into the settings")]
    return [ok(subject, f"{supports}, {counted(len(settings.agent), 'agent')}")]
