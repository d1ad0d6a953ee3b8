"""Whether mailgate can take mail now."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Part(StrEnum):
    """What has to work for mail to be taken."""

    STORE = "store"
    LISTENER = "listener"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Unready:
    """One part that does not work, and a sentence for the operator without any secret."""

    part: Part
    detail: str


class Readiness(Protocol):
    """The daemon tells what keeps it from taking mail."""

    async def unready(self) -> tuple[Unready, ...]:
        """Everything that is amiss now; empty when mail can be taken. Quick, never raises."""
