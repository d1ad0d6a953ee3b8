"""Which clocks a ticket has, and what they show. Pure.

A clock is set when somebody begins to wait, runs while people work, stands still while the ticket
is pending, and is taken away when what it measures is done. It is computed anew from how the ticket
stands, and not from what happened to it: whoever asks twice gets the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from mailgate.model.hours import Hours
from mailgate.model.response import Response, Standing, Timer, TimerKind
from mailgate.model.ticket import Source, Status

__all__ = ["clocks", "response_of", "rung"]

_SECOND = timedelta(seconds=1)
_LAST_STAGE = 2
"""The group was told, and its supervisors."""


class _Is(Enum):
    """What a clock is to do."""

    RUNNING = auto()
    PAUSED = auto()
    GONE = auto()


def response_of(responses: Iterable[Response], on: Standing) -> Response | None:
    """The times that the ticket has: of those whose conditions it meets, the one with the most;
    of as many, the one that names an address, then a brand; then the first."""
    fitting = [one for one in responses if _fits(one, on)]
    return max(fitting, key=_precision, default=None)


def _fits(one: Response, on: Standing) -> bool:
    return (
        (not one.addresses or on.address in one.addresses)
        and (not one.brands or on.brand in one.brands)
        and (not one.priorities or on.priority in one.priorities)
    )


def _precision(one: Response) -> tuple[int, bool, bool]:
    named = (bool(one.addresses), bool(one.brands), bool(one.priorities))
    return sum(named), named[0], named[1]


def clocks(
    responses: Sequence[Response],
    on: Standing,
    there: Mapping[TimerKind, Timer],
    now: datetime,
    *,
    answered: bool = False,
) -> tuple[Timer, ...]:
    """The clocks that the ticket has from now on, in place of those that are `there`. `answered`:
    the customer has just got an answer."""
    response = response_of(responses, on)
    if response is None:
        return ()
    found = (_clock(response, kind, on, there.get(kind), now, answered) for kind in TimerKind)
    return tuple(one for one in found if one is not None)


def _clock(
    response: Response,
    kind: TimerKind,
    on: Standing,
    there: Timer | None,
    now: datetime,
    answered: bool,
) -> Timer | None:
    target = response.target(kind)
    if target is None:
        return None
    match _state(kind, on, there, answered=answered):
        case _Is.GONE:
            return None
        case _Is.PAUSED:
            return None if there is None else _paused(there, response.hours, now)
        case _Is.RUNNING:
            allowed = target.within(response.hours) // _SECOND * _SECOND
            timer = there or _new(kind, on, now)
            if there is not None and not there.used:
                # Somebody who waits for longer may have come from another ticket.
                timer = replace(there, since=min(there.since, _new(kind, on, now).since))
            return _running(timer, response, allowed, now)


def _state(kind: TimerKind, on: Standing, there: Timer | None, *, answered: bool) -> _Is:
    unasked = on.source is Source.OUTBOUND_EMAIL and on.sla_started_at is None
    if on.set_aside or unasked:
        return _Is.GONE
    if kind is TimerKind.SOLVE:
        return _solving(on, there)
    first = on.first_response_at is None
    if kind is not (TimerKind.FIRST_RESPONSE if first else TimerKind.NEXT_RESPONSE):
        return _Is.GONE
    if on.waiting_since is not None:
        return _Is.RUNNING  # whatever the status: an answer may leave a closed ticket closed
    if there is None or answered:
        return _Is.GONE
    if on.status is Status.PENDING:
        return _Is.PAUSED
    # Nobody has answered while it was pending; whoever opens it again goes on where it stood.
    return _Is.RUNNING if on.status is Status.OPEN else _Is.GONE


def _solving(on: Standing, there: Timer | None) -> _Is:
    match on.status:
        case Status.OPEN:
            # Nobody has promised anything of old mail, until its customer writes again.
            old = on.source is Source.IMPORT and there is None and on.waiting_since is None
            return _Is.GONE if old else _Is.RUNNING
        case Status.PENDING:
            return _Is.PAUSED
        case Status.RESOLVED | Status.CLOSED:
            return _Is.GONE


def _new(kind: TimerKind, on: Standing, now: datetime) -> Timer:
    """One that has just been set; it is due when its times are known."""
    waits = None if kind is TimerKind.SOLVE else on.waiting_since
    return Timer(on.ticket, kind, min(waits or now, now), timedelta(), timedelta(), now, None)


def _paused(there: Timer, hours: Hours, now: datetime) -> Timer:
    if there.is_paused:
        return there
    used = there.used + hours.between(there.since, now) // _SECOND * _SECOND
    return replace(there, since=now, used=used, due_at=None, rings_at=None)


def _running(there: Timer, response: Response, allowed: timedelta, now: datetime) -> Timer:
    since = now if there.is_paused else there.since
    due_at = response.hours.add(since, allowed - there.used)
    # More time was given, and it is in time again.
    stage = there.stage if due_at <= now else 0
    timer = replace(there, since=since, allowed=allowed, due_at=due_at, stage=stage)
    return replace(timer, rings_at=_rings_at(timer, response))


def rung(timer: Timer, response: Response) -> Timer:
    """The clock after somebody was told that it rang."""
    later = replace(timer, stage=timer.stage + 1)
    return replace(later, rings_at=_rings_at(later, response))


def _rings_at(timer: Timer, response: Response) -> datetime | None:
    """When it is due the group is told, and some time after that the supervisors; then nobody."""
    after = response.escalate_after
    if timer.stage == 0:
        return timer.due_at
    if after is None or timer.stage >= _LAST_STAGE:
        return None
    more = after.within(response.hours)
    return response.hours.add(timer.since, timer.allowed + more - timer.used)
