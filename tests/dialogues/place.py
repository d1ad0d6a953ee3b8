"""A real door on a real SQLite store, in the loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mailgate.clock import Clock, SystemClock
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.balanced import BalancedServer
from mailgate.ingest.connection import Connection
from mailgate.ingest.logins import Authenticator, Login
from mailgate.ingest.smtp import ListenerProtocol, ListenerSpec, SessionLimits, SmtpDoor, start_smtp
from mailgate.mail.address import Address
from mailgate.model.journal import JournalSummary
from mailgate.store import journal
from mailgate.store.core import Store
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.harness.database import make_database

OURS = {"support@acme.example", "sales@acme.example", "returns@acme.example"}
LOOPBACK = (ip_network("127.0.0.0/8"),)


class Record(NullTelemetry):
    """Telemetry that a test can read."""

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self.logins: list[tuple[str, str | None]] = []
        """Of each refusal: which listener, and the name that was tried."""
        self.faults: list[str] = []
        self.failures = 0

    def refused(
        self,
        *,
        door: str,
        listener: str,
        reason: str,
        peer: str | None,
        login: str | None = None,
    ) -> None:
        self.refusals.append(reason)
        self.logins.append((listener, login))

    def accept_failed(self, *, door: str, error: str) -> None:
        self.failures += 1

    def task_failed(self, *, task: str, error: str) -> None:
        self.faults.append(error)


class Client:
    """The other end of a session. Every wait ends after some seconds, with what was read."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.patience = 10.0

    async def line(self) -> str:
        """The next line without its line end; "" when the door has closed."""
        async with asyncio.timeout(self.patience):
            return (await self.reader.readline()).decode().removesuffix("\r\n")

    async def reply(self) -> str:
        """The last line of the next reply, past the lines before it (RFC 5321 §4.2.1)."""
        while (line := await self.line())[3:4] == "-":
            pass
        return line

    def send(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def say(self, command: str) -> str:
        self.send(f"{command}\r\n".encode())
        return await self.reply()

    async def open_transaction(self, *recipients: str, hello: str = "EHLO client.example") -> None:
        """Up to DATA; the door then waits for content."""
        for command in (hello, "MAIL FROM:<hong@customer.example>"):
            assert (await self.say(command)).startswith("250 "), command
        for recipient in recipients or ("support@acme.example",):
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250 ")
        assert (await self.say("DATA")).startswith("354 ")

    async def is_closed(self) -> bool:
        async with asyncio.timeout(10):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True

    def reset(self) -> None:
        """Leaves with a TCP reset, as a client that is killed."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.writer.transport.abort()


@dataclass
class Place:
    """A door, its store, and what it told telemetry."""

    door: SmtpDoor
    store: Store
    path: Path
    record: Record
    wakes: list[int] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.door.addresses[0].rpartition(":")[2])

    @property
    def sessions(self) -> set[Connection]:
        return {each for each in self.door._premises.connections if isinstance(each, Connection)}

    @property
    def handshakes(self) -> int:
        """How many connections have not come to SMTP yet."""
        server = self.door._server
        return len(server._greeting) if isinstance(server, BalancedServer) else 0

    async def connect(self, **options: Any) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port, **options))
        self.clients.append(client)
        return client

    async def greeted(self) -> Client:
        client = await self.connect()
        assert (await client.reply()).startswith("220 ")
        return client

    async def stored(self) -> list[JournalSummary]:
        """The rows of the journal in order of arrival."""
        rows = await self.store.read(partial(journal.listing, state=None, limit=1000))
        return sorted(rows, key=lambda row: row.id)

    async def contents(self) -> list[bytes]:
        return [
            content
            for row in await self.stored()
            if (content := await self.store.read(partial(journal.content, row_id=row.id)))
            is not None
        ]


async def received(place: Place, octets: int) -> None:
    """Until the only session has read so much of a content."""
    await until("it came", lambda: [each.times.octets for each in place.sessions] == [octets])


async def until(what: str, look: Callable[[], bool]) -> None:
    """Lets the loop run until `look` is true."""
    try:
        async with asyncio.timeout(10):
            while not look():
                await asyncio.sleep(0.001)
    except TimeoutError:
        raise AssertionError(f"still not: {what}") from None


def is_ours(address: Address) -> bool:
    return address.key in OURS or address.base.key in OURS


@asynccontextmanager
async def open_place(
    tmp_path: Path,
    *,
    clock: Clock | None = None,
    ours: Callable[[Address], bool] = is_ours,
    protocol: str = "smtp",
    logins: Mapping[str, Login] = MappingProxyType({}),
    postmaster: Callable[[Address], Address | None] = lambda _: None,
    **spec: Any,
) -> AsyncIterator[Place]:
    """`spec` are fields of ListenerSpec."""
    path = tmp_path / "mailgate.db"
    url = f"sqlite:///{path}"
    make_database(url)
    record, wakes = Record(), list[int]()
    store = open_store(url, telemetry=record)
    clock = clock or SystemClock()
    listener = ListenerSpec(
        **{
            "host": "127.0.0.1",
            "port": 0,
            "hostname": "mx.acme.example",
            "limits": SessionLimits(unknown_delay=0),
            **spec,
        },
        protocol=ListenerProtocol(protocol),
    )
    acceptor = Acceptor(store, clock, record, lambda: wakes.append(1))
    try:
        async with asyncio.TaskGroup() as tasks:
            door = await start_smtp(
                listener,
                acceptor=acceptor,
                is_ours=ours,
                clock=clock,
                telemetry=record,
                tasks=tasks,
                authenticator=Authenticator(lambda address: logins.get(address.key), clock),
                postmaster=postmaster,
            )
            place = Place(door, store, path, record, wakes)
            try:
                yield place
            finally:
                for client in place.clients:
                    client.writer.close()
                await door.close(grace=0)
    finally:
        await store.close()
