"""Files that the settings name: whether they can be read, and whether others can too."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from mailgate.settings.errors import Problem
from mailgate.settings.lines import Path as KeyPath


def read_trouble(file: Path) -> str | None:
    """Why `file` cannot be read and what to do, None when it can."""
    try:
        with file.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "unreadable"
        return f"cannot read {file}: {reason}; make the file, or let mailgate's user read it"
    return None


def secret_trouble(file: Path) -> str | None:
    """Group access is left to the operator (root:mailgate 0640 is usual); everybody's is not."""
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & stat.S_IRWXO:
        return f"{file} is a secret that everybody can reach (mode {mode:04o}); run chmod o= {file}"
    return None


def readable_problems(path: KeyPath, file: Path | None) -> Iterator[Problem]:
    """At `path` of the settings: a file that cannot be read."""
    if file is not None and (trouble := read_trouble(file)):
        yield Problem(path, trouble)


def secret_problems(path: KeyPath, file: Path | None) -> Iterator[Problem]:
    """At `path` of the settings: a secret that cannot be read, or that everybody can read."""
    if file is not None and (trouble := read_trouble(file) or secret_trouble(file)):
        yield Problem(path, trouble)
