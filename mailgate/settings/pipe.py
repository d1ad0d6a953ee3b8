"""What the pipe needs of the settings, without pydantic: a process is started for each message,
and the whole settings take three times as long as the rest of its work.

It reads what it understands at once, and only that. For everything else it asks the one who
knows all rules, `mailgate.settings.loading`, so that a mistake is told in the same words.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailgate.mail.address import Address, AddressError, parse_path
from mailgate.settings.sizes import read_size

DEFAULT_MAX_SIZE = 25_000_000


@dataclass(frozen=True, slots=True)
class PipeSettings:
    """`supports` are the keys of the support addresses; the largest door's `max_size` counts."""

    store_url: str
    supports: frozenset[str]
    max_size: int

    def is_ours(self, address: Address) -> bool:
        """Whether this is a support address, with or without a subaddress."""
        return address.key in self.supports or address.base.key in self.supports


def load_for_pipe(path: Path) -> PipeSettings:
    """What the pipe needs of the file. Raises SettingsError with a line for every mistake,
    where there is one in what it needs."""
    try:
        return _read(tomllib.loads(path.read_bytes().decode()))
    except (OSError, ValueError, AddressError, KeyError, TypeError, AttributeError):
        return _from_all(path)


def _read(document: dict[str, Any]) -> PipeSettings:
    """Anything unexpected in it raises."""
    gateway, store = document.get("gateway", {}), document.get("store", {})
    url = store.get("url") or f"sqlite:///{_text(gateway.get('data_dir', 'var'))}/mailgate.db"
    if not _text(url).startswith(("sqlite:///", "postgresql://")):
        raise ValueError("no database that mailgate knows")
    doors = document.get("listen", ())
    sizes = [read_size(door["max_size"]) for door in doors if "max_size" in door]
    if len(sizes) < len(doors) or not doors:
        sizes.append(DEFAULT_MAX_SIZE)
    keys = frozenset(parse_path(entry["address"]).key for entry in document["address"])
    return PipeSettings(url, keys, max(sizes))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no text")
    return value


def _from_all(path: Path) -> PipeSettings:
    from mailgate.settings.loading import load  # noqa: PLC0415  pydantic, only when it must be
    from mailgate.settings.people import directory  # noqa: PLC0415

    settings = load(path)
    return PipeSettings(
        settings.store.url,
        frozenset(directory(settings).supports),
        max((door.max_size for door in settings.listen), default=DEFAULT_MAX_SIZE),
    )
