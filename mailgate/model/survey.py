"""What customers are asked once their ticket is resolved, and what they can say."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from mailgate.model.ticket import Status

__all__ = ["Asking", "Score"]


class Score(IntEnum):
    """How the answers were; the number stands on the ticket."""

    BAD = 1
    OK = 2
    GOOD = 3


@dataclass(frozen=True, slots=True)
class Asking:
    """When customers are asked: `after` their ticket became `when` (RESOLVED or CLOSED), and the
    same one not again before `again_after`."""

    when: Status
    after: timedelta
    again_after: timedelta
