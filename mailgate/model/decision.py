"""What becomes of an inbound message, and why. Every value here is from a closed set."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from mailgate.mail.address import Address
from mailgate.model.checks import Check
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.returned import Returned
from mailgate.model.rule import RuleTrial
from mailgate.model.survey import Score
from mailgate.model.ticket import Role, Visibility


class SignalKind(StrEnum):
    """How a message claims to belong to a ticket, strongest first."""

    REPLY_TOKEN = "reply_token"  # noqa: S105  the name of a signal, no password
    OWN_ID = "own_id"
    RELAYED_ID = "relayed_id"
    STORED_ID = "stored_id"
    BODY_MARKER = "body_marker"
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
    `checks` are all that were made.

    `method` is what the verdict on the address stands on, whatever right that gives; `covers`
    says of a PASS that it holds for the subject and the references too."""

    address: Address | None
    name: str
    role: Role
    authentication: Authentication
    by: str | None
    checks: tuple[Check, ...] = ()
    method: str | None = None
    covers: bool = True


class Who(StrEnum):
    """What a sender is to a ticket, as far as rights go."""

    REQUESTER = "requester"
    PARTICIPANT = "participant"
    COLLEAGUE = "colleague"
    AGENT = "agent"
    COLLABORATOR = "collaborator"
    SIDE_PARTY = "side_party"
    STRANGER = "stranger"


class Claim(StrEnum):
    """What a message has that names a ticket, strongest first. All but the last two show that
    the sender has seen the thread."""

    TOKEN = "token"  # noqa: S105  a reply token that was given to this sender
    FORWARDED_TOKEN = "forwarded_token"  # noqa: S105  one that was given to somebody else
    OWN_ID = "own_id"
    FOREIGN_ID = "foreign_id"
    SUBJECT_TAG = "subject_tag"
    NOTHING = "nothing"


class Right(StrEnum):
    """What a message may become."""

    PUBLIC = "public"
    """Onto the ticket, as part of the conversation."""
    PRIVATE = "private"
    """Onto the ticket, for the desk alone (a note), or onto the side thread."""
    FLAGGED = "flagged"
    """Onto the ticket, for the desk alone, marked; it moves nothing."""
    LINKED = "linked"
    """A new ticket that points to the named one."""
    NEW = "new"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Cell:
    """The place in the table of rights that a message was found at."""

    who: Who
    authentication: Authentication
    claim: Claim
    right: Right


class Reason(StrEnum):
    """Why a message became what it became. Docs: docs/operators/reasons.md."""

    NEW_CONVERSATION = "new_conversation"
    MATCHED_REPLY_TOKEN = "matched_reply_token"  # noqa: S105
    MATCHED_OWN_ID = "matched_own_id"
    MATCHED_RELAYED_ID = "matched_relayed_id"
    MATCHED_STORED_ID = "matched_stored_id"
    MATCHED_BODY_MARKER = "matched_body_marker"
    MATCHED_SUBJECT_TAG = "matched_subject_tag"
    TOKEN_INVALID = "token_invalid"  # noqa: S105
    SIGNALS_DISAGREE = "signals_disagree"
    TICKET_UNKNOWN = "ticket_unknown"
    FOLLOWED_MERGE = "followed_merge"
    TICKET_CLOSED_LONG_AGO = "ticket_closed_long_ago"
    SUBJECT_CHANGED = "subject_changed"
    SENDER_IS_REQUESTER = "sender_is_requester"
    SENDER_IS_PARTICIPANT = "sender_is_participant"
    SENDER_IS_AGENT = "sender_is_agent"
    SENDER_IS_COLLABORATOR = "sender_is_collaborator"
    SENDER_IS_COLLEAGUE = "sender_is_colleague"
    SENDER_IS_THIRD_PARTY = "sender_is_third_party"
    SENDER_IS_STRANGER = "sender_is_stranger"
    SENDER_UNREADABLE = "sender_unreadable"
    SENDER_UNAUTHENTICATED = "sender_unauthenticated"
    AGENT_PROVEN_BY_TOKEN = "agent_proven_by_token"  # noqa: S105
    AGENT_PROVEN_BY_AUTHENTICATION = "agent_proven_by_authentication"
    AGENT_NOT_PROVEN = "agent_not_proven"
    SUBJECT_TAG_NOT_ENOUGH = "subject_tag_not_enough"
    OWN_MAIL = "own_mail"
    PROBE = "probe"
    ANSWERS_DIGEST = "answers_digest"
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
    REPORT_MATCHED = "report_matched"
    REPORT_OF_FORWARDED = "report_of_forwarded"
    REPORT_UNSIGNED = "report_unsigned"
    REPORT_OF_ANOTHER_RECIPIENT = "report_of_another_recipient"
    REPORT_OF_ANOTHER_MAIL = "report_of_another_mail"
    REPORT_OF_SEVERAL = "report_of_several"
    REPORT_REPEATED = "report_repeated"
    REPLY_TO_DIFFERS = "reply_to_differs"
    NAME_OF_AGENT = "name_of_agent"
    NAME_WITH_ADDRESS = "name_with_address"
    LOOP_SUSPECTED = "loop_suspected"
    MANY_WITH_SAME_WORDS = "many_with_same_words"
    FLOOD = "flood"
    SENDER_BLOCKED = "sender_blocked"
    REOPENING_BUDGET = "reopening_budget"
    ONLY_COPIED = "only_copied"
    BEGUN_BY_AGENT = "begun_by_agent"
    WRITTEN_BY_AGENT = "written_by_agent"
    PASSED_ON_BY_AGENT = "passed_on_by_agent"
    QUARANTINED_BY_RULE = "quarantined_by_rule"
    DROPPED_BY_RULE = "dropped_by_rule"
    SURVEY_ANSWER = "survey_answer"
    SURVEY_NOT_THEIRS = "survey_not_theirs"
    SURVEY_REPEATED = "survey_repeated"
    SURVEY_UNCLEAR = "survey_unclear"


