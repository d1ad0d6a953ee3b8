"""One SMTP connection to a next hop, as mail transactions (aiosmtplib is spoken here alone).

Each command is sent and each reply is read by ourselves, so that the reply which decides is the
one recorded. What aiosmtplib does not tell, the `Stage` of a failure does: once the final dot is
written, the mail may have been taken.
"""

import re
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import IntEnum
from ipaddress import ip_address

from aiosmtplib import SMTP, SMTPHeloError, SMTPResponse, SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

from mailgate.mail.address import Address, NullReversePath, ReversePath, UnknownReversePath
from mailgate.model.delivery import (
    AttemptResult,
    Deferred,
    Delivered,
    LeasedDelivery,
    Rejected,
    Reply,
)
from mailgate.outbound.classify import classify, reply_of
from mailgate.outbound.route import SmarthostRoute, Tls
from mailgate.outbound.wire import END_OF_DATA, ready_for_the_wire
from mailgate.threading.aliases import aliases_in

__all__ = ["Refused", "Session", "Stage"]

_CHUNK = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPECIAL = re.compile(r"""[ <>,;:"]""")


class Stage(IntEnum):
    """How far a transaction came."""

    CONNECT = 0
    BEGIN = 1
    """No reply to MAIL has come: a kept connection may be a dead one."""
    ENVELOPE = 2
    CONTENT = 3
    """DATA was accepted; the final dot is not written."""
    DOT = 4
    """The final dot is written: without a reply nobody knows what became of the mail."""


