"""A listener behind a balancer: each connection begins with a PROXY header, then it is as any.

The header is read from the socket before there is a protocol, and no octet more: so TLS may
begin right behind it. Its source is who the session is with; a peer outside the named networks,
or without a header, is sent away.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from mailgate.ingest import proxy
from mailgate.ingest.admission import identify
from mailgate.ingest.connection import Connection
from mailgate.ingest.premises import Premises
from mailgate.ingest.proxy import BadHeader, Proxied
from mailgate.ingest.respond import RefusalReason, refusal

_PAUSE_SECONDS = 0.5
"""After the process ran out of file descriptors."""


class Listening(Protocol):
    """What the door needs of a server."""

    @property
    def sockets(self) -> tuple[socket.socket, ...]: ...

    def close(self) -> None: ...


class BalancedServer:
    """Accepts connections that come through a balancer."""

    def __init__(
        self,
        sock: socket.socket,
        premises: Premises,
        make: Callable[[], Connection],
        tls: ssl.SSLContext | None,
    ) -> None:
        sock.settimeout(0)
        self.sockets: tuple[socket.socket, ...] = (sock,)
        self._premises = premises
        self._make = make
        self._tls = tls
        self._task = premises.tasks.create_task(self._accept())
        self._greeting: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Takes no new connection."""
        self._task.cancel()
        for task in tuple(self._greeting):
            task.cancel()
        for sock in self.sockets:
            sock.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        (listening,) = self.sockets
        while True:
            try:
                sock, address = await loop.sock_accept(listening)
            except OSError:
                await self._premises.clock.sleep(_PAUSE_SECONDS)
                continue
            if len(self._greeting) >= self._premises.spec.limits.connections:
                sock.close()
                continue
            task = self._premises.tasks.create_task(self._greet(sock, address[0]))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    async def _greet(self, sock: socket.socket, balancer: str) -> None:
        taken = False
        try:
            taken = await self._admit(sock, balancer)
        except Exception as error:  # noqa: BLE001 - one connection's trouble is its own
            self._premises.telemetry.task_failed(
                task="PROXY header", error=f"{type(error).__name__}: {error}"
            )
        finally:
            if not taken:
                sock.close()

    async def _admit(self, sock: socket.socket, balancer: str) -> bool:
        spec = self._premises.spec
        sock.settimeout(0)
        if not identify(balancer, spec.proxy_networks or ()).trusted:
            self._send_away(sock, balancer)
            return False
        try:
            async with asyncio.timeout(spec.limits.handshake):
                source = (await _read_header(sock)).source or balancer
        except (BadHeader, TimeoutError):
            self._send_away(sock, balancer)
            return False
        except OSError:
            return False
        connection = self._make()
        connection.source = source
        with suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                sock,
                ssl=self._tls,
                ssl_handshake_timeout=spec.limits.handshake if self._tls else None,
            )
        return True

    def _send_away(self, sock: socket.socket, balancer: str) -> None:
        reason = RefusalReason.NO_PROXY_HEADER
        self._premises.telemetry.refused(
            door=self._premises.spec.protocol.door, reason=reason, peer=balancer
        )
        if self._tls is None:
            with suppress(OSError):
                sock.send(refusal(reason).wire)


async def _read_header(sock: socket.socket) -> Proxied:
    start = await _exactly(sock, proxy.SHORTEST)
    if proxy.begins_line(start):
        return proxy.read_line(await _line(sock, start))
    fixed = start + await _exactly(sock, proxy.FIXED_OCTETS - len(start))
    return proxy.read_binary(fixed, await _exactly(sock, proxy.rest_octets(fixed)))


async def _exactly(sock: socket.socket, octets: int) -> bytes:
    loop = asyncio.get_running_loop()
    found = b""
    while len(found) < octets:
        piece = await loop.sock_recv(sock, octets - len(found))
        if not piece:
            raise BadHeader
        found += piece
    return found


async def _line(sock: socket.socket, start: bytes) -> bytes:
    """Octet by octet: nobody knows where the line ends, and what follows is not ours."""
    line = start
    while not line.endswith(b"\r\n"):
        if len(line) >= proxy.LONGEST_LINE:
            raise BadHeader
        line += await _exactly(sock, 1)
    return line
