"""An IMAP server that says what a test wants: right, wrong, cut short, or nothing any more.

It answers as a small server does, with the answer to each command in `answers` by its name
(`UID FETCH` with its UID). `%TAG%` in an answer is the tag of the command. An answer is

- bytes: sent at once;
- a tuple of bytes: the first at once, each other after one more line of the client;
- `Drop(bytes)`: sent, then the connection is closed; `Freeze(bytes)`: sent, then silence;
- a list of these: one for each time, the last for ever.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Drop:
    after: bytes = b""


@dataclass(frozen=True)
class Freeze:
    after: bytes = b""


Said = bytes | tuple[bytes, ...] | Drop | Freeze
Answer = Said | list[Said]

USUAL: Mapping[str, Answer] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n%TAG% OK done\r\n",
    "LOGIN": b"%TAG% OK welcome\r\n",
    "SELECT": (
        b"* 3 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Deleted)\r\n"
        b"* OK [UIDVALIDITY 3857529045] UIDs valid\r\n* OK [UIDNEXT 4392] predicted\r\n"
        b"%TAG% OK [READ-WRITE] done\r\n"
    ),
    "IDLE": (b"+ idling\r\n", b"%TAG% OK done\r\n"),
    "LOGOUT": Drop(b"* BYE see you\r\n%TAG% OK done\r\n"),
}


class ImapServer:
    """`greeting` and `answers` may be changed at any time; `heard` is what clients said, without
    tags; `announce` says something unasked."""

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.greeting: Said = b"* OK ready\r\n"
        self.answers: dict[str, Answer] = {**USUAL, **(answers or {})}
        self.heard: list[str] = []
        self.port = 0
        self.context: ssl.SSLContext | None = None
        """For STARTTLS."""
        self.sliced = 0
        """Octets of one segment; 0: as they come."""
        self._times: dict[str, int] = {}
        self._connections: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Condition()

    def commands(self) -> list[str]:
        """The names of the commands that were heard, in order."""
        return [_name(line) for line in self.heard]

    async def until_heard(self, word: str, times: int = 1) -> None:
        """Waits until that many lines began with `word`."""
        async with self._news:
            await self._news.wait_for(
                lambda: sum(line.startswith(word) for line in self.heard) >= times
            )

    async def announce(self, octets: bytes) -> None:
        for writer in self._connections:
            writer.write(octets)
            await writer.drain()

    async def drop_all(self) -> None:
        """The connections end without a word."""
        for writer in self._connections:
            writer.transport.abort()

    @property
    def connections(self) -> int:
        return len(self._connections)

    # --- one connection ----------------------------------------------------------------------

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._talk(reader, writer)
        self._connections.discard(writer)
        self._tasks.discard(task)
        writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(self.greeting, b"*", reader, writer)
        while True:
            line = await self._hear(reader, tagged=True)
            tag, _, command = line.partition(" ")
            name = _name(command)
            answer = self.answers.get(name, b"%TAG% OK done\r\n")
            if isinstance(answer, list):
                time = self._times.get(name, 0)
                self._times[name] = time + 1
                answer = answer[min(time, len(answer) - 1)]
            await self._say(answer, tag.encode(), reader, writer)
            if name == "STARTTLS" and self.context is not None:
                await writer.start_tls(self.context)

    async def _hear(self, reader: asyncio.StreamReader, *, tagged: bool) -> str:
        octets = await reader.readuntil(b"\r\n")
        line = octets.decode().removesuffix("\r\n")
        async with self._news:
            self.heard.append(line.partition(" ")[2] if tagged else line)
            self._news.notify_all()
        return line

    async def _say(
        self, said: Said, tag: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        parts = said if isinstance(said, tuple) else (said,)
        for index, part in enumerate(parts):
            if index:
                await self._hear(reader, tagged=False)
            octets = part if isinstance(part, bytes) else part.after
            await self._write(octets.replace(b"%TAG%", tag), writer)
            if isinstance(part, Drop):
                writer.close()
                raise ConnectionResetError
            if isinstance(part, Freeze):
                await asyncio.Event().wait()

    async def _write(self, octets: bytes, writer: asyncio.StreamWriter) -> None:
        for start in range(0, len(octets), self.sliced or len(octets) or 1):
            writer.write(octets[start : start + self.sliced] if self.sliced else octets)
            await writer.drain()
            await asyncio.sleep(0)

    async def end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _name(command: str) -> str:
    words = command.upper().split(" ")
    return " ".join(words[:2]) if words[0] == "UID" else words[0]


@asynccontextmanager
async def serving(
    server: ImapServer, *, context: ssl.SSLContext | None = None
) -> AsyncIterator[ImapServer]:
    """The server on a free port; with a context it speaks TLS from the first octet."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await server.end()


def fetch(*messages: tuple[int, bytes], item: str = "BODY[]") -> bytes:
    """FETCH responses with these contents by UID."""
    return b"".join(
        b"* %d FETCH (UID %d %s {%d}\r\n%s)\r\n" % (uid, uid, item.encode(), len(content), content)
        for uid, content in messages
    )


def sizes(*messages: tuple[int, bytes]) -> bytes:
    """The answer to `list`: what the server says of sizes and dates."""
    return b"".join(
        b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "17-Jul-1996 02:44:25 -0700")\r\n'
        % (uid, uid, len(content))
        for uid, content in messages
    )
