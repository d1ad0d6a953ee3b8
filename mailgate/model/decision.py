"""What becomes of an inbound message, and why. Every value here is from a closed set."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from mailgate.mail.address import Address
from mailgate.model.checks import Check
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.ticket import Role, Visibility


class SignalKind(StrEnum):
    """How a message claims to belong to a ticket, strongest first."""

    REPLY_TOKEN = "reply_token"  # noqa: S105  the name of a signal, no password
    OWN_ID = "own_id"
    STORED_ID = "stored_id"
    SUBJECT_TAG = "subject_tag"


@dataclass(frozen=True, slots=True)
class Signal:
    """`ticket` is None when the value names no ticket that exists; `verified` says that the
    signature was good (own tokens and ids) or that the store knows the id."""

    kind: SignalKind
    value: str
    ticket: TicketId | None
    verified: bool


class Authentication(StrEnum):
    """What is known of whether the From address is the sender's."""

    PASS = "pass"  # noqa: S105  a result, no password
    NONE = "none"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the message is from. `address` is None when it could not be read without doubt;
    `by` names the proof (`dmarc`, `dkim`, `spf`, `arc`, `smtp_auth`, `token`), None without one;
    `checks` are all that were made."""

    address: Address | None
    name: str
    role: Role
    authentication: Authentication
    by: str | None
    checks: tuple[Check, ...] = ()


class Reason(StrEnum):
    """Why a message became what it became. Docs: docs/operators/reasons.md."""

    NEW_CONVERSATION = "new_conversation"
    MATCHED_REPLY_TOKEN = "matched_reply_token"  # noqa: S105
    MATCHED_OWN_ID = "matched_own_id"
    MATCHED_STORED_ID = "matched_stored_id"
    MATCHED_SUBJECT_TAG = "matched_subject_tag"
    TOKEN_INVALID = "token_invalid"  # noqa: S105
    SIGNALS_DISAGREE = "signals_disagree"
    TICKET_UNKNOWN = "ticket_unknown"
    FOLLOWED_MERGE = "followed_merge"
    TICKET_CLOSED_LONG_AGO = "ticket_closed_long_ago"
    SENDER_IS_REQUESTER = "sender_is_requester"
    SENDER_IS_PARTICIPANT = "sender_is_participant"
    SENDER_IS_AGENT = "sender_is_agent"
    SENDER_IS_COLLABORATOR = "sender_is_collaborator"
    SENDER_IS_STRANGER = "sender_is_stranger"
    SENDER_UNREADABLE = "sender_unreadable"
    SENDER_UNAUTHENTICATED = "sender_unauthenticated"
    AGENT_PROVEN_BY_TOKEN = "agent_proven_by_token"  # noqa: S105
    AGENT_PROVEN_BY_AUTHENTICATION = "agent_proven_by_authentication"
    AGENT_NOT_PROVEN = "agent_not_proven"
    SUBJECT_TAG_NOT_ENOUGH = "subject_tag_not_enough"
    OWN_MAIL = "own_mail"
    PROBE = "probe"
    FROM_SUPPORT_ADDRESS = "from_support_address"
    NULL_REVERSE_PATH = "null_reverse_path"
    AUTOMATED = "automated"
    HOP_LIMIT = "hop_limit"
    DUPLICATE_BYTES = "duplicate_bytes"
    SAME_ID_OTHER_CONTENT = "same_id_other_content"
    RELEASED_BY_OPERATOR = "released_by_operator"
    NOTE_TOKEN = "note_token"  # noqa: S105
    TOO_MANY_FROM_SENDER = "too_many_from_sender"
    REQUESTER_UNANSWERABLE = "requester_unanswerable"


class QuarantineCause(StrEnum):
    AGENT_NOT_PROVEN = "agent_not_proven"
    AUTOMATED_WITHOUT_TICKET = "automated_without_ticket"
    FROM_SUPPORT_ADDRESS = "from_support_address"
    HOP_LIMIT = "hop_limit"
    PROCESSING_FAILED = "processing_failed"


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A new ticket; `linked` is the one it points to. `answer` is False for automated mail."""

    linked: TicketId | None
    answer: bool
    name: Literal["open_ticket"] = "open_ticket"


@dataclass(frozen=True, slots=True)
class Append:
    """Onto a ticket. `flagged` marks a message of somebody who is no participant."""

    ticket: TicketId
    visibility: Visibility
    flagged: bool
    name: Literal["append"] = "append"


@dataclass(frozen=True, slots=True)
class RecordBounce:
    """A delivery status notification about mail of ours."""

    ticket: TicketId
    name: Literal["record_bounce"] = "record_bounce"


@dataclass(frozen=True, slots=True)
class RecordAutoReply:
    """A machine's mail on a ticket: kept, never answered, never reopens."""

    ticket: TicketId
    name: Literal["record_auto_reply"] = "record_auto_reply"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same bytes were taken before, as `original`."""

    original: JournalId
    ticket: TicketId | None
    name: Literal["duplicate"] = "duplicate"


@dataclass(frozen=True, slots=True)
class Suppress:
    """Our own mail come back, by its signature: the record is the journal row."""

    ticket: TicketId | None
    reason: Reason
    name: Literal["suppress"] = "suppress"


@dataclass(frozen=True, slots=True)
class Quarantine:
    cause: QuarantineCause
    name: Literal["quarantine"] = "quarantine"


Disposition = (
    OpenTicket | Append | RecordBounce | RecordAutoReply | Duplicate | Suppress | Quarantine
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a message and everything it was concluded from."""

    disposition: Disposition
    reasons: tuple[Reason, ...]
    signals: tuple[Signal, ...]
    sender: Sender
    defects: tuple[str, ...]
