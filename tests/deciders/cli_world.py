"""A gateway on disk, as the command line of an operator finds it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mailgate import settings
from mailgate.cli.main import run
from mailgate.daemon.gateway import Gateway, open_gateway
from mailgate.desk.arriving.worker import InboundWorker
from mailgate.mail.address import Address, ReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.journal import Arrival, Door
from mailgate.store import journal
from mailgate.store.core import Connection
from mailgate.telemetry.null import NullTelemetry
from tests.harness.database import make_database

SUPPORT = Address("support", "acme.example")


class Done(NamedTuple):
    """What a command ended with, printed, and said beside."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What a command that worked printed."""
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


class Failures(NullTelemetry):
    """Remembers what went wrong."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def task_failed(self, *, task: str, error: str) -> None:
        self.errors.append(error)


@dataclass(frozen=True, slots=True)
class Mailgate:
    """The program, with the settings of a gateway."""

    config: Path
    capture: pytest.CaptureFixture[bytes]

    def __call__(self, *arguments: str) -> Done:
        code = run(["--config", str(self.config), *arguments])
        out, err = self.capture.readouterr()
        return Done(code, out.decode(), err.decode())

    def at_work(self, work: Callable[[Gateway], Awaitable[None]]) -> None:
        """Something that the daemon would do meanwhile."""
        at_work(settings.load(self.config), work)

    def written(self, unit: Callable[[Connection], object]) -> None:
        """What stands in the store by now."""

        async def write(gateway: Gateway) -> None:
            await gateway.store.write(unit)

        self.at_work(write)


def installed(folder: Path, capture: pytest.CaptureFixture[bytes], config: str) -> Mailgate:
    """A gateway with these settings, where `{var}` is its folder, and an empty store."""
    (folder / "var").mkdir()
    path = folder / "mailgate.toml"
    path.write_text(config.replace("{var}", str(folder / "var")))
    make_database(settings.load(path).store.url)
    return Mailgate(path, capture)


def at_work(given: settings.Settings, work: Callable[[Gateway], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with open_gateway(given) as gateway:
            await work(gateway)

    asyncio.run(whole())


async def comes(gateway: Gateway, content: bytes, reverse_path: ReversePath) -> None:
    """A mail comes by a door; the worker has not seen it yet."""
    envelope = Envelope(reverse_path, (SUPPORT,))
    arrival = Arrival(Door.SMTP, envelope, content, gateway.clock.now(), "192.0.2.1")
    await gateway.store.write(partial(journal.append, arrival=arrival))


async def worked_on(gateway: Gateway) -> None:
    """What has come becomes tickets."""
    await InboundWorker(
        gateway.store, gateway.current_context, gateway.clock, gateway.telemetry, gateway.random
    ).drain()
