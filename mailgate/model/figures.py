"""What a report counts, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mailgate.model.ids import TicketId
from mailgate.model.ticket import Source

__all__ = ["Answered", "Counted", "Figures", "Grouping", "Happened", "Spans", "Voted"]


class Grouping(StrEnum):
    """By what a report tells things apart."""

    ADDRESS = "address"
    BRAND = "brand"
    GROUP = "group"
    AGENT = "agent"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Counted:
    """What a report needs to know of a ticket. `done_at` is when it was resolved or closed, None
    while it is neither; addresses as stored."""

    id: TicketId
    source: Source
    address: str
    brand: str | None
    group: str | None
    assignee: str | None
    started_by: str | None
    created_at: datetime
    first_response_at: datetime | None
    sla_started_at: datetime | None
    done_at: datetime | None
    waiting_since: datetime | None
    score: int | None
    scored_at: datetime | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """A public mail of ours on a ticket."""

    ticket: TicketId
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """All that a report is made of: tickets that are neither spam nor merged into others, our
    public mails on them in their order, and when they were opened again."""

    tickets: tuple[Counted, ...]
    answers: tuple[Answered, ...]
    reopened: tuple[tuple[TicketId, datetime], ...]


@dataclass(frozen=True, slots=True)
class Spans:
    """How long something took: for half of `count` things not longer than `median`, for nine in
    ten not longer than `p90`. `work_` is the same in hours of work, None where none are known."""

    count: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None
    work_median: timedelta | None = None
    work_p90: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Voted:
    """What customers said of the answers."""

    good: int = 0
    ok: int = 0
    bad: int = 0

    @property
    def percent(self) -> int | None:
        """How many in a hundred were satisfied."""
        total = self.good + self.ok + self.bad
        return round(100 * self.good / total) if total else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in a time, on some tickets. See docs/operators/report.md for each."""

    new: int = 0
    by_source: Mapping[Source, int] = field(default_factory=dict)
    started: int = 0
    answers: int = 0
    first_response: Spans = Spans()
    resolution: Spans = Spans()
    replies_per_ticket: float | None = None
    one_touch: int = 0
    reopened: int = 0
    waiting: int = 0
    longest_wait: timedelta | None = None
    voted: Voted = Voted()
