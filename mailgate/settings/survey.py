"""`[survey]`: asking customers how the answers were."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from mailgate.model.survey import Asking
from mailgate.model.ticket import Status
from mailgate.settings.section import Section
from mailgate.settings.units import Duration

__all__ = ["SurveySettings"]


class SurveySettings(Section):
    """Asking customers how the answers were, by a mail with three links to click. See
    docs/desk.md."""

    when: Literal["never", "resolved", "closed"] = Field(
        "never", description="What must have become of a ticket for its customer to be asked."
    )
    after: Duration = Field(
        timedelta(hours=1),
        description="How long after that; who has written again by then is not asked.",
    )
    again_after: Duration = Field(
        timedelta(days=30), description="The same customer is not asked more often than this."
    )

    @property
    def asking(self) -> Asking | None:
        """What the desk goes by; None where nobody is asked."""
        if self.when == "never":
            return None
        return Asking(Status(self.when), self.after, self.again_after)
