"""A policy of MTA-STS by HTTPS (RFC 8461 §3.3; h11 is spoken here alone).

The host is one that a stranger's domain names: what is dialled are the addresses that the caller
found good, time and size have an end, and no redirect is followed.
"""

import asyncio
import ssl
from collections.abc import Sequence
from http import HTTPStatus

import h11

from mailgate.outbound.mtasts import MAX_POLICY

__all__ = ["NotFetched", "fetch_policy"]

SECONDS = 20.0
"""For everything, by all addresses together."""
_CHUNK = 16 * 1024
_PATH = "/.well-known/mta-sts.txt"


class NotFetched(Exception):
    """There is no policy to be had now; why, in a few words."""


async def fetch_policy(
    host: str, ips: Sequence[str], *, port: int, context: ssl.SSLContext, seconds: float = SECONDS
) -> str:
    """The text of the policy. `context` checks the certificate and its name. Raises NotFetched."""
    if not ips:
        raise NotFetched(f"{host} has no address to be asked at")
    why = ""
    try:
        async with asyncio.timeout(seconds):
            for ip in ips:
                try:
                    return await _from(host, ip, port, context)
                except NotFetched as error:
                    why = str(error)
    except TimeoutError:
        why = f"{host} does not answer in time"
    raise NotFetched(why)


async def _from(host: str, ip: str, port: int, context: ssl.SSLContext) -> str:
    try:
        reader, writer = await asyncio.open_connection(ip, port, ssl=context, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise NotFetched(f"{host}'s certificate does not hold: {error.verify_message}") from None
    except OSError as error:
        raise NotFetched(f"{host} cannot be reached: {error}") from None
    try:
        return await _exchange(host, reader, writer)
    except (h11.RemoteProtocolError, OSError) as error:
        raise NotFetched(f"{host} does not speak HTTP: {error}") from None
    finally:
        writer.transport.abort()


async def _exchange(host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_CHUNK)
    request = h11.Request(
        method="GET",
        target=_PATH,
        headers=[("Host", host), ("User-Agent", "mailgate"), ("Connection", "close")],
    )
    writer.write((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    body = bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            _check(host, event)
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_POLICY:
                raise NotFetched(f"{host}'s policy is longer than {MAX_POLICY} octets")
        elif isinstance(event, h11.EndOfMessage):
            return body.decode("utf-8", "replace")
        elif not isinstance(event, h11.InformationalResponse):
            raise NotFetched(f"{host} ended the connection")


def _check(host: str, response: h11.Response) -> None:
    if response.status_code != HTTPStatus.OK:  # A redirect too (RFC 8461 §3.3)
        raise NotFetched(f"{host} answers {response.status_code}")
    kinds = [value for name, value in response.headers if name == b"content-type"]
    kind = kinds[0].split(b";")[0].strip().lower() if kinds else b""
    if kind != b"text/plain":  # what users may put on a web server is no policy (RFC 8461 §3.2)
        raise NotFetched(f"{host} gives something else than text/plain")
