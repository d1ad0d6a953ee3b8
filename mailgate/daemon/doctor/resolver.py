"""Asking the DNS for the doctor: what there is, and why there is no answer."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

from mailgate.clock import SystemClock
from mailgate.resolver.servers import Failure, NameServers, system_servers

_WHY = {
    Failure.SILENT: "no DNS server answers",
    Failure.SERVER: "the DNS servers fail on this question (SERVFAIL)",
    Failure.EXCESS: "there are more records than anybody needs",
}


class Unanswered(Exception):
    """The DNS could not be asked, or does not answer: that says nothing about the record."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`texts` are the records as text, names without the dot at their end; `exists` is False
    where there is nothing of any type under the name (NXDOMAIN)."""

    texts: tuple[str, ...] = ()
    exists: bool = True


class Resolver(Protocol):
    async def ask(self, name: str, kind: str) -> Answer:
        """Records of `kind` (MX, TXT, A, AAAA). Raises Unanswered."""

    async def names_of(self, address: str) -> Answer:
        """The PTR records of an IP address. Raises Unanswered."""


class DnsResolver:
    """Through the servers of this machine, or through one that is named as HOST:PORT."""

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        servers = system_servers() if server is None else (server,)
        if not servers:
            raise Unanswered("this machine names no DNS server (/etc/resolv.conf)")
        self._servers = NameServers(lambda: servers, SystemClock())

    async def ask(self, name: str, kind: str) -> Answer:
        reply = await self._servers.ask(name, kind)
        if reply.failure is Failure.SILENT:
            reply = await self._servers.ask(name, kind)
        if reply.failure is not None:
            raise Unanswered(_WHY[reply.failure])
        return Answer(tuple(map(_utf8, reply.texts)), reply.exists)

    async def names_of(self, address: str) -> Answer:
        return await self.ask(ip_address(address).reverse_pointer, "PTR")


def _utf8(text: str) -> str:
    """What people write into their records."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Silent:
    """Stands where there is no DNS server at all."""

    why: str

    async def ask(self, name: str, kind: str) -> Answer:
        raise Unanswered(self.why)

    async def names_of(self, address: str) -> Answer:
        raise Unanswered(self.why)


def open_resolver(server: tuple[str, int] | None) -> Resolver:
    """Never raises: without a DNS server every question is unanswered."""
    try:
        return DnsResolver(server)
    except Unanswered as error:
        return Silent(str(error))
