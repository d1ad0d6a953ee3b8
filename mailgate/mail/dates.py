"""Dates: the Date field (RFC 5322 §3.3), and what mail programs write above what they quote."""

import re
from datetime import UTC, datetime, timedelta, timezone

from mailgate.mail.datewords import (
    AFTERNOON,
    MONTHS,
    MORNING,
    WEEKDAYS,
    ZONES,
    folded,
)

MAX_DATE = 200
"""Characters that are looked at; no program writes more."""

_LATE = timedelta(days=1)
"""A forward may seem this much older than what it forwards: clocks and zones differ."""

_USUAL = re.compile(
    rb"(?:[A-Za-z]{3},)?[ \t]*(\d{1,2})[ \t]+([A-Za-z]{3})[ \t]+(\d{4})[ \t]+"
    rb"(\d\d):(\d\d)(?::(\d\d))?[ \t]+(?:([+-])(\d\d)([0-5]\d)|GMT|UTC?|Z)(?:[ \t].*)?"
)
_COMMENT = re.compile(r"\([^()]{0,100}\)")
_COLON = re.compile(r"[ \t]{0,20}:[ \t]{0,20}")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff*]")
_YEAR_FIRST = re.compile(
    r"(?<!\d)(\d{4})\s?[-./年년]\s{0,2}(\d{1,2})\s?[-./月월]\s{0,2}(\d{1,2})(?!\d)\s?[일日.]?t?"
    r"|(?<!\d)(\d{2})[年년]\s?(\d{1,2})[月월]\s?(\d{1,2})[日일]"
)
_SHORT_YEAR_FIRST = re.compile(
    r"(?<!\d)(\d{2})[./-]\s?(\d{1,2})[./-]\s?(\d{1,2})(?!\d)(?=\.?\s{0,2}(?:\(\w\)\s?)?"
    r"(?:오전|오후|午前|午後|上午|下午))"
)
"""`24. 3. 4. 오후 3:12`: where the half of the day is named so, the year is first."""
_MONTH_FIRST = re.compile(r"(?<!\d)(\d{1,2})[月월]\s?(\d{1,2})[日일]?,?\s{1,2}(\d{4})(?!\d)")
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2})\s(?:thg|tháng)\s(\d{1,2}),?\s(?:năm\s)?(\d{4})(?!\d)")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d:])")
_WORD = re.compile(r"[^\W\d_]{1,30}")
_BEFORE_MONTH = re.compile(r"(\d{1,4})(?:st|nd|rd|th|er|º|°|\.)?(?:[\s-]|\bde\b|\.){0,6}$")
_AFTER_MONTH = re.compile(
    r"(?:[\s.,/-]|\bde[l]?\b){0,6}(\d{1,4})(?!\d|\s?[:h])(?:st|nd|rd|th)?"
    r"(?:(?:[\s.,/-]|\bde[l]?\b){1,6}(\d{4}|\d{2}(?!\s?[\d:.h]))(?!\d))?"
)
_ASCTIME = re.compile(r"\s{1,3}(\d{1,2})\s[\d:]{4,8}(?:\s[a-z]{1,5})?\s(\d{4})(?!\d)")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?(?:[:.h]|uhr|時|时|點|点|시)\s?(\d{2}|\d(?=[分분]))(?!\d)"
    r"(?:\s?[:.분分]\s?(\d{1,2})(?!\d)(?:[.,]\d{1,9})?)?\s?[초秒분分]?"
    r"|(?<!\d)(\d{1,2})\s?(?:[hH時时點点시](?!\w)|(?=[ap]\.?\s?m\b))"
)
_HALF = re.compile(r"\s?([ap])\.?\s?m\b\.?|\s?(öö|ös|[πμ]\.?\s?μ\b|dop|odp|sa|ch)\b", re.IGNORECASE)
_HALF_BEFORE = re.compile(r"([^\W\d_]{1,4})\.?\s{0,2}$")
_OFFSET = re.compile(r"(?:gmt|utc)?\s?([+\u2212-])\s?(\d{1,2}):?(\d\d)?(?!\d)")
_ZONE_WORD = re.compile(r"[^\W\d_]{1,5}\b")


