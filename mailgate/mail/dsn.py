"""Delivery status notifications: the fields of RFC 3464, as mail systems write them."""

import re
from dataclasses import dataclass

from mailgate.mail.address import Address
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.clean import clean_header
from mailgate.mail.header import Field, read_header
from mailgate.mail.statuses import settled

MAX_RECIPIENTS = 100
MAX_REPORT_OCTETS = 256 * 1024
MAX_DIAGNOSTIC = 500

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_RECIPIENT_FIELDS = frozenset(
    ("final-recipient", "original-recipient", "x-actual-recipient", "action", "status")
)
_ACTIONS = (
    ("fail", "failed"),
    ("error", "failed"),
    ("expire", "failed"),
    ("undeliver", "failed"),
    ("bounce", "failed"),
    ("reject", "failed"),
    ("delay", "delayed"),
    ("defer", "delayed"),
    ("deliver", "delivered"),
    ("relay", "relayed"),
    ("expand", "expanded"),
)
"""What is written for the actions of RFC 3464 §2.3.3, by its beginning."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one per-recipient group says (RFC 3464 §2.3); "" and None where it says nothing."""

    recipient: Address | None
    action: str
    status: str | None
    diagnostic: str
    original_id: str | None = None
    original_recipient: Address | None = None


def read_report(report: bytes) -> tuple[Group, ...]:
    """The recipients of a delivery report, at most 100. A field that comes again begins the
    next recipient, for some systems leave out the blank line between them."""
    found: list[Group] = []
    original = None
    for fields in _groups(report[:MAX_REPORT_OCTETS]):
        original = original or _text(fields.get("x-original-message-id")).strip("<>") or None
        if _RECIPIENT_FIELDS.isdisjoint(fields):
            continue
        found.append(_group(fields, original))
    return tuple(found[:MAX_RECIPIENTS])


def _groups(report: bytes) -> list[dict[str, bytes]]:
    groups: list[dict[str, bytes]] = []
    for block in _BLANK_LINE.split(report.strip(), maxsplit=2 * MAX_RECIPIENTS):
        header, _ = read_header(block, 0, len(block))
        groups += _separated(header.fields)
    return _joined(groups)[: 2 * MAX_RECIPIENTS]


def _separated(fields: tuple[Field, ...]) -> list[dict[str, bytes]]:
    groups: list[dict[str, bytes]] = [{}]
    for name, value in fields:
        if name in groups[-1] and name in _RECIPIENT_FIELDS:
            groups.append({})
        groups[-1].setdefault(name, value)
    return groups


def _joined(groups: list[dict[str, bytes]]) -> list[dict[str, bytes]]:
    """A blank line inside a group: a group without a recipient goes on the one before it that
    has nothing but a recipient."""
    joined: list[dict[str, bytes]] = []
    for group in groups:
        before = joined[-1] if joined else {}
        torn = "final-recipient" not in group and "original-recipient" not in group
        if torn and before.keys() & _RECIPIENT_FIELDS and not before.keys() & group.keys():
            before.update(group)
        else:
            joined.append(dict(group))
    return joined


def _group(fields: dict[str, bytes], original: str | None) -> Group:
    """Final-Recipient is who did not get it; the others stand in for it (RFC 3464 §2.3.2)."""
    names = ("final-recipient", "original-recipient", "x-actual-recipient")
    addresses = (_recipient(fields[name]) for name in names if name in fields)
    diagnostic = _diagnostic(fields.get("diagnostic-code"))
    sent_to = fields.get("original-recipient")
    return Group(
        next((address for address in addresses if address), None),
        action_of(_text(fields.get("action"))),
        settled(_text(fields.get("status")), diagnostic),
        diagnostic,
        original,
        _recipient(sent_to) if sent_to else None,
    )


def action_of(text: str) -> str:
    """The action in the words of RFC 3464 §2.3.3; "" when it can't be told."""
    word = text.casefold().strip(" \"'(")
    return next((action for start, action in _ACTIONS if word.startswith(start)), "")


def _text(value: bytes | None) -> str:
    return clean_header(value.decode("utf-8", "replace")).strip() if value else ""


def _recipient(value: bytes) -> Address | None:
    """`rfc822; someone@example.com`, `utf-8; …` (RFC 6533 §3); the type may be missing. A
    name without a domain is nobody's address."""
    _, semicolon, address = value.partition(b";")
    found = read_addresses((address if semicolon else value).strip()).addresses
    return found[0].address if found else None


def _diagnostic(value: bytes | None) -> str:
    text = " ".join(_text(value).split())
    kind, semicolon, rest = text.partition(";")
    return (rest.strip() if semicolon and " " not in kind.strip() else text)[:MAX_DIAGNOSTIC]
