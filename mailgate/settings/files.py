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


def read_password(file: Path) -> str:
    """The line in the file, without blanks around it. Raises OSError with a sentence for the
    operator, which shows nothing of the password."""
    if trouble := read_trouble(file):
        raise OSError(trouble)
    try:
        password = file.read_text("utf-8").strip()
    except UnicodeDecodeError:
        raise OSError(f"{file} is no UTF-8; write the password as UTF-8") from None
    if not password:
        raise OSError(f"{file} is empty; write the password into it")
    if len(password.splitlines()) > 1:
        raise OSError(f"{file} has more than one line; leave nothing but the password")
    return password


def folder_problems(path: KeyPath, folder: Path | None) -> Iterator[Problem]:
    """At `path` of the settings: a folder that has to be there."""
    if folder is not None and not folder.is_dir():
        yield Problem(path, f"there is no folder {folder}; make it, or correct the path")


def password_problems(path: KeyPath, file: Path | None) -> Iterator[Problem]:
    """At `path` of the settings: a file that holds no password, or that everybody can read."""
    troubles = [*secret_problems(path, file)]
    yield from troubles
    if file is None or troubles:
        return
    try:
        read_password(file)
    except OSError as error:
        yield Problem(path, str(error))


def authority_problems(path: KeyPath, file: Path | None) -> Iterator[Problem]:
    """At `path` of the settings: a file that holds no certificates."""
    troubles = [*readable_problems(path, file)]
    yield from troubles
    if file is None or troubles:
        return
    import ssl  # noqa: PLC0415  nobody else here needs it

    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        yield Problem(path, f"{file} holds no certificate; write PEM (BEGIN CERTIFICATE) into it")


def readable_problems(path: KeyPath, file: Path | None) -> Iterator[Problem]:
    """At `path` of the settings: a file that cannot be read."""
    if file is not None and (trouble := read_trouble(file)):
        yield Problem(path, trouble)


def secret_problems(path: KeyPath, file: Path | None) -> Iterator[Problem]:
    """At `path` of the settings: a secret that cannot be read, or that everybody can read."""
    if file is not None and (trouble := read_trouble(file) or secret_trouble(file)):
        yield Problem(path, trouble)
