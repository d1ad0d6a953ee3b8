"""Hours and response times, as the values that deciding modules get; and the mistakes in them
that take more than one value to see."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from zoneinfo import ZoneInfo

from mailgate.model.hours import ALWAYS, Hours
from mailgate.model.response import Response
from mailgate.model.ticket import Priority
from mailgate.settings.errors import Problem
from mailgate.settings.hours import HoursSettings, ResponseSettings
from mailgate.settings.model import Settings

__all__ = ["hours_of", "responses_of", "schedule_notices", "schedule_problems"]


def hours_of(settings: Settings) -> Mapping[str, Hours]:
    """Each by its name."""
    return {entry.name: _hours(entry, settings.gateway.timezone) for entry in settings.hours}


def _hours(entry: HoursSettings, timezone: str) -> Hours:
    named = entry.timezone or timezone
    return Hours(
        name=entry.name,
        # UTC needs no time zone data, which a small machine may not have.
        timezone=UTC if named == "UTC" else ZoneInfo(named),
        week=tuple(day.shifts for day in entry.week),
        holidays=frozenset(day for one in entry.holidays for day in one.days),
        yearly=frozenset(day for one in entry.holidays for day in one.yearly),
    )


def responses_of(settings: Settings, hours: Mapping[str, Hours]) -> tuple[Response, ...]:
    """In the order of the file."""
    return tuple(
        Response(
            name=entry.name,
            hours=ALWAYS if entry.hours is None else hours[entry.hours],
            first=entry.first,
            next=entry.next,
            solve=entry.solve,
            escalate_after=entry.escalate_after,
            addresses=frozenset(address.key for address in entry.address),
            brands=frozenset(entry.brand),
            priorities=frozenset(Priority(priority) for priority in entry.priority),
        )
        for entry in settings.response
    )


def schedule_problems(settings: Settings) -> Iterator[Problem]:
    """Names that nothing has, weeks without an hour, conditions that nothing meets."""
    yield from _doubles("hours", tuple(entry.name for entry in settings.hours))
    yield from _doubles("response", tuple(entry.name for entry in settings.response))
    for index, entry in enumerate(settings.hours):
        if not any(day.shifts for day in entry.week):
            yield Problem(
                ("hours", index),
                'is never open; write at least one day, such as mon = "09:00-18:00"',
            )
    for index, response in enumerate(settings.response):
        yield from _of_response(index, response, settings)


def _doubles(table: str, names: tuple[str, ...]) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Problem(
                (table, index, "name"), f'"{name}" is the name of another [[{table}]]; rename one'
            )


def _of_response(index: int, entry: ResponseSettings, settings: Settings) -> Iterator[Problem]:
    hours = tuple(one.name for one in settings.hours)
    if entry.hours is not None and entry.hours not in hours:
        known = ", ".join(hours) or "none"
        yield Problem(
            ("response", index, "hours"),
            f'there are no hours "{entry.hours}" (configured: {known}); add such [[hours]]',
        )
    if entry.first is None and entry.next is None and entry.solve is None:
        yield Problem(
            ("response", index), "has no time; write at least one of first, next and solve"
        )
    supports = {one.address.key for one in settings.address}
    for position, address in enumerate(entry.address):
        if address.key not in supports:
            yield Problem(
                ("response", index, "address", position),
                f"{address} is no support address; add an [[address]] for it",
            )
    brands = {one.brand for one in settings.address}
    for position, brand in enumerate(entry.brand):
        if brand not in brands:
            yield Problem(
                ("response", index, "brand", position),
                f'no [[address]] has the brand "{brand}"; name one of theirs',
            )


def schedule_notices(settings: Settings) -> Iterator[str]:
    """Response times that no ticket has; escalation that reaches nobody."""
    seen: dict[object, str] = {}
    for index, entry in enumerate(settings.response):
        conditions = (
            frozenset(address.key for address in entry.address),
            frozenset(entry.brand),
            frozenset(entry.priority),
        )
        where = f"response[{index + 1}]: {entry.name}"
        first = seen.setdefault(conditions, entry.name)
        if first != entry.name:
            yield f"{where}: is never used: {first} is for the same tickets, and comes before"
        if entry.escalate_after is not None and not any(one.supervisors for one in settings.group):
            yield f"{where}: escalate_after reaches nobody: no [[group]] has supervisors"
