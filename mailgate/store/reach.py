"""Who answers where the database should be, before anything is asked of it.

Of a connection that failed the driver does not tell whether nobody was there, or somebody who
refused: the first is waited for, the second needs a person.
"""

from contextlib import closing
from enum import Enum, auto

from mailgate.store.open import parse_url
from mailgate.store.postgres_session import PATIENCE, connect_arguments

__all__ = ["Reach", "reach"]


class Reach(Enum):
    """What came of knocking."""

    OPEN = auto()
    ABSENT = auto()
    """Nobody is there, or a server that is starting or stopping."""
    REFUSED = auto()
    """A server that does not let us in."""


def reach(url: str) -> Reach:
    """Knocks at the server of the URL; SQLite, which has none, is open. Takes a few seconds
    where the network is silent. Raises StoreError for a URL that cannot be read."""
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        return Reach.OPEN
    import psycopg  # noqa: PLC0415  a gateway on SQLite has no use for it
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    _, arguments = parsed.get_dialect()().create_connect_args(parsed)
    conninfo = make_conninfo(**{**connect_arguments(PATIENCE), **arguments})
    # PQping: needs no valid login, and knows a server that is starting from one that refuses.
    if psycopg.pq.PGconn.ping(conninfo.encode()) != psycopg.pq.Ping.OK:
        return Reach.ABSENT
    try:
        with closing(psycopg.connect(conninfo)):
            return Reach.OPEN
    except psycopg.OperationalError:
        return Reach.REFUSED
