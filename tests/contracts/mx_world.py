"""A small Internet on the loopback: a name server, mail servers at 127.0.0.x on one port, and a
transport that brings mail straight to them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from mailgate.clock import SystemClock
from mailgate.mail.address import Address
from mailgate.model.delivery import AttemptResult, Lane, LeasedDelivery
from mailgate.model.ids import DeliveryId, OutboundId, TicketId
from mailgate.outbound.mx import MxTransport
from mailgate.outbound.mxlookup import Lookup
from mailgate.outbound.mxpolicies import Fetch, Policies
from mailgate.outbound.mxrouting import Ours
from mailgate.outbound.peer import Limits, Pkix, Timeouts
from mailgate.outbound.route import MxRoute
from mailgate.resolver.resolver import CachingResolver
from mailgate.resolver.servers import NameServers
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.scripted_smtp import ScriptedServer
from tests.harness.clock import FakeClock
from tests.harness.nameserver import NameServer, name_server
from tests.harness.ports import free_ports

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
HOSTNAME = "gateway.acme.internal"
SYSTEM = Pkix()
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SUPPORT = Address("support", "acme.internal")
TIMES = Timeouts(connect=5, command=5, data=5, total=20)


@dataclass
class World:
    """`dns` answers for it, and `servers` are its mail servers by their IP addresses."""

    dns: NameServer
    port: int
    transport: MxTransport
    servers: Mapping[str, ScriptedServer]

    async def send(self, recipient: str = "hong@shop.internal") -> AttemptResult:
        localpart, _, domain = recipient.rpartition("@")
        return await self.transport.send(mail_to(Address(localpart, domain)))


def mail_to(recipient: Address) -> LeasedDelivery:
    """A delivery as a transport gets it."""
    return LeasedDelivery(
        id=DeliveryId(1),
        outbound=OutboundId(1),
        ticket=TicketId(12),
        lane=Lane.REPLY,
        message_id="m1@acme.internal",
        reverse_path=SUPPORT,
        sender=SUPPORT,
        recipient=recipient,
        content=b"From: support@acme.internal\r\nSubject: [#1] Hello\r\n\r\nHello\r\n",
        attempts=1,
        created_at=NOW,
        fence=1,
        outside=True,
    )


@asynccontextmanager
async def world(
    records: Mapping[tuple[str, str], list[str]],
    servers: Mapping[str, ScriptedServer],
    *,
    fetch: Fetch | None = None,
    folder: Path | None = None,
    authorities: Pkix = SYSTEM,
    networks: tuple[object, ...] = LOOPBACK,
    ours: Callable[[str], bool] = lambda _: False,
    timeouts: Timeouts = TIMES,
    clock: FakeClock | None = None,
    seed: bytes = b"12345678",
    patience: float = 5,
    port: int | None = None,
) -> AsyncIterator[World]:
    """In `records`, PORT in a name stands for the port of the mail servers: `port`, or any.
    `patience` are the seconds that the name server has for a question."""
    async with AsyncExitStack() as stack:
        port = free_ports(1)[0] if port is None else port
        for ip, server in servers.items():
            await stack.enter_async_context(serving_at(server, ip, port))
        named = {(n.replace("PORT", str(port)), kind): r for (n, kind), r in records.items()}
        dns = await stack.enter_async_context(name_server(named))
        asked = NameServers(lambda: [dns.server], SystemClock(), seconds=patience)
        resolver = CachingResolver(asked, SystemClock(), NullTelemetry())
        now = clock or FakeClock(NOW)
        policies = None if fetch is None else Policies(resolver, now, fetch, folder=folder)
        route = MxRoute(HOSTNAME, port, limits=Limits(messages=50, idle=5), timeouts=timeouts)
        allowed = Ours(frozenset({HOSTNAME}), networks=networks)  # type: ignore[arg-type]  # given
        transport = MxTransport(
            route,
            Lookup(resolver, allowed, port, ours),
            policies,
            clock=now,
            random=lambda size: seed[:size],
            authorities=authorities,
        )
        yield World(dns, port, transport, servers)
        # The loop ends before both sides have parted from TLS in order.
        for pool in transport._pools.values():
            for session in list(pool._idle):
                session.close()
        await transport.close()


@asynccontextmanager
async def serving_at(server: ScriptedServer, ip: str, port: int) -> AsyncIterator[None]:
    door = await asyncio.start_server(server.serve, ip, port, limit=2**24)
    server.port = port
    try:
        yield
    finally:
        server.thaw()
        door.close()
        while server.open_now:
            await asyncio.sleep(0)


def secured(certificate: trustme.LeafCert, **more: object) -> ScriptedServer:
    """A mail server that offers STARTTLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return ScriptedServer(offers=("STARTTLS",), tls=context, **more)  # type: ignore[arg-type]  # fields


def der(pem: trustme.Blob) -> bytes:
    return load_pem_x509_certificate(pem.bytes()).public_bytes(Encoding.DER)


def tlsa(usage: int, certificate: bytes) -> str:
    """A record for the whole certificate, by SHA-256."""
    return f"{usage} 0 1 {sha256(certificate).hexdigest()}"
