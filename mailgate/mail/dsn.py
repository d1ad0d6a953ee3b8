"""Delivery status notifications (RFC 3464), and the bounces of systems that write none."""

import re

from mailgate.mail.address import Address
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.clean import clean_header
from mailgate.mail.header import read_header
from mailgate.mail.message_id import own_id
from mailgate.mail.parsed import DsnRecipient, MailKind

MAX_RECIPIENTS = 100
MAX_REPORT_OCTETS = 256 * 1024
MAX_TEXT = 16_000
MAX_DIAGNOSTIC = 500

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<!\d)([45]\d\d)[ -]")
_FAILED_ADDRESS = re.compile(
    r"^[ \t]*<?([^\s<>@:;,()\"]{1,64}@[A-Za-z0-9.-]{1,255}?)>?[.:]?[ \t]*(?:[:(].*)?$"
)
_FAILURE = re.compile(
    r"undeliver|could not be delivered|wasn't delivered|delivery (?:to|has) |failed|rejected|"
    r"unknown user|user unknown|no such user|does not exist|not found|permanent|"
    r"전달되지 않|배달되지|반송|수신자|존재하지 않",
    re.IGNORECASE,
)


def read_report(report: bytes, original_message_id: str | None) -> tuple[DsnRecipient, ...]:
    """The recipients of a message/delivery-status part: groups of fields (RFC 3464 §2.1)."""
    recipients: list[DsnRecipient] = []
    for group in _BLANK_LINE.split(report[:MAX_REPORT_OCTETS].strip())[: MAX_RECIPIENTS + 20]:
        header, _ = read_header(group, 0, len(group))
        final = header.first("final-recipient") or header.first("original-recipient")
        if final is None and header.first("action") is None:
            continue
        action = _text(header.first("action")).casefold().partition(" ")[0]
        status = _STATUS.search(_text(header.first("status")))
        recipients.append(
            DsnRecipient(
                _recipient(final),
                action,
                status[0] if status else None,
                _diagnostic(header.first("diagnostic-code")),
                original_message_id,
            )
        )
    return tuple(recipients[:MAX_RECIPIENTS])


def read_bounce_text(
    failed_recipients: list[bytes], text: str, original_message_id: str | None
) -> tuple[DsnRecipient, ...]:
    """A bounce without a report: X-Failed-Recipients (Exim, Gmail), else addresses that stand
    alone on a line of a text that speaks of failure."""
    text = text[:MAX_TEXT]
    status = _STATUS.search(text)
    code = _CODE.search(text)
    if failed_recipients:
        named = read_addresses(b", ".join(failed_recipients)).addresses
        addresses = [entry.address for entry in named]
    elif _FAILURE.search(text):
        addresses = _addresses_on_lines(text)
    else:
        return ()
    settled = status[0] if status else f"{code[1][0]}.0.0" if code else None
    action = "delayed" if settled and settled.startswith("4") else "failed"
    shown = code or status
    diagnostic = _line_of(text, shown) if shown else ""
    return tuple(
        DsnRecipient(address, action, settled, diagnostic, original_message_id)
        for address in addresses[:MAX_RECIPIENTS]
    )


def kind_of(recipients: tuple[DsnRecipient, ...]) -> MailKind:
    """A bounce when anything failed or nothing is known; otherwise a notice (delayed,
    delivered, relayed)."""
    if any(recipient.action in {"failed", ""} for recipient in recipients) or not recipients:
        return MailKind.BOUNCE
    return MailKind.DELIVERY_NOTICE


def original_id(returned: bytes) -> str | None:
    """The Message-ID in a returned message or header section."""
    header, _ = read_header(returned, 0, min(len(returned), MAX_REPORT_OCTETS))
    return own_id(header.all("message-id"))


def _text(value: bytes | None) -> str:
    return clean_header(value.decode("utf-8", "replace")).strip() if value else ""


def _recipient(value: bytes | None) -> Address | None:
    """`rfc822; someone@example.com`; the address type may be missing."""
    if value is None:
        return None
    _, semicolon, address = value.partition(b";")
    found = read_addresses((address if semicolon else value).strip()).addresses
    return found[0].address if found else None


def _diagnostic(value: bytes | None) -> str:
    text = _text(value)
    kind, semicolon, rest = text.partition(";")
    return (rest.strip() if semicolon and " " not in kind.strip() else text)[:MAX_DIAGNOSTIC]


def _addresses_on_lines(text: str) -> list[Address]:
    found: dict[str, Address] = {}
    for line in text.split("\n")[:400]:
        if len(line) < 1000 and (match := _FAILED_ADDRESS.match(line)):
            for entry in read_addresses(match[1].encode()).addresses:
                found.setdefault(entry.address.key, entry.address)
    return list(found.values())


def _line_of(text: str, match: "re.Match[str]") -> str:
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    return text[start : end if end >= 0 else len(text)].strip()[:MAX_DIAGNOSTIC]
