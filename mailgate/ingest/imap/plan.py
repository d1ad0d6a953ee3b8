"""What to take of a mailbox, in which order and in which portions. Nothing here speaks IMAP."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import inf

from mailgate.ingest.imap.session import ImapTrouble, Listed

PORTION_MESSAGES = 50
PORTION_OCTETS = 8_000_000
"""A portion is fetched and committed together; a larger message is one by itself."""
MOST_TRIES = 3
"""Of one message that cannot be fetched, before it is skipped."""
TRY_AGAIN = (30.0, 300.0)
"""Seconds before the second and the third: a server may have a bad minute."""


# --- since when ----------------------------------------------------------------------------


class Since(StrEnum):
    """The words that `since` may be, besides a duration and an instant."""

    ALL = "all"
    NOW = "now"


SinceSetting = Since | timedelta | datetime


def since_instant(setting: SinceSetting, now: datetime) -> datetime | None:
    """From when on mail is ours to take; None: all of it."""
    match setting:
        case Since.ALL:
            return None
        case Since.NOW:
            return now
        case timedelta():
            return now - setting
        case datetime():
            return setting.astimezone(UTC)


def arrived_since(listed: Iterable[Listed], since: datetime | None) -> tuple[int, ...]:
    """The UIDs of what arrived at `since` or later. SEARCH SINCE knows days alone, in a time
    zone of the server's own (RFC 3501 §6.4.4). What has no date that can be read is taken."""
    return tuple(
        message.uid
        for message in listed
        if since is None or message.internal_date is None or message.internal_date >= since
    )


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What would be taken of a folder with `of` messages: those that arrived since `since`
    (None: all)."""

    would_take: int
    of: int
    since: datetime | None

    def sentence(self, mailbox: str) -> str:
        """For people, before anything is taken."""
        if self.since is None:
            return f"mailbox {mailbox}: all of its {self.of:,} messages will be taken"
        when = self.since.isoformat(sep=" ", timespec="minutes").removesuffix("+00:00")
        return (
            f"mailbox {mailbox}: {self.would_take:,} of {self.of:,} messages will be taken "
            f"(arrived since {when} UTC), {max(self.of - self.would_take, 0):,} older ones stay "
            "as they are"
        )


# --- portions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Portion:
    """Messages that are fetched together, and the most octets that one of them may have."""

    uids: tuple[int, ...]
    most_octets: int


def too_big(listed: Iterable[Listed], max_size: int) -> dict[int, str]:
    """What is not taken for its size, and why."""
    return {
        message.uid: f"{_megabytes(message.octets)}, and max_size is {_megabytes(max_size)}"
        for message in listed
        if message.octets > max_size
    }


def portions(listed: Iterable[Listed], *, max_size: int) -> Iterator[Portion]:
    """In order, without those that are too big. Sizes are what the server says; some count
    them in their own way, so an eighth more is let through."""
    most = max_size + max_size // 8
    some: list[int] = []
    octets = 0
    for message in listed:
        if message.octets > max_size:
            continue
        if some and (len(some) == PORTION_MESSAGES or octets + message.octets > PORTION_OCTETS):
            yield Portion(tuple(some), most)
            some, octets = [], 0
        some.append(message.uid)
        octets += message.octets
    if some:
        yield Portion(tuple(some), most)


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:,.1f} MB"


# --- messages that make trouble -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suspect:
    """A message that was in a portion which could not be fetched. `tries` counts those by
    itself; `due` is on the monotonic clock; `fetched` is how many others had been fetched when
    it failed by itself first."""

    uid: int
    tries: int
    due: float
    why: str
    fetched: int = 0


def suspected(uids: Iterable[int], why: str) -> dict[int, Suspect]:
    """One of them is at fault, or none: each is tried by itself, at once."""
    return {uid: Suspect(uid, 0, -inf, why) for uid in uids}


def tried_alone(suspect: Suspect, why: str, now: float, *, fetched: int) -> Suspect | None:
    """After it failed by itself; None when it is to be skipped. `fetched` are all that were
    fetched so far: where none were meanwhile, it may be the server that gives nothing, and
    nothing is skipped for that."""
    tries = suspect.tries + 1
    first = fetched if tries == 1 else suspect.fetched
    if tries >= MOST_TRIES:
        if fetched > first:
            return None
        tries = MOST_TRIES - 1
    return Suspect(suspect.uid, tries, now + TRY_AGAIN[tries - 1], why, first)


def put_off(suspect: Suspect, why: str, now: float) -> Suspect:
    """After the server asked for patience: that says nothing of the message."""
    return replace(suspect, due=now + TRY_AGAIN[-1], why=why)


def due_suspects(suspects: Iterable[Suspect], now: float) -> Sequence[Suspect]:
    """Those to try now, the least suspicious first."""
    due = [suspect for suspect in suspects if suspect.due <= now]
    return sorted(due, key=lambda suspect: (suspect.tries, suspect.uid))


# --- after a failure -------------------------------------------------------------------------

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 900.0
_FIRST_PAUSES = {
    ImapTrouble.LOGIN_REFUSED.value: 60.0,  # Each try counts where accounts are locked.
    ImapTrouble.SIGN_IN.value: 60.0,
    ImapTrouble.GONE.value: 30.0,
    ImapTrouble.THROTTLED.value: 30.0,
}


def pause(kind: str, failures: int, chance: float) -> float:
    """Seconds before the next try, after so many failures in a row (1 is the first). `chance`
    is from 0 to 1: a hundred mailboxes of one server must not come back together."""
    first = _FIRST_PAUSES.get(kind, FIRST_PAUSE)
    longest = min(first * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE)
    return longest * (0.5 + chance / 2)
