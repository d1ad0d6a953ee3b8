"""Is the database of this version, and making it so.

Revisions are numbers of four digits, so that a version can tell an older database from a newer
one without knowing what the newer one did. Alembic is imported only to upgrade: it costs 8 MB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from mailgate.store.open import parse_url
from mailgate.store.revision import (
    HEAD,
    Current,
    Empty,
    Newer,
    Older,
    SchemaState,
    newer,
    state_of,
)
from mailgate.store.sqlite import sqlite_engine, sqlite_transaction, translated

__all__ = ["HEAD", "Current", "Empty", "Newer", "Older", "SchemaState", "check", "upgrade"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_SECONDS = 60
# Any number that nobody else uses in the same database.
_LOCK_KEY = 0x6D61696C67617465


def check(url: str) -> SchemaState:
    """What state the database is in. Raises StoreError, or StoreUnavailable when it cannot
    be reached."""
    if _is_absent(url):
        return Empty()
    with _engine(url) as engine, engine.connect() as conn:
        return _state(conn)


def upgrade(url: str) -> tuple[str | None, str]:
    """Brings the database to this version, in one transaction; the revisions before (None for
    an empty database) and after. Processes that do so at once take turns.

    Raises SchemaNewer for a database of a newer version, StoreError and StoreUnavailable.
    """
    with _engine(url) as engine, engine.connect() as conn, _alone(conn):
        match _state(conn):
            case Newer(revision):
                raise newer(revision)
            case Current():
                return HEAD, HEAD
            case Older(revision):
                _run_migrations(conn)
                return revision, HEAD
            case Empty():
                _run_migrations(conn)
                return None, HEAD


def _is_absent(url: str) -> bool:
    """Looking must not make a file."""
    parsed = parse_url(url)
    return parsed.drivername == "sqlite" and not Path(parsed.database or "").exists()


def _state(conn: Connection) -> SchemaState:
    if not inspect(conn).has_table("alembic_version"):
        return Empty()
    revision: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return state_of(revision)


def _run_migrations(conn: Connection) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


@contextmanager
def _alone(conn: Connection) -> Iterator[None]:
    """A transaction in which nobody else upgrades the same database."""
    if conn.dialect.name == "sqlite":
        with sqlite_transaction(conn, wait_seconds=_LOCK_SECONDS):
            yield
        return
    with conn.begin():
        conn.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"))
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        conn.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
        yield


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    """An engine for the block; vendor exceptions end here."""
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        engine, words = sqlite_engine(parsed), translated
    else:
        from mailgate.store import postgres  # noqa: PLC0415  where it is SQLite, psycopg is not

        engine, words = postgres.postgres_engine(parsed, size=1), postgres.translated
    try:
        yield engine
    except Exception as error:  # noqa: BLE001  translated
        raise words(error) from None
    finally:
        engine.dispose()
