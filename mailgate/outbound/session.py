"""One SMTP connection to a next hop, as mail transactions (RFC 5321 §3.3).

Each command is sent and each reply is read by ourselves, so that the reply which decides is the
one recorded. The `Stage` of a failure says the rest: once the final dot is written, the mail may
have been taken.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import IntEnum

from mailgate.mail.address import Address, NullReversePath, ReversePath, UnknownReversePath
from mailgate.model.delivery import (
    AttemptResult,
    Deferred,
    Delivered,
    LeasedDelivery,
    Reach,
    Rejected,
    Reply,
)
from mailgate.outbound.classify import classify, reply_of
from mailgate.outbound.line import Said
from mailgate.outbound.opening import Opened, Refused, open_line
from mailgate.outbound.peer import Peer
from mailgate.outbound.wire import END_OF_DATA, ready_for_the_wire
from mailgate.threading.aliases import aliases_in

__all__ = ["Session", "Stage"]

_CHUNK = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPECIAL = re.compile(r"""[ <>,;:"]""")

_Envelope = tuple[bytes, bytes]
"""MAIL and RCPT, each a line."""


class Stage(IntEnum):
    """How far a transaction came."""

    CONNECT = 0
    BEGIN = 1
    """MAIL has no reply, or was refused: a kept connection may be a dead one."""
    ENVELOPE = 2
    CONTENT = 3
    """DATA was accepted; the final dot is not written."""
    DOT = 4
    """The final dot is written: without a reply nobody knows what became of the mail."""


class Session:
    """An open connection. After any exception, cancellation too, `close` it: the dialogue is
    out of step."""

    def __init__(self, opened: Opened, peer: Peer, now: Callable[[], datetime]) -> None:
        self._line = opened.line
        self._offers = opened.offers
        self._peer = peer
        self._now = now
        self.sent = 0
        """Transactions so far."""
        self.stage = Stage.CONNECT
        self._unfinished = False

    @classmethod
    async def open(cls, peer: Peer, *, now: Callable[[], datetime]) -> "Session":
        """Dials, protects the connection and logs in. Raises Refused (`NoTls` where the
        connection cannot be protected as the peer is to be), or what the network raises."""
        return cls(await open_line(peer), peer, now)

    @property
    def is_open(self) -> bool:
        return self._line.is_open

    def close(self) -> None:
        """Drops the connection as it is."""
        self._line.abort()

    def leave(self) -> None:
        """Says goodbye and closes, without waiting for the answer (RFC 5321 §4.1.1.10)."""
        if self._line.is_open and not self._line.owed:
            self._line.write(b"QUIT\r\n", replies=1)
        self._line.close()

    async def transact(self, leased: LeasedDelivery) -> AttemptResult:
        """One mail transaction. Raises what the network raises; `stage` then says how far it
        came. The connection is closed where it cannot be used again."""
        self.sent += 1
        self.stage = Stage.BEGIN
        envelope = self._envelope(leased)
        if isinstance(envelope, Rejected):
            return envelope
        if self._unfinished:
            await self._reset()
        refused = await self._begin(envelope)
        if refused is not None:
            return self._refused(refused)
        self.stage = Stage.CONTENT
        result = await self._content(leased.content)
        return self._named(leased, result) if isinstance(result, Delivered) else result

    # --- envelope -------------------------------------------------------------------------

    def _envelope(self, leased: LeasedDelivery) -> _Envelope | Rejected:
        """MAIL and RCPT, or why this mail cannot be said to this server."""
        paths = (_path(leased.reverse_path), _path(leased.recipient))
        if any(_is_broken(path) for path in paths):
            return self._unsayable(553, "5.1.3 the address cannot be written into an SMTP command")
        options: list[str] = []
        if "size" in self._offers:
            options.append(f"SIZE={len(leased.content)}")
            limit = _size(self._offers["size"])
            if limit is not None and len(leased.content) > limit:
                text = f"the mail has {len(leased.content)} bytes, and {self._peer.host} takes"
                return self._unsayable(552, f"5.3.4 {text} {limit} at most")
        if not all(path.isascii() for path in paths):
            if "smtputf8" not in self._offers:  # RFC 6531 §3.2
                text = "5.6.7 the address needs SMTPUTF8, which the next hop does not offer"
                return self._unsayable(553, text)
            options.append("SMTPUTF8")
        if "8bitmime" in self._offers and not leased.content.isascii():
            options.append("BODY=8BITMIME")  # RFC 6152 §3
        mail, rcpt = paths
        words = " ".join((f"MAIL FROM:<{mail}>", *options))
        return f"{words}\r\n".encode(), f"RCPT TO:<{rcpt}>\r\n".encode()

    def _unsayable(self, code: int, text: str) -> Rejected:
        return Rejected(reply_of(code, text, self._now()))

    async def _begin(self, envelope: _Envelope) -> Reply | None:
        """Up to where the content may be sent; else the reply that refuses."""
        commands = (*envelope, b"DATA\r\n")
        at_once = "pipelining" in self._offers  # RFC 2920 §3.1: DATA may be the last of them
        if at_once:
            self._line.write(*commands, replies=len(commands))
        for command in commands:
            if not at_once:
                self._line.write(command, replies=1)
            said = await self._line.read(self._peer.timeouts.command)
            wanted = said.code == 354 if command == b"DATA\r\n" else said.code // 100 == 2
            if not wanted:
                reply = self._as_reply(said)
                if self.stage is Stage.BEGIN and self.sent > 1 and _is_no_answer(reply):
                    raise Refused(reply.code, reply.text)
                return reply
            self.stage = Stage.ENVELOPE
        await self._line.catch_up()
        self._line.check()  # Else what it says besides would pass for the reply to the content.
        return None

    async def _reply(self) -> Reply:
        return self._as_reply(await self._line.read(self._peer.timeouts.command))

    def _as_reply(self, said: Said) -> Reply:
        return reply_of(said.code, said.text, self._now())

    def _refused(self, reply: Reply) -> AttemptResult:
        """The refusal is the result at once; what is still owed, and RSET, can wait until there
        is another mail. A server that does not refuse as servers do may be waiting for anything:
        nothing more is said."""
        self._unfinished = True
        if reply.code == 421 or not _is_negative(reply):
            self.close()
        result = _not_delivered(classify(reply))
        if isinstance(result, Deferred) and self.stage is Stage.BEGIN:
            return replace(result, reach=Reach.SENDER)
        return result

    async def _reset(self) -> None:
        """Raises Refused when the server does not do what all servers do (RFC 5321 §4.1.1.5), or
        waits for the content of a mail that it has refused."""
        while self._line.owed:
            reply = await self._reply()
            if reply.code == 354:
                raise Refused(None, "the next hop waits for a mail that it has refused")
        self._line.write(b"RSET\r\n", replies=1)
        reply = await self._reply()
        if reply.code != 250:
            raise Refused(reply.code, reply.text)
        self._unfinished = False

    # --- content --------------------------------------------------------------------------

    async def _content(self, content: bytes) -> AttemptResult:
        wire = ready_for_the_wire(content)
        owed = 1
        if len(wire) > _CHUNK:
            if not await self._stream(wire):
                return await self._refused_early()
            wire, owed = b"", 0
        self._line.check()
        self.stage = Stage.DOT
        self._line.write(wire, END_OF_DATA, replies=owed)
        reply = self._as_reply(await self._line.read(self._peer.timeouts.data))
        if not (_is_positive(reply) or _is_negative(reply)):
            raise Refused(reply.code, reply.text)
        if reply.code == 421:
            self.close()
        # It may have answered before the final dot, and take the rest for commands.
        self._unfinished = _is_negative(reply)
        return classify(reply)

    async def _stream(self, wire: bytes) -> bool:
        """Writes as fast as the peer takes it; False when the peer answered meanwhile: the rest
        is not written."""
        owed = 1
        for at in range(0, len(wire), _CHUNK):
            self._line.write(wire[at : at + _CHUNK], replies=owed)
            owed = 0
            await self._line.room(self._peer.timeouts.command)
            if self._line.has_reply:
                return False
        await self._line.catch_up()
        return not self._line.has_reply

    async def _refused_early(self) -> AttemptResult:
        """The server answered before the final dot, which was never written."""
        reply = await self._reply()
        self.close()
        return _not_delivered(classify(reply))

    def _named(self, leased: LeasedDelivery, result: Delivered) -> Delivered:
        """With the ids that the relay gave to the mail, where it says so."""
        paths = (str(leased.recipient), str(leased.reverse_path))
        known = frozenset((leased.message_id, *paths))
        names = aliases_in(result.reply.text, host=self._peer.host, known=known)
        return replace(result, aliases=names) if names else result


