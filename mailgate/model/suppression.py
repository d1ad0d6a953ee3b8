"""Addresses that mail is kept from, and what reports about mail of ours say."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailgate.mail.address import Address
from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId

__all__ = ["Lanes", "Outcome", "Returned", "Suppression", "SuppressionCause"]


class SuppressionCause(StrEnum):
    BOUNCE = "bounce"
    """The address takes no mail: nothing is sent to it for a while."""
    COMPLAINT = "complaint"
    """Its owner has complained: campaigns are over, answers still go."""


class Lanes(StrEnum):
    """What is kept from an address."""

    ALL = "all"
    CAMPAIGN = "campaign"

    def holds(self, lane: Lane) -> bool:
        """Whether mail of this lane is kept from it."""
        return self is Lanes.ALL or lane is Lane.CAMPAIGN


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why mail does not go to an address. There is one for each address and cause."""

    address: Address
    cause: SuppressionCause
    lanes: Lanes
    status: str | None
    """The enhanced status code of the other side (RFC 3463)."""
    text: str
    """What the other side said."""
    at: datetime
    until: datetime | None
    """None: until a person lifts it."""
    delivery: DeliveryId | None
    """The mail that came back."""


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
