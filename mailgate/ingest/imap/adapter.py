"""aioimaplib behind our own framing: the only module that knows the library.

What stays is its table of states and commands, its tags, and the check of arguments. What is
replaced, because it loses mail, hangs or tells secrets (tests/dialogues/test_aioimaplib_guards):
the reading of responses, the end of a connection, the answer to `+`, and every line of its log.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import aioimaplib.aioimaplib as library

from mailgate.ingest.imap.framing import QUIET, Allowance, Framer, FramingError, Response
from mailgate.ingest.imap.replies import Status, numbered, shown, status


class _NoSecrets(logging.Filter):
    """aioimaplib's DEBUG writes passwords and tokens (quoted or in base64 they slip through its
    scrubbing), so nothing below WARNING leaves its logger, whatever a configuration says."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


library.log.setLevel(logging.WARNING)
library.log.addFilter(_NoSecrets())


_STATES = {"LOGIN": library.AUTH, "AUTHENTICATE": library.AUTH, "SELECT": library.SELECTED}
"""RFC 3501 §3: where an OK leads to."""


class ConnectionEnded(Exception):
    """The connection was lost, or had to be given up: `bye` is what the server said last."""

    def __init__(self, why: str, *, bye: Status | None = None, violated: bool = False) -> None:
        super().__init__(why)
        self.bye = bye
        self.violated = violated
        """Whether the server broke the protocol or passed a limit of ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The untagged responses to a command (without `* `), and how it ended."""

    responses: list[Response]
    said: Status