class QuarantineCause(StrEnum):
    AGENT_NOT_PROVEN = "agent_not_proven"
    AUTOMATED_WITHOUT_TICKET = "automated_without_ticket"
    FROM_SUPPORT_ADDRESS = "from_support_address"
    HOP_LIMIT = "hop_limit"
    FLOOD = "flood"
    BLOCKED_SENDER = "blocked_sender"
    RULE = "rule"
    """A rule of the settings says so."""
    START_NOT_ALLOWED = "start_not_allowed"
    COMMAND_REFUSED = "command_refused"
    PROCESSING_FAILED = "processing_failed"


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A new ticket; `linked` is the one it points to. `answer` is False for automated mail."""

    linked: TicketId | None
    answer: bool
    name: Literal["open_ticket"] = "open_ticket"


@dataclass(frozen=True, slots=True)
class Append:
    """Onto a ticket. `flagged` marks a message that people should doubt, `side` one of a third
    party on their side thread; `reopens` says that it opens a ticket that is not open."""

    ticket: TicketId
    visibility: Visibility
    flagged: bool
    side: bool = False
    reopens: bool = False
    name: Literal["append"] = "append"


@dataclass(frozen=True, slots=True)
class RecordBounce:
    """A report about mail of ours. `returned` is what it says of which delivery; None when it
    does not prove that it may say so, and then it is kept and changes nothing."""

    ticket: TicketId
    returned: Returned | None = None
    name: Literal["record_bounce"] = "record_bounce"


@dataclass(frozen=True, slots=True)
class RecordAutoReply:
    """A machine's mail on a ticket: kept, never answered, never reopens."""

    ticket: TicketId
    name: Literal["record_auto_reply"] = "record_auto_reply"


@dataclass(frozen=True, slots=True)
class RecordScore:
    """Somebody says how the answers were: kept in private, and reopens nothing. `score` is None
    where their word does not count."""

    ticket: TicketId
    score: Score | None
    name: Literal["record_score"] = "record_score"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same bytes were taken before, as `original`."""

    original: JournalId
    ticket: TicketId | None
    name: Literal["duplicate"] = "duplicate"


@dataclass(frozen=True, slots=True)
class Suppress:
    """Our own mail come back, by its signature, or a copy of what others are written: the record
    is the journal row."""

    ticket: TicketId | None
    reason: Reason
    name: Literal["suppress"] = "suppress"


@dataclass(frozen=True, slots=True)
class Quarantine:
    cause: QuarantineCause
    name: Literal["quarantine"] = "quarantine"


Disposition = (
    OpenTicket
    | Append
    | RecordBounce
    | RecordAutoReply
    | RecordScore
    | Duplicate
    | Suppress
    | Quarantine
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a message and everything it was concluded from."""

    disposition: Disposition
    reasons: tuple[Reason, ...]
    signals: tuple[Signal, ...]
    sender: Sender
    defects: tuple[str, ...]
    cell: Cell | None = None
    """Where in the table of rights it was looked up."""
    rules: tuple[RuleTrial, ...] = ()
    """The rules of the settings that were looked at, and what came of it."""
