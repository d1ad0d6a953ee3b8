"""The settings that decisions about mail depend on."""

from datetime import timedelta
from typing import Protocol

from mailgate.model.traffic import LoopLimits

__all__ = ["ThreadingPolicy"]


class ThreadingPolicy(Protocol):
    """The settings that a decision depends on."""

    @property
    def reopen_within(self) -> timedelta:
        """How long after its closing an answer still lands on the ticket itself."""

    @property
    def hop_limit(self) -> int:
        """More Received fields than this are a loop."""

    @property
    def limits(self) -> LoopLimits:
        """How much people write at most."""

    @property
    def reply_is_public(self) -> bool:
        """An agent's reply goes to the customer; otherwise it is a note."""

    @property
    def split_changed_subject(self) -> bool:
        """A customer's answer under another subject opens a ticket of its own."""

    @property
    def subject_prefix(self) -> str:
        """What stands before the number in a subject's tag."""
