"""`[desk]`: what becomes of tickets by themselves, and what customers are told of it."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from mailgate.model.ticket import Status
from mailgate.settings.section import Section
from mailgate.settings.units import DurationOrNever

__all__ = ["DeskSettings"]


class DeskSettings(Section):
    """The life of a ticket. See docs/desk.md."""

    tell_resolved: bool = Field(
        default=False, description="The customer gets a mail when their ticket is resolved."
    )
    close_resolved_after: DurationOrNever = Field(
        timedelta(days=4),
        description="A resolved ticket is closed when nobody has answered for so long.",
    )
    delete_closed_after: DurationOrNever = Field(
        None,
        description="A closed ticket is deleted with all that stands on it when it has been "
        "closed for so long.",
    )
    parent_resolves: bool = Field(
        default=True, description="A parent ticket is resolved with the last of its children."
    )
    answer_to_outbound: Literal["open", "leave"] = Field(
        "open",
        description="What the answer to a mail that we began does to its ticket: opens it, or "
        "leaves its status; agents are told either way.",
    )
    status_after_reply: Literal["leave", "open", "pending", "resolved"] = Field(
        "leave", description="The status of a ticket after an agent's answer to the customer."
    )

    @property
    def after_reply(self) -> Status | None:
        """`status_after_reply` as the desk takes it; None leaves a ticket as it is."""
        return None if self.status_after_reply == "leave" else Status(self.status_after_reply)
