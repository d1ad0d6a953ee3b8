"""From the settings to doors: what the room is told, in its own words."""

import asyncio
import gc
import socket
from collections.abc import Mapping

from mailgate.daemon.gateway import Gateway
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.logins import Authenticator, Login
from mailgate.ingest.smtp import (
    ListenerProtocol,
    ListenerSpec,
    SessionLimits,
    SmtpDoor,
    TlsMode,
    start_smtp,
)
from mailgate.mail.address import Address
from mailgate.settings import Settings
from mailgate.settings.listeners import ListenSettings
from mailgate.settings.model import AgentSettings
from mailgate.settings.passwords import PasswordError, read_hash


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
        proxy_networks=(listen.proxy_networks or listen.trusted_networks)
        if listen.proxy_protocol
        else None,
        auth=listen.auth,
        auth_required=listen.auth_required,
        max_size=listen.max_size,
        limits=SessionLimits(
            connections=listen.connections,
            reserved=listen.reserved_connections,
            connections_per_peer=listen.connections_per_peer,
            connections_per_network=listen.connections_per_network,
            connects_per_minute=listen.connects_per_minute,
            messages_per_minute=listen.messages_per_minute,
            unknown_recipients=listen.unknown_recipients,
            unknown_delay=listen.unknown_recipient_delay.total_seconds(),
            age=listen.session_time.total_seconds(),
        ),
    )


class Logins:
    """The agents of the settings who have a password, as they are at this moment."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._of: tuple[AgentSettings, ...] | None = None
        self._by_key: dict[str, Login] = {}

    def find(self, address: Address) -> Login | None:
        """The login of an agent, by any of their addresses."""
        agents = self._gateway.settings.agent
        if self._of is not agents:  # the first time, and after a reload
            self._of, self._by_key = agents, self._read(agents)
        return self._by_key.get(address.key)

    def _read(self, agents: tuple[AgentSettings, ...]) -> dict[str, Login]:
        """A file that went away since the settings were read keeps out its own agent alone."""
        found: dict[str, Login] = {}
        for agent in agents:
            if agent.password_file is None:
                continue
            own = frozenset(each.key for each in (agent.address, *agent.also))
            try:
                password = read_hash(agent.password_file.read_text("ascii", "replace"))
            except (OSError, PasswordError) as error:
                self._gateway.telemetry.task_failed(
                    task=f"password of {agent.address}", error=f"{error}; correct it and reload"
                )
                continue
            found |= dict.fromkeys(own, Login(agent.address.key, own, password))
        return found


def postmaster_of(settings: Settings, address: Address) -> Address | None:
    """Who gets mail to this postmaster (RFC 5321 §4.5.1): the first support address of its
    domain, for our own host name the first of all."""
    for entry in settings.address:
        if address.domain in {entry.address.domain, settings.gateway.hostname.lower()}:
            return entry.address
    return None


def settle() -> None:
    """Tells the garbage collector that what is here now stays: a full pass over all modules holds
    the event loop up for a tenth of a second, and finds nothing. Passes over what is new come
    after so many objects, not after 700: a session makes hundreds, and hardly a cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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

    def postmaster(address: Address) -> Address | None:
        return postmaster_of(gateway.settings, address)

    authenticator = Authenticator(Logins(gateway).find, gateway.clock)
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
                authenticator=authenticator,
                postmaster=postmaster,
                sock=inherited.get(spec.port),
            )
            doors.append(door)
        settle()
    except BaseException:
        await close_doors(doors, grace=0)
        raise
    return doors


async def close_doors(doors: list[SmtpDoor], *, grace: float) -> None:
    """Closes all of them at the same time; what is under way has `grace` seconds."""
    async with asyncio.TaskGroup() as closing:
        for door in doors:
            closing.create_task(door.close(grace))
