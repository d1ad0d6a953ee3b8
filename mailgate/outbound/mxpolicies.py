"""The MTA-STS policies of domains: fetched, remembered, renewed (RFC 8461 §3.3, §5.1)."""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from weakref import WeakValueDictionary

from mailgate.clock import Clock
from mailgate.mail.proofs import Question, RecordType
from mailgate.outbound.mtasts import (
    BadPolicy,
    Policy,
    policy_host,
    read_id,
    read_policy,
    record_name,
)
from mailgate.outbound.mtastsfetch import NotFetched, fetch_policy
from mailgate.outbound.mxaddresses import Network, is_dialled
from mailgate.outbound.mxkept import KeptPolicies, KeptPolicy
from mailgate.resolver.resolver import Resolver

__all__ = ["Fetch", "Policies", "policy_fetcher"]

RENEW = timedelta(days=1)
"""A policy is fetched anew when it is so old, whether or not its id has changed
(RFC 8461 §3.3)."""
PAUSE = timedelta(minutes=5)
"""Between attempts to fetch one that cannot be had (RFC 8461 §3.3)."""
MAX_KNOWN = 10_000
"""Domains with a policy that are remembered; the one that was not asked for longest goes."""
_MAX_FAILED = 1000
_MAX_ADDRESSES = 3

Fetch = Callable[[str], Awaitable[str]]
"""Domain to the text of its policy. Raises NotFetched."""


class Policies:
    """`folder` keeps them beyond a restart: who is asked for the first time can be lied to."""

    def __init__(
        self, resolver: Resolver, clock: Clock, fetch: Fetch, *, folder: Path | None = None
    ) -> None:
        self._resolver = resolver
        self._clock = clock
        self._fetch = fetch
        self._kept = KeptPolicies(folder)
        self._held: OrderedDict[str, KeptPolicy] = OrderedDict()
        self._failed: OrderedDict[str, datetime] = OrderedDict()
        self._reading = asyncio.Lock()
        self._has_read = False
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, domain: str) -> Policy | None:
        """The policy that holds now; None without one, and where a first one cannot be had."""
        # Mails to one domain that come together cause one question.
        async with self._lines.setdefault(domain, asyncio.Lock()):
            held = await self._held_of(domain)
            question = Question(record_name(domain), RecordType.TXT)
            answer = (await self._resolver.ask([question]))[question]
            current = None if answer.failed else read_id(answer.records)
            # Without a record the one that is held counts on: who strips the record from the DNS
            # must gain nothing (RFC 8461 §5.1).
            if current is not None and self._is_due(domain, held, current):
                held = await self._renewed(domain, current) or held
            return held.policy if held is not None else None

    async def _held_of(self, domain: str) -> KeptPolicy | None:
        async with self._reading:
            if not self._has_read:
                kept = await asyncio.to_thread(self._kept.read_all, self._clock.now())
                self._held.update(kept)
                self._has_read = True
        held = self._held.get(domain)
        if held is None or held.until <= self._clock.now():
            self._held.pop(domain, None)
            return None
        self._held.move_to_end(domain)
        return held

    def _is_due(self, domain: str, held: KeptPolicy | None, current: str) -> bool:
        now = self._clock.now()
        failed = self._failed.get(domain)
        if failed is not None and now - failed < PAUSE:
            return False
        return held is None or held.id != current or now - held.fetched_at >= RENEW

    async def _renewed(self, domain: str, current: str) -> KeptPolicy | None:
        now = self._clock.now()
        try:
            policy = read_policy(await self._fetch(domain))
        except (NotFetched, BadPolicy):
            self._failed[domain] = now
            if len(self._failed) > _MAX_FAILED:
                self._failed.popitem(last=False)
            return None
        self._failed.pop(domain, None)
        kept = KeptPolicy(current, now, policy)
        self._remember(domain, kept)
        await asyncio.to_thread(self._kept.write, domain, kept)
        return kept

    def _remember(self, domain: str, kept: KeptPolicy) -> None:
        self._held[domain] = kept
        self._held.move_to_end(domain)
        if len(self._held) > MAX_KNOWN:
            self._held.popitem(last=False)


def policy_fetcher(
    resolver: Resolver,
    *,
    networks: tuple[Network, ...] = (),
    port: int = 443,
    context: ssl.SSLContext | None = None,
) -> Fetch:
    """Over HTTPS at an address of the Internet, or of `networks`."""
    contexts: list[ssl.SSLContext] = [] if context is None else [context]

    async def fetch(domain: str) -> str:
        host = policy_host(domain)
        questions = [Question(host, RecordType.A), Question(host, RecordType.AAAA)]
        answers = await resolver.ask(questions)
        found = [ip for each in questions for ip in answers[each].records]
        ips = [ip for ip in found if is_dialled(ip, networks)][:_MAX_ADDRESSES]
        if not contexts:
            contexts.append(await asyncio.to_thread(ssl.create_default_context))
        return await fetch_policy(host, ips, port=port, context=contexts[0])

    return fetch
