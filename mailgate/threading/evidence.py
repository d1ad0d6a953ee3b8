"""What a message claims: everything about it that can decide its ticket, and nothing more."""

from dataclasses import dataclass
from datetime import datetime

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import Authentication
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.ticket import Status
from mailgate.threading.token import OwnMessageId, ReplyToken


@dataclass(frozen=True, slots=True)
class Evidence:
    """`tokens` are verified ones, envelope first; `invalid_tokens` counts the others.
    `own_ids` are verified, `foreign_ids` all other ids, each in order of strength
    (In-Reply-To, then References from the newest to the oldest), capped at 100.
    `message_id_ours` is our own signed id found in the message's own Message-ID.
    """

    from_: NamedAddress | None
    null_reverse_path: bool
    support_address: Address | None
    """The configured support address that it came to; the first of the envelope that is ours."""
    tokens: tuple[ReplyToken, ...]
    invalid_tokens: int
    own_ids: tuple[OwnMessageId, ...]
    foreign_ids: tuple[str, ...]
    subject_tags: tuple[TicketId, ...]
    message_id: str | None
    message_id_ours: OwnMessageId | None
    loop_token_ours: bool
    kind: MailKind
    automated: tuple[str, ...]
    received_count: int
    authentication: Authentication
    authenticated_by: str | None
    from_is_support: bool
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the store knows of a ticket that a signal names (after following merges)."""

    id: TicketId
    status: Status
    closed_at: datetime | None
    requester: str
    """`Address.key` of the requester."""
    participants: frozenset[str]
    """`Address.key` of the CC participants."""
    merged_from: TicketId | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store knows of an evidence, read in one go.

    `tickets` maps each ticket id that a signal names to its facts (absent: no such ticket);
    `stored_ids` maps a foreign id to the tickets on which a message has it. `original` is an
    earlier journal row with the same bytes. `same_id` says that an earlier row has the same
    Message-ID and other bytes.
    """

    tickets: dict[TicketId, TicketFacts]
    stored_ids: dict[str, tuple[TicketId, ...]]
    original: tuple[JournalId, TicketId | None] | None
    same_id: bool
