"""A mail that we write, before it is bytes. `mailgate.mail.compose.compose` makes the bytes."""

from dataclasses import dataclass, field
from datetime import datetime

from mailgate.mail.address import NamedAddress
from mailgate.mail.parsed import Attachment


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """Everything that `compose` needs; it adds no clock, no randomness and no header of its
    own besides MIME's. `message_id`, `in_reply_to` and `references` are without brackets.
    `boundary_seed` makes the MIME boundaries (the same mail is always the same bytes).
    There is no bcc: a blind recipient is in the envelope alone.
    """

    from_: NamedAddress
    to: tuple[NamedAddress, ...]
    subject: str
    message_id: str
    date: datetime
    text: str = field(repr=False)
    boundary_seed: str
    cc: tuple[NamedAddress, ...] = ()
    reply_to: NamedAddress | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    html: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    """Further fields, e.g. ("Auto-Submitted", "auto-replied"); ASCII names, clean values."""
