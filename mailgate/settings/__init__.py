"""Frozen settings from one TOML file. Every field is documented in `mailgate.settings.model`.

An unknown key, a wrong type, a duplicate address or an unreadable secret is a `SettingsError`
whose lines each name file, key and line.

What is named here is imported when it is asked for: the pipe, which an MTA starts for each
message, has no time for pydantic. So no module has the name of something that stands here.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailgate.settings.check import notices
    from mailgate.settings.dkim import load_signers
    from mailgate.settings.errors import SettingsError
    from mailgate.settings.keys import load_keyring, secret_values
    from mailgate.settings.loading import load, parse
    from mailgate.settings.model import Settings
    from mailgate.settings.people import directory, template_folders
    from mailgate.settings.places import PLACES, find
    from mailgate.settings.ruleset import rules_of
    from mailgate.settings.schedule import hours_of, responses_of
    from mailgate.settings.showing import effective

__all__ = [
    "PLACES",
    "Settings",
    "SettingsError",
    "directory",
    "effective",
    "find",
    "hours_of",
    "load",
    "load_keyring",
    "load_signers",
    "notices",
    "parse",
    "responses_of",
    "rules_of",
    "secret_values",
    "template_folders",
]

_HOMES = {
    "PLACES": "places",
    "Settings": "model",
    "SettingsError": "errors",
    "directory": "people",
    "effective": "showing",
    "find": "places",
    "hours_of": "schedule",
    "load": "loading",
    "load_keyring": "keys",
    "load_signers": "dkim",
    "notices": "check",
    "parse": "loading",
    "responses_of": "schedule",
    "rules_of": "ruleset",
    "secret_values": "keys",
    "template_folders": "people",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no {name}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
