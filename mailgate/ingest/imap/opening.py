"""Connecting, TLS, the greeting and the login."""

import asyncio
import base64
import binascii
import socket
import ssl
from typing import Protocol, assert_never

from mailgate.clock import Clock
from mailgate.ingest.imap import replies
from mailgate.ingest.imap.adapter import Answer, ImapProtocol
from mailgate.ingest.imap.client import Session
from mailgate.ingest.imap.names import NameRefused, literal_octets, quoted
from mailgate.ingest.imap.session import (
    Account,
    ImapError,
    ImapSession,
    ImapTrouble,
    Password,
    TlsMode,
)
from mailgate.ingest.imap.wire import Wire
from mailgate.oauth.grant import OAuth2, xoauth2

_KEEPALIVE = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 60),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 15),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 4),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 60_000),
)
"""aioimaplib sets none: a peer that is gone without a FIN would never be missed."""


class AccessTokens(Protocol):
    """Where access tokens come from (`oauth.MailboxTokens`)."""

    async def access_token(self, credentials: OAuth2) -> str:
        """A token that is still good. Raises `ImapError`."""

    def forget(self, credentials: OAuth2, token: str) -> None:
        """The server refused it: the next one is a fresh one."""


async def open_session(account: Account, *, clock: Clock, tokens: AccessTokens) -> ImapSession:
    """A session that has logged in; `select` is next. Raises `ImapError`."""
    wire = await _connect(account)
    try:
        await _greet(wire)
        if account.tls is TlsMode.STARTTLS:
            await _start_tls(wire)
        if wire.protocol.greeting is not None and wire.protocol.greeting.word != "PREAUTH":
            await _log_in(wire, tokens)
        capabilities = await _capabilities(wire)
        if "ID" in capabilities:
            # Some providers let only clients in that say who they are (RFC 2971).
            await wire.run("ID", '("name" "mailgate")', doing="saying who we are")
        return Session(wire, capabilities, clock)
    except BaseException:
        wire.protocol.give_up("the session was not opened")
        raise


async def _connect(account: Account) -> Wire:
    loop = asyncio.get_running_loop()
    protocol = ImapProtocol(loop)
    wire = Wire(account, protocol)
    context = _tls_context(wire) if account.tls is TlsMode.IMPLICIT else None
    try:
        async with asyncio.timeout(account.timeouts.connect):
            await loop.create_connection(
                lambda: protocol,
                account.host,
                account.port,
                ssl=context,
                server_hostname=account.host if context is not None else None,
            )
    except TimeoutError as error:
        raise wire.timeout("connecting", account.timeouts.connect, total=False) from error
    except ssl.SSLError as error:
        raise _no_tls(wire, error) from error
    except (OSError, UnicodeError) as error:  # The latter from a host that is no name.
        why = getattr(error, "strerror", None) or str(error)
        raise wire.error(ImapTrouble.UNREACHABLE, f"no connection ({why})") from error
    _keep_alive(protocol)
    return wire


def _keep_alive(protocol: ImapProtocol) -> None:
    connection = protocol.transport.get_extra_info("socket")
    for level, name, value in _KEEPALIVE:
        if connection is not None and hasattr(socket, name):
            connection.setsockopt(level, getattr(socket, name), value)


async def _greet(wire: Wire) -> None:
    protocol = wire.protocol
    async with wire.bounded("waiting for its greeting", wire.account.timeouts.connect):
        await protocol.until(lambda: protocol.greeting is not None)
        if protocol.ended is not None:
            raise protocol.ended


# --- TLS -----------------------------------------------------------------------------------


def _tls_context(wire: Wire) -> ssl.SSLContext:
    ca_file = wire.account.ca_file
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise wire.error(ImapTrouble.TLS, f"cannot read the authorities in {ca_file}") from error


def _no_tls(wire: Wire, error: Exception) -> ImapError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return wire.error(ImapTrouble.TLS, f"its certificate does not hold: {error.verify_message}")
    return wire.error(ImapTrouble.TLS, "it speaks no TLS that we could use")


async def _start_tls(wire: Wire) -> None:
    """Fails closed: a server that offers no STARTTLS, or is past it already, may be somebody in
    the middle who wants the password in clear (RFC 3501 §6.2.1, RFC 8314 §3.2)."""
    doing = "beginning TLS"
    greeting = wire.protocol.greeting
    if greeting is not None and greeting.word == "PREAUTH":
        raise wire.error(ImapTrouble.TLS, "it greets as if we were logged in, so TLS cannot begin")
    if "STARTTLS" not in await _capabilities(wire):
        raise wire.error(ImapTrouble.TLS, "it offers no STARTTLS")
    await wire.ask("STARTTLS", doing=doing, otherwise=ImapTrouble.TLS)
    context = _tls_context(wire)
    try:
        async with wire.bounded(doing, wire.account.timeouts.connect):
            await wire.protocol.upgrade(context, wire.account.host)
    except ssl.SSLError as error:
        raise _no_tls(wire, error) from error
    except OSError as error:
        raise wire.error(ImapTrouble.TLS, "it broke off while TLS began") from error


