"""From a peer to an open line: dialled, protected, logged in (aiosmtplib is spoken here alone)."""

import ssl
from asyncio import Transport
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import cast

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPHeloError, SMTPResponseException

from mailgate.oauth.grant import OAuthError
from mailgate.outbound.line import Line
from mailgate.outbound.peer import Bearer, CertificateCheck, Credentials, Judged, Peer, Pkix, Tls
from mailgate.outbound.secrecy import without_login

__all__ = ["NoTls", "Opened", "Refused", "open_line"]


class Refused(Exception):
    """The next hop does not let us in, or does not offer what is asked for: transient, because
    it says nothing about the mail. `code` is that of its reply, None without one."""

    def __init__(self, code: int | None, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class NoTls(Refused):
    """The connection cannot be protected as it is to be."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`offers` are the keywords of its EHLO in lower case, with their parameters."""

    line: Line
    offers: Mapping[str, str]


async def open_line(peer: Peer) -> Opened:
    """Dials, protects the connection and logs in. Raises Refused, or what aiosmtplib and the
    network raise."""
    if peer.tls is Tls.OPPORTUNISTIC:
        try:
            return await _open(peer)
        except NoTls:
            # What went wrong in the handshake cannot be gone on with (RFC 7435 §3).
            peer = replace(peer, tls=Tls.NONE)
    return await _open(peer)


async def _open(peer: Peer) -> Opened:
    smtp = SMTP(
        hostname=peer.ip or peer.host,
        port=peer.port,
        local_hostname=peer.hostname,
        timeout=peer.timeouts.command,
        use_tls=peer.tls is Tls.IMPLICIT,
        start_tls=False,  # by ourselves: None would take TLS only when it is offered
        tls_context=None if peer.tls is Tls.NONE else _context(peer.certificate),
    )
    try:
        await _connect(smtp, peer)
        await _greet(smtp)
        await _protect(smtp, peer)
        await _log_in(smtp, peer)
        return _hand_over(smtp)
    except SMTPResponseException as error:
        _drop(smtp)
        raise Refused(error.code, error.message) from None
    except BaseException:
        _drop(smtp)
        raise


def _drop(smtp: SMTP) -> None:
    """At once: to part in the way of TLS would wait for the other side."""
    if smtp.transport is not None:
        cast("Transport", smtp.transport).abort()
    smtp.close()


def _hand_over(smtp: SMTP) -> Opened:
    """aiosmtplib knows one reply at a time; from here on the line is ours."""
    protocol, offers = smtp.protocol, dict(smtp.esmtp_extensions)
    if protocol is None or protocol.transport is None or protocol.transport.is_closing():
        raise ConnectionResetError("the connection was closed by the other side")
    _in_step(smtp)
    return Opened(Line(cast("Transport", protocol.transport)), offers)


def _in_step(smtp: SMTP) -> None:
    """What came besides the reply would pass for the next one."""
    if smtp.protocol is not None and smtp.protocol._buffer:
        raise Refused(None, "the next hop sent a reply that nothing was asked for")


async def _connect(smtp: SMTP, peer: Peer) -> None:
    try:
        await smtp.connect(timeout=peer.timeouts.connect)
    except ConnectionError as error:
        if isinstance(error.__cause__, ssl.SSLError):
            raise NoTls(None, _why(error.__cause__)) from None
        raise
    if peer.tls is Tls.IMPLICIT:
        _judge(smtp, peer)
    _in_step(smtp)


async def _greet(smtp: SMTP) -> None:
    try:
        await smtp.ehlo()
    except SMTPHeloError as error:
        if error.code // 100 != 5:  # RFC 5321 §3.2: a server that does not know EHLO
            raise
        await smtp.helo()
    _in_step(smtp)


async def _protect(smtp: SMTP, peer: Peer) -> None:
    if peer.tls not in {Tls.STARTTLS, Tls.OPPORTUNISTIC}:
        return
    if not smtp.supports_extension("starttls"):
        if peer.tls is Tls.OPPORTUNISTIC:
            return
        raise NoTls(None, "the next hop does not offer STARTTLS, which is asked for")
    try:
        await smtp.starttls(server_hostname=peer.host, timeout=peer.timeouts.connect)
    except SMTPResponseException as error:
        raise NoTls(error.code, error.message) from None
    except ssl.SSLError as error:
        raise NoTls(None, _why(error)) from None
    except OSError as error:
        raise NoTls(None, f"TLS fails: {error}") from None
    _judge(smtp, peer)
    await smtp.ehlo()  # RFC 3207 §4.2: what was said before TLS is forgotten
    _in_step(smtp)


def _judge(smtp: SMTP, peer: Peer) -> None:
    if not isinstance(peer.certificate, Judged):
        return
    secured: ssl.SSLObject = smtp.get_transport_info("ssl_object")
    why = peer.certificate.judge(secured)
    if why is not None:
        raise NoTls(None, why)


# --- who we are --------------------------------------------------------------------------------


async def _log_in(smtp: SMTP, peer: Peer) -> None:
    if peer.login is None:
        return
    if not peer.is_private:
        raise Refused(None, "no password is sent over a connection without TLS")
    said: list[str] = []
    try:
        match peer.login:
            case Credentials():
                said.append(peer.login.password)
                await _by_password(smtp, peer.login)
            case Bearer():
                await _by_token(smtp, peer.login, said)
    except SMTPResponseException as error:
        text = error.message
        for secret in said:
            text = without_login(text, peer.login.username, secret)
        raise Refused(error.code, text) from None


async def _by_password(smtp: SMTP, login: Credentials) -> None:
    if "plain" in smtp.server_auth_methods:
        await smtp.auth_plain(login.username, login.password)
    elif "login" in smtp.server_auth_methods:
        await smtp.auth_login(login.username, login.password)
    else:
        raise Refused(None, "the next hop offers neither AUTH PLAIN nor AUTH LOGIN")


async def _by_token(smtp: SMTP, login: Bearer, said: list[str]) -> None:
    """A token that is refused may have been kept too long (it was taken back meanwhile): it is
    tried once more with a fresh one. `said` gets each."""
    if "xoauth2" not in smtp.server_auth_methods:
        raise Refused(None, "the next hop offers no AUTH XOAUTH2")
    token = await _token(login)
    said.append(token)
    try:
        await smtp.auth_xoauth2(login.username, token)
    except SMTPAuthenticationError:
        login.tokens.forget(login.oauth2, token)
        if not smtp.is_connected:
            raise
        said.append(await _token(login))
        await smtp.auth_xoauth2(login.username, said[-1])


async def _token(login: Bearer) -> str:
    try:
        return await login.tokens.access_token(login.oauth2)
    except OAuthError as error:
        raise Refused(None, str(error)) from error


# --- TLS ---------------------------------------------------------------------------------------


def _context(check: CertificateCheck) -> ssl.SSLContext:
    """Raises OSError for a file with authorities that cannot be read."""
    if not isinstance(check, Pkix):
        return _lenient()
    return _strict(check.ca_file, _written(check.ca_file) if check.ca_file else None)


def _written(file: Path) -> tuple[int, int, int]:
    """Another one when the file is written anew, or another file has its name."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=16)
def _strict(ca_file: Path | None, written: tuple[int, int, int] | None) -> ssl.SSLContext:  # noqa: ARG001  the key
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@lru_cache(maxsize=1)
def _lenient() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _why(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}"
    return f"TLS fails: {error.reason or error}"
