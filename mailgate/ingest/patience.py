"""How long a session is waited for. Pure.

aiosmtpd sets a timer a command, which cuts a slow but live upload and lets a client that says
NOOP stay for ever.
"""

from dataclasses import dataclass
from enum import Enum

from mailgate.ingest.listener import SessionLimits
from mailgate.ingest.respond import RefusalReason


class Activity(Enum):
    """What a session waits for, which decides how its time is measured."""

    COMMAND = "command"
    CONTENT = "content"
    HANDSHAKE = "handshake"
    US = "us"
    """A commit: our own time, never held against the client."""


@dataclass(slots=True)
class Times:
    """When things happened (`monotonic`): the session began, the client was last heard, the
    content began; and how many octets of that content came."""

    born: float
    heard: float
    content: float
    octets: int = 0

    @classmethod
    def beginning(cls, now: float) -> "Times":
        return cls(born=now, heard=now, content=now)


def overdue(
    times: Times, activity: Activity, limits: SessionLimits, now: float, *, in_transaction: bool
) -> RefusalReason | None:
    """Why the session is over, None while it may stay."""
    if activity is Activity.US:
        return None
    patience = limits.handshake if activity is Activity.HANDSHAKE else limits.idle
    if now - times.heard > patience:
        return RefusalReason.IDLE
    if activity is Activity.CONTENT:
        return RefusalReason.TOO_SLOW if _is_slow(times, limits, now) else None
    if not in_transaction and now - times.born > limits.age:
        return RefusalReason.TOO_OLD
    return None


def _is_slow(times: Times, limits: SessionLimits, now: float) -> bool:
    spent = now - times.content
    return spent > limits.slow_after and times.octets < spent * limits.octets_per_second