# --- who we are ----------------------------------------------------------------------------


async def _capabilities(wire: Wire) -> frozenset[str]:
    """Asked anew after TLS and after the login, since they change with both."""
    doing = "asking what it can do"
    responses = await wire.ask("CAPABILITY", doing=doing, otherwise=ImapTrouble.PROTOCOL)
    capabilities = replies.capabilities(replies.words_of(responses, b"CAPABILITY"))
    if not capabilities.intersection({"IMAP4REV1", "IMAP4REV2"}):
        raise wire.error(ImapTrouble.PROTOCOL, "it speaks no IMAP4rev1")
    return capabilities


async def _log_in(wire: Wire, tokens: AccessTokens) -> None:
    credentials = wire.account.credentials
    offered = await _capabilities(wire)
    match credentials:
        case Password():
            await _by_password(wire, _secret(wire, credentials), offered)
        case OAuth2():
            await _by_token(wire, credentials, offered, tokens)
        case _:
            assert_never(credentials)


def _secret(wire: Wire, credentials: Password) -> str:
    try:
        secret = credentials.file.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = "it is no text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise wire.error(
            ImapTrouble.SIGN_IN,
            f"cannot read the password in {credentials.file} ({why}); "
            "correct `password_file` of the mailbox",
        ) from None
    if not secret:
        raise wire.error(ImapTrouble.SIGN_IN, f"the file {credentials.file} holds no password")
    wire.never_say(secret)
    return secret


async def _by_password(wire: Wire, password: str, offered: frozenset[str]) -> None:
    user = wire.account.username
    doing = f"the login of {user}"
    plain = "AUTH=PLAIN" in offered
    if "LOGINDISABLED" in offered and not plain:
        raise wire.error(ImapTrouble.TLS, f"{doing} is not possible: it allows none without TLS")
    try:
        if plain and ("LOGINDISABLED" in offered or not (user + password).isascii()):
            octets = b"\0" + literal_octets(user) + b"\0" + literal_octets(password)
            answer = await _authenticate(wire, "PLAIN", octets, offered, doing)
        elif (user + password).isascii():
            answer = await wire.run("LOGIN", quoted(user), quoted(password), doing=doing)
        else:
            answer = await _login_by_literals(wire, user, password, doing)
    except NameRefused as error:
        raise wire.error(ImapTrouble.LOGIN_REFUSED, f"{doing}: {error}") from None
    if answer.said.word != "OK":
        raise wire.refusal(answer.said, doing, otherwise=ImapTrouble.LOGIN_REFUSED)


async def _login_by_literals(wire: Wire, user: str, password: str, doing: str) -> Answer:
    """What is not US-ASCII goes in literals, each after a `+` (RFC 3501 §4.3)."""
    name, secret = literal_octets(user), literal_octets(password)
    answers = (name + b" {%d}" % len(secret), secret)
    return await wire.run("LOGIN", f"{{{len(name)}}}", doing=doing, answers=answers)


async def _authenticate(
    wire: Wire, mechanism: str, octets: bytes, offered: frozenset[str], doing: str
) -> Answer:
    """SASL with one answer: at once where the server takes it (RFC 4959), else after `+`."""
    encoded = base64.b64encode(octets)
    wire.never_say(encoded.decode())
    if "SASL-IR" in offered:
        return await wire.run("AUTHENTICATE", mechanism, encoded.decode(), doing=doing)
    return await wire.run("AUTHENTICATE", mechanism, doing=doing, answers=(encoded,))


async def _by_token(
    wire: Wire, credentials: OAuth2, offered: frozenset[str], tokens: AccessTokens
) -> None:
    """XOAUTH2 as Google and Microsoft describe it. A token that is refused may have been kept
    too long (it was taken back meanwhile): it is tried once more with a fresh one."""
    user = wire.account.username
    doing = f"the login of {user} by OAuth2"
    if "AUTH=XOAUTH2" not in offered:
        raise wire.error(
            ImapTrouble.LOGIN_REFUSED, f"{doing} is not possible: it offers no XOAUTH2"
        )
    refused: ImapError | None = None
    for _ in range(2):
        token = await tokens.access_token(credentials)
        wire.never_say(token)
        answer = await _authenticate(wire, "XOAUTH2", xoauth2(user, token), offered, doing)
        if answer.said.word == "OK":
            return
        refused = wire.refusal(
            answer.said,
            doing + _challenge(wire.protocol.challenges),
            otherwise=ImapTrouble.LOGIN_REFUSED,
        )
        if refused.kind is not ImapTrouble.LOGIN_REFUSED:
            break
        tokens.forget(credentials, token)
    assert refused is not None
    raise refused


def _challenge(challenges: list[bytes]) -> str:
    """The server's reason: JSON in BASE64 behind `+`."""
    for challenge in reversed(challenges):
        try:
            told = base64.b64decode(challenge, validate=True)
        except binascii.Error:
            continue
        if told:
            return f" ({replies.shown(told)})"
    return ""
