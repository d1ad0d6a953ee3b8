"""The states of a delivery: one table, from which everything else is made.

From `TRANSITIONS` come the CHECK constraint and the guarded UPDATEs of the store, the picture in
docs/contributors/delivery-states.md (`mailgate.outbound.states`) and the property tests.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from mailgate.model.delivery import DeliveryState

__all__ = [
    "FINAL",
    "TRANSITIONS",
    "WAITING",
    "DeliveryEvent",
    "after",
    "sources",
    "state_check",
    "target",
]


class DeliveryEvent(StrEnum):
    """What can happen to a delivery."""

    CLAIM = "claim"
    """A node takes it and registers an attempt."""
    HAND_BACK = "hand_back"
    """The node gives it back without having tried (it stops): no attempt is counted."""
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    """A transient failure, or nobody knows (ambiguous): it will be tried again."""
    REJECTED = "rejected"
    GAVE_UP = "gave_up"
    """Deferred, and the retry schedule is at its end; or it has waited so long for a destination
    that is down."""
    LEASE_LOST = "lease_lost"
    """The node did not settle in time: it died or hangs."""
    HOLD = "hold"
    RELEASE = "release"
    CANCEL = "cancel"


_S = DeliveryState
_E = DeliveryEvent

TRANSITIONS: Mapping[DeliveryState, Mapping[DeliveryEvent, DeliveryState]] = {
    _S.READY: {
        _E.CLAIM: _S.LEASED,
        _E.HOLD: _S.HELD,
        _E.CANCEL: _S.CANCELLED,
        _E.GAVE_UP: _S.EXPIRED,
    },
    _S.HELD: {_E.RELEASE: _S.READY, _E.CANCEL: _S.CANCELLED},
    _S.LEASED: {
        _E.ACCEPTED: _S.DELIVERED,
        _E.DEFERRED: _S.READY,
        _E.REJECTED: _S.FAILED,
        _E.GAVE_UP: _S.EXPIRED,
        _E.LEASE_LOST: _S.READY,
        _E.HAND_BACK: _S.READY,
    },
    _S.DELIVERED: {},
    _S.FAILED: {},
    _S.EXPIRED: {},
    _S.CANCELLED: {},
}

FINAL = frozenset(state for state, ways in TRANSITIONS.items() if not ways)
"""States that nothing leaves."""

WAITING = frozenset(TRANSITIONS) - FINAL
"""States of mail that is still in the queue."""


def after(state: DeliveryState, event: DeliveryEvent) -> DeliveryState | None:
    """The state that `event` leads to; None when it cannot happen in `state`."""
    return TRANSITIONS[state].get(event)


def sources(event: DeliveryEvent) -> tuple[DeliveryState, ...]:
    """The states in which `event` can happen: the guard of its UPDATE."""
    return tuple(state for state, ways in TRANSITIONS.items() if event in ways)


@cache
def target(event: DeliveryEvent) -> DeliveryState:
    """The state that `event` leads to, the same from wherever it can happen."""
    (state,) = {ways[event] for ways in TRANSITIONS.values() if event in ways}
    return state


def state_check() -> str:
    """The SQL of the CHECK constraint on `deliveries.state`."""
    return f"state IN ({', '.join(repr(state.value) for state in TRANSITIONS)})"
