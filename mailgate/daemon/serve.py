"""The daemon: opens everything in order, keeps it running, and closes it in the reverse order."""

import asyncio
import fcntl
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from mailgate import __version__
from mailgate import settings as settings_room
from mailgate.api.app import build_app
from mailgate.api.server import HttpDoor, bind
from mailgate.daemon import systemd
from mailgate.daemon.announce import announcement
from mailgate.daemon.database import Database
from mailgate.daemon.digest import tell_operators
from mailgate.daemon.doors import close_doors, open_doors
from mailgate.daemon.gateway import Gateway, limiter_of, open_gateway
from mailgate.daemon.leaving import outbound_worker
from mailgate.daemon.mailboxes import Mailboxes
from mailgate.daemon.mx import mx_opener
from mailgate.daemon.names import make_resolver, name_servers
from mailgate.daemon.reload import reload
from mailgate.daemon.reserve import ReserveKeeper
from mailgate.daemon.supervise import supervise
from mailgate.daemon.sweep import sweep
from mailgate.daemon.upkeep import upkeep
from mailgate.daemon.watch import Health, observe, pulse
from mailgate.daemon.ways import open_router, route_policy
from mailgate.daemon.webhooking import send_webhooks
from mailgate.desk.arriving.worker import InboundWorker
from mailgate.desk.commands.macrocheck import check_macros
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.smtp import SmtpDoor
from mailgate.oauth.tokens import Tokens
from mailgate.settings import Settings
from mailgate.settings.example import demo
from mailgate.telemetry import log
from mailgate.telemetry.prometheus import PrometheusTelemetry

GRACE_SECONDS = 20.0
"""For what is under way when the daemon is told to stop; systemd waits longer."""


class CannotServe(Exception):
    """The daemon cannot start; its text says why and what to do."""


def serve(config: Path | None) -> int:
    """Runs the daemon until SIGTERM or SIGINT; 0 after everything that had begun was ended.

    Raises SettingsError, StoreError, TemplateError or CannotServe when it cannot start.
    """
    settings = settings_room.load(config) if config else demo()
    with only_one(settings.gateway.data_dir):
        return uvloop.run(_serve(settings, config))


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Holds the data directory: a second daemon would take the first one's leases for its own."""
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data_dir / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise CannotServe(
            f"another mailgate runs on {data_dir}; stop it, or give this one a data_dir of its own"
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)


async def _serve(settings: Settings, config: Path | None) -> int:
    telemetry = PrometheusTelemetry(
        log=log.configure(
            style=settings.log.format,
            level=settings.log.level,
            secrets=settings_room.secret_values(settings),
        )
    )
    telemetry.started(version=__version__)
    reserve = ReserveKeeper(settings.store.url, telemetry)
    reserve.look()  # On a full disk a database cannot even be opened.
    database = Database(settings.store.url, telemetry)
    database.prepare()
    async with open_gateway(settings, telemetry=telemetry, database=database) as gateway:
        gateway.context.templates.check()
        check_macros(gateway.context.macros, gateway.context.directory)
        await Daemon(gateway, telemetry, config, database=database, reserve=reserve).run()
    telemetry.stopped()
    return 0


@dataclass(frozen=True, slots=True)
class _Work:
    """The tasks that the database is needed for."""

    inbound: asyncio.Task[None]
    outbound: asyncio.Task[None]
    background: list[asyncio.Task[None]]


