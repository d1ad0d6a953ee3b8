"""What all tables are made of: their catalogue, ids, and what columns hold."""

import re
from datetime import UTC, datetime, timedelta
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

__all__ = ["Id", "Instant", "Text", "clean_text", "metadata", "where"]

metadata = MetaData()

# SQLite numbers rows by itself only for a column typed INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def where(condition: ColumnElement[bool] | TextClause) -> dict[str, Any]:
    """Makes an index partial, on either engine."""
    return {"sqlite_where": condition, "postgresql_where": condition}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# A NUL or a lone surrogate cannot be stored by PostgreSQL, nor printed by most that read it.
_POISON = re.compile("[\x00\ud800-\udfff]")


class Instant(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


def clean_text(text: str) -> str:
    """The text with U+FFFD for what no database can hold: NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return _POISON.sub("\N{REPLACEMENT CHARACTER}", text)


class Text(TypeDecorator[str]):
    """Text of strangers, cleaned on its way in."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean_text(value)
