"""All commands under one roof. Only the command that is called is imported."""

import importlib
from typing import Annotated

import typer

from mailgate import __version__

_COMMANDS = {
    "serve": "operate:serve",
    "check-config": "operate:check_config",
    "doctor": "doctor:doctor",
    "migrate": "operate:migrate",
    "hash-password": "passwords:hash_a_password",
    "ingest": "operate:ingest",
    "import": "importing:import_",
    "tickets": "people:tickets",
    "senders": "matters:senders",
    "search": "lists:search",
    "reply": "sending:reply",
    "note": "sending:note",
    "send": "sending:send",
    "forward": "sending:forward",
    "queue": "queue:queue",
    "suppressions": "suppressions:suppressions",
    "quarantine": "quarantine:quarantine",
    "webhooks": "webhooks:webhooks",
    "replay": "replay:replay",
    "report": "report:report",
    "explain": "reading:explain",
    "parse": "reading:parse",
}
"""Each command's module and name in it, in the order of the help."""

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""`ingest` reads its own arguments."""


def roof(word: str | None) -> typer.Typer:
    """The command `word`; all of them where there is none of this name: for the help, and for
    what was meant."""
    app = typer.Typer(
        name="mailgate",
        help="The e-mail gateway of a help desk.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for name in _COMMANDS if word not in _COMMANDS else (word,):
        _add(app, name)
    return app


def _add(app: typer.Typer, name: str) -> None:
    module, _, attribute = _COMMANDS[name].partition(":")
    found = getattr(importlib.import_module(f"mailgate.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name, context_settings=PASSED_ON if name == "ingest" else None)(found)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"mailgate {__version__}")
        raise typer.Exit


def options(
    *,
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Settings; else $MAILGATE_CONFIG, config/mailgate.toml, "
            "/etc/mailgate/mailgate.toml.",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The e-mail gateway of a help desk."""
    # --config was taken before (cli.main.take_config); it stands here for the help.
