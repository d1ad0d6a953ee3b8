"""What the doctor found: one line each, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    """Works, or cannot be known from here; somebody should look at it."""
    FAIL = "fail"
    """Mail is lost to us, refused or late until somebody does something."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is what was looked at, `sentence` what was found, `what_to_do` "" where there is
    nothing to do."""

    subject: str
    level: Level
    sentence: str
    what_to_do: str = ""


def ok(subject: str, sentence: str) -> Finding:
    return Finding(subject, Level.OK, sentence)


def warn(subject: str, sentence: str, what_to_do: str = "") -> Finding:
    return Finding(subject, Level.WARN, sentence, what_to_do)


def fail(subject: str, sentence: str, what_to_do: str) -> Finding:
    return Finding(subject, Level.FAIL, sentence, what_to_do)


def failed(findings: Iterable[Finding]) -> bool:
    """Whether anything failed: the exit code."""
    return any(each.level is Level.FAIL for each in findings)


def counted(number: int, noun: str, verb: str = "") -> str:
    """`1 mail`, `2 mails`; with its verb in the plural `1 mail waits`, `2 mails wait`."""
    if verb:
        return f"{counted(number, noun)} {verb}{'s' if number == 1 else ''}"
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def octets(count: float) -> str:
    """A size for people: `340 KB`, `1.2 GB`."""
    for unit in ("B", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def span(seconds: float) -> str:
    """A duration for people, in its largest units: `12 s`, `3 min`, `5 h`, `2 days`."""
    for limit, divisor, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / divisor:.0f} {unit}"
    return counted(round(seconds / 86_400), "day")
