"""From when to when a report is about, as somebody typed it. Pure."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from mailgate.desk.errors import DeskError

__all__ = ["DEFAULT", "period"]

DEFAULT = timedelta(days=30)
_AGO = re.compile(r"(\d{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?")
_FORMS = (
    'write a day such as 2026-11-01, a time such as "2026-11-01 09:00", or how long ago: "7d", '
    '"12h", "4w"'
)


def period(
    since: str | None, until: str | None, timezone: tzinfo, now: datetime
) -> tuple[datetime, datetime]:
    """The first moment, and the first that is no part of it any more: `until` a day means to its
    end. Days and times without an offset are those of `timezone`. The last thirty days without.
    DeskError for what is no time, and for a time without an inside."""
    end = now if until is None else _moment(until, timezone, now, to_its_end=True)
    begin = end - DEFAULT if since is None else _moment(since, timezone, now, to_its_end=False)
    if begin >= end:
        raise DeskError(
            f"From {begin.isoformat()} until {end.isoformat()} there is no time: since comes "
            "before until."
        )
    return begin, end


def _moment(text: str, timezone: tzinfo, now: datetime, *, to_its_end: bool) -> datetime:
    typed = text.strip()
    try:
        if ago := _AGO.fullmatch(typed):
            return now - timedelta(hours=int(ago[1]) * _HOURS[ago[2]])
        if _DAY.fullmatch(typed):
            day = datetime.fromisoformat(typed).date() + timedelta(days=to_its_end)
            return datetime.combine(day, time(), timezone).astimezone(UTC)
        if _TIME.fullmatch(typed):
            named = datetime.fromisoformat(typed.upper())
            local = named.replace(tzinfo=timezone) if named.tzinfo is None else named
            return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DeskError(f"{text!r} is in no calendar; correct the date or the time.") from None
    raise DeskError(f"{text!r} is no time; {_FORMS}.")
