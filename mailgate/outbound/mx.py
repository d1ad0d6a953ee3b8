"""Straight to the mail servers of the recipient's domain (RFC 5321 §5)."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from mailgate.clock import Clock
from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    LeasedDelivery,
    Reach,
    Rejected,
    Reply,
    Suppressed,
)
from mailgate.outbound.classify import reply_of
from mailgate.outbound.mxlookup import Lookup
from mailgate.outbound.mxpolicies import Policies
from mailgate.outbound.mxrouting import Nowhere, Target
from mailgate.outbound.mxsecurity import Barred, protection_of
from mailgate.outbound.peer import Peer, Pkix
from mailgate.outbound.pool import Pool
from mailgate.outbound.route import MxRoute

__all__ = ["MxTransport"]

_MANY = 200
"""Pools above which those that nobody uses are let go."""
_SEED_SIZE = 8
_TEXT_LIMIT = 500
_SYSTEM = Pkix()


@dataclass(frozen=True, slots=True)
class _Way:
    """One of the connections that may be made."""

    target: Target
    peer: Peer


class MxTransport:
    """One server after the other, until one has an answer to MAIL. Connections are kept for each
    server and address. `policies` is None where MTA-STS is not held to; `random` gives so many
    random bytes; `authorities` says whom certificates have to come from where a policy asks for
    one."""

    def __init__(
        self,
        route: MxRoute,
        lookup: Lookup,
        policies: Policies | None,
        *,
        clock: Clock,
        random: Callable[[int], bytes],
        authorities: Pkix = _SYSTEM,
    ) -> None:
        self._route = route
        self._lookup = lookup
        self._policies = policies
        self._clock = clock
        self._random = random
        self._authorities = authorities
        self._pools: dict[Peer, Pool] = {}
        self._running: set[asyncio.Timeout] = set()
        self._era = 0
        """How often it was closed: what began in an earlier era ends."""

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        """See `Transport`. Reach.SITE: none of the domain's servers let us in."""
        loop, era = asyncio.get_running_loop(), self._era
        end = loop.time() + self._route.timeouts.total
        try:
            # The DNS and the policy; what comes after has limits of its own.
            async with asyncio.timeout_at(end) as limit:
                self._running.add(limit)
                try:
                    ways = await self._ways(leased.destination)
                finally:
                    self._running.discard(limit)
        except TimeoutError:
            return self._deferred("4.4.3 the DNS did not answer in time", era)
        if isinstance(ways, Nowhere):
            return self._nowhere(ways, era)
        return await self._by(ways, leased, end, era)

    async def close(self) -> None:
        """See `Transport`."""
        self._era += 1
        for limit in self._running:
            limit.reschedule(asyncio.get_running_loop().time())
        for pool in list(self._pools.values()):
            await pool.close()

    # --- where to -------------------------------------------------------------------------

    async def _ways(self, domain: str) -> list[_Way] | Nowhere:
        targets = await self._lookup.targets(domain, self._random(_SEED_SIZE))
        if isinstance(targets, Nowhere):
            return targets
        policy = None
        if self._policies is not None and not domain.startswith("["):
            policy = await self._policies.of(domain)
        ways: list[_Way] = []
        barred = ""
        for target in targets:
            tlsa = await self._lookup.tlsa(target) if self._route.dane else None
            protection = protection_of(
                target, domain, tlsa, policy,
                authorities=self._authorities, now=self._clock.now,
            )  # fmt: skip
            if isinstance(protection, Barred):
                barred = barred or protection.text
                continue
            peer = Peer(
                host=target.host,
                port=self._route.port,
                hostname=self._route.hostname,
                ip=target.ip,
                tls=protection.tls,
                certificate=protection.certificate,
                timeouts=self._route.timeouts,
            )
            ways.append(_Way(target, peer))
        return self._with_open_first(ways) if ways else Nowhere(barred)

    def _with_open_first(self, ways: Iterable[_Way]) -> list[_Way]:
        """Among servers of one preference those come first that a connection is open to."""
        return sorted(ways, key=lambda way: (way.target.preference, not self._has_idle(way.peer)))

    def _has_idle(self, peer: Peer) -> bool:
        pool = self._pools.get(peer)
        return pool is not None and pool.has_idle

    # --- one after the other --------------------------------------------------------------

    async def _by(
        self, ways: list[_Way], leased: LeasedDelivery, end: float, era: int
    ) -> AttemptResult:
        loop = asyncio.get_running_loop()
        result: AttemptResult | None = None
        for way in ways:
            if era != self._era:
                break
            left = end - loop.time()
            if left <= 0:
                break
            said = await self._pool(way.peer).send(leased, within=left)
            result = _from(way.target, said)
            if not (isinstance(result, Deferred) and result.reach is Reach.SITE):
                return result
        return result or self._deferred("4.4.1 there was no time left to try", era)

    def _pool(self, peer: Peer) -> Pool:
        if peer not in self._pools:
            if len(self._pools) >= _MANY:
                self._pools = {
                    known: pool for known, pool in self._pools.items() if not pool.is_unused
                }
            self._pools[peer] = Pool(peer, self._route.limits, clock=self._clock)
        return self._pools[peer]

    # --- results --------------------------------------------------------------------------

    def _nowhere(self, nowhere: Nowhere, era: int) -> AttemptResult:
        if nowhere.code is None:
            return self._deferred(nowhere.text, era)
        return Rejected(reply_of(nowhere.code, nowhere.text, self._clock.now()))

    def _deferred(self, text: str, era: int) -> Deferred:
        if era != self._era:
            return Deferred(reply_of(None, "mailgate is stopping", self._clock.now()))
        return Deferred(reply_of(None, text, self._clock.now()), Reach.SITE)


def _from(target: Target, result: AttemptResult) -> AttemptResult:
    """The result with the name of the server in its reply. What a stranger's server calls the
    mail is never learnt: whoever names that id later would pass for one who answers."""
    reply = _named(result.reply, target)
    match result:
        case Delivered():
            return replace(result, reply=reply, aliases=())
        case Deferred() | Rejected() | Ambiguous() | Suppressed():
            return replace(result, reply=reply)
    assert_never(result)


def _named(reply: Reply, target: Target) -> Reply:
    name = target.ip if target.host == target.ip else f"{target.host} [{target.ip}]"
    by = f" ({name})"
    return replace(reply, text=f"{reply.text[: max(0, _TEXT_LIMIT - len(by))]}{by}".strip())
