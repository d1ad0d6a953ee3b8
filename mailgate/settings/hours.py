"""`[[hours]]` and `[[response]]`: when people work, and how soon customers are answered."""

import itertools
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from mailgate.model.hours import DAY_MINUTES, Shift, WorkTime
from mailgate.settings.section import Name, Section, Text
from mailgate.settings.sizes import shown
from mailgate.settings.units import Kind, MailAddress, TimeZone, read_duration

__all__ = ["Day", "Holiday", "HoursSettings", "ResponseSettings"]

_SHIFT = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_YEARLY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_DAYS = re.compile(r"(\d{1,4})d", re.ASCII)
_LONGEST = 366
"""Days of one holiday."""
_LEAP_YEAR = 2024
"""In which every day of a year is."""


@dataclass(frozen=True, slots=True)
class Day:
    """The shifts of a day of the week."""

    shifts: tuple[Shift, ...]

    def __str__(self) -> str:
        return ", ".join(f"{_clock(one.start)}-{_clock(one.end)}" for one in self.shifts)


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days on which nobody works; `yearly` (month, day) comes back each year."""

    text: str
    days: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def __str__(self) -> str:
        return self.text


def read_day(value: object) -> Day:
    """ "" is closed."""
    if isinstance(value, Day):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is no day; {_HOW_TO_DAY}")  # noqa: TRY004  pydantic wants ValueError
    shifts = tuple(_shift(part.strip()) for part in value.split(",")) if value.strip() else ()
    for before, after in itertools.pairwise(shifts):
        if after.start < before.end:
            raise ValueError(
                f"{shown(value)}: one part begins before the other ends; write them in order"
            )
    return Day(shifts)


_HOW_TO_DAY = 'write it such as "09:00-18:00" or "09:00-12:00, 13:00-18:00", or "" for closed'


def _shift(text: str) -> Shift:
    match = _SHIFT.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is no part of a day; {_HOW_TO_DAY}")
    start, end = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
    if start >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueError(f"{shown(text)}: a day ends at 24:00")
    if end <= start:
        raise ValueError(
            f"{shown(text)} ends before it begins; what goes past midnight is two parts, "
            f'"{_clock(start)}-24:00" and on the next day "00:00-{_clock(end)}"'
        )
    return Shift(start, end)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def read_holiday(value: object) -> Holiday:
    if isinstance(value, Holiday):
        return value
    if isinstance(value, date):  # TOML has dates of its own
        return Holiday(f"{value:%Y-%m-%d}", days=frozenset({value}))
    text = value.strip() if isinstance(value, str) else ""
    if match := _YEARLY.fullmatch(text):
        try:
            every = date(_LEAP_YEAR, int(match[1]), int(match[2]))
        except ValueError:
            raise ValueError(f"{shown(value)} is no day of a year") from None
        return Holiday(text, yearly=frozenset({(every.month, every.day)}))
    first, dots, last = (part.strip() for part in text.partition(".."))
    begins = _date(first, value)
    ends = _date(last, value) if dots else begins
    if ends < begins or (ends - begins).days >= _LONGEST:
        raise ValueError(f"{shown(value)} is no holiday: it ends before it begins, or a year later")
    count = (ends - begins).days + 1
    return Holiday(text, days=frozenset(begins + timedelta(days=n) for n in range(count)))


def _date(text: str, whole: object) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(
        f'{shown(whole)} is no holiday; write a date such as "2026-01-01", days in a row such as '
        '"2026-02-16..2026-02-18", or "12-25" for each year'
    )


def read_work_time(value: object) -> WorkTime:
    if isinstance(value, WorkTime):
        return value
    match = _DAYS.fullmatch(value) if isinstance(value, str) else None
    time = WorkTime(days=int(match[1])) if match else WorkTime(read_duration(value))
    if time == WorkTime():
        raise ValueError(f"{shown(value)} is no time to answer in; leave the key out for none")
    return time


DayHours = Annotated[Day, PlainValidator(read_day), Kind('hours, such as "09:00-18:00"')]
Days = Annotated[Holiday, PlainValidator(read_holiday), Kind("date")]
Working = Annotated[
    WorkTime, PlainValidator(read_work_time), Kind('working time, such as "4h" or "3d"')
]


class HoursSettings(Section):
    """When people work, for [[response]] and [[rule]]. A day that is not named is closed."""

    name: Name = Field(description="Its name in [[response]] and [[rule]].", examples=["office"])
    timezone: TimeZone | None = Field(
        None,
        description="Time zone of its times; [gateway] timezone without.",
        examples=["Asia/Seoul"],
    )
    mon: DayHours = Field(Day(()), description='Open from and to; several parts with commas; "".')
    tue: DayHours = Field(Day(()), description="The same on Tuesday.")
    wed: DayHours = Field(Day(()), description="The same on Wednesday.")
    thu: DayHours = Field(Day(()), description="The same on Thursday.")
    fri: DayHours = Field(Day(()), description="The same on Friday.")
    sat: DayHours = Field(Day(()), description="The same on Saturday.")
    sun: DayHours = Field(Day(()), description="The same on Sunday.")
    holidays: tuple[Days, ...] = Field(
        (),
        description='Closed days: "2026-01-01", "2026-02-16..2026-02-18" (both included), or '
        '"12-25" each year.',
    )

    @property
    def week(self) -> tuple[Day, ...]:
        """From Monday to Sunday."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


class ResponseSettings(Section):
    """How soon customers are answered. Of the tables whose conditions a ticket meets, the one with
    the most conditions counts; of as many, the one that names an address, then a brand, then the
    first. The clocks stand still while a ticket is pending. A day ("3d") is a day of work, as long
    as the days of `hours` are on average."""

    name: Name = Field(description="Its name in the events of a ticket.")
    hours: Name | None = Field(
        None,
        description="The [[hours]] in which the time runs; around the clock without.",
        examples=["office"],
    )
    address: tuple[MailAddress, ...] = Field(
        (), description="For tickets of these support addresses; of any without."
    )
    brand: tuple[Text, ...] = Field((), description="For tickets of these brands; of any without.")
    priority: tuple[Literal["low", "normal", "high", "urgent"], ...] = Field(
        (), description="For tickets of these priorities; of any without."
    )
    first: Working | None = Field(
        None, description="Until the first answer to the customer.", examples=["4h"]
    )
    next: Working | None = Field(
        None, description="Until each later answer to what they write.", examples=["8h"]
    )
    solve: Working | None = Field(
        None, description="Until the ticket is resolved.", examples=["3d"]
    )
    escalate_after: Working | None = Field(
        None,
        description="The supervisors of the ticket's group are told when it is overdue for so "
        "long; never without.",
        examples=["2h"],
    )