def _size(told: str) -> int | None:
    """The most that it takes; None where it does not say (0 is no limit: RFC 1870 §4)."""
    return int(told) or None if told.isascii() and told.isdigit() and len(told) < 20 else None


def _path(path: ReversePath) -> str:
    match path:
        case NullReversePath():
            return ""
        case Address():
            return str(path)
        case UnknownReversePath():
            raise TypeError("mail that leaves has a known reverse path")


def _is_broken(path: str) -> bool:
    """Servers guess what such a path may mean; nothing of that kind may reach the wire."""
    return bool(_CONTROL.search(path) or (not path.startswith('"') and _SPECIAL.search(path)))


def _is_positive(reply: Reply) -> bool:
    return reply.code is not None and reply.code // 100 == 2


def _is_negative(reply: Reply) -> bool:
    return reply.code is not None and reply.code // 100 in {4, 5}


def _is_no_answer(reply: Reply) -> bool:
    """Does this, to MAIL, say nothing about the mail? A server that has waited long enough says
    421 to whatever comes (RFC 5321 §3.8); with 4.7.x it means us, and a new connection would be no
    better. One that does not know MAIL, or not here, is out of step."""
    if reply.code == 421:
        return not (reply.status or "").startswith("4.7.")
    return reply.code in {500, 501, 502, 503}


def _not_delivered(result: AttemptResult) -> AttemptResult:
    """A positive reply where none was due (2yz instead of 354) delivers nothing."""
    return result if isinstance(result, Rejected) else Deferred(result.reply)
