"""What every command needs: the settings named on the command line, and the open gateway."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mailgate import settings as settings_room
from mailgate.settings.errors import SettingsError

if TYPE_CHECKING:
    from mailgate.daemon.gateway import Gateway
    from mailgate.mail.address import Address
    from mailgate.model.directory import Agent, Directory
    from mailgate.settings import Settings
    from mailgate.store.core import Connection

T = TypeVar("T")


class CommandError(Exception):
    """A command that cannot be done: one sentence, and the exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


class _Chosen:
    """The configuration of this run of the command; set once by `main`."""

    path: Path | None = None


def choose_config(path: Path | None) -> None:
    _Chosen.path = path


def config_file() -> Path | None:
    """The file that holds the settings, None when there is none anywhere."""
    return settings_room.find(_Chosen.path)


def required_config_file() -> Path:
    """Commands work on a gateway that exists: without a file they say so, and never make a
    database in whatever folder they were started in."""
    path = config_file()
    if path is None:
        places = ", ".join(map(str, settings_room.PLACES))
        raise SettingsError(
            f"no settings: there is no --config, no $MAILGATE_CONFIG and none of {places}; "
            "name the settings file"
        )
    return path


def load_settings() -> "Settings":
    return settings_room.load(required_config_file())


def with_gateway(work: "Callable[[Gateway], Awaitable[T]]") -> T:
    """Opens the gateway of the settings, does `work`, closes it."""
    # Heavy, and `ingest` comes this way without them.
    import asyncio  # noqa: PLC0415

    from mailgate.daemon.gateway import open_gateway  # noqa: PLC0415

    settings = load_settings()

    async def opened() -> T:
        async with open_gateway(settings) as gateway:
            return await work(gateway)

    return asyncio.run(opened())


def read(unit: "Callable[[Connection], T]") -> T:
    """What `unit` reads."""

    async def work(gateway: "Gateway") -> T:
        return await gateway.store.read(unit)

    return with_gateway(work)


def write(unit: "Callable[[Connection, Gateway], T]") -> T:
    """What `unit` writes, in one transaction."""

    async def work(gateway: "Gateway") -> T:
        def command(conn: "Connection") -> T:
            return unit(conn, gateway)

        return await gateway.store.write(command)

    return with_gateway(work)


def say(sentence: str) -> None:
    """Progress and remarks: on stderr, out of the way of what is piped."""
    from mailgate.telemetry.clean import printable  # noqa: PLC0415

    lines = (printable(line) for line in sentence.split("\n"))
    sys.stderr.write("\n".join(lines) + "\n")


def typed(text: str) -> "Address":
    """An address as somebody typed it."""
    from mailgate.mail.address import AddressError  # noqa: PLC0415
    from mailgate.mail.typed import parse_typed_address  # noqa: PLC0415  flanker is heavy

    try:
        return parse_typed_address(text)
    except AddressError as error:
        raise CommandError(f"{text!r} is no address: {error}", 2) from None


def agent_named(directory: "Directory", text: str | None) -> "Agent | None":
    """The agent with this address; CommandError when nobody has it."""
    if text is None:
        return None
    found = directory.agent_for(typed(text))
    if found is None:
        known = ", ".join(sorted({str(a.address) for a in directory.agents.values()}))
        raise CommandError(f"{text} is no agent; there are: {known or 'none'}")
    return found
