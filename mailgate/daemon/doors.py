"""From the settings to doors and ways out: what the rooms are told, in their own words."""

import asyncio
import socket
from collections.abc import Mapping

from mailgate.daemon.gateway import Gateway
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.smtp import ListenerProtocol, ListenerSpec, SmtpDoor, TlsMode, start_smtp
from mailgate.mail.address import Address
from mailgate.outbound.route import (
    Credentials,
    MaildirRoute,
    Route,
    RoutePolicy,
    SmarthostRoute,
    Timeouts,
    Tls,
)
from mailgate.settings import Settings
from mailgate.settings.listeners import ListenSettings
from mailgate.settings.model import SmarthostSettings


def listener_spec(settings: Settings, listen: ListenSettings) -> ListenerSpec:
    """What the SMTP and LMTP doors are told of one `[[listen]]`."""
    return ListenerSpec(
        protocol=ListenerProtocol(listen.protocol),
        host=listen.address.host,
        port=listen.address.port,
        hostname=settings.gateway.hostname,
        tls=TlsMode(listen.tls),
        certificate=listen.certificate,
        key=listen.key,
        trusted_networks=listen.trusted_networks,
        max_size=listen.max_size,
    )


async def open_doors(
    gateway: Gateway,
    acceptor: Acceptor,
    tasks: asyncio.TaskGroup,
    inherited: Mapping[int, socket.socket],
) -> list[SmtpDoor]:
    """Every listener of the settings; a socket that systemd bound for its port is used.

    When one cannot be opened those before it are closed again and the OSError is raised.
    """

    def is_ours(address: Address) -> bool:
        # Asked anew each time: a reload changes the directory under open listeners.
        return gateway.context.directory.support_for(address) is not None

    doors: list[SmtpDoor] = []
    try:
        for listen in gateway.settings.listen:
            spec = listener_spec(gateway.settings, listen)
            door = await start_smtp(
                spec,
                acceptor=acceptor,
                is_ours=is_ours,
                clock=gateway.clock,
                telemetry=gateway.telemetry,
                tasks=tasks,
                sock=inherited.get(spec.port),
            )
            doors.append(door)
    except BaseException:
        await close_doors(doors, grace=0)
        raise
    return doors


async def close_doors(doors: list[SmtpDoor], *, grace: float) -> None:
    """Closes all of them at the same time; what is under way has `grace` seconds."""
    async with asyncio.TaskGroup() as closing:
        for door in doors:
            closing.create_task(door.close(grace))


def route_policy(settings: Settings) -> RoutePolicy:
    """Which way mail leaves."""
    return RoutePolicy(default=_route(settings))


def _route(settings: Settings) -> Route:
    if settings.outbound.transport == "maildir":
        return MaildirRoute(settings.outbound.maildir)
    return _smarthost(settings.outbound.smarthost)


def _smarthost(smarthost: SmarthostSettings) -> SmarthostRoute:
    return SmarthostRoute(
        host=smarthost.host,
        port=smarthost.port,
        tls=Tls(smarthost.tls),
        ca_file=smarthost.ca_file,
        credentials=_credentials(smarthost),
        connections=smarthost.connections,
        timeouts=Timeouts(
            connect=smarthost.connect_timeout.total_seconds(),
            command=smarthost.command_timeout.total_seconds(),
            data=smarthost.data_timeout.total_seconds(),
        ),
    )


def _credentials(smarthost: SmarthostSettings) -> Credentials | None:
    if smarthost.username is None or smarthost.password_file is None:
        return None
    return Credentials(smarthost.username, smarthost.password_file.read_text().strip())
