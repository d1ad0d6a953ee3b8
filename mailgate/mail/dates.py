"""The Date field (RFC 5322 §3.3), as an instant in UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_MONTHS = {
    name: number
    for number, name in enumerate(
        (
            b"jan",
            b"feb",
            b"mar",
            b"apr",
            b"may",
            b"jun",
            b"jul",
            b"aug",
            b"sep",
            b"oct",
            b"nov",
            b"dec",
        ),
        start=1,
    )
}
_USUAL = re.compile(
    rb"(?:[A-Za-z]{3},)?[ \t]*(\d{1,2})[ \t]+([A-Za-z]{3})[ \t]+(\d{4})[ \t]+"
    rb"(\d\d):(\d\d)(?::(\d\d))?[ \t]+(?:([+-])(\d\d)([0-5]\d)|GMT|UTC?|Z)(?:[ \t].*)?"
)


def read_date(value: bytes | None) -> datetime | None:
    """The instant, None when the field is absent or says no instant that can be."""
    if value is None:
        return None
    value = value[:100]
    try:
        usual = _USUAL.fullmatch(value)
        return _usual(usual) if usual else _unusual(value.decode("ascii", "replace"))
    except (ValueError, OverflowError, KeyError, TypeError, IndexError):
        return None


def _usual(match: "re.Match[bytes]") -> datetime:
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = timedelta(0)
    if sign:
        offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    zone = timezone(-offset if sign == b"-" else offset)
    seconds = min(int(second or 0), 59)  # a leap second
    there = datetime(
        int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), seconds, tzinfo=zone
    )
    return there.astimezone(UTC)


def _unusual(text: str) -> datetime | None:
    """Two-digit years, zone names, missing parts: what the standard library makes of it."""
    found = parsedate_tz(text)
    if found is None:
        return None
    zone = timezone(timedelta(seconds=found[9] or 0))
    year, month, day, hour, minute, second = found[:6]
    there = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    return there.astimezone(UTC)
