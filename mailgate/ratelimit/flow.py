"""How fast mail flows to one place: its pace, how slow it has asked for, whether it is down. Pure.

Pace is the generic cell rate algorithm: `tat` is the theoretical arrival time of the next mail.
In any time t at most burst + t x rate leave, because each mail moves `tat` on by one interval and
none leaves more than burst - 1 intervals before it. While the other side asks for patience the
interval is longer and there is no burst; `tat` then moves on faster, so that the bound holds all
the same when it is quick again.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailgate.model.delivery import Reply, WaitReason
from mailgate.model.ids import DeliveryId
from mailgate.model.pace import FORGETS_AFTER, SLOWEST, Pace, slowness_at

__all__ = [
    "FREE",
    "PROBES",
    "UNTRIED",
    "FlowPolicy",
    "FlowRoom",
    "FlowState",
    "granted",
    "probe_ended",
    "probing",
    "reached",
    "room",
    "rooms",
    "seen",
    "succeeded",
    "throttled",
    "unreachable",
]

PROBES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30))
"""After the first, second, ... time that nobody got through; the last one holds from then on."""
JITTER = 0.1
UNTRIED = timedelta(hours=12)
"""When a place was not tried for so long, nobody knows how long it has been down."""

EASES_AFTER = timedelta(minutes=1)
"""Mail that got through takes one doubling back, so long after the last change."""
WORSENS_AFTER = timedelta(seconds=10)
"""What was on its way together is told off together: that is one doubling."""
_LONGEST = timedelta(minutes=5)
_QUICK = timedelta(seconds=1) / 16
"""The interval that is doubled where there is no pace."""
_MANY = 16
"""The mails on their way at a time that are halved where there is no number."""
_NEVER_LATER = timedelta(hours=2)
"""Nothing is planned for later than this: what is was written before the clock was put back."""
_SOON = timedelta(seconds=5)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class FlowPolicy:
    """What a place is given at most; None is no limit. `connections` are mails on their way
    there at the same time."""

    pace: Pace | None = None
    connections: int | None = None


@dataclass(frozen=True, slots=True)
class FlowState:
    """What is known of a place. It is down while `failures` is not 0; `probe` is the delivery
    that tries it."""

    failures: int = 0
    down_since: datetime | None = None
    down_until: datetime | None = None
    probe: DeliveryId | None = None
    slowness: int = 0
    slowed_at: datetime | None = None
    tat: datetime | None = None
    last: Reply | None = None
    """What it last refused us with."""


FREE = FlowState()
"""The state in which all begin."""


@dataclass(frozen=True, slots=True)
class FlowRoom:
    """`places` more may leave now (None: any number). Why and until when the others wait: `at` is
    an estimate, and `each` what every further one waits in addition. `probe` says that the one
    that may leave tries whether the place can be reached again. `kept` places are for answers."""

    places: int | None
    reason: WaitReason
    at: datetime
    each: timedelta = timedelta(0)
    probe: bool = False
    kept: int = 0


# --- may mail leave? ----------------------------------------------------------------------------


def seen(state: FlowState, policy: FlowPolicy, now: datetime) -> FlowState:
    """The state as it is at `now`: slowness wears off, and what cannot be, because the clock was
    put back, is brought to what can."""
    if state is FREE:
        return state
    if state.down_until is not None and state.down_until > now + _NEVER_LATER:
        state = replace(state, down_until=now)
    if state.slowed_at is not None:
        slowed_at = min(state.slowed_at, now)
        left = slowness_at(state.slowness, slowed_at, now)
        steps = state.slowness - left
        state = replace(
            state,
            slowness=left,
            slowed_at=slowed_at + steps * FORGETS_AFTER if left else None,
        )
    if state.tat is not None:
        state = replace(state, tat=min(state.tat, now + _fullest(policy)))
    return state


def room(state: FlowState, policy: FlowPolicy, leased: int, now: datetime) -> FlowRoom:
    """What may leave now, with `leased` on their way. `state` is as of `now` (`seen`)."""
    found = rooms(state, policy, leased, now)
    return min(found, key=lambda each: math.inf if each.places is None else each.places)


def rooms(state: FlowState, policy: FlowPolicy, leased: int, now: datetime) -> tuple[FlowRoom, ...]:
    """Of each thing that holds mail back what may leave now: all of them have to let it."""
    if state.failures and state.down_until is not None and now < state.down_until:
        return (FlowRoom(0, WaitReason.DESTINATION_DOWN, state.down_until),)
    if state.probe is not None and leased:  # its lease was renewed
        return (FlowRoom(0, WaitReason.DESTINATION_DOWN, now + PROBES[0]),)
    paced = _paced(state, policy, now)
    if state.failures:
        if paced is not None and not paced.places:
            return (paced,)
        return (FlowRoom(1, WaitReason.DESTINATION_DOWN, now + PROBES[0], probe=True),)
    busy = _busy(state, policy, leased, now)
    return (busy,) if paced is None else (paced, busy)


def granted(state: FlowState, policy: FlowPolicy, mails: int, now: datetime) -> FlowState:
    """So many leave now."""
    interval = _interval(state, policy)
    if interval is None:
        return state
    begin = now if state.tat is None else max(state.tat, now)
    return replace(state, tat=begin + mails * interval)


def probing(state: FlowState, delivery: DeliveryId, until: datetime) -> FlowState:
    """`delivery` tries a place that is down; nobody else does before `until`, nor while it is on
    its way."""
    return replace(state, probe=delivery, down_until=until)


def _interval(state: FlowState, policy: FlowPolicy) -> timedelta | None:
    """From one mail to the next; None is no pace."""
    base = _base(policy.pace)
    if not state.slowness:
        return base
    quick = _QUICK if base is None else base
    return min(quick * (1 << state.slowness), max(quick, _LONGEST))


def _base(pace: Pace | None) -> timedelta | None:
    # Rounded up: a pace is never exceeded, not even by a microsecond.
    return None if pace is None else _MICROSECOND * -(-pace.seconds * 1_000_000 // pace.count)


def _burst(state: FlowState, policy: FlowPolicy) -> int:
    return 1 if state.slowness or policy.pace is None else policy.pace.burst


def _fullest(policy: FlowPolicy) -> timedelta:
    """How far `tat` can be ahead."""
    base = _base(policy.pace)
    slowest = max(base or _QUICK, _LONGEST)
    return (
        slowest if base is None or policy.pace is None else max(policy.pace.burst * base, slowest)
    )


def _paced(state: FlowState, policy: FlowPolicy, now: datetime) -> FlowRoom | None:
    interval = _interval(state, policy)
    if interval is None:
        return None
    burst = _burst(state, policy)
    tat = now if state.tat is None else max(state.tat, now)
    early = tat - (burst - 1) * interval
    places = min(burst, max(0, (now - early) // interval + 1))
    at = max(early + places * interval, now)
    return FlowRoom(places, WaitReason.DESTINATION_PACE, at, interval, kept=_kept(burst))


def _busy(state: FlowState, policy: FlowPolicy, leased: int, now: datetime) -> FlowRoom:
    most = policy.connections
    if state.slowness:
        most = max(1, (most or _MANY) >> state.slowness)
    if most is None:
        return FlowRoom(None, WaitReason.DESTINATION_BUSY, now)
    places = max(0, most - leased)
    soon = now + _SOON
    return FlowRoom(places, WaitReason.DESTINATION_BUSY, soon, _SOON / most, kept=_kept(most))


def _kept(most: int) -> int:
    """A fifth is for answers, and one at least: where there is but one place, they are the first
    to get it."""
    return max(1, most // 5) if most > 1 else 0


# --- what an attempt tells ----------------------------------------------------------------------


def unreachable(
    state: FlowState, delivery: DeliveryId, reply: Reply, now: datetime, jitter: float
) -> FlowState:
    """Nobody got through. What was on its way when the place went down says nothing new; the one
    that was sent to try says how long to wait until the next. `jitter` from 0 to 1."""
    if state.failures and state.probe != delivery:
        return state
    if state.last is not None and now - state.last.at > UNTRIED:
        state = replace(state, failures=0, down_since=None)
    failures = state.failures + 1
    delay = PROBES[min(failures, len(PROBES)) - 1] * (1 + JITTER * jitter)
    return replace(
        state,
        failures=failures,
        down_since=state.down_since or now,
        down_until=now + delay,
        probe=None,
        last=replace(reply, at=now),
    )


def reached(state: FlowState) -> FlowState:
    """Somebody got through: it is not down (any more)."""
    if not state.failures:
        return state
    return replace(state, failures=0, down_since=None, down_until=None, probe=None)


def probe_ended(state: FlowState, delivery: DeliveryId, now: datetime) -> FlowState:
    """`delivery` was not tried after all; when it was to try the place, another one may."""
    if state.probe is None or state.probe != delivery:
        return state
    return replace(state, probe=None, down_until=now)


def throttled(state: FlowState, reply: Reply, now: datetime) -> FlowState:
    """The other side asks for patience (421, 4.7.x)."""
    again = state.slowed_at is not None and now - state.slowed_at < WORSENS_AFTER
    if state.slowness and again:
        return state
    slowness = min(SLOWEST, state.slowness + 1)
    return replace(state, slowness=slowness, slowed_at=now, last=reply)


def succeeded(state: FlowState, now: datetime) -> FlowState:
    """It took a mail."""
    state = reached(state)
    if state.slowed_at is None or now - state.slowed_at < EASES_AFTER:
        return state
    left = state.slowness - 1
    return replace(state, slowness=max(0, left), slowed_at=now if left > 0 else None)
