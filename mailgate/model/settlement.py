"""What an attempt's result does to its delivery, as a value that the store writes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailgate.model.delivery import Reach, Reply, WaitReason
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.suppression import Suppression
from mailgate.model.ticket import TicketEvent

__all__ = ["ResultName", "Settlement"]


class ResultName(StrEnum):
    """What became of an attempt: `attempts.result` and the label of the metric."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    AMBIGUOUS = "ambiguous"
    SUPPRESSED = "suppressed"
    """Not tried, because mail is kept from the address."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """One delivery's next state, guarded by `fence`.

    `due_at` and `wait_reason` are None in a final state. `counted` says that the mail went
    or may have gone, and so counts against the hourly cap from `at` on.
    """

    delivery: DeliveryId
    ticket: TicketId | None
    fence: int
    number: int
    """Which attempt this settles."""
    event: DeliveryEvent
    result: ResultName
    reply: Reply
    relay_id: str | None
    at: datetime
    due_at: datetime | None
    wait_reason: WaitReason | None
    counted: bool
    reach: Reach | None
    """What this says of where it went: SITE, nobody gets through; MAIL, somebody did. None: it was
    not tried."""
    throttled: bool
    """The other side asks for patience: 421, or 4.7.x."""
    jitter: float
    """From 0 to 1: how much later than need be the next try may come."""
    ticket_event: TicketEvent | None
    message_id: str
    """The one that we signed."""
    aliases: tuple[str, ...] = ()
    """What the mail is called since the next hop took it: whoever answers names one of these."""
    suppressed_by: Suppression | None = None
    """Why it was not tried."""
    is_notice: bool = False
    """It told agents of another failure: of its own nobody is told."""
