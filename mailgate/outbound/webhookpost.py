"""A webhook by HTTP (RFC 9110; h11 is spoken here and in `mtastsfetch` alone).

What counts is the status alone: no redirect is followed, the ticket is for the URL of the
settings; and nothing that is answered is read.
"""

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import h11

__all__ = ["NotTaken", "post"]

SECONDS = 15.0
"""For everything: connecting, sending, the answer."""
_CHUNK = 16 * 1024
_SHOWN = 200
_PORTS = {"https": 443, "http": 80}
_TAKEN = range(200, 300)


class NotTaken(Exception):
    """It was not taken; why, in a few words."""


async def post(
    url: str,
    body: bytes,
    fields: Mapping[str, str],
    *,
    context: ssl.SSLContext,
    seconds: float = SECONDS,
) -> int:
    """POSTs JSON; the status with which it was taken (2xx). `context` checks the certificate of
    an https:// URL. Raises NotTaken."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = [
        ("Host", parts.netloc),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("User-Agent", "mailgate"),
        ("Connection", "close"),
        *fields.items(),
    ]
    request = h11.Request(method="POST", target=target, headers=head)
    try:
        async with asyncio.timeout(seconds):
            port = parts.port or _PORTS[parts.scheme]
            return await _exchange(host, port, context if secure else None, request, body)
    except TimeoutError:
        raise NotTaken(f"{host} does not answer in time") from None
    except ssl.SSLCertVerificationError as error:
        raise NotTaken(f"{host}'s certificate does not hold: {error.verify_message}") from None
    except OSError as error:
        why = (error.strerror or type(error).__name__)[:_SHOWN]
        raise NotTaken(f"{host} cannot be reached: {why}") from None
    except h11.RemoteProtocolError as error:
        raise NotTaken(f"{host} does not speak HTTP: {str(error)[:_SHOWN]}") from None


async def _exchange(
    host: str, port: int, context: ssl.SSLContext | None, request: h11.Request, body: bytes
) -> int:
    reader, writer = await asyncio.open_connection(
        host, port, ssl=context, server_hostname=host if context is not None else None
    )
    try:
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_CHUNK)
        parts = (request, h11.Data(data=body), h11.EndOfMessage())
        writer.write(b"".join(http.send(part) or b"" for part in parts))
        await writer.drain()
        status = await _status(http, reader)
    finally:
        writer.transport.abort()
    if status not in _TAKEN:
        raise NotTaken(f"{host} answers {status}")
    return status


async def _status(http: h11.Connection, reader: asyncio.StreamReader) -> int:
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            return int(event.status_code)
        elif not isinstance(event, h11.InformationalResponse):
            raise NotTaken("the connection was ended without an answer")
