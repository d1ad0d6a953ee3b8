"""Notifications of Amazon SES that come as JSON in a mail of Amazon SNS."""

import json

from mailgate.mail.address import Address
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.dsn import MAX_DIAGNOSTIC, MAX_RECIPIENTS, action_of
from mailgate.mail.header import Header
from mailgate.mail.message_id import scan_ids
from mailgate.mail.parsed import DsnRecipient
from mailgate.mail.statuses import class_of_words, settled

MAX_NOTE = 64_000
_SENDER = b"@sns.amazonaws.com"
_LISTS = (
    ("bounce", "bouncedRecipients", "failed"),
    ("deliveryDelay", "delayedRecipients", "delayed"),
    ("delivery", "recipients", "delivered"),
)


def read_note(header: Header, text: str) -> tuple[DsnRecipient, ...]:
    """The recipients of a note about a bounce, a delay or a delivery; () for another mail."""
    start = text[:2000].find("{")
    if start < 0 or not _is_from_sns(header):
        return ()
    note = _dict(_json(text[start : start + MAX_NOTE]))
    mail = _dict(note.get("mail"))
    for key, listed, action in _LISTS:
        event = _dict(note.get(key))
        if entries := _list(event.get(listed)):
            return tuple(_recipient(entry, event, mail, action) for entry in entries)
    return ()


def _is_from_sns(header: Header) -> bool:
    sender = header.first("from") or b""
    return "x-amz-sns-message-id" in header.by_name or _SENDER in sender.lower()[:1000]


def _json(text: str) -> object:
    """The object at the beginning; a text follows it, and relays break its long line."""
    try:
        found: object = json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None
    inner = _dict(found).get("Message")  # SNS wraps the note when it is told to send JSON
    return _json(inner) if isinstance(inner, str) and inner != text else found


def _recipient(
    entry: object, event: dict[str, object], mail: dict[str, object], action: str
) -> DsnRecipient:
    fields = {"emailAddress": entry} if isinstance(entry, str) else _dict(entry)
    told = _text(fields.get("diagnosticCode")) or _text(event.get("smtpResponse"))
    diagnostic = told.removeprefix("smtp;").strip()[:MAX_DIAGNOSTIC]
    status = settled(_text(fields.get("status")), diagnostic)
    if status is None:
        transient = action == "delayed" or event.get("bounceType") == "Transient"
        status = "2.0.0" if action == "delivered" else "4.0.0" if transient else None
    return DsnRecipient(
        _address(_text(fields.get("emailAddress"))),
        action_of(_text(fields.get("action"))) or action,
        status or class_of_words(diagnostic),
        diagnostic,
        _original_id(mail),
    )


def _original_id(mail: dict[str, object]) -> str | None:
    """The Message-ID of the mail: as sent when its fields are told, else the one SES gave."""
    named = _text(_dict(mail.get("commonHeaders")).get("messageId"))
    for field in _list(mail.get("headers")):
        if _text(_dict(field).get("name")).casefold() == "message-id":
            named = named or _text(_dict(field).get("value"))
    ids = scan_ids(named.encode("ascii", "replace"))
    return ids[0] if ids else _text(mail.get("messageId"))[:500] or None


def _address(text: str) -> Address | None:
    found = read_addresses(text.encode("utf-8", "replace")).addresses
    return found[0].address if found else None


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value[:MAX_RECIPIENTS] if isinstance(value, list) else []


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
