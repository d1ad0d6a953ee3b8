"""How much of each limit in any 3,600 seconds is used, for the gauges. Keeps nobody from
claiming."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, select

from mailgate.store import claiming
from mailgate.store.core import Connection
from mailgate.store.outboundtables import grants
from mailgate.store.prepared import Prepared

__all__ = ["fullest"]

# A key begins with its kind and a colon; a semicolon comes after it.
_OF_KIND = Prepared(
    select(grants.c.limit_key, func.sum(grants.c.places).label("places"))
    .where(
        grants.c.limit_key >= bindparam("first"),
        grants.c.limit_key < bindparam("behind"),
        grants.c.at > bindparam("since"),
    )
    .group_by(grants.c.limit_key)
)


def fullest(conn: Connection, kinds: tuple[str, ...], since: datetime) -> Mapping[str, int]:
    """By kind of limit (`account`, `sender`, ...) the places that count under the key of it that
    has the most: those later than `since`, and what is on its way."""
    # What is on its way is read first: see `limits.used`.
    leased = claiming.leased_by_gate(conn)
    found: dict[str, int] = {}
    for kind in kinds:
        places: Counter[str] = Counter(
            {key: sum(of.values()) for key, of in leased.items() if _kind(key) == kind}
        )
        ends = (kind, f"{kind}:") if kind == "account" else (f"{kind}:", f"{kind};")
        for row in _OF_KIND.all(conn, first=ends[0], behind=ends[1], since=since):
            places[row.limit_key] += int(row.places)
        found[kind] = max(places.values(), default=0)
    return found


def _kind(key: str) -> str:
    return key.partition(":")[0]
