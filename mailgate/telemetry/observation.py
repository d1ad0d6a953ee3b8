"""How much of everything there is: what the daemon counts every few seconds for the gauges."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit: messages `used` in its window out of `maximum`, deliveries `waiting` for it."""

    used: int
    maximum: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Observation:
    """Ages are in seconds, 0 where nothing waits. What a mapping leaves out counts as 0."""

    journal_depth: int
    journal_oldest: float
    quarantine: Mapping[str, int] = field(default_factory=dict)
    """By `QuarantineCause`."""
    outbound_depth: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By lane and state; final states are left out."""
    outbound_oldest: Mapping[str, float] = field(default_factory=dict)
    """By lane."""
    outbound_waiting: Mapping[str, int] = field(default_factory=dict)
    """By `WaitReason`."""
    destinations: Mapping[str, int] = field(default_factory=dict)
    """How many are `down`, and how many `slowed`."""
    limits: Mapping[str, LimitUse] = field(default_factory=dict)
    """By kind of limit: the use of the one that is used most."""
    tickets: Mapping[str, int] = field(default_factory=dict)
    """By `Status`."""
    overdue: int = 0
    """Tickets on which something was due and is not done."""
