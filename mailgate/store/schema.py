"""Is the database of this version, and making it so."""

from dataclasses import dataclass

from mailgate.store.open import parse_url
from mailgate.store.sqlite import sqlite_engine
from mailgate.store.tables import metadata


def upgrade(url: str) -> tuple[str | None, str]:
    """Brings the database to this version; the revisions before and after."""
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        engine = sqlite_engine(parsed)
    else:
        from mailgate.store.postgres import postgres_engine

        engine = postgres_engine(parsed, size=1)
    metadata.create_all(engine)
    engine.dispose()
    return None, "0001"