class Refused(Exception):
    """The next hop does not let us in, or does not offer what the route asks for: transient,
    because it says nothing about the mail."""

    def __init__(self, code: int | None, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Session:
    """An open connection. After any exception, cancellation too, `close` it: the dialogue is
    out of step."""

    def __init__(self, smtp: SMTP, route: SmarthostRoute, now: Callable[[], datetime]) -> None:
        self._smtp = smtp
        self._route = route
        self._now = now
        self.sent = 0
        """Transactions so far."""
        self.stage = Stage.CONNECT
        self._unfinished = False

    @classmethod
    async def open(
        cls,
        route: SmarthostRoute,
        *,
        hostname: str,
        context: ssl.SSLContext | None,
        now: Callable[[], datetime],
    ) -> "Session":
        """Dials, protects the connection and logs in. Raises Refused, or what aiosmtplib and
        the network raise."""
        smtp = SMTP(
            hostname=route.host,
            port=route.port,
            local_hostname=hostname,
            timeout=route.timeouts.command,
            use_tls=route.tls is Tls.IMPLICIT,
            start_tls=False,  # by ourselves: None would take TLS only when it is offered
            tls_context=context,
        )
        try:
            await smtp.connect(timeout=route.timeouts.connect)
            await _greet(smtp)
            await _protect(smtp, route)
            await _log_in(smtp, route)
        except SMTPResponseException as error:
            smtp.close()
            raise Refused(error.code, error.message) from None
        except BaseException:
            smtp.close()
            raise
        return cls(smtp, route, now)

    @property
    def is_open(self) -> bool:
        return self._smtp.is_connected

    def close(self) -> None:
        """Drops the connection as it is."""
        self._smtp.close()

    def leave(self) -> None:
        """Says goodbye and closes, without waiting for the answer (RFC 5321 §4.1.1.10)."""
        if self.is_open:
            self._protocol().write(b"QUIT\r\n")
        self.close()

    async def transact(self, leased: LeasedDelivery) -> AttemptResult:
        """One mail transaction (RFC 5321 §3.3). Raises what the network raises; `stage` then
        says how far it came. The connection is closed where it cannot be used again."""
        self.sent += 1
        self.stage = Stage.BEGIN
        envelope = self._envelope(leased)
        if isinstance(envelope, Rejected):
            return envelope
        if self._unfinished:
            await self._reset()
        for command in envelope:
            reply = await self._command(*command)
            self.stage = Stage.ENVELOPE
            if not _is_positive(reply):
                return self._refused(reply)
        reply = await self._command(b"DATA")
        if reply.code != 354:
            return self._refused(reply)
        self.stage = Stage.CONTENT
        result = await self._content(leased.content)
        return self._named(leased, result) if isinstance(result, Delivered) else result

    # --- envelope -------------------------------------------------------------------------

    def _envelope(self, leased: LeasedDelivery) -> tuple[tuple[bytes, ...], ...] | Rejected:
        """MAIL and RCPT, or why this mail cannot be said to this server."""
        paths = (_path(leased.reverse_path), _path(leased.recipient))
        if any(_is_broken(path) for path in paths):
            text = "5.1.3 the address cannot be written into an SMTP command"
            return Rejected(reply_of(553, text, self._now()))
        options = [f"SIZE={len(leased.content)}"] if self._offers("size") else []
        if not all(path.isascii() for path in paths):
            if not self._offers("smtputf8"):  # RFC 6531 §3.2
                text = "5.6.7 the address needs SMTPUTF8, which the next hop does not offer"
                return Rejected(reply_of(553, text, self._now()))
            options.append("SMTPUTF8")
        if self._offers("8bitmime") and not leased.content.isascii():
            options.append("BODY=8BITMIME")  # RFC 6152 §3
        mail, rcpt = (f"<{path}>".encode() for path in paths)
        return (
            (b"MAIL", b"FROM:" + mail, *(option.encode() for option in options)),
            (b"RCPT", b"TO:" + rcpt),
        )

    def _offers(self, extension: str) -> bool:
        return self._smtp.supports_extension(extension)

    async def _command(self, *words: bytes) -> Reply:
        return self._reply(await self._smtp.execute_command(*words))

    def _refused(self, reply: Reply) -> AttemptResult:
        """The refusal is the result at once; RSET can wait until there is another mail. A server
        that does not refuse as servers do may be waiting for anything: nothing more is said."""
        self._unfinished = True
        if reply.code is None or reply.code == 421 or reply.code // 100 not in {4, 5}:
            self.close()
        return _not_delivered(classify(reply))

    async def _reset(self) -> None:
        """Raises Refused when the server does not do what all servers do (RFC 5321 §4.1.1.5)."""
        reply = await self._command(b"RSET")
        if reply.code != 250:
            raise Refused(reply.code, reply.text)
        self._unfinished = False

    # --- content --------------------------------------------------------------------------

    async def _content(self, content: bytes) -> AttemptResult:
        protocol = self._protocol()
        wire = ready_for_the_wire(content)
        if len(wire) > _CHUNK:
            if not await _stream(protocol, wire):
                return await self._refused_early(protocol)
            wire = b""
        self.stage = Stage.DOT
        protocol.write(wire + END_OF_DATA)
        response = await protocol.read_response(timeout=self._route.timeouts.data)
        reply = reply_of(response.code, response.message, self._now())
        if reply.code is None or reply.code // 100 not in {2, 4, 5}:
            raise Refused(reply.code, reply.text)
        if reply.code == 421 or protocol._buffer:  # it says more than it was asked
            self.close()
        return classify(reply)

    def _named(self, leased: LeasedDelivery, result: Delivered) -> Delivered:
        """With the ids that the relay gave to the mail, where it says so."""
        paths = (str(leased.recipient), str(leased.reverse_path))
        known = frozenset((leased.message_id, *paths))
        names = aliases_in(result.reply.text, host=self._route.host, known=known)
        return replace(result, aliases=names) if names else result

    async def _refused_early(self, protocol: SMTPProtocol) -> AttemptResult:
        """The server answered before the final dot, which was never written."""
        response = await protocol.read_response(timeout=self._route.timeouts.command)
        self.close()
        return _not_delivered(classify(reply_of(response.code, response.message, self._now())))

    def _protocol(self) -> SMTPProtocol:
        if self._smtp.protocol is None:
            raise ConnectionResetError("Connection lost")
        return self._smtp.protocol

    def _reply(self, response: SMTPResponse) -> Reply:
        """Raises Refused for a server that is out of step: aiosmtplib would take what is left
        in its buffer for the reply to the next command."""
        protocol = self._smtp.protocol
        if protocol is not None and protocol._buffer:
            raise Refused(None, "the next hop sent a reply that nothing was asked for")
        return reply_of(response.code, response.message, self._now())


async def _greet(smtp: SMTP) -> None:
    try:
        await smtp.ehlo()
    except SMTPHeloError as error:
        if error.code // 100 != 5:  # RFC 5321 §3.2: a server that does not know EHLO
            raise
        await smtp.helo()


async def _protect(smtp: SMTP, route: SmarthostRoute) -> None:
    if route.tls is not Tls.STARTTLS:
        return
    if not smtp.supports_extension("starttls"):
        raise Refused(None, "the next hop does not offer STARTTLS, which the settings ask for")
    await smtp.starttls(timeout=route.timeouts.connect)
    await smtp.ehlo()  # RFC 3207 §4.2: what was said before TLS is forgotten


async def _log_in(smtp: SMTP, route: SmarthostRoute) -> None:
    credentials = route.credentials
    if credentials is None:
        return
    if route.tls is Tls.NONE and not _is_loopback(route.host):
        raise Refused(None, "no password is sent over a connection without TLS")
    if "plain" in smtp.server_auth_methods:
        await smtp.auth_plain(credentials.username, credentials.password)
    elif "login" in smtp.server_auth_methods:
        await smtp.auth_login(credentials.username, credentials.password)
    else:
        raise Refused(None, "the next hop offers neither AUTH PLAIN nor AUTH LOGIN")


async def _stream(protocol: SMTPProtocol, wire: bytes) -> bool:
    """Writes as fast as the peer takes it (aiosmtplib would write all at once); False when the
    peer answered meanwhile: the rest is not written."""
    answer = protocol._response_waiter
    protocol._response_pending = True  # else an early answer is dropped
    try:
        for at in range(0, len(wire), _CHUNK):
            if answer is not None and answer.done():
                return False
            protocol.write(wire[at : at + _CHUNK])
            await protocol._drain_helper()
    except ConnectionError:
        if answer is None or not answer.done() or answer.exception():
            raise
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _path(path: ReversePath) -> str:
    match path:
        case NullReversePath():
            return ""
        case Address():
            return str(path)
        case UnknownReversePath():
            raise TypeError("mail that leaves has a known reverse path")


def _is_broken(path: str) -> bool:
    """aiosmtplib guesses what such a path may mean; nothing of that kind may reach the wire."""
    return bool(_CONTROL.search(path) or (not path.startswith('"') and _SPECIAL.search(path)))


def _is_positive(reply: Reply) -> bool:
    return reply.code is not None and reply.code // 100 == 2


def _not_delivered(result: AttemptResult) -> AttemptResult:
    """A positive reply where none was due (2yz instead of 354) delivers nothing."""
    return result if isinstance(result, Rejected) else Deferred(result.reply)
