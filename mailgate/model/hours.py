"""When people work: a week of a time zone, and the days on which it does not hold.

Times of the week are those of the clock on the wall. In the night in which clocks go forward it
skips some, and in the one in which they go back it shows some twice: open is whoever's clock shows
an open time, so that one night is shorter and the other longer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

__all__ = ["ALWAYS", "Hours", "Shift", "WorkTime"]

DAY_MINUTES = 24 * 60
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HORIZON = 3660
"""Days that `Hours.add` looks ahead."""

_Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Shift:
    """From minute to minute of a local day: 540 to 1080 is 09:00-18:00, with 18:00 outside."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hours:
    """A week from Monday to Sunday, each day with its shifts in order; closed on `holidays` and,
    each year, on the `yearly` ones (month, day)."""

    name: str
    timezone: tzinfo
    week: tuple[tuple[Shift, ...], ...]
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    # The open stretches of the days of UTC that were asked for: at most some years of them.
    _known: dict[int, tuple[_Stretch, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def day(self) -> timedelta:
        """How long a day of work is, on average; of a week that is never open, 24 hours."""
        lengths = [sum(one.end - one.start for one in shifts) for shifts in self.week if shifts]
        return timedelta(minutes=sum(lengths)) / len(lengths) if lengths else _DAY

    def is_open(self, at: datetime) -> bool:
        """Whether people work at this moment."""
        local = at.astimezone(self.timezone)
        minute = local.hour * 60 + local.minute
        return any(one.start <= minute < one.end for one in self._shifts(local.date()))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How long it is open from the one to the other; nothing where `end` is before."""
        total = timedelta()
        number, last = _number(start), _number(end)
        while number <= last:
            for opens, closes in self._stretches(number):
                total += max(timedelta(), min(closes, end) - max(opens, start))
            number += 1
        return total

    def add(self, start: datetime, work: timedelta) -> datetime:
        """The first moment at which it has been open for so long since `start`. What takes longer
        than ten years is due in ten years."""
        if work <= timedelta():
            return start
        first = _number(start)
        for number in range(first, first + _HORIZON):
            for opens, closes in self._stretches(number):
                opens = max(opens, start)  # noqa: PLW2901  what is left of it
                if closes <= opens:
                    continue
                if work <= closes - opens:
                    return opens + work
                work -= closes - opens
        return start + _DAY * _HORIZON

    def _shifts(self, day: date) -> tuple[Shift, ...]:
        if day in self.holidays or (day.month, day.day) in self.yearly:
            return ()
        return self.week[day.weekday()]

    def _stretches(self, number: int) -> tuple[_Stretch, ...]:
        """When it is open on a day of UTC, in order."""
        known = self._known.get(number)
        if known is None:
            start = _EPOCH + number * _DAY
            known = self._known[number] = tuple(
                stretch
                for piece in self._pieces(start, start + _DAY)
                for stretch in self._open_in(*piece)
            )
        return known

    def _pieces(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The day, in two where clocks change on it."""
        offset = self._offset(start)
        if self._offset(end - _SECOND) == offset:
            yield start, end
            return
        low, high = 0, int((end - start) / _SECOND) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(start + middle * _SECOND) == offset:
                low = middle
            else:
                high = middle
        yield start, start + high * _SECOND
        yield start + high * _SECOND, end

    def _open_in(self, start: datetime, end: datetime) -> Iterator[_Stretch]:
        """The open stretches in a piece in which no clock changes."""
        offset = self._offset(start)
        midnight = (start + offset).replace(hour=0, minute=0, second=0)
        while midnight < end + offset:
            for shift in self._shifts(midnight.date()):
                opens = max(start, midnight + timedelta(minutes=shift.start) - offset)
                closes = min(end, midnight + timedelta(minutes=shift.end) - offset)
                if opens < closes:
                    yield opens, closes
            midnight += _DAY

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self.timezone).utcoffset() or timedelta()


def _number(at: datetime) -> int:
    """Days of UTC since 1970."""
    return (at - _EPOCH) // _DAY


ALWAYS = Hours("", UTC, ((Shift(0, DAY_MINUTES),),) * 7)
"""Around the clock."""


@dataclass(frozen=True, slots=True)
class WorkTime:
    """How long something may take, counted while it is open: so much time, or so many `days` of
    work, each as long as a day of the hours that it is counted in."""

    time: timedelta = timedelta()
    days: int = 0

    def within(self, hours: Hours) -> timedelta:
        """As time that counts only while it is open."""
        return self.time + self.days * hours.day

    def __str__(self) -> str:
        if self.days:
            return f"{self.days}d"
        seconds = int(self.time.total_seconds())
        for unit, size in (("h", 3600), ("m", 60)):
            if seconds and seconds % size == 0:
                return f"{seconds // size}{unit}"
        return f"{seconds}s"
