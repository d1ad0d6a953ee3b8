"""What a job of the minute has done."""

from dataclasses import dataclass

from mailgate.model.delivery import Draft

__all__ = ["Swept"]


@dataclass(frozen=True, slots=True)
class Swept:
    """How many things were `taken` in hand, in one transaction, and the mails that this has
    queued. As many as it was allowed to take: there may be more."""

    taken: int = 0
    drafts: tuple[Draft, ...] = ()
