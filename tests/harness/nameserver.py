"""A name server on loopback, by UDP and TCP, that a test makes slow, wrong or silent."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode

from tests.harness.dns import Records, answer_to

_LENGTH = struct.Struct("!H")


@dataclass(slots=True)
class NameServer:
    """`records` as in `tests.harness.dns`. The other fields say for which names (or with None
    in place of a name, for all) it does something else than answer."""

    records: Records
    silent: set[str | None] = field(default_factory=set)
    junk: set[str | None] = field(default_factory=set)
    fails: set[str | None] = field(default_factory=set)
    secure: set[str | None] = field(default_factory=set)
    """What it has validated."""
    port: int = 0
    probes: int = 0
    """How often it was asked for the root: whether it is there at all."""
    asked: list[str] = field(default_factory=list)
    by_tcp: list[str] = field(default_factory=list)
    transport: asyncio.DatagramTransport | None = None

    @property
    def server(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def answers(self, question: bytes) -> list[bytes]:
        """What goes back, packet by packet."""
        name = str(dns.message.from_wire(question).question[0].name).rstrip(".").lower()
        if name:
            self.asked.append(name)
        else:
            self.probes += 1
        if self._is(self.silent, name):
            return []
        if self._is(self.junk, name):
            other = dns.message.make_query("other.internal", "A")
            other.id = dns.message.from_wire(question).id ^ 1
            return [b"\x00", b"\xff" * 40, dns.message.make_response(other).to_wire()]
        if self._is(self.fails, name):
            reply = dns.message.make_response(dns.message.from_wire(question))
            reply.set_rcode(dns.rcode.SERVFAIL)
            return [reply.to_wire()]
        secure = self._is(self.secure, name)
        return [answer_to(question, self.records, secure=secure)]

    def shortened(self, question: bytes, answer: bytes) -> bytes:
        """What fits into a packet; else nothing with the note that there is more."""
        query = dns.message.from_wire(question)
        if len(answer) <= max(512, query.payload):
            return answer
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.TC
        return reply.to_wire()

    @staticmethod
    def _is(names: set[str | None], name: str) -> bool:
        return None in names or name in names


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._server.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._server.transport is not None
        for answer in self._server.answers(data):
            self._server.transport.sendto(self._server.shortened(data, answer), addr)


@asynccontextmanager
async def name_server(records: Records) -> AsyncIterator[NameServer]:
    """Serves until the block ends."""
    server = NameServer(records)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        question = await reader.readexactly(length)
        for answer in server.answers(question):
            server.by_tcp.append(server.asked[-1])
            writer.write(_LENGTH.pack(len(answer)) + answer)
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Udp(server), local_addr=("127.0.0.1", server.port)
    )
    try:
        yield server
    finally:
        transport.close()
        listening.close()
        await listening.wait_closed()
