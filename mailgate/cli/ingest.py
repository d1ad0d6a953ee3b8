"""`mailgate ingest`: the pipe door for an MTA. No Typer here: it is started for each message."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from mailgate.cli import session
from mailgate.settings import SettingsError

USAGE = 64
TRY_AGAIN = 75
"""sysexits.h; an MTA bounces the mail for most other codes, so whatever is our fault is 75."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"mailgate ingest: {message}\n")


def parser() -> argparse.ArgumentParser:
    made = _Parser(
        prog="mailgate ingest",
        description="Takes one message on standard input. Exit 0 once it is stored, 75 when the "
        "MTA should try again, 67 for an address that is not ours.",
    )
    made.add_argument(
        "--rcpt", action="append", default=[], metavar="ADDRESS", help="recipient; may be repeated"
    )
    made.add_argument(
        "--from", dest="sender", metavar="ADDRESS", help='reverse path; "" or <> for the null one'
    )
    return made


def ingest(arguments: list[str]) -> int:
    """Runs the command; its exit code."""
    try:
        given = parser().parse_args(arguments)
        return asyncio.run(_ingest(given.rcpt, given.sender))
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else USAGE
    except Exception as error:
        if os.environ.get("MAILGATE_DEBUG") == "1":
            raise
        text = (
            str(error) if isinstance(error, SettingsError) else f"{type(error).__name__}: {error}"
        )
        session.say(f"mailgate: {text}")
        return TRY_AGAIN


async def _ingest(recipients: list[str], sender: str | None) -> int:
    from mailgate.clock import SystemClock  # noqa: PLC0415
    from mailgate.ingest.accept import Acceptor  # noqa: PLC0415
    from mailgate.ingest.pipe import ingest_stdin  # noqa: PLC0415
    from mailgate.settings import directory  # noqa: PLC0415
    from mailgate.store.open import open_store  # noqa: PLC0415
    from mailgate.telemetry.null import NullTelemetry  # noqa: PLC0415

    settings = session.load_settings()
    clock, telemetry, desk = SystemClock(), NullTelemetry(), directory(settings)

    @asynccontextmanager
    async def open_acceptor() -> AsyncIterator[Acceptor]:
        from mailgate.daemon.gateway import refuse_other_schema  # noqa: PLC0415

        refuse_other_schema(settings.store.url)
        store = open_store(settings.store.url, telemetry=telemetry)
        try:
            yield Acceptor(store, clock, telemetry, _nobody_to_wake)
        finally:
            await store.close()

    outcome = await ingest_stdin(
        sys.stdin.buffer,
        recipients=recipients,
        sender=sender,
        is_ours=lambda address: desk.support_for(address) is not None,
        max_size=max((entry.max_size for entry in settings.listen), default=25_000_000),
        now=clock.now(),
        open_acceptor=open_acceptor,
    )
    if outcome.sentence:
        session.say(f"mailgate: {outcome.sentence}")
    return int(outcome.code)


def _nobody_to_wake() -> None:
    """The daemon is another process: it looks into the journal by itself."""
