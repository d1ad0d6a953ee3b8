"""Frozen settings from one TOML file. Every field is documented in `mailgate.settings.model`.

An unknown key, a wrong type, a duplicate address or an unreadable secret is a `SettingsError`
whose lines each name file, key and line.
"""

from mailgate.settings.check import notices
from mailgate.settings.effective import effective
from mailgate.settings.errors import SettingsError
from mailgate.settings.keys import load_keyring, secret_values
from mailgate.settings.load import PLACES, find, load, parse
from mailgate.settings.model import Settings
from mailgate.settings.people import directory

__all__ = [
    "PLACES",
    "Settings",
    "SettingsError",
    "directory",
    "effective",
    "find",
    "load",
    "load_keyring",
    "notices",
    "parse",
    "secret_values",
]
