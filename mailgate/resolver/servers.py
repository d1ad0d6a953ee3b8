"""Name servers, asked one question at a time (dnspython is spoken here alone).

No exception of the library, and nothing that a server sends, gets out of here: there is always a
`Reply`.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

import dns.asyncbackend
import dns.asyncquery
import dns.exception
import dns.flags
import dns.inet
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
from dns.rdtypes.mxbase import MXBase
from dns.rdtypes.nsbase import NSBase
from dns.rdtypes.tlsabase import TLSABase
from dns.rdtypes.txtbase import TXTBase

from mailgate.clock import Clock
from mailgate.resolver.names import labels_of

Server = tuple[str, int]
"""IP address and port."""

TRY_SECONDS = 2.0
"""For one question to one server; half of it for a probe."""
MAX_RECORDS = 50
MAX_OCTETS = 16 * 1024
"""Of the records of one answer."""
_PAYLOAD = 1232
"""Octets of an answer by UDP: what no network on the way splits."""
_ROOT = dns.name.root


class Failure(StrEnum):
    """Why there is no answer. None of them says anything of the name."""

    SILENT = "silent"
    """No server answered in time, or none could be reached."""
    SERVER = "server"
    """A server answered that it cannot tell (SERVFAIL, REFUSED)."""
    EXCESS = "excess"
    """More records than anybody needs."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`texts` are the records: the joined strings of a TXT (octets beyond ASCII as Latin-1), an
    address, a name, preference and name of an MX, the fields of a TLSA; names are without the dot
    at their end. `exists` is False where nothing of any type is under the name (NXDOMAIN); `ttl`
    in seconds. `secure` is the AD bit (RFC 4035 §3.2.3) of a server that may be believed."""

    texts: tuple[str, ...] = ()
    ttl: int = 0
    exists: bool = True
    secure: bool = False
    failure: Failure | None = None


_SILENT = Reply(failure=Failure.SILENT)
_NO_SUCH_NAME = Reply(exists=False)


def system_servers() -> tuple[Server, ...]:
    """The name servers of this machine; () when it names none."""
    try:
        found = dns.resolver.Resolver(configure=True)
    except (dns.exception.DNSException, OSError, ValueError):
        return ()
    return tuple((str(server), found.port) for server in found.nameservers)


class NameServers:
    """`find` gives the servers, in order of preference; one that is silent is asked after the
    others until it is their turn to be. What a server says of DNSSEC is believed when it is on
    this machine: on the way from another one anybody could have said it. `trusted` says that
    nobody can come between."""

    def __init__(
        self,
        find: Callable[[], Sequence[Server]],
        clock: Clock,
        *,
        seconds: float = TRY_SECONDS,
        trusted: bool = False,
    ) -> None:
        self._find = find
        self._trusted = trusted
        self._seconds = seconds
        self._clock = clock
        self._servers = tuple(find())
        self._first = 0
        self._heard = float("-inf")

    def look_again(self) -> None:
        """Another network may have other servers."""
        self._servers, self._first = tuple(self._find()), 0

    def heard_since(self, moment: float) -> bool:
        """Whether any server has answered anything since (by the monotonic clock)."""
        return self._heard >= moment

    async def probe(self) -> bool:
        """Whether a server answers what every server knows: who serves the root. What else
        they are silent about is then not their fault."""
        for turn in range(len(self._servers)):
            query = dns.message.make_query(_ROOT, dns.rdatatype.NS, use_edns=0, payload=_PAYLOAD)
            if await self._exchange(query, self._server(turn), self._seconds / 2) is not None:
                return True
        return False

    async def ask(self, name: str, kind: str) -> Reply:
        """One try: the first server, and the others only when it cannot tell."""
        labels = labels_of(name)
        if labels is None:
            return _NO_SUCH_NAME
        query = dns.message.make_query(
            dns.name.Name((*labels, b"")),
            dns.rdatatype.from_text(kind),
            use_edns=0,
            payload=_PAYLOAD,
        )
        query.flags |= dns.flags.AD  # RFC 6840 §5.7: we want to know whether it was validated
        reply = _SILENT
        for turn in range(len(self._servers)):
            server = self._server(turn)
            response = await self._exchange(query, server, self._seconds)
            if response is None:
                self._first += 1
                return reply
            reply = _read(response)
            if reply.failure is not Failure.SERVER:
                return replace(
                    reply, secure=reply.secure and is_believed(server, trusted=self._trusted)
                )
        return reply

    def _server(self, turn: int) -> Server:
        return self._servers[(self._first + turn) % len(self._servers)]

    async def _exchange(
        self, query: dns.message.Message, server: Server, seconds: float
    ) -> dns.message.Message | None:
        """What the server answers to this very query, by TCP where UDP is too short; what it
        sends besides is stepped over."""
        host, port = server
        try:
            async with asyncio.timeout(seconds), await _connected(host, port) as connected:
                response, _ = await dns.asyncquery.udp_with_fallback(
                    query, host, timeout=seconds, port=port, udp_sock=connected,
                    ignore_unexpected=True, ignore_errors=True,
                )  # fmt: skip
        except (dns.exception.DNSException, OSError, EOFError, ValueError, TimeoutError):
            return None
        self._heard = self._clock.monotonic()
        return response


def is_believed(server: Server, *, trusted: bool) -> bool:
    """Whether the server's AD bit says anything: nobody can come between us and this machine."""
    return trusted or ip_address(server[0]).is_loopback


async def _connected(host: str, port: int) -> Any:  # noqa: ANN401  the library hides its type
    """A socket with a port of its own. It is connected: the kernel then says when nobody listens
    there, and lets no other host answer."""
    backend = dns.asyncbackend.get_default_backend()
    family = dns.inet.af_for_address(host)
    return await backend.make_socket(  # type: ignore[no-untyped-call]  # not annotated there
        family, socket.SOCK_DGRAM, destination=(host, port)
    )


def _read(response: dns.message.Message) -> Reply:
    if response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Reply(failure=Failure.SERVER)
    try:
        chain = response.resolve_chaining()  # type: ignore[attr-defined]  # of QueryMessage
    except dns.exception.DNSException:
        return Reply(failure=Failure.SERVER)
    secure = bool(response.flags & dns.flags.AD)
    if chain.answer is None:
        return Reply(exists=response.rcode() == dns.rcode.NOERROR, secure=secure)
    texts = tuple(map(_text, chain.answer))
    if len(texts) > MAX_RECORDS or sum(map(len, texts)) > MAX_OCTETS:
        return Reply(failure=Failure.EXCESS)
    return Reply(texts, ttl=chain.minimum_ttl, secure=secure)


def _text(record: object) -> str:
    if isinstance(record, TXTBase):
        # The strings of one TXT record belong together without anything between them
        # (RFC 7208 §3.3).
        return b"".join(record.strings).decode("latin-1")
    if isinstance(record, MXBase):
        return f"{record.preference} {_name(record.exchange)}"
    if isinstance(record, TLSABase):
        return f"{record.usage} {record.selector} {record.mtype} {record.cert.hex()}"
    return _name(record.target) if isinstance(record, NSBase) else str(record)


def _name(name: dns.name.Name) -> str:
    """ "." is the root: no host."""
    return name.to_text(omit_final_dot=True)