def read_date(value: bytes | None) -> datetime | None:
    """The instant of a Date field, in UTC; None when the field is absent or says no instant
    that can be. A zone that is missing or unknown is UTC (RFC 5322 §4.3)."""
    return in_utc(read_local_date(value))


def read_local_date(value: bytes | None) -> datetime | None:
    """As `read_date`, in the zone that the field names."""
    if value is None:
        return None
    value = value[:MAX_DATE]
    usual = _USUAL.fullmatch(value)
    try:
        found = _usual(usual) if usual else _unusual(value.decode("utf-8", "replace"))
    except (ValueError, OverflowError, KeyError):
        return None
    return None if in_utc(found) is None else found


def in_utc(local: datetime | None) -> datetime | None:
    """The same instant in UTC; None for none, and at the ends of time where UTC has none."""
    try:
        return None if local is None else local.astimezone(UTC)
    except OverflowError:
        return None


def _usual(match: "re.Match[bytes]") -> datetime:
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = timedelta(0)
    if sign:
        offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    zone = timezone(-offset if sign == b"-" else offset)
    seconds = min(int(second or 0), 59)  # a leap second
    number = MONTHS[month.decode("ascii").lower()]
    return datetime(int(year), number, int(day), int(hour), int(minute), seconds, tzinfo=zone)


def _unusual(text: str) -> datetime | None:
    """Obsolete forms (RFC 5322 §4.3): two-digit years, zone names, comments, missing parts,
    and what programs write that know no RFC."""
    plain = _COLON.sub(":", _COMMENT.sub(" ", text))
    return _read(_settled(plain), near=None) or _read(_settled(text), near=None)


def read_written_date(text: str, near: datetime | None = None) -> datetime | None:
    """The instant, in UTC, of a date as a mail program writes it for people, in any of the
    languages of `datewords`; None when it says none.

    `near` is the date of the mail that the text stands in, in its own zone: a date without a
    zone is in that one (UTC when there is no `near`), for who forwards a mail and whose
    program wrote the date are the same person. Of two readings of `3/4/2024` the one counts
    whose weekday is named, then the one that is not after `near` and closest to it; without
    `near` the month is first where the time has AM or PM. A date without a time is midnight.
    """
    try:
        return in_utc(_read(_settled(text), near))
    except (ValueError, OverflowError):
        return None


def _settled(text: str) -> str:
    return folded(_INVISIBLE.sub("", text[:MAX_DATE]))[: 2 * MAX_DATE]


def _read(text: str, near: datetime | None) -> datetime | None:
    dates, start, end = _date(text)
    if not dates:
        return None
    rest = f"{text[:start]} ; {text[end:]}"
    time = _TIME.search(rest)
    hour, minute, second, half = _time_of_day(rest, time)
    named = _zone(rest[time.end() :] if time else rest[start + 3 :])
    zone = named or (near.tzinfo if near else None) or UTC
    moments = []
    for year, month, day in dates:
        try:
            moments.append(datetime(year, month, day, hour, minute, second, tzinfo=zone))
        except ValueError:
            continue
    return _likeliest(moments, rest, half, near)


def _likeliest(
    moments: list[datetime], text: str, half: str, near: datetime | None
) -> datetime | None:
    """Of the readings of an ambiguous date, day first and month first."""
    if len(moments) < 2:
        return moments[0] if moments else None
    named = {WEEKDAYS[word] for word in _WORD.findall(text) if word in WEEKDAYS}
    fitting = [moment for moment in moments if moment.weekday() in named] or moments
    if near is not None and len(fitting) > 1:
        fitting = [m for m in fitting if m - near <= _LATE] or fitting
        return min(fitting, key=lambda moment: abs(near - moment))
    return fitting[-1] if half == "latin" and len(fitting) > 1 else fitting[0]


_Day = tuple[int, int, int]
"""Year, month, day."""


