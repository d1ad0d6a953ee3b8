"""Commands for whoever runs the gateway: serve, check-config, migrate, ingest."""

from typing import Annotated

import typer

from mailgate import settings as settings_room
from mailgate.cli import output, session
from mailgate.cli.options import Json
from mailgate.daemon.doctor.findings import counted
from mailgate.settings.showing import toml


def serve() -> None:
    """Run the daemon. SIGTERM drains and exits 0; SIGHUP reloads addresses, agents, limits."""
    from mailgate.daemon.serve import serve as run  # noqa: PLC0415

    raise typer.Exit(run(session.config_file()))


def check_config(
    *,
    show: Annotated[
        bool, typer.Option("--print", help="Show the settings in use, secrets hidden.")
    ] = False,
    json: Json = False,
) -> None:
    """Name every mistake in the settings with its key and line."""
    from mailgate.desk.commands.macrocheck import check_macros  # noqa: PLC0415
    from mailgate.desk.commands.macros import load_macros  # noqa: PLC0415
    from mailgate.desk.words.templates import load_templates  # noqa: PLC0415

    path = session.required_config_file()
    try:
        settings = settings_room.load(path, typed=True)
    except settings_room.SettingsError as error:
        if json:
            output.print_json({"problems": list(error.lines)})
        raise
    desk = settings_room.directory(settings)
    if settings.gateway.secret_file.exists():
        settings_room.load_keyring(settings)
    load_templates(settings.gateway.templates, settings_room.template_folders(settings))
    check_macros(load_macros(settings.agents.macros), desk)
    for notice in settings_room.notices(settings):
        session.say(f"{path}: {notice}")
    if json:
        output.print_json(settings_room.effective(settings))
    elif show:
        output.print_text(toml(settings).rstrip("\n"))
    else:
        agents = counted(len({agent.address.key for agent in desk.agents.values()}), "agent")
        supports = counted(len(desk.supports), "support address")
        print(f"{path}: ok ({supports}, {agents})")


def migrate(*, json: Json = False) -> None:
    """Bring the database to this version."""
    from mailgate.store import schema  # noqa: PLC0415  SQLAlchemy

    settings = session.load_settings()
    settings.gateway.data_dir.mkdir(parents=True, exist_ok=True)
    before, after = schema.upgrade(settings.store.url)
    if json:
        output.print_json({"from": before, "to": after})
    elif before == after:
        print(f"the database is of this version already ({after})")
    else:
        print(f"the database was brought from {before or 'nothing'} to {after}")


def ingest(arguments: typer.Context) -> None:
    """Take one message on standard input: --rcpt ADDRESS [--from ADDRESS] < MESSAGE."""
    from mailgate.cli.ingest import ingest as run  # noqa: PLC0415

    raise typer.Exit(run(arguments.args))
