"""The SMTP and LMTP doors: listens, watches the sessions' time, and closes gracefully."""

import asyncio
import logging
import socket
from collections.abc import Callable

from mailgate.clock import Clock
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.admission import Admission
from mailgate.ingest.balanced import BalancedServer, Listening
from mailgate.ingest.dialogue import LmtpDialogue, SmtpDialogue
from mailgate.ingest.listener import ListenerProtocol, ListenerSpec, SessionLimits, TlsMode
from mailgate.ingest.logins import Authenticator
from mailgate.ingest.premises import Premises
from mailgate.ingest.respond import RefusalReason
from mailgate.ingest.submission import SubmissionDialogue
from mailgate.mail.address import Address
from mailgate.telemetry.facts import Telemetry

__all__ = [
    "ListenerProtocol",
    "ListenerSpec",
    "SessionLimits",
    "SmtpDoor",
    "TlsMode",
    "start_smtp",
]

_BACKLOG = 1024
_SWEEP_SECONDS = 1.0


class SmtpDoor:
    """An open listener. Made by `start_smtp`."""

    def __init__(self, premises: Premises, server: Listening, sweeper: asyncio.Task[None]) -> None:
        self._premises = premises
        self._server = server
        self._sweeper = sweeper
        self.addresses = tuple(_text(each.getsockname()) for each in server.sockets)
        """Where it listens, as `host:port`."""

    async def close(self, grace: float) -> None:
        """Takes no new session, says 421 to idle ones, gives open transactions `grace` seconds
        to finish, and ends the rest. A commit that runs is always waited for."""
        premises = self._premises
        premises.closing = True
        self._server.close()
        for connection in tuple(premises.connections):
            if connection.is_idle:
                connection.hang_up(RefusalReason.SHUTTING_DOWN)
        try:
            async with asyncio.timeout(grace):
                await premises.empty.wait()
        except TimeoutError:
            for connection in tuple(premises.connections):
                connection.cut_off()
            await premises.empty.wait()
        self._sweeper.cancel()


async def start_smtp(
    listener: ListenerSpec,
    *,
    acceptor: Acceptor,
    is_ours: Callable[[Address], bool],
    clock: Clock,
    telemetry: Telemetry,
    tasks: asyncio.TaskGroup,
    authenticator: Authenticator | None = None,
    postmaster: Callable[[Address], Address | None] = lambda _: None,
    sock: socket.socket | None = None,
) -> SmtpDoor:
    """Opens an SMTP or LMTP listener, on `sock` when systemd has opened it already.

    Sessions run in `tasks`; close the door before that group ends. Raises OSError when the
    address is taken or may not be used, ValueError or ssl.SSLError for a bad certificate.
    """
    _silence_library()
    context = listener.ssl_context()
    premises = Premises(
        spec=listener,
        acceptor=acceptor,
        is_ours=is_ours,
        clock=clock,
        telemetry=telemetry,
        admission=Admission(listener.limits, listener.trusted_networks),
        tasks=tasks,
        starttls=context if listener.tls is TlsMode.STARTTLS else None,
        authenticator=authenticator,
        postmaster=postmaster,
    )
    dialogue = _dialogue(listener)
    implicit = context if listener.tls is TlsMode.IMPLICIT else None
    bound = sock or _bind(listener.host, listener.port)
    server: Listening
    if implicit is not None or listener.proxy_networks is not None:
        server = BalancedServer(bound, premises, lambda: dialogue(premises), implicit)
    else:
        server = await asyncio.get_running_loop().create_server(
            lambda: dialogue(premises), sock=bound, backlog=_BACKLOG
        )
    door = SmtpDoor(premises, server, tasks.create_task(_sweep(premises)))
    for address in door.addresses:
        telemetry.listening(protocol=listener.protocol, address=address)
    return door


def _dialogue(listener: ListenerSpec) -> type[SmtpDialogue]:
    if listener.protocol is ListenerProtocol.LMTP:
        return LmtpDialogue
    return SubmissionDialogue if listener.auth else SmtpDialogue


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


async def _sweep(premises: Premises) -> None:
    """Ends the sessions whose time is over, once a second: cheaper than a timer a command."""
    while True:
        await premises.clock.sleep(_SWEEP_SECONDS)
        now = premises.clock.monotonic()
        for connection in tuple(premises.connections):
            connection.sweep(now)


def _silence_library() -> None:
    # aiosmtpd writes command lines at INFO and every line of DATA at DEBUG into this logger:
    # pinned here, so that no logging configuration can let addresses and bodies out.
    logger = logging.getLogger("mail.log")
    logger.setLevel(logging.CRITICAL)
    logger.propagate = False


def _text(name: tuple[str, int] | tuple[str, int, int, int]) -> str:
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
