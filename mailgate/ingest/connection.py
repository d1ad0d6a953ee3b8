"""One connection: aiosmtpd's SMTP class with what it gets wrong replaced.

Kept of it: the protocol class, its session, and STARTTLS with the guard against injected
commands (CVE-2024-34083). Replaced, each with a guard test in
tests/dialogues/test_aiosmtpd_guards.py: the constructor (it inspects itself at each
connection), the command loop and its limits, the address parser, the DATA reader, the replies,
the answer to our own faults, and the habit of cancelling a handler whose client has gone.

This module knows lines, time and the end of a session; what is said stands in `dialogue.py`.
"""

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, cast

from aiosmtpd.smtp import SMTP, Session

from mailgate.clock import Clock
from mailgate.ingest import respond
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.admission import Admission
from mailgate.ingest.commands import BadLine, Line, read_line
from mailgate.ingest.listener import ListenerSpec
from mailgate.ingest.respond import RefusalReason, Reply, refusal
from mailgate.mail.address import Address, ReversePath
from mailgate.telemetry.facts import Telemetry

READ_SIZE = 65536
_LINGER = 10.0
"""Seconds that a client gets to read our last reply."""


class ClientGone(Exception):
    """The client closed or broke the connection; there is nobody to answer."""


class Activity(Enum):
    """What a session waits for, which decides how its time is measured."""

    COMMAND = "command"
    CONTENT = "content"
    US = "us"


@dataclass(slots=True)
class Transaction:
    """An open mail transaction (RFC 5321 §3.3); `reverse_path` is None before MAIL."""

    reverse_path: ReversePath | None = None
    forward_paths: list[Address] = field(default_factory=list)
    smtputf8: bool = False


