"""One connection: aiosmtpd's SMTP class with what it gets wrong replaced.

Kept of it: the protocol class, its session, and STARTTLS with the guard against injected
commands (CVE-2024-34083). Replaced, each with a guard in tests/dialogues/test_aiosmtpd_guards.py:
the constructor (it inspects itself at each connection), the command loop and its limits, the
address parser, the DATA reader, the replies, the answer to our own faults, and the habit of
cancelling a handler whose client has gone.

Commands are worked off in the loop's callback: everything but a commit and a TLS handshake is
done at once, so a session costs no task and no wake-up a line. This module knows lines, time
and the end of a session; what is said stands in `dialogue.py`.
"""

import asyncio
from asyncio.sslproto import SSLProtocol
from collections.abc import Coroutine
from typing import cast

from aiosmtpd.smtp import Session

from mailgate.ingest.admission import Peer
from mailgate.ingest.commands import BadLine, Line, read_known_line
from mailgate.ingest.content import ContentReading
from mailgate.ingest.data_reader import DataResult
from mailgate.ingest.patience import Activity, Times, overdue
from mailgate.ingest.premises import Premises
from mailgate.ingest.respond import RefusalReason, Reply, refusal

_UNREAD_OCTETS = 65536
"""How much may wait for us while we are at work, before we stop reading."""
_MUCH_OCTETS = 65536  # a read of so much is followed by more: uvloop would take 32 in a row
_LINES_A_TURN = 50
"""How many pipelined commands are worked off before other sessions have their turn."""
_LINGER_SECONDS = 10.0
"""What a client gets to read our last reply."""


