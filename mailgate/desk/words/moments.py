"""When a mail leaves that somebody writes: at once, after the time in which it can be taken back,
or at a time that they name. Pure."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from mailgate.desk.context import DeskPolicy
from mailgate.desk.errors import DeskError
from mailgate.model.delivery import WaitReason

__all__ = ["leaving", "moment"]

FURTHEST = timedelta(days=366)
"""How far ahead a mail may be scheduled; more is a slip of the pen."""
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})?"
)


def leaving(
    policy: DeskPolicy, at: datetime | None, now: datetime
) -> tuple[datetime | None, WaitReason]:
    """Not before when, and what for; None and QUEUED for what leaves at once."""
    free = now + policy.undo
    if at is not None and at > free:
        return at, WaitReason.SCHEDULED
    return (free, WaitReason.UNDO) if policy.undo else (None, WaitReason.QUEUED)


def moment(text: str, timezone: tzinfo, now: datetime) -> datetime:
    """A time to come as somebody typed it: RFC 3339, or a date and a time of the day in
    `timezone`. DeskError says what is wrong with it."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise DeskError(
            f'{text!r} is no time; write such as "2026-11-23 09:00" ({timezone}) or '
            "2026-11-23T09:00:00+09:00."
        )
    day, clock, offset = match.groups()
    try:
        named = datetime.fromisoformat(f"{day}T{clock}{(offset or '').upper()}")
        found = _local(named, timezone) if offset is None else named.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DeskError(f"{text!r} is in no calendar; correct the date or the time.") from None
    if found is None:
        raise DeskError(f"{text!r} is left out in {timezone}: the clocks go forward over it.")
    if found <= now:
        gone = now.astimezone(timezone).strftime("%Y-%m-%d %H:%M:%S %Z")
        raise DeskError(f"{text!r} is past: it is {gone} now. Name a time to come.")
    if found - now > FURTHEST:
        raise DeskError(f"{text!r} is more than a year ahead; name an earlier time.")
    return found


def _local(named: datetime, timezone: tzinfo) -> datetime | None:
    """None for a time that the clocks leave out; of one that comes twice, the first."""
    there = named.replace(tzinfo=timezone).astimezone(UTC)
    return there if there.astimezone(timezone).replace(tzinfo=None) == named else None
