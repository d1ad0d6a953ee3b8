"""Where the settings file is."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

PLACES = (Path("config/mailgate.toml"), Path("/etc/mailgate/mailgate.toml"))
"""Where a configuration is looked for when none is named."""


def find(
    path: Path | None,
    environ: Mapping[str, str] = os.environ,
    places: Sequence[Path] = PLACES,
) -> Path | None:
    """The file to load: `path`, else $MAILGATE_CONFIG, else the first of `places` that exists;
    None when there is none."""
    if path is not None:
        return path
    if named := environ.get("MAILGATE_CONFIG"):
        return Path(named)
    return next((place for place in places if place.is_file()), None)