class Connection(ContentReading):
    """Lines, limits, time-outs and the end of a session."""

    # What aiosmtpd's constructor sets anew, as far as its STARTTLS asks.
    session: Session | None = None
    _original_transport: asyncio.BaseTransport | None = None
    _tls_handshake_okay = True
    _tls_protocol: SSLProtocol | None = None

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.loop = asyncio.get_running_loop()
        self.tls_context = premises.starttls
        self._handle_hooks = {}
        self._longest_line = premises.spec.limits.command_octets
        self.activity = Activity.COMMAND
        self.known: Peer | None = None  # who it is, where the listener has found out
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._errors = 0
        self.fruitless = 0
        self._admitted = self._lost = self._eof = self._implicit_tls = False
        self._clogged = self._reading_paused = self._turn_pending = False
        self._leaving_since: float | None = None
        self.times = Times.beginning(premises.clock.monotonic())

    # --- the connection's life -------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is not None:
            super().connection_made(transport)  # the second layer, after STARTTLS
            # RFC 3207 §6: what came in clear behind STARTTLS was said by anybody.
            self._buffer.clear()
            return
        premises = self.premises
        self.transport = cast("asyncio.Transport", transport)
        self._implicit_tls = transport.get_extra_info("sslcontext") is not None
        self.session = self._create_session()
        self._set_rset_state()
        name = transport.get_extra_info("peername")
        address = str(name[0]) if isinstance(name, tuple) else ""
        self.peer = self.known or premises.admission.identify(address)
        self._admitted = True
        premises.enter(self)
        premises.telemetry.session_opened(door=self.door, peer=self.peer.address)
        reason = premises.admission.enter(self.peer, self.times.born)
        if premises.closing:
            reason = RefusalReason.SHUTTING_DOWN
        if reason is not None:
            self.hang_up(reason)
        else:
            self.send(premises.greeting)

    def data_received(self, data: bytes) -> None:
        busy = self._turn_pending or self._clogged or self._leaving_since is not None
        if busy or self._buffer:
            self._buffer += data
        elif self.activity is Activity.CONTENT:
            self._feed(data)
        elif self.activity is Activity.COMMAND and data.find(b"\n") == len(data) - 1:
            self._take_line(data)  # one command, as clients send them that wait for replies
        else:
            self._buffer += data
        if len(data) >= _MUCH_OCTETS:
            self._give_way()
        if self._buffer or self._eof or self._turn_pending:
            self._work()

    def eof_received(self) -> bool:
        # A client that half-closes after its final dot still gets its reply, and a commit
        # that runs is never cancelled: what is here is worked off, then the session ends.
        self._eof = True
        self._work()
        return not self.secure

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._buffer.clear()
        self.forget_content()
        if self._original_transport is not None:
            self._original_transport.close()
        if self._admitted:
            self._admitted = False
            self.premises.admission.leave(self.peer)
        if not self._at_our_work:
            self.premises.leave(self)

    def pause_writing(self) -> None:
        """A client that pipelines without reading our replies has to wait."""
        self._clogged = True

    def resume_writing(self) -> None:
        self._clogged = False
        self._work()

    def _set_rset_state(self) -> None:
        """Forgets the transaction; aiosmtpd calls it when TLS has begun."""
        raise NotImplementedError

    @property
    def secure(self) -> bool:
        """Whether TLS is active, by STARTTLS or from the first octet."""
        return self._tls_protocol is not None or self._implicit_tls

    @property
    def in_transaction(self) -> bool:
        """Whether a MAIL was taken and not ended yet."""
        raise NotImplementedError

    @property
    def _at_our_work(self) -> bool:
        activity = self.activity
        return activity is not Activity.COMMAND and activity is not Activity.CONTENT

    @property
    def is_idle(self) -> bool:
        """Waits for a command, with no transaction open."""
        return self.activity is Activity.COMMAND and not self.in_transaction

    # --- the conversation --------------------------------------------------------------------

    def _work(self) -> None:
        """Works off what is here, and lets others have their turn when it is much."""
        for _ in range(_LINES_A_TURN):
            if self._turn_pending or not self._step():
                break
        else:
            self._give_way()
        self._balance()

    def _give_way(self) -> None:
        """Goes on in the loop's next turn."""
        if not self._turn_pending:
            self._turn_pending = True
            self.loop.call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._turn_pending = False
        self._work()

    def _step(self) -> bool:
        """Does one thing; False when there is nothing to do now."""
        if not self._buffer or self._clogged or self._leaving_since is not None:
            return False
        match self.activity:
            case Activity.COMMAND:
                return self._cut_line()
            case Activity.CONTENT:
                chunk = bytes(self._buffer)
                self._buffer.clear()
                self._feed(chunk)
                return True
            case Activity.HANDSHAKE | Activity.DELAY | Activity.US:
                return False

    def _balance(self) -> None:
        """Stops reading while too much waits, and ends the session after the client's end."""
        if self._lost or self.transport is None or self.transport.is_closing():
            return
        full = self._turn_pending or len(self._buffer) > _UNREAD_OCTETS
        if full != self._reading_paused:
            self._reading_paused = full
            if full:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()
        waits = self._turn_pending or self._clogged or self._at_our_work
        if self._eof and not waits:
            self.leave()

    def _cut_line(self) -> bool:
        limit = self._longest_line
        end = self._buffer.find(b"\n")
        if end < 0:
            # What is longer than any line we could mean to answer is not waited for.
            if len(self._buffer) > 4 * limit:
                self.hang_up(RefusalReason.COMMAND_TOO_LONG)
            return False
        raw = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        self._take_line(raw)
        return True

    def _take_line(self, raw: bytes) -> None:
        self.times.heard = self.premises.monotonic()
        if len(raw) > self._longest_line:
            self.complain(refusal(RefusalReason.COMMAND_TOO_LONG))
        else:
            self._obey(raw)
        if self.premises.closing:
            self._end_if_closing()

    def _obey(self, raw: bytes) -> None:
        line = self.read_line(raw)
        if isinstance(line, BadLine):
            self._complain_of(line)
            return
        try:
            self.perform(line.verb, line.argument)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets 451
            self.send(self.report_fault(error))

    def _complain_of(self, line: BadLine) -> None:
        if line.fatal:
            self.send(line.reply)
            self.leave()
        else:
            self.complain(line.reply)

    def read_line(self, raw: bytes) -> Line | BadLine:
        """How a line is read; remembered where no line holds a password."""
        return read_known_line(raw)

    def perform(self, verb: str, argument: str | None) -> None:
        """Obeys one command and answers it."""
        raise NotImplementedError

    def begin_content(self) -> None:
        """From now on octets are a message's, to the end that `DataReader` finds."""
        self.activity = Activity.CONTENT
        self.times.begin_content(self.times.heard)

    def _feed(self, chunk: bytes) -> None:
        self.times.count(len(chunk), self.premises.monotonic())
        result = self.read_content(chunk)
        if result is None:
            return
        self.activity = Activity.COMMAND
        self.end_content(result)
        if self.activity is Activity.COMMAND:
            self.hold(0)
            self._end_if_closing()

    def end_content(self, result: DataResult) -> None:
        """Deals with a message that was read to its end, or given up."""
        raise NotImplementedError

    def unread(self, rest: bytes) -> None:
        """Puts back what was read too far: commands that were pipelined behind a message."""
        self._buffer[:0] = rest

    def begin_work(self, work: Coroutine[None, None, None], activity: Activity) -> None:
        """Runs what takes its time; commands wait meanwhile. The client may go: the work is
        never cancelled for it."""
        whole = self._at_work(work)
        try:
            self._task = self.premises.tasks.create_task(whole)
        except RuntimeError:  # the group has ended: so does the session, with nothing promised
            whole.close()
            work.close()
            self.abort()
        else:
            self.activity = activity

    async def _at_work(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except BaseException as error:
            # No reply was sent: the reply to a later command must not be taken for it.
            self.abort()
            if not isinstance(error, Exception):
                raise
            self.report_fault(error)
        finally:
            self._work_is_done()

    def _work_is_done(self) -> None:
        self.activity = Activity.COMMAND
        self.times.heard = self.premises.monotonic()
        self.hold(0)
        if self._lost:
            self.premises.leave(self)
            return
        if self.premises.closing:
            self._end_if_closing()
        if self._buffer or self._eof:
            self._work()

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
        if self._leaving_since is not None:
            return
        reply = self.refuse(reason)
        if self.activity is Activity.HANDSHAKE:
            self.abort()
        else:
            self.send(reply)
            self.leave()

    def leave(self) -> None:
        """Ends the session after the last reply was sent."""
        self._leaving_since = self.premises.clock.monotonic()
        if self.transport is not None:
            self.transport.close()

    def _end_if_closing(self) -> None:
        if self.premises.closing and self.is_idle:
            self.hang_up(RefusalReason.SHUTTING_DOWN)

    # --- time --------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Ends the session when its time is over (`now` as the clock's `monotonic`)."""
        if self._leaving_since is not None:
            if now - self._leaving_since > _LINGER_SECONDS:
                self.abort()
            return
        reason = overdue(
            self.times,
            self.activity,
            self.premises.spec.limits,
            now,
            in_transaction=self.in_transaction,
        )
        if reason is not None:
            self.hang_up(reason)

    def cut_off(self) -> None:
        """The grace of a closing door is over. A commit that runs is still waited for, and
        answered: a 421 in its place would bring the message again."""
        if self.activity is not Activity.US:
            self.hang_up(RefusalReason.SHUTTING_DOWN)
            self.abort()

    def abort(self) -> None:
        """Ends the connection at once; a commit that runs is not touched."""
        self._leaving_since = self.premises.clock.monotonic()
        if self.transport is not None:
            self.transport.abort()
        task, self._task = self._task, None
        if task is not None and self.activity in {Activity.HANDSHAKE, Activity.DELAY}:
            # asyncio tells nobody of a connection that ends in the middle of a handshake.
            task.cancel()
