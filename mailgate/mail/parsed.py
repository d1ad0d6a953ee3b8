"""What a message says, as values. Made by `mailgate.mail.parse.parse_mail`.

Every text here is clean for the store, logs and headers: no NUL, no lone surrogates, and
header values hold no CR, LF or other C0/C1 control characters.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailgate.mail.address import Address, NamedAddress

LOOP_FIELD = "X-Mailgate-Loop"
"""Says of a mail of ours that this gateway wrote it."""
PROBE_FIELD = "X-Mailgate-Probe"
"""Says of a mail that the doctor sent it."""


class MailKind(StrEnum):
    MAIL = "mail"
    AUTO_REPLY = "auto_reply"
    BULK = "bulk"
    BOUNCE = "bounce"
    DELIVERY_NOTICE = "delivery_notice"
    RECEIPT = "receipt"
    COMPLAINT = "complaint"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no body text. `filename` is display data: no path, no controls."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    inline: bool = False
    content_id: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class DsnRecipient:
    """One recipient of a delivery status notification (RFC 3464 §2.3). `original_recipient` is
    whom the mail was sent to, where the report says so: forwarding makes another one of it."""

    recipient: Address | None
    action: str
    status: str | None
    diagnostic: str
    original_message_id: str | None
    original_recipient: Address | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a receipt (RFC 8098 §3) or a complaint (RFC 5965 §3) tells of a mail of ours.
    `says` is the disposition type or the feedback type in lower case: `displayed`, `abuse`;
    `reverse_path` the one that the mail came with, as a complaint has it (RFC 5965 §3.2)."""

    recipient: Address | None
    says: str
    original_message_id: str | None
    reverse_path: Address | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The mail that a person forwarded, inline or attached. `attachments` are its own: those
    of an attached message, or all files of a mail that forwards in its text. `message_id` is
    known of an attached message alone."""

    from_: NamedAddress | None
    date: datetime | None
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuthResult:
    """One method of an Authentication-Results field (RFC 8601): `dmarc=pass header.from=a.b`."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """One Authentication-Results field, in header order; `above_received` is how many
    Received fields stand above it (0 = written by the last hop), `under` names the hosts that
    say they wrote them, from the top: "" for one that does not say, eight at the most."""

    authserv_id: str
    results: tuple[AuthResult, ...]
    above_received: int
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimedSignature:
    """A DKIM-Signature field that nobody here has checked: of which domain it says it is ("" for
    any), and the lower-case names of the fields that it signs, each as often as it is there."""

    domain: str
    covers: frozenset[str]


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What `parse_mail` reads in a message.

    `from_` is None unless there is exactly one From field with exactly one address that
    the tokenizer consumed fully: a sender that can be read in two ways is no sender
    (`from_claimed` still shows the first address for people). Message-IDs are without
    brackets; `references` oldest first. `text` is the visible reply, `full_text` all of
    it; `html` is sanitised, all of it; `reply_html` is sanitised, the visible reply alone.
    `html` is None when the mail has no HTML.
    """

    from_: NamedAddress | None
    from_claimed: NamedAddress | None
    reply_to: tuple[NamedAddress, ...]
    to: tuple[NamedAddress, ...]
    cc: tuple[NamedAddress, ...]
    subject: str
    date: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str = field(repr=False)
    full_text: str = field(repr=False)
    html: str | None = field(repr=False)
    reply_html: str | None = field(repr=False)
    attachments: tuple[Attachment, ...]
    kind: MailKind
    automated: tuple[str, ...]
    """Evidence that a machine sent it, e.g. `Auto-Submitted: auto-replied`; () for a person's."""
    dsn: tuple[DsnRecipient, ...]
    forwarded: Forwarded | None
    authentication_results: tuple[AuthenticationResults, ...]
    loop_token: str | None
    """Value of our own `X-Mailgate-Loop` field, None when absent."""
    received_count: int
    defects: tuple[str, ...]
    kind_evidence: tuple[str, ...] = ()
    """What says that `kind` is not MAIL, e.g. `Content-Type: text/calendar; method=REQUEST`."""
    report: Report | None = None
    """Of a receipt or a complaint alone."""
    probe_token: str | None = None
    """Value of our own `X-Mailgate-Probe` field, None when absent."""
    shape: bytes = b""
    """What machines repeat of what it says (`mailgate.mail.shape`); empty for a few words."""
    passed_on: tuple[Address, ...] = ()
    """For whom systems on the way had it, as far as they say so (`mailgate.mail.passedon`)."""
    control_fields: tuple[str, ...] = ()
    """Lower-case names of all fields that are ours to write (X-Mailgate-...), each once."""
    claimed: tuple[NamedAddress, ...] = ()
    """Every address that can be read in From; of a sender who can be read in two ways, all."""
    signatures: tuple[ClaimedSignature, ...] = ()
