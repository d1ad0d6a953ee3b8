"""All commands under one roof."""

from typing import Annotated

import typer

from mailgate import __version__
from mailgate.cli import doctor, importing, operate, passwords, people, quarantine, queue, reading

app = typer.Typer(
    name="mailgate",
    help="The e-mail gateway of a help desk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"mailgate {__version__}")
        raise typer.Exit


@app.callback()
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


app.command("serve")(operate.serve)
app.command("check-config")(operate.check_config)
app.add_typer(doctor.doctor, name="doctor")
app.command("migrate")(operate.migrate)
app.command("hash-password")(passwords.hash_a_password)
app.command("ingest", context_settings=operate.PASSED_ON)(operate.ingest)
app.command("import")(importing.import_)
app.add_typer(people.tickets, name="tickets")
app.command("reply")(people.reply)
app.command("note")(people.note)
app.add_typer(queue.queue, name="queue")
app.add_typer(quarantine.quarantine, name="quarantine")
app.command("explain")(reading.explain)
app.command("parse")(reading.parse)
