"""What a reply of the next hop means: delivered, try again, or never.

Unknown is transient: a mail is given up only for a reply that clearly says so.
"""

import re
from datetime import datetime

from mailgate.model.delivery import Deferred, Delivered, Rejected, Reply

__all__ = ["classify", "relay_id", "reply_of", "status_of"]

_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
_RELAY_ID = re.compile(r"(?:\bqueued as |\bid=)([0-9A-Za-z][0-9A-Za-z._-]{3,63})")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\ud800-\udfff]+")
_TEXT_LIMIT = 500

_OUR_FAULT = frozenset({503, 530, 534, 535, 538})
"""Commands out of order, and missing or failed authentication (RFC 4954 §6): they say
something about this session or our settings, nothing about the mail."""

_MAILBOX_FULL = "5.2.2"
"""RFC 3463 §3.3: should be a persistent transient failure, whatever the sender calls it."""

_TOO_BIG = frozenset({"5.2.3", "5.3.4"})
"""The message exceeds a size limit; no retry makes it smaller (RFC 3463 §3.3, §3.4)."""
_TOO_BIG_AT_THE_END = re.compile(r"\(#(?:5\.2\.3|5\.3\.4)\)$")
"""As qmail says it."""


def status_of(text: str) -> str | None:
    """The enhanced status code at the start of a reply's text (RFC 2034 §4), None without one."""
    found = _STATUS.match(text)
    return found.group(1) if found else None


def reply_of(code: int | None, text: str, at: datetime) -> Reply:
    """A reply as it is stored and shown: one printable line of at most 500 characters."""
    line = text if text.isprintable() else _UNPRINTABLE.sub(" ", text)
    line = line.strip()[:_TEXT_LIMIT]
    known = code if code is not None and 100 <= code <= 599 else None
    return Reply(known, status_of(line), line, at)


def relay_id(text: str) -> str | None:
    """The queue id that the next hop names (`2.0.0 Ok: queued as 4F1A`), None without one."""
    found = _RELAY_ID.search(text)
    return found.group(1) if found else None


def classify(reply: Reply) -> Delivered | Deferred | Rejected:
    """The meaning of the reply that ended a transaction (RFC 5321 §4.2.1, §4.3.2)."""
    if reply.code is None:
        return Deferred(reply)
    if reply.code // 100 == 2:  # 251 too: the next hop has taken it (RFC 5321 §4.2.2)
        return Delivered(reply, relay_id(reply.text))
    return Rejected(reply) if _is_permanent(reply, reply.code) else Deferred(reply)


def _is_permanent(reply: Reply, code: int) -> bool:
    status = reply.status
    if code // 100 != 5 or code in _OUR_FAULT:
        return False
    if code == 552:  # RFC 5321 §4.5.3.1.10: to be read as 452, but for a message too big
        return status in _TOO_BIG or _TOO_BIG_AT_THE_END.search(reply.text) is not None
    if status is None:
        return True
    return status.startswith("5.") and status != _MAILBOX_FULL
