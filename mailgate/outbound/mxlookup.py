"""Asking the DNS where the mail of a domain goes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mailgate.mail.proofs import Answer, Question, RecordType
from mailgate.outbound.mxaddresses import is_dialled, literal_address
from mailgate.outbound.mxrouting import (
    MAX_HOSTS,
    Exchange,
    Found,
    Nowhere,
    Ours,
    Target,
    exchanges_of,
    targets_of,
)
from mailgate.resolver.resolver import Resolver

__all__ = ["Lookup"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds the addresses that the mail of a domain may be brought to, on `port`. `is_ours` says
    of an address whether it is mailgate itself that listens there on that port."""

    resolver: Resolver
    ours: Ours
    port: int
    is_ours: Callable[[str], bool]

    async def targets(self, domain: str, seed: bytes) -> tuple[Target, ...] | Nowhere:
        """In the order in which they are to be tried; `seed` orders equal ones."""
        if domain.startswith("["):
            return self._literal(domain)
        mx = Question(domain, RecordType.MX)
        exchanges = exchanges_of(domain, (await self.resolver.ask([mx]))[mx], seed)
        if isinstance(exchanges, Nowhere):
            return exchanges
        looked_at = exchanges[:MAX_HOSTS]
        found = await self._addresses(looked_at)
        ips = {ip for each in found.values() for ip in (*each.a.records, *each.aaaa.records)}
        here = frozenset(filter(self.is_ours, ips))
        return targets_of(domain, looked_at, found, replace(self.ours, addresses=here))

    async def tlsa(self, target: Target) -> Answer | None:
        """What certificate it has to have (RFC 7672 §2.2.3); None where the DNS cannot say,
        because what leads to the server is not validated."""
        if not target.secure:
            return None
        question = Question(f"_{self.port}._tcp.{target.host}", RecordType.TLSA)
        return (await self.resolver.ask([question]))[question]

    async def _addresses(self, exchanges: tuple[Exchange, ...]) -> dict[str, Found]:
        hosts = dict.fromkeys(each.host for each in exchanges)
        kinds = (RecordType.A, RecordType.AAAA)
        answers = await self.resolver.ask(Question(host, kind) for host in hosts for kind in kinds)
        return {host: Found(*(answers[Question(host, kind)] for kind in kinds)) for host in hosts}

    def _literal(self, domain: str) -> tuple[Target, ...] | Nowhere:
        """RFC 5321 §4.1.3: an address in place of a name."""
        ip = literal_address(domain)
        if ip is None:
            return Nowhere(f"5.1.2 {domain} is no address of a mail server", 550)
        if self.is_ours(ip):
            return Nowhere(f"5.4.6 mail for {domain} would come back to this server", 554)
        if not is_dialled(ip, self.ours.networks):
            return Nowhere(f"5.4.4 {domain} is no address of the Internet", 550)
        return (Target(ip, ip, 0, secure=False),)
