"""Tickets, and what stands on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parsed import Attachment
from mailgate.model.ids import EntryId, JournalId, TicketId


class Status(StrEnum):
    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Source(StrEnum):
    EMAIL = "email"
    OUTBOUND_EMAIL = "outbound_email"
    IMPORT = "import"
    API = "api"
    FORM = "form"
    CHAT = "chat"
    CAMPAIGN = "campaign"


class EntryKind(StrEnum):
    MESSAGE = "message"
    NOTE = "note"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    FORWARD = "forward"
    NOTIFICATION = "notification"
    ACKNOWLEDGEMENT = "acknowledgement"
    SURVEY = "survey"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Visibility(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class Role(StrEnum):
    """What a sender is to a ticket."""

    REQUESTER = "requester"
    PARTICIPANT = "participant"
    AGENT = "agent"
    COLLABORATOR = "collaborator"
    THIRD_PARTY = "third_party"
    STRANGER = "stranger"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Author:
    address: Address
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as stored. `address` is the support address (its configured spelling)
    by which it came and from which it is answered; `assignee` an agent's address. `waiting_since`
    is since when a customer waits for an answer; `started_by` the key of the agent who wrote
    first, None where a customer did; `score` what the customer said of the answers."""

    id: TicketId
    subject: str
    status: Status
    priority: Priority
    source: Source
    address: Address
    brand: str | None
    group: str | None
    assignee: Address | None
    requester: NamedAddress
    cc: tuple[Address, ...]
    tags: tuple[str, ...]
    parent: TicketId | None
    merged_into: TicketId | None
    linked: tuple[TicketId, ...]
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    sla_started_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    messages: int
    waiting_since: datetime | None = None
    spam: bool = False
    started_by: str | None = None
    score: int | None = None
    untold_since: datetime | None = None
    """Since when something was done that the agents were not told of."""
    proven: bool = False
    """Whether whoever opened it proved that the requester's address is theirs."""
    followed: bool = False
    """Whether somebody is told of it whose ticket it is not."""


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What `store.tickets.create` needs; everything else starts empty."""

    subject: str
    source: Source
    address: Address
    brand: str | None
    group: str | None
    requester: NamedAddress
    cc: tuple[Address, ...]
    at: datetime
    status: Status = Status.OPEN
    priority: Priority = Priority.NORMAL
    linked: tuple[TicketId, ...] = ()
    waiting_since: datetime | None = None
    started_by: str | None = None
    proven: bool = False


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A message to be put on a ticket. `message_id` without brackets; None when it had none."""

    ticket: TicketId
    kind: EntryKind
    direction: Direction
    visibility: Visibility
    author: Author
    subject: str
    text: str = field(repr=False)
    full_text: str = field(repr=False)
    html: str | None = field(repr=False)
    attachments: tuple[Attachment, ...]
    message_id: str | None
    journal: JournalId | None
    at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A message on a ticket as stored; attachment bytes are read apart."""

    id: EntryId
    ticket: TicketId
    kind: EntryKind
    direction: Direction
    visibility: Visibility
    author: Author
    subject: str
    text: str = field(repr=False)
    full_text: str = field(repr=False)
    html: str | None = field(repr=False)
    attachments: tuple[StoredAttachment, ...]
    message_id: str | None
    journal: JournalId | None
    at: datetime
    flags: tuple[str, ...]


class EventKind(StrEnum):
    CREATED = "created"
    STATUS = "status"
    ASSIGNED = "assigned"
    GROUP = "group"
    PRIORITY = "priority"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    REOPENED = "reopened"
    MESSAGE = "message"
    PARTICIPANT_ADDED = "participant_added"
    SUPPRESSED = "suppressed"
    DUPLICATE = "duplicate"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERY_EXPIRED = "delivery_expired"
    DELIVERY_DELAYED = "delivery_delayed"
    DELIVERY_CANCELLED = "delivery_cancelled"
    DELIVERY_RETRIED = "delivery_retried"
    """It had failed, and an operator sent it once more."""
    BOUNCED = "bounced"
    """A report came home: the mail did not arrive."""
    COMPLAINED = "complained"
    """A report came home: its recipient calls the mail spam."""
    ADDRESS_SUPPRESSED = "address_suppressed"
    ADDRESS_LIFTED = "address_lifted"
    """Mail goes again to an address that it was kept from."""
    PARTICIPANT_REMOVED = "participant_removed"
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    MERGED = "merged"
    """This ticket became part of another one (`into`), or took another one in (`from`)."""
    SPLIT = "split"
    """A message went to a ticket of its own."""
    LINKED = "linked"
    UNLINKED = "unlinked"
    PARENT = "parent"
    """It became part of a larger matter, or is none any more."""
    SPAM = "spam"
    COMMANDED = "commanded"
    """What an agent wrote for the desk, and what came of it."""
    RULE = "rule"
    """A rule has matched; what it did stands in events of its own."""
    OVERDUE = "overdue"
    """Nobody answered, or solved it, in time."""
    SURVEYED = "surveyed"
    """The customer was asked how the answers were."""
    SCORED = "scored"
    """The customer said how the answers were."""


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """Something that happened to a ticket. `actor` is an address, or `system`, or `operator`."""

    at: datetime
    kind: EventKind
    actor: str
    detail: Mapping[str, str | int | None]
