"""What the migrations make is what the tables say, and a version knows its own database."""

import difflib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import mailgate.store.tables  # noqa: F401  what the migrations are compared with
from mailgate.store import schema
from mailgate.store.columns import metadata
from mailgate.store.core import SchemaNewer, StoreUnavailable
from mailgate.store.open import parse_url
from tests.harness.postgres import PostgresServer
from tests.harness.servers import program

MIGRATIONS = Path(schema.__file__).parent / "migrations"


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers("postgresql"))]
)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.url(server.new_database())


def definitions(url: str) -> list[str]:
    """What the database itself says it holds, line by line and in one order."""
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        with closing(sqlite3.connect(str(parsed.database))) as connection:
            statements = list(sqlite_definitions(connection))
    else:
        dump = [program("pg_dump"), "--schema-only", "--exclude-table=alembic_version", url]
        statements = subprocess.run(dump, check=True, capture_output=True, text=True).stdout.split(
            ";\n"
        )
    return sorted(sorted_lines(s) for s in statements if "alembic_version" not in s and s.strip())


def sqlite_definitions(connection: sqlite3.Connection) -> Iterator[str]:
    """Tables by their columns, keys and checks, because a column that was added later stands
    elsewhere in the text; the rest as it was written."""
    made = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    for kind, name, sql in made.fetchall():
        if kind != "table":
            yield sql
            continue
        columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
        foreign = connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
        checks = re.findall(r"CONSTRAINT \w+ CHECK .*", sql)
        lines = [f"{name} {column[1:]}" for column in columns]
        lines += [f"{name} {key[2:]}" for key in foreign]
        lines += [f"{name} {check}" for check in checks]
        lines.append(f"{name} autoincrement: {'AUTOINCREMENT' in sql}")
        yield "\n".join(lines)


def sorted_lines(statement: str) -> str:
    """One statement; its columns and constraints may stand in any order."""
    lines = (line.strip().rstrip(",") for line in statement.splitlines())
    return "\n".join(sorted(line for line in lines if line and not line.startswith(("--", "\\"))))


def test_the_migrations_make_the_tables(
    empty_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    schema.upgrade(empty_url)

    if empty_url.startswith("sqlite"):
        direct = f"sqlite:///{tmp_path / 'direct.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        direct = server.url(server.new_database())
    engine = create_engine(parse_url(direct))
    metadata.create_all(engine)
    engine.dispose()

    difference = list(
        difflib.unified_diff(definitions(direct), definitions(empty_url), "tables", "migrations")
    )
    assert not difference, "\n".join(difference)


def test_an_empty_database_becomes_current(empty_url: str) -> None:
    assert schema.check(empty_url) == schema.Empty()
    assert schema.upgrade(empty_url) == (None, schema.HEAD)
    assert schema.check(empty_url) == schema.Current()


def test_upgrading_again_changes_nothing(empty_url: str) -> None:
    schema.upgrade(empty_url)
    assert schema.upgrade(empty_url) == (schema.HEAD, schema.HEAD)


def test_looking_makes_no_file(tmp_path: Path) -> None:
    assert schema.check(f"sqlite:///{tmp_path / 'none.db'}") == schema.Empty()
    assert list(tmp_path.iterdir()) == []


def set_revision(url: str, revision: str) -> None:
    engine = create_engine(parse_url(url))
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    engine.dispose()


def test_a_newer_database_is_left_alone(store_url: str) -> None:
    set_revision(store_url, "9999")
    assert schema.check(store_url) == schema.Newer("9999")
    with pytest.raises(SchemaNewer):
        schema.upgrade(store_url)
    assert schema.check(store_url) == schema.Newer("9999")


def test_an_older_database_is_known_as_such(store_url: str) -> None:
    set_revision(store_url, "0000")
    assert schema.check(store_url) == schema.Older("0000")


def test_the_version_knows_its_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_processes_that_upgrade_at_once_take_turns(empty_url: str) -> None:
    upgrade = f"from mailgate.store.schema import upgrade; print(upgrade({empty_url!r}))"
    running = [
        subprocess.Popen([sys.executable, "-c", upgrade], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = sorted(process.communicate()[0].strip() for process in running)
    head = schema.HEAD
    assert said == sorted([f"('{head}', '{head}')"] * 2 + [f"(None, '{head}')"])


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        schema.upgrade(f"sqlite:///{tmp_path / 'no folder' / 'mailgate.db'}")
    with pytest.raises(StoreUnavailable):
        schema.check("postgresql://mailgate@127.0.0.1:1/none")


def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "mailgate.db"
    schema.upgrade(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o777 == 0o600
