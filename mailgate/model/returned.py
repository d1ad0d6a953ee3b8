"""What a report says of mail of ours."""

from dataclasses import dataclass, field
from enum import StrEnum

from mailgate.mail.address import Address
from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId

__all__ = ["Outcome", "Returned"]


class Outcome(StrEnum):
    """What a report says became of a mail."""

    HARD = "hard"
    """It did not arrive, because the address is bad."""
    SOFT = "soft"
    """It did not arrive, for another reason."""
    DELAYED = "delayed"
    """Nothing yet: the other side goes on trying."""
    ARRIVED = "arrived"
    """It arrived, or went where no reports come from."""
    COMPLAINED = "complained"
    """It arrived, and its recipient calls it spam."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A report that is proven to be about this delivery of ours."""

    delivery: DeliveryId
    recipient: Address
    """Whom we had sent it to."""
    lane: Lane
    outcome: Outcome
    status: str | None
    text: str = field(repr=False)
    """What the other side said, for people."""
    known: bool
    """That the mail failed is known already, and the agents have been told."""

    @property
    def failed(self) -> bool:
        """Whether the mail did not arrive, and never will."""
        return self.outcome in {Outcome.HARD, Outcome.SOFT}
