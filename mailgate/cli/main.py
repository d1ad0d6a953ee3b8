"""`mailgate`: the entry point. Takes --config from anywhere, hands over, says what failed."""

import io
import os
import sys
from pathlib import Path

from mailgate.cli import session

TRY_AGAIN = 75
"""sysexits.h: EX_TEMPFAIL."""


def main(argv: list[str] | None = None) -> None:
    """Runs one command and exits."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: list[str]) -> int:
    """Runs one command; its exit code. Nothing but a debug run ever shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    config, rest = take_config(argv)
    if config == "":
        session.say("mailgate: --config needs a file")
        # What an MTA is told wrong in its own settings must not bounce mail.
        return TRY_AGAIN if rest[:1] == ["ingest"] else 2
    session.choose_config(None if config is None else Path(config))
    # Before Typer is there: an MTA starts this for each message.
    if rest[:1] == ["ingest"]:
        return _ingest(rest[1:])
    try:
        return _run_app(rest)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    except Exception as error:  # noqa: BLE001  the last net: a sentence, whatever it was
        return failure(error)


def take_config(argv: list[str]) -> tuple[str | None, list[str]]:
    """--config's value and everything else: it may stand before or behind the command.
    "" when the value is missing."""
    config: str | None = None
    rest: list[str] = []
    arguments = iter(argv)
    for argument in arguments:
        if argument == "--":
            rest += [argument, *arguments]
        elif argument == "--config":
            config = next(arguments, "")
        elif argument.startswith("--config="):
            config = argument.removeprefix("--config=")
        else:
            rest.append(argument)
    return config, rest


def failure(error: Exception) -> int:
    """Says in one sentence what failed; the exit code for it."""
    if os.environ.get("MAILGATE_DEBUG") == "1":
        raise error
    from mailgate.cli.failures import describe  # noqa: PLC0415

    code, sentence = describe(error)
    session.say(sentence)
    return code


def _ingest(arguments: list[str]) -> int:
    try:
        from mailgate.cli.ingest import ingest  # noqa: PLC0415
    except ImportError as error:  # in the middle of an upgrade
        session.say(f"mailgate: cannot be started now: {error}")
        return TRY_AGAIN
    return ingest(arguments)


def _run_app(arguments: list[str]) -> int:
    from mailgate.cli.app import roof  # noqa: PLC0415  Typer is not for free

    result = roof(next(iter(arguments), None))(
        args=arguments, prog_name="mailgate", standalone_mode=True
    )
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
