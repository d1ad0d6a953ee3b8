"""How arrivals get into the journal: one at a time, or many by one statement."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, groupby
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    LargeBinary,
    TableValuedAlias,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    select,
)
from sqlalchemy import Text as PlainText

from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival
from mailgate.store.arrived import ARRIVED, NEW, arrived
from mailgate.store.core import Connection
from mailgate.store.plain import clean_text, microseconds
from mailgate.store.prepared import Prepared
from mailgate.store.tables import journal, journal_content

__all__ = ["ARRIVED", "append_all", "append_one"]


_INSERT_ROW = Prepared(
    insert(journal).values(
        {name: bindparam(name, type_=journal.c[name].type) for name in ARRIVED} | NEW
    )
)
_INSERT_CONTENT = Prepared(
    insert(journal_content).values(
        journal=bindparam("journal", type_=BigInteger()), raw=bindparam("raw", type_=LargeBinary())
    )
)


def _each(name: str) -> tuple[TableValuedAlias, Callable[[int], ColumnElement[Any]]]:
    """The members of a JSON list of lists, and the fields of a member (SQLite)."""
    each = func.json_each(bindparam(name, type_=PlainText())).table_valued("key", "value")
    return each, lambda at: func.json_extract(each.c.value, literal_column(f"'$[{at}]'"))


def _insert_rows() -> Prepared:
    """Any number of rows, which came as JSON."""
    each, field = _each("rows")
    fields = [*map(field, range(len(ARRIVED))), *map(literal, NEW.values())]
    return Prepared(
        insert(journal).from_select(
            [*ARRIVED, *NEW], select(*fields).select_from(each).order_by(each.c.key)
        )
    )


def _insert_contents() -> Prepared:
    """Their contents, which came as one; of each is told the row, where it begins, its octets."""
    each, field = _each("places")
    raw = func.substr(bindparam("contents", type_=LargeBinary()), field(1), field(2))
    return Prepared(
        insert(journal_content).from_select(
            ["journal", "raw"], select(field(0), raw).select_from(each)
        )
    )


_INSERT_ROWS = _insert_rows()
_INSERT_CONTENTS = _insert_contents()
_INSERT_ROOM = Prepared(
    insert(journal_content).values(
        journal=bindparam("journal", type_=BigInteger()),
        raw=func.zeroblob(bindparam("octets", type_=Integer())),
    )
)
_SMALL_OCTETS = 65536
_LARGE_OCTETS = 1_000_000
_PIECE_OCTETS = 262_144
_RECEIVED_AT, _DUE_AT = ARRIVED.index("received_at"), ARRIVED.index("due_at")
_TEXTS = [ARRIVED.index(name) for name in ("authenticated", "reverse_path")]


def append_all(conn: Connection, calls: Sequence[Mapping[str, Any]]) -> list[JournalId]:
    """`append` for each of the keyword arguments, all of them or none; on SQLite."""
    ids: list[JournalId] = []
    arrivals: Iterable[Arrival] = (call["arrival"] for call in calls)
    for small, group in groupby(arrivals, key=_is_small):
        if small:
            ids += _append_small(conn, list(group))
        else:
            ids += [append_one(conn, arrival) for arrival in group]
    return ids


def _is_small(arrival: Arrival) -> bool:
    """A prepared statement holds what it was last given: that must not be many large mails."""
    return len(arrival.content) <= _SMALL_OCTETS


def _append_small(conn: Connection, arrivals: list[Arrival]) -> list[JournalId]:
    """By two statements for all: each costs a few hand-overs of the interpreter's lock.

    Rows of one INSERT get one id after the other: nobody else writes meanwhile.
    """
    last = _INSERT_ROWS.insert(conn, rows=json.dumps([_stored(arrival) for arrival in arrivals]))
    ids = range(last - len(arrivals) + 1, last + 1)
    sizes = [len(arrival.content) for arrival in arrivals]
    begins = accumulate(sizes, initial=1)
    _INSERT_CONTENTS.run(
        conn,
        places=json.dumps(list(zip(ids, begins, sizes, strict=False))),
        contents=b"".join([arrival.content for arrival in arrivals]),
    )
    return [JournalId(row) for row in ids]


def _stored(arrival: Arrival) -> list[object]:
    """`arrived`, as its columns hold it (`store.columns`)."""
    values = list(arrived(arrival))
    values[_RECEIVED_AT] = values[_DUE_AT] = microseconds(arrival.at)
    for at in _TEXTS:
        text = values[at]
        if isinstance(text, str):
            values[at] = clean_text(text)
    return values


def append_one(conn: Connection, arrival: Arrival) -> JournalId:
    """Puts a row and its content in."""
    row = _INSERT_ROW.insert(conn, **dict(zip(ARRIVED, arrived(arrival), strict=True)))
    content = arrival.content
    if len(content) > _LARGE_OCTETS and conn.dialect.name == "sqlite":
        _write_large(conn, row, content)
    else:
        _INSERT_CONTENT.run(conn, journal=row, raw=content)
    return JournalId(row)


def _write_large(conn: Connection, row: int, content: bytes) -> None:
    """Bound as a parameter a mail of 25 MB is copied twice, while nobody else gets the
    interpreter's lock: it is written by pieces instead, into room that was made for it."""
    place = _INSERT_ROOM.insert(conn, journal=row, octets=len(content))
    driver = cast("sqlite3.Connection", conn.connection.dbapi_connection)
    with driver.blobopen("journal_content", "raw", place) as blob:
        for at in range(0, len(content), _PIECE_OCTETS):
            blob.write(content[at : at + _PIECE_OCTETS])
