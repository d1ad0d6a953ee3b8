"""How soon customers are answered, and the clocks that measure it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailgate.model.hours import Hours, WorkTime
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Priority, Source, Status

__all__ = ["Response", "Standing", "Timer", "TimerKind"]


class TimerKind(StrEnum):
    """What is due."""

    FIRST_RESPONSE = "first_response"
    """The first answer to the customer."""
    NEXT_RESPONSE = "next_response"
    """An answer to what the customer has written since."""
    SOLVE = "solve"
    """That the ticket is resolved."""


@dataclass(frozen=True, slots=True)
class Response:
    """Times that a ticket of these addresses (`Address.key`), brands and priorities has; empty is
    any. None is no time. `escalate_after` what is due, supervisors are told."""

    name: str
    hours: Hours
    first: WorkTime | None = None
    next: WorkTime | None = None
    solve: WorkTime | None = None
    escalate_after: WorkTime | None = None
    addresses: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    priorities: frozenset[Priority] = frozenset()

    def target(self, kind: TimerKind) -> WorkTime | None:
        """How long this may take."""
        match kind:
            case TimerKind.FIRST_RESPONSE:
                return self.first
            case TimerKind.NEXT_RESPONSE:
                return self.next
            case TimerKind.SOLVE:
                return self.solve


@dataclass(frozen=True, slots=True)
class Standing:
    """What the clocks of a ticket go by. `address` is the key of its support address."""

    ticket: TicketId
    status: Status
    priority: Priority
    source: Source
    address: str
    brand: str | None
    first_response_at: datetime | None
    sla_started_at: datetime | None
    waiting_since: datetime | None
    set_aside: bool = False
    """It is spam, or part of another ticket by now."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock on a ticket. `allowed` is how much time of work there is, `used` how much of it went
    by before `since`, from when it runs; both are whole seconds. Due at `due_at`, None while it is
    paused; at `rings_at` somebody is told, None when nobody is any more; `stage` is how often that
    was."""

    ticket: TicketId
    kind: TimerKind
    since: datetime
    used: timedelta
    allowed: timedelta
    due_at: datetime | None
    rings_at: datetime | None
    stage: int = 0

    @property
    def is_paused(self) -> bool:
        """Whether the time stands still."""
        return self.due_at is None
