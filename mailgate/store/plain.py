"""How plain values stand in columns: times as numbers, texts of strangers cleaned."""

import re
from datetime import UTC, datetime, timedelta

__all__ = ["clean_text", "instant", "microseconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# A NUL or a lone surrogate cannot be stored by PostgreSQL, nor printed by most that read it.
_POISON = re.compile("[\x00\ud800-\udfff]")


def microseconds(value: datetime) -> int:
    """Since 1970 UTC."""
    return (value - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """The time that was stored as so many microseconds."""
    return _EPOCH + timedelta(microseconds=value)


def clean_text(text: str) -> str:
    """The text with U+FFFD for what no database can hold: NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return _POISON.sub("\N{REPLACEMENT CHARACTER}", text)