class Daemon:
    """The running parts, and the order in which they start and stop."""

    def __init__(
        self,
        gateway: Gateway,
        telemetry: PrometheusTelemetry,
        config: Path | None,
        *,
        database: Database,
        reserve: ReserveKeeper,
    ) -> None:
        self._database = database
        self._reserve = reserve
        self._gateway = gateway
        self._telemetry = telemetry
        self._config = config
        self._stop = asyncio.Event()
        self._reloaded = asyncio.Event()
        self._health = Health(gateway)
        self._limiter = limiter_of(gateway.settings)
        self._tokens = Tokens(gateway.clock)
        self._resolver = make_resolver(gateway.settings, gateway.clock, telemetry)
        self._router = open_router(
            gateway.settings,
            gateway.clock,
            self._tokens,
            open_mx=mx_opener(gateway.settings, self._resolver, gateway.clock, gateway.random),
        )
        self._outbound = outbound_worker(gateway, self._router, self._limiter, telemetry)
        self._inbound = InboundWorker(
            gateway.store,
            gateway.current_context,
            gateway.clock,
            telemetry,
            gateway.random,
            on_queued=self._outbound.wake,
            resolver=self._resolver,
        )

    async def run(self) -> None:
        """Until a signal says stop."""
        self._watch_signals()
        async with asyncio.TaskGroup() as tasks:
            http = HttpDoor(
                build_app(readiness=self._health, exposition=self._telemetry.exposition),
                self._http_socket(),
            )
            background = [
                tasks.create_task(pulse(self._gateway.clock, self._telemetry)),
                tasks.create_task(self._kept("reserve", self._keep_reserve)),
            ]
            web = tasks.create_task(http.run())
            mailboxes = Mailboxes(
                self._gateway,
                tasks,
                tokens=self._tokens,
                on_accepted=self._inbound.wake,
                tell=self._say,
            )
            work: _Work | None = None
            try:
                self._health.doors = await self._open_doors(tasks)
                if await self._database_arrives(tasks):
                    work = self._begin_work(tasks, mailboxes)
                    self._ready(http.address)
                    await mailboxes.apply(self._gateway.settings, grace=GRACE_SECONDS)
                    await self._stop.wait()
            finally:
                await self._close(mailboxes, background, work)
                http.stop()
                await web

    async def _database_arrives(self, tasks: asyncio.TaskGroup) -> bool:
        """Waits for it with open doors; False when we are told to stop before it is there."""
        if self._database.is_there:
            return True
        # Started is what can be: systemd would give up on us otherwise.
        systemd.notify("READY=1")
        systemd.notify("STATUS=waiting for the database")
        waiting = tasks.create_task(self._database.arrive(self._gateway.clock))
        stopping = tasks.create_task(self._wait_for_stop())
        await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        stopping.cancel()
        systemd.notify("STATUS=")
        return self._database.is_there and not self._stop.is_set()

    def _begin_work(self, tasks: asyncio.TaskGroup, mailboxes: Mailboxes) -> _Work:
        return _Work(
            tasks.create_task(self._kept("inbound", self._inbound.run)),
            tasks.create_task(self._kept("outbound", self._outbound.run)),
            [
                tasks.create_task(self._kept("observe", self._observe)),
                tasks.create_task(self._kept("upkeep", self._upkeep)),
                tasks.create_task(self._kept("sweep", self._sweep)),
                tasks.create_task(self._kept("resolver", self._resolver.run)),
                tasks.create_task(self._kept("digest", self._tell_operators)),
                tasks.create_task(self._kept("webhooks", self._send_webhooks)),
                tasks.create_task(self._reloading(mailboxes)),
            ],
        )

    async def _open_doors(self, tasks: asyncio.TaskGroup) -> list[SmtpDoor]:
        gateway = self._gateway
        acceptor = Acceptor(
            gateway.store, gateway.clock, self._telemetry, on_accepted=self._inbound.wake
        )
        try:
            return await open_doors(gateway, acceptor, tasks, systemd.inherited_sockets())
        except (OSError, ValueError) as error:
            raise CannotServe(
                f"cannot listen: {error}; see [[listen]] in the settings, or who listens there"
            ) from error

    async def _close(
        self, mailboxes: Mailboxes, background: list[asyncio.Task[None]], work: _Work | None
    ) -> None:
        """No new mail first, then no new work, then what is being sent ends."""
        systemd.notify("STOPPING=1")
        doors, self._health.doors = self._health.doors, []
        async with asyncio.TaskGroup() as closing:
            closing.create_task(close_doors(doors, grace=GRACE_SECONDS))
            closing.create_task(mailboxes.close(GRACE_SECONDS))
        if work is not None:
            self._inbound.stop()
            await asyncio.wait([work.inbound], timeout=GRACE_SECONDS)
            for task in (work.inbound, *work.background):
                task.cancel()
            await self._outbound.drain(GRACE_SECONDS)
            await work.outbound
        for task in background:
            task.cancel()

    def _http_socket(self) -> socket.socket:
        listen = self._gateway.settings.http.listen
        try:
            return bind(listen.host, listen.port)
        except OSError as error:
            raise CannotServe(
                f"cannot listen on {listen} for HTTP: {error.strerror}; see [http] listen"
            ) from error

    def _ready(self, http: str) -> None:
        self._telemetry.ready()
        systemd.notify("READY=1")
        settings = self._gateway.settings
        for line in (
            announcement(settings, self._health.doors, http),
            *settings_room.notices(settings),
        ):
            self._say(line)

    def _say(self, line: str) -> None:
        print(line, flush=True)  # noqa: T201

    # --- tasks ----------------------------------------------------------------------------

    async def _kept(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        await supervise(name, run, self._gateway.clock, self._telemetry)

    async def _reloading(self, mailboxes: Mailboxes) -> None:
        """Mailboxes end and begin after each reload, which cannot wait for them."""
        while True:
            await self._reloaded.wait()
            self._reloaded.clear()
            await mailboxes.apply(self._gateway.settings, grace=GRACE_SECONDS)

    async def _observe(self) -> None:
        await observe(self._gateway, self._telemetry, lambda: self._limiter)

    async def _upkeep(self) -> None:
        await upkeep(self._gateway, self._outbound.wake)

    async def _sweep(self) -> None:
        await sweep(self._gateway, self._outbound.wake)

    async def _send_webhooks(self) -> None:
        await send_webhooks(self._gateway)

    async def _tell_operators(self) -> None:
        await tell_operators(self._gateway, self._outbound.wake)

    async def _keep_reserve(self) -> None:
        await self._reserve.run(self._gateway.clock)

    async def _wait_for_stop(self) -> None:
        await self._stop.wait()

    # --- signals --------------------------------------------------------------------------

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_stop, number)
        loop.add_signal_handler(signal.SIGHUP, self._on_reload)

    def _on_stop(self, number: signal.Signals) -> None:
        self._telemetry.stopping(signal=number.name)
        self._stop.set()

    def _on_reload(self) -> None:
        if self._config is None:
            return
        changed = reload(self._gateway, self._telemetry, self._config)
        if "mailbox" in changed:
            self._reloaded.set()
        if "authentication" in changed:
            self._resolver.use(name_servers(self._gateway.settings, self._gateway.clock))
        self._redirect()
        if {"ratelimit", "destination"} & {*changed}:
            self._limiter = limiter_of(self._gateway.settings)
            self._outbound.limit(self._limiter)

    def _redirect(self) -> None:
        """Addresses may have other smarthosts, and these other passwords: the settings name the
        file, and do not show that it was written anew."""
        try:
            policy = route_policy(self._gateway.settings, self._tokens)
        except OSError as error:
            self._telemetry.task_failed(task="reload", error=f"{error}; mail goes as before")
            return
        self._router.use(policy)
        self._outbound.direct(self._router.sites)