def _date(text: str) -> tuple[list[_Day], int, int]:
    """The readings of the first date in the text, and where it stands."""
    if found := _YEAR_FIRST.search(text) or _SHORT_YEAR_FIRST.search(text):
        year, month, day = (part for part in found.groups() if part is not None)
        return [(_year(year), int(month), int(day))], found.start(), found.end()
    if found := _MONTH_FIRST.search(text):
        return [(int(found[3]), int(found[1]), int(found[2]))], found.start(), found.end()
    if found := _VIETNAMESE.search(text):
        return [(int(found[3]), int(found[2]), int(found[1]))], found.start(), found.end()
    if (named := _named_month(text)) is not None:
        return named
    if found := _NUMBERS.search(text):
        return _numbers(found), found.start(), found.end()
    return [], 0, 0


def _numbers(found: "re.Match[str]") -> list[_Day]:
    """Day and month in both orders. Points are of countries that write the day first, but for
    Daum, which writes `24.03.04`: a year of two digits may stand in front."""
    first, second, year = int(found[1]), int(found[3]), _year(found[4])
    readings = [(year, second, first)]
    if len(found[4]) == 2:
        readings.append((_year(found[1].zfill(2)), second, year % 100))
    if found[2] != "." and first != second:
        readings.append((year, first, second))
    return readings


def _named_month(text: str) -> tuple[list[_Day], int, int] | None:
    """The last month that is named with a day and a year beside it."""
    for word in reversed(list(_WORD.finditer(text))):
        month = MONTHS.get(word[0])
        if month is None:
            continue
        before = _BEFORE_MONTH.search(text[max(word.start() - 14, 0) : word.start()])
        after = _AFTER_MONTH.match(text, word.end())
        day = _day_beside(before, after) or _day_of_asctime(text, word.end())
        if day is not None:
            start = word.start() - (len(before[0]) if before else 0)
            return [(day[0], month, day[1])], start, after.end() if after else word.end()
    return None


def _day_beside(
    before: "re.Match[str] | None", after: "re.Match[str] | None"
) -> tuple[int, int] | None:
    """Year and day from the numbers around a month: `4 March 2024`, `March 4, 2024`,
    `2024. március 4.`"""
    if after is None:
        return None
    if before is not None:
        if len(before[1]) == 4:
            return int(before[1]), int(after[1])
        return (_year(after[1]), int(before[1])) if len(after[1]) > 1 else None
    return (_year(after[2]), int(after[1])) if after[2] else None


def _day_of_asctime(text: str, end: int) -> tuple[int, int] | None:
    """`Mar  4 15:12:08 KST 2024`, as C's asctime and the date command write it."""
    found = _ASCTIME.match(text, end)
    return (int(found[2]), int(found[1])) if found else None


def _year(digits: str) -> int:
    """RFC 5322 §4.3: two digits are 1950 to 2049, three count from 1900."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _time_of_day(text: str, time: "re.Match[str] | None") -> tuple[int, int, int, str]:
    """Hour, minute, second, and in which script the half of the day is named: `latin`,
    `other` or "" for none."""
    if time is None:
        return 0, 0, 0, ""
    hour, minute, second = int(time[1] or time[4]), int(time[2] or 0), int(time[3] or 0)
    half, script = _half(text, time)
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    return hour, minute, min(second, 59), script


def _half(text: str, time: "re.Match[str]") -> tuple[str, str]:
    if after := _HALF.match(text, time.end()):
        word = f"{after[1]}m" if after[1] else after[2].replace(".", "").replace(" ", "")
        return ("am" if word in MORNING else "pm"), ("latin" if after[1] else "other")
    before = _HALF_BEFORE.search(text[max(time.start() - 7, 0) : time.start()])
    if before and before[1] in MORNING | AFTERNOON:
        return ("am" if before[1] in MORNING else "pm"), "other"
    return "", ""


def _zone(text: str) -> timezone | None:
    """The zone that is named behind the time. Raises ValueError for one that can't be."""
    if found := _OFFSET.search(text):
        digits, minutes = found[2], int(found[3] or 0)
        if minutes > 59:
            raise ValueError("an hour has sixty minutes")
        offset = timedelta(hours=int(digits), minutes=minutes)
        return timezone(-offset if found[1] != "+" else offset)
    for word in _ZONE_WORD.findall(text):
        if word in ZONES:
            return timezone(timedelta(minutes=ZONES[word]))
    return None
