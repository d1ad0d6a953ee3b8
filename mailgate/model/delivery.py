"""Mail that leaves: drafts, deliveries, what became of an attempt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailgate.mail.address import Address, ReversePath
from mailgate.mail.outgoing import OutgoingMail
from mailgate.model.ids import DeliveryId, EntryId, OutboundId, TicketId
from mailgate.model.suppression import Suppression


class Lane(StrEnum):
    REPLY = "reply"
    NOTIFICATION = "notification"
    ACKNOWLEDGEMENT = "acknowledgement"
    CAMPAIGN = "campaign"


class DeliveryState(StrEnum):
    READY = "ready"
    HELD = "held"
    LEASED = "leased"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class WaitReason(StrEnum):
    """Why a delivery that is not final has not left yet."""

    QUEUED = "queued"
    UNDO = "undo"
    """Its author may still take it back."""
    SCHEDULED = "scheduled"
    RETRY = "retry"
    ORDER = "order"
    """An earlier mail of the same ticket to the same recipient has not left."""
    HOURLY_LIMIT = "hourly_limit"
    LANE_RESERVE = "lane_reserve"
    SENDER_LIMIT = "sender_limit"
    AGENT_LIMIT = "agent_limit"
    CAMPAIGN_LIMIT = "campaign_limit"
    RECIPIENT_LIMIT = "recipient_limit"
    HELD = "held"
    LEASED = "leased"
    LEASE_LOST = "lease_lost"
    DESTINATION_BUSY = "destination_busy"
    """As many mails as may be are on their way there."""
    DESTINATION_PACE = "destination_pace"
    """So many a minute may go there, and they went."""
    DESTINATION_DOWN = "destination_down"
    """It could not be reached; now and then one mail tries whether it can be again."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One mail to be queued. Each of `recipients` becomes a delivery of its own.

    `entry` is the message on the ticket that this mail carries. `agent` is the key of the
    agent on whose behalf it goes. `outside` says whether its recipients are outside the
    desk and so count against the hourly cap.
    """

    lane: Lane
    kind: str
    """`reply`, `notification`, `acknowledgement`, `survey`, or `forward` to a third party."""
    ticket: TicketId | None
    """None for what is about no ticket: what operators are told."""
    entry: EntryId | None
    mail: OutgoingMail = field(repr=False)
    sender: Address
    """The support address that it goes from."""
    reverse_path: ReversePath
    recipients: tuple[Address, ...]
    outside: bool
    agent: str | None = None
    reverse_paths: Mapping[str, ReversePath] = field(default_factory=dict)
    """By `Address.key`: the reverse path of a recipient who has one of their own, so that a
    report about the mail says by its address whom it is about. `reverse_path` is the others'."""
    withheld: tuple[str, ...] = ()
    """Names of the entry's attachments that this mail does not carry, because they show what
    is the desk's own; they stay on the ticket."""
    campaign: str | None = None
    """The name under which a campaign's mails are counted."""
    due_at: datetime | None = None
    """Not before then; None is now."""
    waits: WaitReason = WaitReason.QUEUED
    """Why it waits for `due_at`: SCHEDULED, or UNDO."""

    def reverse_path_for(self, recipient: Address) -> ReversePath:
        """Where reports about the mail to this recipient go."""
        return self.reverse_paths.get(recipient.key, self.reverse_path)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the next hop answered. `code` 3 digits (RFC 5321 §4.2), `status` RFC 3463 or None."""

    code: int | None
    status: str | None
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Bounced:
    """What a report said that came home after the next hop had taken the mail: it did not
    arrive. `status` RFC 3463 or None."""

    status: str | None
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient's fate, as stored and shown."""

    id: DeliveryId
    outbound: OutboundId
    ticket: TicketId | None
    entry: EntryId | None
    message_id: str
    recipient: Address
    sender: Address
    lane: Lane
    state: DeliveryState
    attempts: int
    due_at: datetime
    wait_reason: WaitReason | None
    last_reply: Reply | None
    relay_id: str | None
    created_at: datetime
    outside: bool
    agent: str | None
    bounced: Bounced | None = None
    campaign: str | None = None
    waits_for: str | None = None
    """The key of the limit, the destination or the ticket that it waits for."""
    due_from: datetime | None = None
    """Since when it may leave: when it was queued, or the time it was scheduled for."""


@dataclass(frozen=True, slots=True)
class LeasedDelivery:
    """A delivery that this node has claimed. `fence` must be given back when it is settled."""

    id: DeliveryId
    outbound: OutboundId
    ticket: TicketId | None
    lane: Lane
    message_id: str
    reverse_path: ReversePath
    sender: Address
    recipient: Address
    content: bytes = field(repr=False)
    attempts: int
    """Attempts registered so far, this one included."""
    created_at: datetime
    fence: int
    outside: bool
    first_attempt_at: datetime | None = None
    """When it was tried for the first time: the days until it is given up count from here,
    so that waiting for the hourly cap costs no retry. None before a second attempt."""
    suppressed_by: Suppression | None = None
    """Why it is not to be tried at all."""

    @property
    def destination(self) -> str:
        """The domain that it goes to."""
        return self.recipient.domain


@dataclass(frozen=True, slots=True)
class Delivered:
    """The next hop took it. `relay_id` is the queue id that its reply names, if any; `aliases`
    are the Message-IDs, without brackets, that it gave the mail in place of ours."""

    reply: Reply
    relay_id: str | None = None
    aliases: tuple[str, ...] = ()


class Reach(StrEnum):
    """How far a failure reaches."""

    MAIL = "mail"
    """This mail, or this recipient: others may be taken."""
    SENDER = "sender"
    """As MAIL, but no recipient has been named yet: MAIL itself was refused."""
    SITE = "site"
    """Nobody gets through there: no connection, no TLS, no login, 421 in the greeting."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Transient: 4yz, no connection, anything unknown. It will be tried again."""

    reply: Reply
    reach: Reach = Reach.MAIL


@dataclass(frozen=True, slots=True)
class Rejected:
    """Permanent: the next hop answered 5yz for this recipient or this message."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The connection was lost after the final dot: it may have been taken. Tried again
    with the same bytes and Message-ID, and counted."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Not tried: mail is kept from this address. `reply` is our own, and says why."""

    reply: Reply
    by: Suppression


AttemptResult = Delivered | Deferred | Rejected | Ambiguous | Suppressed
