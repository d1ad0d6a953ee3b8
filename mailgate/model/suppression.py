"""Addresses that mail is kept from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailgate.mail.address import Address
from mailgate.model.ids import DeliveryId

__all__ = ["Lanes", "Suppression", "SuppressionCause"]


class SuppressionCause(StrEnum):
    BOUNCE = "bounce"
    """The address takes no mail: nothing is sent to it for a while."""
    COMPLAINT = "complaint"
    """Its owner has complained: campaigns are over, answers still go."""


class Lanes(StrEnum):
    """What is kept from an address."""

    ALL = "all"
    CAMPAIGN = "campaign"


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
