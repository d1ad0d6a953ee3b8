"""What the DNS has said, for as long as it holds. Pure: time is an argument."""

from collections import OrderedDict
from dataclasses import dataclass

from mailgate.mail.proofs import Answer, Question

LEAST = 60.0
"""Seconds that an answer is kept at least, whatever its TTL says."""
MOST = 86400.0
NOTHING = 60.0
"""Seconds that "no such record" and "cannot tell" are kept."""
MAX_ENTRIES = 10_000
MAX_OCTETS = 16 * 1024 * 1024
_ENTRY_OCTETS = 400
"""What an entry costs besides its texts, about."""


@dataclass(frozen=True, slots=True)
class _Held:
    answer: Answer
    until: float
    octets: int


class Cache:
    """Bounded in entries and in octets; what was not asked for longest goes first."""

    def __init__(self, entries: int = MAX_ENTRIES, octets: int = MAX_OCTETS) -> None:
        self._held: OrderedDict[Question, _Held] = OrderedDict()
        self._entries = entries
        self._left = octets

    def __len__(self) -> int:
        return len(self._held)

    def get(self, question: Question, now: float) -> Answer | None:
        """The answer while it holds. `now` is of the monotonic clock."""
        held = self._held.get(question)
        if held is None:
            return None
        if held.until <= now:
            self._drop(question)
            return None
        self._held.move_to_end(question)
        return held.answer

    def put(self, question: Question, answer: Answer, ttl: float, now: float) -> None:
        """Keeps the answer for its TTL in seconds, within bounds."""
        self._drop(question)
        keep = min(max(ttl, LEAST), MOST) if answer.records else NOTHING
        octets = _ENTRY_OCTETS + len(question.name) + sum(map(len, answer.records))
        self._held[question] = _Held(answer, now + keep, octets)
        self._left -= octets
        while len(self._held) > self._entries or (self._left < 0 and len(self._held) > 1):
            self._drop(next(iter(self._held)))

    def clear(self) -> None:
        for question in list(self._held):
            self._drop(question)

    def _drop(self, question: Question) -> None:
        held = self._held.pop(question, None)
        if held is not None:
            self._left += held.octets
