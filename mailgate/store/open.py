"""The store for a URL."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from mailgate.store.core import Store, StoreError
from mailgate.store.sqlite import SqliteStore
from mailgate.telemetry.facts import Telemetry

__all__ = ["open_store", "parse_url", "sqlite_file"]


def parse_url(url: str) -> URL:
    """`sqlite:///path`, `sqlite:////absolute/path` or `postgresql://user@host/name`.

    Raises StoreError, which never repeats the URL: it can hold a password.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the store's URL cannot be read") from None
    match parsed.drivername:
        case "sqlite":
            return parsed
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise StoreError(f"no store for {other}://; use sqlite:// or postgresql://")


def sqlite_file(url: str) -> Path | None:
    """Where the database is, None when it is none of SQLite's. Raises StoreError."""
    parsed = parse_url(url)
    return Path(parsed.database) if parsed.drivername == "sqlite" and parsed.database else None


def open_store(url: str, *, telemetry: Telemetry) -> Store:
    """Opens the store; the schema is not looked at (`store.schema`).

    Raises StoreError for a URL or a database that will not do, StoreUnavailable for one
    that cannot be reached.
    """
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        return SqliteStore(parsed, telemetry=telemetry)
    # Only now: psycopg costs memory that a gateway on SQLite has no use for.
    from mailgate.store.postgres import PostgresStore  # noqa: PLC0415

    return PostgresStore(parsed, telemetry=telemetry)
