"""Statements of the hot path: written in Core, compiled once an engine, run by the driver.

`Connection.execute` costs some 60 microseconds a statement before the database is asked
anything, ten times what SQLite then needs. A message takes a dozen statements, so the hot ones
are `Prepared`: the same Core expression and the same column types, without the result machinery.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Delete,
    Dialect,
    Insert,
    Select,
    Table,
    Update,
)
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from mailgate.store.columns import Instant, Text

__all__ = ["Prepared", "Row"]

Row = Any
"""A named tuple of the columns that a statement selects."""

_Convert = Callable[[Any], Any]
_Parameters = Any
_Statement = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete


class _Cursor(Protocol):
    """What sqlite3 and psycopg have in common."""

    rowcount: int
    lastrowid: int | None

    def fetchone(self) -> Sequence[Any] | None: ...

    def fetchall(self) -> list[Sequence[Any]]: ...

    def executemany(self, sql: str, parameters: Sequence[_Parameters]) -> object: ...


class _Driver(Protocol):
    def execute(self, sql: str, parameters: _Parameters) -> _Cursor: ...

    def cursor(self) -> _Cursor: ...


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`places` are the parameters in their order, each with its conversion; `constants` are
    converted already. `by_name` says how the driver takes them."""

    sql: str
    constants: dict[str, Any]
    places: tuple[tuple[str, _Convert | None], ...]
    by_name: bool
    results: tuple[tuple[int, _Convert], ...]

    def parameters(self, values: Mapping[str, Any]) -> _Parameters:
        bound = {**self.constants, **values} if self.constants else values
        if self.by_name:
            return {
                name: bound[name] if convert is None else convert(bound[name])
                for name, convert in self.places
            }
        return [
            bound[name] if convert is None else convert(bound[name])
            for name, convert in self.places
        ]


class Prepared:
    """A statement whose every parameter is a `bindparam` of its own name.

    Rows come back as named tuples of the selected columns. Driver exceptions pass through;
    the unit of work translates them. Values that the statement binds itself are constants; a
    list of them (`in_`) must be written as single parameters.
    """

    def __init__(self, statement: _Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}
        columns = list(statement.exported_columns)
        self._columns = columns
        self._make: Callable[[Sequence[Any]], Row] = _row_type([c.name for c in columns])

    def run(self, conn: Connection, **values: object) -> int:
        """Executes it; how many rows it touched."""
        return self._execute(conn, values).rowcount

    def run_many(self, conn: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Executes it once for each of `rows`."""
        compiled = self._for(conn.dialect)
        parameters = [compiled.parameters(row) for row in rows]
        _driver(conn).cursor().executemany(compiled.sql, parameters)

    def one(self, conn: Connection, **values: object) -> Row:
        """The first row, or None."""
        rows = self.all(conn, **values)
        return rows[0] if rows else None

    def all(self, conn: Connection, **values: object) -> list[Row]:
        """Every row."""
        compiled = self._for(conn.dialect)
        found = _driver(conn).execute(compiled.sql, compiled.parameters(values)).fetchall()
        if not compiled.results:
            return [self._make(row) for row in found]
        return [self._make(_converted(row, compiled.results)) for row in found]

    def insert(self, conn: Connection, **values: object) -> int:
        """Executes an INSERT into a table with an `id`; the new id."""
        cursor = self._execute(conn, values)
        if conn.dialect.name == "sqlite":
            return cast("int", cursor.lastrowid)
        (row,) = cursor.fetchall()
        return cast("int", row[0])

    def _execute(self, conn: Connection, values: Mapping[str, object]) -> _Cursor:
        compiled = self._for(conn.dialect)
        return _driver(conn).execute(compiled.sql, compiled.parameters(values))

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(dialect)
        return found

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiler = _for_ids(self._statement, dialect).compile(dialect=dialect)
        assert isinstance(compiler, SQLCompiler)
        converts = {
            name: _bind_processor(parameter.type, dialect)
            for parameter, name in compiler.bind_names.items()
        }
        constants = {
            name: _converted_by(converts.pop(name), compiler.params[name])
            for parameter, name in compiler.bind_names.items()
            if not parameter.required
        }
        results = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._columns
        ]
        names = compiler.positiontup if compiler.positional else list(compiler.bind_names.values())
        assert not compiler.literal_execute_params | compiler.post_compile_params
        return _Compiled(
            sql=str(compiler),
            constants=constants,
            places=tuple((name, converts.get(name)) for name in names or ()),
            by_name=not compiler.positional,
            results=tuple((at, convert) for at, convert in enumerate(results) if convert),
        )


def _for_ids(statement: _Statement, dialect: Dialect) -> _Statement:
    """RETURNING costs SQLite as much as the insert itself, and it tells the id anyway."""
    if dialect.name == "sqlite" or not isinstance(statement, Insert) or statement.exported_columns:
        return statement
    table = cast("Table", statement.table)
    return statement.returning(table.c.id) if "id" in table.c else statement


def _row_type(names: list[str]) -> Callable[[Sequence[Any]], Row]:
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024  named by the statement
    return cast("Callable[[Sequence[Any]], Row]", row._make)


def _bind_processor(type_: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    """How a value becomes what the driver takes. Our own types are asked without the layer
    that SQLAlchemy puts around them: some sixty values a message go this way."""
    if isinstance(type_, Instant | Text):
        return type_.stored
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _driver(conn: Connection) -> _Driver:
    return cast("_Driver", conn.connection.dbapi_connection)


def _converted_by(convert: _Convert | None, value: object) -> object:
    return value if convert is None else convert(value)


def _converted(row: Sequence[Any], results: tuple[tuple[int, _Convert], ...]) -> list[Any]:
    values = list(row)
    for at, convert in results:
        values[at] = convert(values[at])
    return values
