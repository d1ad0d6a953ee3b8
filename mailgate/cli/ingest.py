"""`mailgate ingest`: the pipe door for an MTA. No Typer here: it is started for each message."""

import argparse
import io
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from mailgate.cli import session

if TYPE_CHECKING:
    from mailgate.model.journal import Arrival

_Handler = Callable[[int, object], object] | signal.Handlers

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


class _Interrupted(BaseException):
    """Told to stop before anything was stored."""


def ingest(arguments: list[str]) -> int:
    """Runs the command; its exit code. Whatever happens, it is one that an MTA understands:
    for a death by a signal, and for codes that it does not know, Postfix bounces the mail."""
    try:
        given = parser().parse_args(arguments)
        _watch_signals(_interrupt)
        code, sentence = _ingest(given.rcpt, given.sender)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else USAGE
    except _Interrupted:
        code, sentence = TRY_AGAIN, "told to stop before the message was stored"
    except Exception as error:
        if os.environ.get("MAILGATE_DEBUG") == "1":
            raise
        code, sentence = TRY_AGAIN, _told(error)
    if sentence:
        _say(f"mailgate: {sentence}")
    return code


def _ingest(recipients: list[str], sender: str | None) -> tuple[int, str]:
    from mailgate.clock import SystemClock  # noqa: PLC0415
    from mailgate.ingest.pipe import ingest_stdin  # noqa: PLC0415
    from mailgate.settings.pipe import load_for_pipe  # noqa: PLC0415
    from mailgate.store.piped import append_alone  # noqa: PLC0415

    settings = load_for_pipe(session.required_config_file())

    def append(arrival: "Arrival") -> None:
        # From here on it takes a bounded time, and who stops it now would not know the end.
        _watch_signals(signal.SIG_IGN)
        append_alone(settings.store_url, arrival)

    outcome = ingest_stdin(
        sys.stdin.buffer if sys.stdin else io.BytesIO(),
        recipients=recipients,
        sender=sender,
        is_ours=settings.is_ours,
        max_size=settings.max_size,
        now=SystemClock().now(),
        append=append,
    )
    return int(outcome.code), outcome.sentence


def _watch_signals(handler: "_Handler") -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, handler)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise _Interrupted


def _told(error: Exception) -> str:
    # A settings error is several lines, each a mistake with its place.
    known = type(error).__module__.startswith("mailgate.")
    return str(error) if known else f"{type(error).__name__}: {error}"


def _say(sentence: str) -> None:
    """On stderr, where an MTA logs it or puts it into a bounce; nobody may be there to read."""
    try:
        session.say(sentence)
    except (OSError, ValueError, AttributeError):
        # At its end the interpreter would try to write it once more, and exit with 120.
        sys.stderr = None
