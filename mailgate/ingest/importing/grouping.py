"""Which old mails are one conversation. Pure.

Two mails belong together when one names an id of the other, or both name the same one, and the
same person outside takes part in both. An id alone is not enough: a circular has one id, and a
hundred customers answer it. Who is outside and answers a mail that they did not get belongs to
its conversation as a stranger, unless that mail went to nobody who can be seen: then it is such
a circular, and each answer is a conversation of its own. Subjects join nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mailgate.ingest.importing.heads import Head

_SHARED = -1


@dataclass(slots=True)
class _Owner:
    """The first mail that bears an id."""

    conversation: int
    subject: int
    circular: bool


@dataclass(slots=True)
class Grouping:
    """Takes heads in the order of their dates. `add` gives each a number; the conversation that
    it is in is known when all were added."""

    _parents: list[int] = field(default_factory=list)
    _owners: dict[int, _Owner] = field(default_factory=dict)
    _pairs: dict[int, int] = field(default_factory=dict)
    """(id, person outside) to conversation."""
    _citing: dict[int, int] = field(default_factory=dict)
    """An id that is named to the conversation that names it, or to many."""

    def add(self, head: Head) -> int:
        """A number to ask `conversation` with."""
        found = list(dict.fromkeys(self._named(head)))
        if not found:
            stranger = self._as_stranger(head)
            found = [self._new() if stranger is None else stranger]
        first = min(found)
        for other in found:
            self._parents[other] = first
        self._note(head, first)
        return first

    def conversation(self, number: int) -> int:
        """The conversation that a number is in: the number of its first mail."""
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def names_alone(self, cited: int) -> bool:
        """Whether one conversation alone names this id, and no mail that is here bears it: a
        mail that comes later and bears it, or names it, belongs there."""
        return cited not in self._owners and self._citing.get(cited, _SHARED) != _SHARED

    def _new(self) -> int:
        self._parents.append(len(self._parents))
        return len(self._parents) - 1

    def _named(self, head: Head) -> Iterable[int]:
        own = () if head.own is None or self._is_other(head) else (head.own,)
        for one in (*own, *head.cited):
            for person in head.outside:
                pair = self._pairs.get(_pair(one, person))
                if pair is not None:
                    yield self.conversation(pair)

    def _is_other(self, head: Head) -> bool:
        """Whether its id was given to another mail too: some programs have one id for all."""
        owner = None if head.own is None else self._owners.get(head.own)
        return owner is not None and owner.subject != head.subject

    def _as_stranger(self, head: Head) -> int | None:
        for one in head.cited:
            owner = self._owners.get(one)
            if owner is not None and (head.ours or not owner.circular):
                return self.conversation(owner.conversation)
        return None

    def _note(self, head: Head, conversation: int) -> None:
        if head.own is not None and head.own not in self._owners:
            circular = head.ours and not head.outside
            self._owners[head.own] = _Owner(conversation, head.subject, circular)
        own = () if head.own is None else (head.own,)
        for one in (*own, *head.cited):
            for person in head.outside:
                self._pairs.setdefault(_pair(one, person), conversation)
        for one in head.cited:
            known = self._citing.setdefault(one, conversation)
            if known != _SHARED and self.conversation(known) != conversation:
                self._citing[one] = _SHARED


def _pair(one: int, person: int) -> int:
    return (one * 0x9E3779B97F4A7C15 ^ person) & 0xFFFFFFFFFFFFFFFF
