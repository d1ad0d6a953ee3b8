"""A listener whose connections begin with more than SMTP: a PROXY header, TLS, or both.

The header is read from the socket before there is a protocol, and no octet more: so TLS may
begin right behind it. Its source is who the session is with; a peer outside the named networks,
or without a header, is sent away.

A session begins when TLS is there. Who only connects, and never ends the handshake, is counted
here by the same limits: else one peer could hold every file descriptor of the process.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from mailgate.ingest import proxy
from mailgate.ingest.admission import Admission, Peer, identify
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
    """Accepts connections, and does what comes before SMTP."""

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
        self._handshakes = Admission(premises.spec.limits, premises.spec.trusted_networks)
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

    async def _admit(self, sock: socket.socket, address: str) -> bool:
        sock.settimeout(0)
        peer: Peer | None = self._premises.admission.identify(address)
        if self._premises.spec.proxy_networks is not None:
            peer = await self._behind(sock, address)
        if peer is None:
            return False
        reason = self._handshakes.enter(peer, self._premises.clock.monotonic())
        try:
            if self._tls is not None and reason is not None:
                self._refuse(reason, peer.address)
                return False
            await self._connect(sock, peer)
            return True
        finally:
            self._handshakes.leave(peer)

    async def _behind(self, sock: socket.socket, balancer: str) -> Peer | None:
        """Who is behind the balancer; None when the connection is over. Where no client is named
        it is the balancer, as a stranger: that its headers are believed makes it no relay."""
        spec = self._premises.spec
        if not identify(balancer, spec.proxy_networks or ()).trusted:
            self._send_away(sock, balancer)
            return None
        try:
            async with asyncio.timeout(spec.limits.handshake):
                source = (await _read_header(sock)).source
            if source is None:
                return replace(self._premises.admission.identify(balancer), trusted=False)
            return self._premises.admission.identify(source)
        except (BadHeader, TimeoutError):
            self._send_away(sock, balancer)
        except OSError:
            pass
        return None

    async def _connect(self, sock: socket.socket, peer: Peer) -> None:
        connection = self._make()
        connection.known = peer
        seconds = self._premises.spec.limits.handshake if self._tls else None
        with suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection, sock, ssl=self._tls, ssl_handshake_timeout=seconds
            )

    def _refuse(self, reason: RefusalReason, peer: str) -> None:
        door = self._premises.spec.protocol.door
        listener = self._premises.spec.name
        self._premises.telemetry.refused(door=door, listener=listener, reason=reason, peer=peer)

    def _send_away(self, sock: socket.socket, balancer: str) -> None:
        reason = RefusalReason.NO_PROXY_HEADER
        self._refuse(reason, balancer)
        if self._tls is None:
            with suppress(OSError):
                sock.send(refusal(reason).wire)


async def _read_header(sock: socket.socket) -> Proxied:
    start = b""
    # A client that speaks SMTP waits for our greeting, and will not say as much as a header.
    while len(start) < proxy.SHORTEST:
        start += await _some(sock, proxy.SHORTEST - len(start))
        proxy.assert_begins(start)
    if proxy.begins_line(start):
        return proxy.read_line(await _line(sock, start))
    fixed = start + await _exactly(sock, proxy.FIXED_OCTETS - len(start))
    return proxy.read_binary(fixed, await _exactly(sock, proxy.rest_octets(fixed)))


async def _exactly(sock: socket.socket, octets: int) -> bytes:
    found = b""
    while len(found) < octets:
        found += await _some(sock, octets - len(found))
    return found


async def _some(sock: socket.socket, most: int) -> bytes:
    piece = await asyncio.get_running_loop().sock_recv(sock, most)
    if not piece:
        raise BadHeader
    return piece


async def _line(sock: socket.socket, start: bytes) -> bytes:
    """Octet by octet: nobody knows where the line ends, and what follows is not ours."""
    line = start
    while not line.endswith(b"\r\n"):
        if len(line) >= proxy.LONGEST_LINE:
            raise BadHeader
        line += await _exactly(sock, 1)
    return line
