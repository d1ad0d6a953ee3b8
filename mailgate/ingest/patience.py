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
    DELAY = "delay"
    """We let the client wait for an answer that is no commit."""
    US = "us"
    """A commit: our own time, never held against the client."""


WINDOW = 60.0
"""Seconds. The rate of a content is measured over the last one or two of these, or since the
octets before the last ones came: what came long ago is no excuse for dripping."""


@dataclass(slots=True)
class Times:
    """When things happened (`monotonic`): the session began, the client was last heard, the
    transaction began, the content began; and how many octets of that content came."""

    born: float
    heard: float
    transaction: float
    content: float
    octets: int = 0
    _fruitful: bool = True
    """No MAIL came since the last content."""
    _earlier: tuple[float, int] = (0.0, 0)
    """A moment of the content, and how many octets had come before it."""
    _latest: tuple[float, int] = (0.0, 0)

    @classmethod
    def beginning(cls, now: float) -> "Times":
        return cls(born=now, heard=now, transaction=now, content=now)

    def begin_transaction(self, now: float) -> None:
        """A MAIL was taken. One that follows a MAIL without a content, as after RSET, begins
        no time of its own."""
        if self._fruitful:
            self.transaction = now
            self._fruitful = False

    def begin_content(self, now: float) -> None:
        """The client was told to send a content."""
        self._fruitful = True
        self.content = now
        self.octets = 0
        self._earlier = self._latest = (now, 0)

    def count(self, octets: int, now: float) -> None:
        """So many octets of the content have come now."""
        if now - self._latest[0] >= WINDOW:
            self._earlier, self._latest = self._latest, (now, self.octets)
        self.octets += octets
        self.heard = now

    def rate(self, now: float) -> float:
        """Octets a second of the content, lately."""
        since, before = self._earlier
        return (self.octets - before) / max(now - since, 1.0)


def overdue(
    times: Times, activity: Activity, limits: SessionLimits, now: float, *, in_transaction: bool
) -> RefusalReason | None:
    """Why the session is over, None while it may stay."""
    if activity is Activity.US or activity is Activity.DELAY:
        return None
    patience = limits.handshake if activity is Activity.HANDSHAKE else limits.idle
    if now - times.heard > patience:
        return RefusalReason.IDLE
    if activity is Activity.CONTENT:
        return RefusalReason.TOO_SLOW if _is_slow(times, limits, now) else None
    begun, longest = (
        (times.transaction, limits.transaction) if in_transaction else (times.born, limits.age)
    )
    return RefusalReason.TOO_OLD if now - begun > longest else None


def _is_slow(times: Times, limits: SessionLimits, now: float) -> bool:
    spent = now - times.content
    dripping = spent > limits.slow_after and times.rate(now) < limits.octets_per_second
    return dripping or spent > limits.content
