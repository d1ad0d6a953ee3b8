"""A next hop that answers by script, at every stage of the dialogue."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

GREETING = "connect"
DOT = "dot"
OFFERS = ("SIZE 10000000", "8BITMIME")

_USUAL = {
    GREETING: b"220 sink ESMTP\r\n",
    "DATA": b"354 go on\r\n",
    DOT: b"250 2.0.0 Ok: queued as 4F1A\r\n",
    "STARTTLS": b"220 2.0.0 go on\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


class Act(Enum):
    """What it does instead of an answer."""

    CLOSE = "close"
    FREEZE = "freeze"
    DRIP = "drip"
    """A reply that has no end, byte by byte."""


@dataclass(frozen=True)
class Slowly:
    """Said byte by byte."""

    answer: bytes


Answer = bytes | Slowly | Act


@dataclass(frozen=True)
class Message:
    mail: str
    rcpt: tuple[str, ...]
    content: bytes


@dataclass
class ScriptedServer:
    """`script` holds for a stage (a verb, GREETING or DOT) the answers, one for each time; when
    they are used up, and where there are none, it answers as a good server does."""

    script: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    offers: Sequence[str] = OFFERS
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    byte_by_byte: bool = False
    stalls: bool = False
    """It says that TLS may begin, and then nothing."""
    early: bytes = b""
    """What it says in the middle of a big mail; the rest it throws away."""
    hasty: bytes = b""
    """What it says to the first line of the first mail. It takes the other lines for commands, and
    answers them when the next one comes."""
    port: int = 0
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    commands: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    frozen: asyncio.Event = field(default_factory=asyncio.Event)
    _used: dict[str, int] = field(default_factory=dict)
    _thaw: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def verbs(self) -> list[str]:
        return [command.split()[0].upper() for command in self.commands if command]

    def answer(self, stage: str) -> Answer:
        used = self._used.get(stage, 0)
        self._used[stage] = used + 1
        scripted = self.script.get(stage, ())
        if used < len(scripted):
            return scripted[used]
        if stage == "EHLO":
            lines = ["sink", *self.offers]
            marks = ["-"] * (len(lines) - 1) + [" "]
            return "".join(
                f"250{m}{line}\r\n" for m, line in zip(marks, lines, strict=True)
            ).encode()
        return _USUAL.get(stage, b"250 2.1.0 Ok\r\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client went away, or did not believe the certificate
        finally:
            await _close(writer)
            self.open_now -= 1

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail, rcpt = "", list[str]()
        if not await self._say(writer, GREETING):
            return
        while line := await reader.readline():
            command = line.decode().strip()
            self.commands.append(command)
            verb = command.split()[0].upper() if command else ""
            reply = await self._say(writer, verb)
            if not reply or verb == "QUIT":
                return
            if verb == "MAIL":
                mail, rcpt = command, []
            elif verb == "RCPT":
                rcpt.append(command)
            elif verb == "STARTTLS" and reply.startswith(b"220"):
                await self._begin_tls(writer)
            elif verb == "AUTH" and reply.startswith(b"334"):
                self.commands.append((await reader.readline()).decode().strip())
                await self._say(writer, "AUTH")
            elif verb == "DATA" and reply.startswith(b"354"):
                if self.early or self.hasty:
                    await self._misbehave(reader, writer)
                    return
                content = await reader.readuntil(b"\r\n.\r\n")
                self.messages.append(Message(mail, tuple(rcpt), content[: -len(b".\r\n")]))
                if not await self._say(writer, DOT):
                    return

    async def _misbehave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.early:
            await reader.readexactly(100_000)
            writer.write(self.early)
            while await reader.read(2**16):
                pass
            return
        hasty, self.hasty = self.hasty, b""
        await reader.readline()
        writer.write(hasty)
        lines = (await reader.readuntil(b"\r\n.\r\n")).count(b"\n")
        while line := await reader.readline():
            self.commands.append(line.decode().strip())
            writer.write(b"500 5.5.2 what?\r\n" * lines + b"250 2.0.0 Ok\r\n")
            lines = 0

    async def _say(self, writer: asyncio.StreamWriter, stage: str) -> bytes:
        """Nothing when the dialogue is at its end."""
        answer = self.answer(stage)
        if answer is Act.FREEZE:
            await self._freeze()
        while answer is Act.DRIP and not self._thaw.is_set():
            writer.write(b"2")
            await writer.drain()
            await asyncio.sleep(0.01)
        if isinstance(answer, Act):
            return b""
        size = len(answer) if isinstance(answer, bytes) and not self.byte_by_byte else 1
        answer = answer if isinstance(answer, bytes) else answer.answer
        for at in range(0, len(answer), size):
            writer.write(answer[at : at + size])
            await writer.drain()
            await asyncio.sleep(0)
        return answer

    async def _begin_tls(self, writer: asyncio.StreamWriter) -> None:
        if self.stalls:
            await self._freeze()
        assert self.tls is not None
        await writer.start_tls(self.tls)

    async def _freeze(self) -> None:
        self.frozen.set()
        await self._thaw.wait()

    def thaw(self) -> None:
        self._thaw.set()


async def _close(writer: asyncio.StreamWriter) -> None:
    """What the client reads no more is not waited for long."""
    writer.close()
    with suppress(OSError):  # also what is left of TLS, and a client that is gone
        async with asyncio.timeout(1):
            await writer.wait_closed()
    writer.transport.abort()


@asynccontextmanager
async def serving(server: ScriptedServer) -> AsyncIterator[ScriptedServer]:
    """Runs the server on a free port of the loopback."""
    tls = server.tls if server.implicit else None
    door = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls, limit=2**24)
    server.port = door.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        server.thaw()
        door.close()
        while server.open_now:
            await asyncio.sleep(0)
