"""Every contract of the store is kept by both engines: each test here runs on each."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mailgate.store.core import Store
from mailgate.store.open import open_store
from mailgate.store.schema import upgrade
from mailgate.telemetry.null import NullTelemetry
from tests.harness.postgres import PostgresServer, running_postgres

ENGINES = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.servers("postgresql")),
]


class WatchedTelemetry(NullTelemetry):
    """Remembers what the store reported."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.unavailable: list[str] = []

    def committed(self, *, units: int, seconds: float) -> None:
        self.groups.append(units)

    def store_unavailable(self, *, error: str) -> None:
        self.unavailable.append(error)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server of the whole run."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """A database of this version, to be copied."""
    name = postgres_server.new_database()
    upgrade(postgres_server.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of this version, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database of this version."""
    path = tmp_path / "mailgate.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A fresh PostgreSQL database of this version."""
    name = postgres_server.new_database(template=postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of this version, on each engine."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def telemetry() -> WatchedTelemetry:
    """What the store reports."""
    return WatchedTelemetry()


@pytest.fixture
async def store(store_url: str, telemetry: WatchedTelemetry) -> AsyncIterator[Store]:
    """The store under test, open."""
    store = open_store(store_url, telemetry=telemetry)
    yield store
    await store.close()
