"""The line to a mail server that has let us in: what is written, and the replies in their order.

aiosmtplib waits for one reply at a time and drops what comes besides. Here several may be owed
(PIPELINING, RFC 2920), and what nobody asked for is noticed: such a peer is out of step.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Garbled", "Line", "Said"]

LINE_LIMIT = 8192
"""Of a reply's line; RFC 5321 §4.5.3.1.5 says 512."""
REPLY_LIMIT = 32768
"""Of a reply with all its lines."""

_CODE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


class Garbled(ConnectionError):
    """What came is no reply (RFC 5321 §4.2), or is one too many."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply; the lines of its text are joined by line feeds."""

    code: int
    text: str


class Line(asyncio.Protocol):
    """Takes over an open transport. After any exception it is of no more use."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._unread = bytearray()
        self._lines: list[bytes] = []
        self._code: bytes | None = None
        self._size = 0
        self._said: deque[Said] = deque()
        self._owed = 0
        self._trouble: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._is_full = False
        self._is_late = False
        transport.set_protocol(self)

    # --- what the session does ----------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """May more be said? Not after a goodbye, garbage, or a reply that nobody asked for."""
        return self._trouble is None and not self._transport.is_closing()

    @property
    def owed(self) -> int:
        """Replies that were not read yet."""
        return self._owed + len(self._said)

    @property
    def has_reply(self) -> bool:
        """Is there one to read?"""
        return bool(self._said)

    def write(self, *parts: bytes, replies: int = 0) -> None:
        """Hands over what is to be sent; `replies` more are owed for it. Raises what is wrong
        with the line."""
        self.check()
        self._owed += replies
        self._transport.writelines(parts)

    async def read(self, seconds: float) -> Said:
        """The next reply that is owed. Raises TimeoutError, Garbled, ConnectionError."""
        if not self._said:
            await self._wait(seconds, lambda: bool(self._said))
        return self._said.popleft()

    async def room(self, seconds: float) -> None:
        """Waits until the peer has taken most of what was written, or has something to say."""
        await self._wait(seconds, lambda: not self._is_full or bool(self._said))

    async def catch_up(self) -> None:
        """Lets the loop read what has come so far."""
        self._waiter = self._loop.create_future()
        self._loop.call_soon(self._go_on)  # it polls before, or before what this wakes
        await self._waiter

    def check(self) -> None:
        """Raises what is wrong with the line: it says more than it was asked, or is closed."""
        if self._trouble is not None:
            raise self._trouble
        if self._transport.is_closing():
            raise ConnectionResetError("the connection is closed")

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        """Without what is still to be sent."""
        self._transport.abort()

    # --- what the transport calls -------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._unread += data
        try:
            self._take_lines()
        except Garbled as error:
            self._fail(error)
        self._go_on()

    def eof_received(self) -> bool:
        self._fail(ConnectionResetError("the connection was closed by the other side"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionResetError("the connection was lost"))

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._go_on()

    # --- within -------------------------------------------------------------------------------

    def _take_lines(self) -> None:
        begin = 0
        while (end := self._unread.find(b"\n", begin)) >= 0:
            self._take(bytes(self._unread[begin:end]).rstrip(b" \t\r"))
            begin = end + 1
        del self._unread[:begin]
        if len(self._unread) > LINE_LIMIT:
            raise Garbled("the reply is too long")

    def _take(self, line: bytes) -> None:
        found = _CODE.fullmatch(line)
        if found is None or (self._code is not None and found[1] != self._code):
            shown = line[:80].decode("ascii", "replace")
            raise Garbled(f"this is no reply: {shown}")
        self._size += len(line)
        if len(line) > LINE_LIMIT or self._size > REPLY_LIMIT:
            raise Garbled("the reply is too long")
        self._code = found[1]
        self._lines.append((found[3] or b"").strip(b" \t"))
        if found[2] != b"-":
            text = b"\n".join(self._lines).decode("utf-8", "surrogateescape")
            code, self._code, self._lines, self._size = int(found[1]), None, [], 0
            self._give(Said(code, text))

    def _give(self, said: Said) -> None:
        if self._owed == 0:
            raise Garbled("the next hop sent a reply that nothing was asked for")
        self._owed -= 1
        self._said.append(said)

    def _fail(self, error: Exception) -> None:
        if self._trouble is None:
            self._trouble = error
        self._go_on()

    async def _wait(self, seconds: float, is_there: Callable[[], bool]) -> None:
        # asyncio.timeout does the same at several times the cost, twice a mail.
        self._is_late = False
        limit = self._loop.call_later(seconds, self._time_out)
        try:
            while not is_there():
                self.check()
                if self._is_late:
                    raise TimeoutError
                self._waiter = self._loop.create_future()
                await self._waiter
        finally:
            limit.cancel()

    def _time_out(self) -> None:
        self._is_late = True
        self._go_on()

    def _go_on(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
