"""SIGHUP: other addresses, agents, mailboxes, rules and limits, without a restart."""

from pathlib import Path

from mailgate import settings as settings_room
from mailgate.daemon.gateway import Gateway, desk_context
from mailgate.desk.commands.macrocheck import check_macros
from mailgate.desk.errors import DeskError
from mailgate.desk.words.templates import TemplateError
from mailgate.settings import Settings, SettingsError
from mailgate.telemetry.facts import Telemetry

RELOADED = (
    *("address", "agent", "agents", "authentication", "desk", "destination", "dkim", "group"),
    *("hours", "response", "survey"),
    *("loops", "mailbox", "quarantine", "ratelimit", "rule", "smarthost", "threading", "view"),
)
"""Sections that take effect at once; the others are for the next start."""


def reload(gateway: Gateway, telemetry: Telemetry, path: Path) -> tuple[str, ...]:
    """Takes the sections of RELOADED from the file anew; which of them changed.

    A file with a mistake changes nothing: the old settings go on, and the log says why.
    """
    try:
        wanted = settings_room.load(path)
        merged = gateway.settings.model_copy(
            update={name: getattr(wanted, name) for name in RELOADED}
        )
        context = desk_context(merged)
        context.templates.check()
        check_macros(context.macros, context.directory)
    except (SettingsError, TemplateError, DeskError) as error:
        telemetry.task_failed(task="reload", error=str(error))
        return ()
    changed = _different(gateway.settings, wanted)
    gateway.settings, gateway.context = merged, context
    telemetry.reloaded(
        changed=tuple(
            name if name in RELOADED else f"{name} (at the next start)" for name in changed
        )
    )
    return tuple(name for name in changed if name in RELOADED)


def _different(before: Settings, after: Settings) -> tuple[str, ...]:
    return tuple(
        name for name in Settings.model_fields if getattr(before, name) != getattr(after, name)
    )