class ImapProtocol(library.IMAP4ClientProtocol):  # type: ignore[misc]  # it has no types
    """One connection. One command at a time: `run` is awaited before the next."""

    transport: asyncio.Transport
    pending_sync_command: "library.Command | None"
    pending_async_commands: "dict[str, library.Command]"

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._framer = Framer()
        self._ended: ConnectionEnded | None = None
        self._bye: Status | None = None
        self._answers: Iterator[bytes] = iter(())
        self._happened = asyncio.Event()
        self._lost = asyncio.Event()
        self._sealed = False
        self.greeting: Status | None = None
        self.patience: asyncio.Timeout | None = None
        """Moved on by whatever the server sends."""
        self.inactivity = 60.0
        self.messages = 0
        """What EXISTS said, less the EXPUNGEs since."""
        self.announced = False
        """Whether EXISTS has grown; whoever looks takes it back."""
        self.challenges: list[bytes] = []
        """What `+` lines said to the running command."""

    # --- what the library calls ------------------------------------------------------------

    def data_received(self, d: bytes) -> None:
        """Instead of the library's own reading: recursion, O(n^2), and `* ` cut out of data."""
        if self._ended is not None:
            return
        if self.patience is not None and not self.patience.expired():
            self.patience.reschedule(self.loop.time() + self.inactivity)
        try:
            for response in self._framer.feed(d):
                self._take(response)
        except FramingError as error:
            self.give_up(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        """The library leaves pending commands waiting for ever."""
        self._lost.set()
        self._end(
            ConnectionEnded("the connection was lost" + (f" ({exc})" if exc else ""), bye=self._bye)
        )

    def send(self, line: str, scrub: str | None = None) -> None:
        """Without the library's log line."""
        self.transport.write(line.encode() + b"\r\n")

    # --- responses -------------------------------------------------------------------------

    def _take(self, response: Response) -> None:
        if self._ended is not None:
            return
        if self._sealed:
            self.give_up("it sent something between STARTTLS and TLS")
            return
        first = response[0]
        if first.startswith(b"* "):
            self._take_untagged((first[2:], *response[1:]))
        elif first.startswith(b"+"):
            self._take_continuation(first[1:].strip())
        else:
            self._take_tagged(first)
        self._happened.set()

    def _take_untagged(self, response: Response) -> None:
        said = status(response[0]) if len(response) == 1 else None
        if self.state == library.CONNECTED:
            self._greet(said)
            return
        if said is not None and said.word == "BYE":
            self._bye = said
            if not self._is_running("LOGOUT"):
                self._end(ConnectionEnded("the server ended the session", bye=said))
            return
        self._count(response)
        command = self._running()
        if command is not None and command.name != "IDLE":
            command.append_to_resp(response)

    def _greet(self, said: Status | None) -> None:
        """RFC 3501 §7.1: OK, PREAUTH or BYE."""
        self.greeting = said
        if said is not None and said.word == "OK":
            self.state = library.NONAUTH
        elif said is not None and said.word == "PREAUTH":
            self.state = library.AUTH
        elif said is not None and said.word == "BYE":
            self._end(ConnectionEnded("the server refuses sessions", bye=said))
        else:
            self.give_up("it does not greet as an IMAP server")

    def _count(self, response: Response) -> None:
        told = numbered(response)
        if told is None:
            return
        number, what = told
        if what == "EXISTS":
            self.announced |= number > self.messages
            self.messages = number
        elif what == "EXPUNGE":
            self.messages = max(0, self.messages - 1)

    def _take_continuation(self, text: bytes) -> None:
        command = self._running()
        if command is None:
            return
        self.challenges.append(text)
        if command.name != "IDLE":
            # A challenge that we have no answer to is the server's error in words (XOAUTH2):
            # an empty line lets it go on to its NO.
            self.transport.write(next(self._answers, b"") + b"\r\n")

    def _take_tagged(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        command = self._running()
        said = status(rest)
        if command is None or said is None or tag != command.tag.encode():
            self.give_up(f"it sent a line that answers nothing: {shown(line)[:60]}")
            return
        self._forget(command)
        if said.word == "OK":
            self.state = _STATES.get(command.name, self.state)
            self._sealed = command.name == "STARTTLS"
        command.close(said, result=said.word)

    # --- the running command ---------------------------------------------------------------

    def _running(self) -> "library.Command | None":
        if self.pending_sync_command is not None:
            return self.pending_sync_command
        return next(iter(self.pending_async_commands.values()), None)

    def _is_running(self, name: str) -> bool:
        command = self._running()
        return command is not None and command.name == name

    def _forget(self, command: "library.Command") -> None:
        if self.pending_sync_command is command:
            self.pending_sync_command = None
        self.pending_async_commands = {
            name: other
            for name, other in self.pending_async_commands.items()
            if other is not command
        }

    def give_up(self, why: str) -> None:
        """The server cannot be believed any more."""
        self._end(ConnectionEnded(why, bye=self._bye, violated=True))

    def _end(self, ended: ConnectionEnded) -> None:
        """Fails whatever waits, at once; the first cause counts."""
        if self._ended is None:
            self._ended = ended
            self.state = library.LOGOUT
        command = self._running()
        if command is not None:
            self._forget(command)
            command._exception = self._ended
            command.close(b"", "KO")
        self._happened.set()
        if not self._is_lost():
            self.transport.abort()

    def _is_lost(self) -> bool:
        return self._lost.is_set() or self.transport is None

    @property
    def ended(self) -> ConnectionEnded | None:
        """Why the connection is of no more use."""
        return self._ended

    # --- for the client --------------------------------------------------------------------

    async def until(self, happened: Callable[[], bool]) -> None:
        """Waits until a response makes it so. Raises `ConnectionEnded`."""
        while not happened():
            if self._ended is not None:
                raise self._ended
            self._happened.clear()
            await self._happened.wait()

    async def run(
        self,
        name: str,
        *arguments: str,
        by_uid: bool = False,
        answers: tuple[bytes, ...] = (),
        allowance: Allowance = QUIET,
    ) -> Answer:
        """Sends a command; `answers` go out one by one, each after a `+` of the server. Raises
        `ConnectionEnded`."""
        if self._ended is not None:
            raise self._ended
        self._begin(allowance, answers)
        command = library.Command(
            name, self.new_tag(), *arguments, prefix="UID" if by_uid else None, loop=self.loop
        )
        response = await self.execute(command)
        *untagged, said = response.lines
        return Answer(cast("list[Response]", untagged), cast("Status", said))

    def _begin(self, allowance: Allowance, answers: tuple[bytes, ...] = ()) -> None:
        self._framer.allow(allowance)
        self._answers = iter(answers)
        self.challenges = []

    def begin_idle(self) -> "IdleWatch":
        """Sends IDLE (RFC 2177) and leaves it running."""
        if self._ended is not None:
            raise self._ended
        self._begin(QUIET)
        command = library.IdleCommand(self.new_tag(), self.idle_queue, loop=self.loop)
        self.pending_sync_command = command
        self.send(str(command))
        return IdleWatch(self, command)

    async def upgrade(self, context: ssl.SSLContext, host: str) -> None:
        """TLS on this connection, after STARTTLS was answered (RFC 3501 §6.2.1)."""
        if not self._framer.empty:
            self.give_up("it sent something between STARTTLS and TLS")
        if self._ended is not None:
            raise self._ended
        self.transport = await self.loop.start_tls(
            self.transport, self, context, server_hostname=host
        )
        self._sealed = False

    async def lost(self) -> None:
        """Waits until the connection is closed."""
        await self._lost.wait()


class IdleWatch:
    """A running IDLE."""

    def __init__(self, protocol: ImapProtocol, command: "library.Command") -> None:
        self._protocol = protocol
        self._command = command

    @property
    def refused(self) -> bool:
        """Whether the server ended it by itself."""
        return bool(self._command._event.is_set())

    async def begun(self) -> None:
        """Until the server says `+`, or refuses."""
        await self._protocol.until(lambda: bool(self._protocol.challenges) or self.refused)

    async def stirred(self, seconds: float) -> None:
        """Until there is new mail, the server ends it, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._protocol.until(lambda: self._protocol.announced or self.refused)

    async def done(self) -> None:
        """DONE, and the server's answer to it."""
        if not self.refused:
            self._protocol.idle_done()
        await self._command.wait()
