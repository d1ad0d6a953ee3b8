"""How long a busy door's next commit waits for company. Pure.

Whoever was answered by a group of many brings the next mail as soon as the event loop has come
round to them. A commit that begins before that takes one or two of them: many small commits,
each with its flush, its pages and its hand-overs of the interpreter's lock. On its own a mail
never waits.
"""

__all__ = ["Gathering"]

MANY = 8
"""Mails in one group from which on there will be company."""
SECONDS_A_MAIL = 0.0003
"""What the event loop needs about, until one who was answered has brought the next."""
MOST_SECONDS = 0.005
_JUST_NOW_SECONDS = 0.05


class Gathering:
    """Knows how large the last group was, and when it was taken (`now` as `monotonic`)."""

    def __init__(self) -> None:
        self._mails = 0
        self._at = 0.0

    def pause(self, mails: int, now: float) -> float:
        """Seconds that a group of so many mails should wait for more."""
        if self._mails < MANY or mails >= self._mails or now - self._at > _JUST_NOW_SECONDS:
            return 0.0
        return min(self._mails * SECONDS_A_MAIL, MOST_SECONDS)

    def taken(self, mails: int, now: float) -> None:
        """A group of so many mails begins now."""
        self._mails = mails
        self._at = now
