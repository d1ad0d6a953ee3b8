"""Signed tokens: in reply addresses, Message-IDs and bounce addresses.

Layout of a reply token, 20 bytes, 32 characters of lower-case base32:
kid and purpose (1) · ticket (5) · party (4, keyed hash of the address it was given to) ·
HMAC-SHA256 truncated to 80 bits (10).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from mailgate.model.ids import TicketId


class Purpose(IntEnum):
    CUSTOMER_REPLY = 1
    """Reply-To of a mail to a customer."""
    AGENT_REPLY = 2
    """Reply-To of a notification to an agent; an answer to it goes to the customer."""
    AGENT_NOTE = 3
    """Reply-To of a note's notification: an answer to it is a note, never public."""
    BOUNCE = 4
    """Reverse path of our mail (`support+b<token>@`)."""
    MESSAGE_PUBLIC = 5
    """Message-ID of a mail that a customer got."""
    MESSAGE_AGENT = 6
    """Message-ID of a notification."""
    MESSAGE_NOTE = 7
    """Message-ID of a note's notification."""
    LOOP = 8
    """X-Mailgate-Loop field of everything that we send."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by kid (0..7). `current` signs; the others still verify (rotation)."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """A token whose signature was good. It proves "has seen this thread", not identity."""

    purpose: Purpose
    ticket: TicketId
    party: bytes
    text: str


@dataclass(frozen=True, slots=True)
class OwnMessageId:
    """A Message-ID of ours whose signature was good."""

    purpose: Purpose
    ticket: TicketId
    text: str
