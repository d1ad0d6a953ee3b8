"""Asking the DNS (dnspython is spoken here alone)."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

from dns import reversename
from dns.asyncresolver import Resolver as DnsPython
from dns.exception import DNSException, Timeout
from dns.rdtypes.txtbase import TXTBase
from dns.resolver import NXDOMAIN, NoAnswer, NoNameservers, NoResolverConfiguration

SECONDS = 4.0
"""For one question, with all its tries."""
_TRY_SECONDS = 2.0
_MAX_ANSWERS = 50


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
        try:
            self._resolver = DnsPython(configure=server is None)
        except NoResolverConfiguration as error:
            raise Unanswered("this machine names no DNS server (/etc/resolv.conf)") from error
        if server is not None:
            self._resolver.nameservers = [server[0]]
            self._resolver.port = server[1]
        self._resolver.timeout = _TRY_SECONDS
        self._resolver.lifetime = SECONDS
        # Ours is the name of a mail domain: the search list of this machine has no part in it.
        self._resolver.search = []

    async def ask(self, name: str, kind: str) -> Answer:
        try:
            found = await self._resolver.resolve(f"{name.rstrip('.')}.", kind)
        except NXDOMAIN:
            return Answer(exists=False)
        except NoAnswer:
            return Answer()
        except Timeout as error:
            raise Unanswered("no DNS server answers") from error
        except NoNameservers as error:
            raise Unanswered("the DNS servers fail on this question (SERVFAIL)") from error
        except (DNSException, OSError, ValueError) as error:
            raise Unanswered(f"the DNS could not be asked ({type(error).__name__})") from error
        return Answer(tuple(_text(record) for record in list(found)[:_MAX_ANSWERS]))

    async def names_of(self, address: str) -> Answer:
        return await self.ask(str(reversename.from_address(str(ip_address(address)))), "PTR")


def _text(record: object) -> str:
    # The strings of one TXT record belong together without anything between them
    # (RFC 7208 §3.3).
    if isinstance(record, TXTBase):
        return b"".join(record.strings).decode("utf-8", "replace")
    return " ".join(part.rstrip(".") or "." for part in str(record).split())


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
