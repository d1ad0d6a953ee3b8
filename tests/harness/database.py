"""Databases of this version for tests that are not about how one is made: a migration costs a
tenth of a second and more, and thousands of tests want a database."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from mailgate.store.schema import upgrade


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mailgate-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    upgrade(f"sqlite:///{folder}/empty.db")
    return folder / "empty.db"


def empty_database(path: Path) -> str:
    """An empty SQLite database of this version at `path`; its URL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_template(), path)
    return f"sqlite:///{path}"


def make_database(url: str) -> None:
    """The same, where an SQLite URL says."""
    empty_database(Path(url.removeprefix("sqlite:///")))