@dataclass(slots=True)
class Premises:
    """What all connections of one listener share."""

    spec: ListenerSpec
    acceptor: Acceptor
    is_ours: Callable[[Address], bool]
    clock: Clock
    telemetry: Telemetry
    admission: Admission
    tasks: asyncio.TaskGroup
    starttls: ssl.SSLContext | None
    connections: "set[Connection]" = field(default_factory=set)
    closing: bool = False
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while no session runs."""

    def __post_init__(self) -> None:
        self.empty.set()

    def enter(self, connection: "Connection") -> None:
        self.connections.add(connection)
        self.empty.clear()

    def leave(self, connection: "Connection") -> None:
        self.connections.discard(connection)
        if not self.connections:
            self.empty.set()


class Connection(SMTP):
    """Lines, limits, time-outs and the end of a session."""

    protocol_name: ClassVar[str] = "ESMTP"

    # What aiosmtpd's constructor finds out anew for each connection, and is the same for all.
    session: Session | None = None
    transport: asyncio.Transport | None = None
    _original_transport: asyncio.BaseTransport | None = None
    _tls_handshake_okay = True
    _tls_protocol: SSLProtocol | None = None

    def __init__(self, premises: Premises) -> None:
        self.loop = asyncio.get_running_loop()
        # aiosmtpd's own constructor is passed by: it lists all members of itself.
        asyncio.StreamReaderProtocol.__init__(
            self,
            asyncio.StreamReader(limit=READ_SIZE, loop=self.loop),
            self._cb_client_connected,
            self.loop,
        )
        self._handle_hooks = {}
        self.premises = premises
        self.tls_context = premises.starttls
        self.transaction = Transaction()
        self.activity = Activity.US
        self.octets = 0
        self.unknown_recipients = 0
        self.fruitless = 0
        self._errors = 0
        self._admitted = False
        self._implicit_tls = False
        self._leaving_since: float | None = None
        self._born = self.content_began = self._since = premises.clock.monotonic()

    # --- the connection's life -------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is not None:
            super().connection_made(transport)  # the second layer, after STARTTLS
            return
        asyncio.StreamReaderProtocol.connection_made(self, transport)
        self.transport = cast("asyncio.Transport", transport)
        self._implicit_tls = transport.get_extra_info("sslcontext") is not None
        self.session = self._create_session()
        premises = self.premises
        name = transport.get_extra_info("peername")
        self.peer = premises.admission.identify(name[0] if isinstance(name, tuple) else "")
        reason = premises.admission.enter(self.peer)
        self._admitted = True
        if premises.closing:
            reason = RefusalReason.SHUTTING_DOWN
        if reason is not None:
            self.hang_up(reason)
            return
        premises.enter(self)
        premises.tasks.create_task(self._handle_client())

    def eof_received(self) -> bool:
        # A client that half-closes after its final dot still gets its reply, and a commit
        # that runs is never cancelled: what the reader holds is worked off, then it ends.
        asyncio.StreamReaderProtocol.eof_received(self)
        return not self.secure

    def connection_lost(self, error: Exception | None) -> None:
        if self._original_transport is not None:
            self._original_transport.close()
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        self._give_back_place()

    def _give_back_place(self) -> None:
        if self._admitted:
            self._admitted = False
            self.premises.admission.leave(self.peer)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Time is measured by `sweep`: a timer a command is what aiosmtpd would set here."""

    def _set_post_data_state(self) -> None:
        self.transaction = Transaction()

    @property
    def secure(self) -> bool:
        """Whether TLS is active, by STARTTLS or from the first octet."""
        return self._tls_protocol is not None or self._implicit_tls

    @property
    def greeted(self) -> Session:
        """aiosmtpd's session: what the client called itself since the connection, or TLS, began."""
        assert self.session is not None
        return self.session

    @property
    def is_idle(self) -> bool:
        """Waits for a command, with no transaction open."""
        return self.activity is Activity.COMMAND and self.transaction.reverse_path is None

    # --- the conversation --------------------------------------------------------------------

    async def _handle_client(self) -> None:
        premises = self.premises
        premises.telemetry.session_opened(door=premises.spec.protocol.door, peer=self.peer.address)
        try:
            self.send(respond.greeting(premises.spec.hostname, self.protocol_name))
            while self._leaving_since is None:
                await self._obey(await self._next_line())
                if premises.closing and self.transaction.reverse_path is None:
                    self.hang_up(RefusalReason.SHUTTING_DOWN)
        except ClientGone:
            pass
        finally:
            self._close()
            self._give_back_place()
            premises.leave(self)

    async def _next_line(self) -> bytes:
        self._wait_for(Activity.COMMAND)
        try:
            await self._unclog()
            return await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            self.hang_up(RefusalReason.COMMAND_TOO_LONG)
            raise ClientGone from None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise ClientGone from error
        finally:
            self.activity = Activity.US

    async def _unclog(self) -> None:
        # A reply is written without waiting (aiosmtpd drains each); a client that pipelines
        # without reading is made to wait here.
        if self.transport is not None and self.transport.get_write_buffer_size() > READ_SIZE:
            await self._writer.drain()

    async def _obey(self, raw: bytes) -> None:
        if len(raw) > self.premises.spec.limits.command_octets:
            self.complain(refusal(RefusalReason.COMMAND_TOO_LONG))
            return
        match read_line(raw):
            case BadLine(reply=reply, fatal=True):
                self.send(reply)
                self.leave()
            case BadLine(reply=reply):
                self.complain(reply)
            case Line() as line if line.is_http:
                self.hang_up(RefusalReason.NOT_SMTP)
            case Line(verb=verb, argument=argument):
                await self._call(verb, argument)

    async def _call(self, verb: str, argument: str | None) -> None:
        try:
            await self.perform(verb, argument)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets 451
            self.send(self.report_fault(error))

    async def perform(self, verb: str, argument: str | None) -> None:
        """Obeys one command and answers it."""
        raise NotImplementedError

    def report_fault(self, error: Exception) -> Reply:
        """Reports a fault of ours; the reply says nothing about it and is never permanent."""
        door = self.premises.spec.protocol.door
        self.premises.telemetry.task_failed(
            task=f"{door} session", error=f"{type(error).__name__}: {error}"
        )
        return self.refuse(RefusalReason.OUR_FAULT)

    async def next_chunk(self) -> bytes:
        """The next octets of a message's content. Raises `ClientGone` at their end."""
        self._wait_for(Activity.CONTENT)
        try:
            chunk: bytes = await self._reader.read(READ_SIZE)
        except OSError as error:
            raise ClientGone from error
        finally:
            self.activity = Activity.US
        if not chunk:
            raise ClientGone
        self.octets += len(chunk)
        return chunk

    def unread(self, rest: bytes) -> None:
        """Puts back what was read too far: commands that were pipelined behind a message."""
        if rest:
            # There is no public way; aiosmtpd itself clears this buffer after STARTTLS.
            self._reader._buffer[:0] = rest  # type: ignore[attr-defined]

    # --- replies -------------------------------------------------------------------------------

    def send(self, reply: Reply) -> None:
        self.send_wire(reply.wire)

    def send_wire(self, wire: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(wire)

    async def push(self, status: str | bytes) -> None:
        """How aiosmtpd's STARTTLS answers."""
        self.send_wire((status.encode() if isinstance(status, str) else status) + b"\r\n")

    def refuse(self, reason: RefusalReason) -> Reply:
        """Counts a refusal, and gives its reply."""
        self.premises.telemetry.refused(
            door=self.premises.spec.protocol.door, reason=reason, peer=self.peer.address
        )
        return refusal(reason)

    def complain(self, reply: Reply) -> None:
        """Answers something that is no SMTP; too much of it ends the session."""
        self._errors += 1
        if self._errors > self.premises.spec.limits.errors:
            self.hang_up(RefusalReason.TOO_MANY_ERRORS)
        else:
            self.send(reply)

    def spend(self) -> bool:
        """Counts a command that brought no message yet; False when the session is over for it.
        Relays in trusted networks keep their connections, so they are not counted."""
        self.fruitless += 1
        if self.peer.trusted or self.fruitless <= self.premises.spec.limits.idle_commands:
            return True
        self.hang_up(RefusalReason.TOO_MANY_COMMANDS)
        return False

    def hang_up(self, reason: RefusalReason) -> None:
        """Says why, and ends the session."""
        if self._leaving_since is None:
            self.send(self.refuse(reason))
            self.leave()

    def leave(self) -> None:
        """Ends the session after the last reply was sent."""
        self._leaving_since = self.premises.clock.monotonic()
        self._close()

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    # --- time --------------------------------------------------------------------------------

    def _wait_for(self, activity: Activity) -> None:
        self.activity = activity
        self._since = self.premises.clock.monotonic()

    def sweep(self, now: float) -> None:
        """Ends the session when its time is over (`now` as the clock's `monotonic`). Never
        while we are at work: a slow commit is our own time."""
        if self._leaving_since is not None:
            if now - self._leaving_since > _LINGER:
                self.abort()
            return
        limits = self.premises.spec.limits
        if self.activity is Activity.US:
            return
        if now - self._since > limits.idle:
            self.hang_up(RefusalReason.IDLE)
        elif self.is_idle and now - self._born > limits.age:
            self.hang_up(RefusalReason.TOO_OLD)
        elif self.activity is Activity.CONTENT and self._is_slow(now):
            self.hang_up(RefusalReason.TOO_SLOW)

    def _is_slow(self, now: float) -> bool:
        limits = self.premises.spec.limits
        spent = now - self.content_began
        return spent > limits.slow_after and self.octets < spent * limits.octets_per_second

    def abort(self) -> None:
        """Ends the connection at once; a commit that runs is not touched."""
        if self.transport is not None:
            self.transport.abort()
