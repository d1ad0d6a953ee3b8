"""What all tables are made of: their catalogue, ids, and what columns hold."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    MetaData,
    TextClause,
    TypeDecorator,
)
from sqlalchemy import Text as PlainText

from mailgate.store.plain import clean_text, instant, microseconds

__all__ = ["Id", "Instant", "Text", "clean_text", "metadata", "one_of", "where"]

metadata = MetaData()

# SQLite numbers rows by itself only for a column typed INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def where(condition: ColumnElement[bool] | TextClause) -> dict[str, Any]:
    """Makes an index partial, on either engine."""
    return {"sqlite_where": condition, "postgresql_where": condition}


def one_of(column: str, *values: str) -> str:
    """The SQL of a CHECK that the column has one of these values. Not `IN`: for a list of three
    and more, SQLite makes a table each time that a row is written."""
    return " OR ".join(f"{column} = '{value}'" for value in values)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    @staticmethod
    def stored(value: datetime | None) -> int | None:
        """The value in its column."""
        return None if value is None else microseconds(value)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return self.stored(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


class Text(TypeDecorator[str]):
    """Text of strangers, cleaned on its way in."""

    impl = PlainText
    cache_ok = True

    @staticmethod
    def stored(value: str | None) -> str | None:
        """The value in its column."""
        return None if value is None else clean_text(value)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return self.stored(value)
