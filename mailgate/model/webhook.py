"""What rules tell other programs: a request that is tried until it is taken."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mailgate.model.ids import TicketId

__all__ = [
    "GIVE_UP_AFTER",
    "LeasedWebhook",
    "Webhook",
    "WebhookState",
    "next_try",
    "signature",
    "webhook_secret",
]

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
"""Between attempts; the last one again and again."""
GIVE_UP_AFTER = timedelta(hours=24)


class WebhookState(StrEnum):
    READY = "ready"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One as stored and shown. `last_error` says why the last attempt was none."""

    id: int
    ticket: TicketId
    rule: str
    url: str = field(repr=False)
    state: WebhookState
    attempts: int
    due_at: datetime
    last_error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LeasedWebhook:
    """One that this node has claimed; `fence` must be given back. `attempts` counts this one."""

    id: int
    ticket: TicketId
    rule: str
    url: str = field(repr=False)
    body: str = field(repr=False)
    attempts: int
    created_at: datetime
    fence: int


def next_try(attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """When it is tried again after so many attempts; None when it is given up."""
    due = now + _PAUSES[min(attempts, len(_PAUSES)) - 1]
    return due if due <= created_at + GIVE_UP_AFTER else None


def webhook_secret(key: bytes) -> str:
    """What receivers check signatures with, made of a key of the secret file so that it tells
    nothing of it."""
    return hmac.digest(key, b"mailgate webhooks\0", hashlib.sha256).hex()


def signature(secret: str, kid: int, at: datetime, body: bytes) -> str:
    """Value of the field Mailgate-Signature: the HMAC-SHA-256, in hex, of the seconds since 1970,
    a dot, and the body; `k` is the number of the key."""
    seconds = int(at.timestamp())
    signed = hmac.digest(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},k={kid},v1={signed.hex()}"
