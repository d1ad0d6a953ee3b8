"""Delivery status notifications (RFC 3464), and the bounces of systems that write none."""

import re

from mailgate.mail.address import Address
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.clean import clean_header
from mailgate.mail.header import Header, read_header
from mailgate.mail.message_id import own_id
from mailgate.mail.parsed import DsnRecipient, MailKind

MAX_RECIPIENTS = 100
MAX_REPORT_OCTETS = 256 * 1024
MAX_TEXT = 16_000
MAX_DIAGNOSTIC = 500

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<!\d)([45]\d\d)[ -]")
_ADDRESS = re.compile(r"[^\s<>@:;,()\[\]\"']{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,254}[A-Za-z0-9]")
_FAILURE = re.compile(
    r"undeliver|not be delivered|n't be delivered|n't delivered|unable to deliver|not deliver|"
    r"delivery (?:to|has|failure|error|status)|error (?:delivering|sending|has occurred)|returned|"
    r"not reach|fail|reject|unknown user|user unknown|unknown recipient|no such user|"
    r"does not exist|not found|permanent|mailbox (?:full|unavailable)|could ?n.t send|"
    r"전달되지 않|전달할 수 없|배달되지|배달할 수 없|반송|발송 실패|존재하지 않|"
    r"送信できません|配信できません|送信に失敗|退信|无法投递|unzustellbar|"
    r"non remis|no se pudo entregar",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"^(?:[- \t=*_]{0,40}(?:below (?:is|this line)|original message|original mail|"
    r"message headers?\b|the header of|unsent message|returned message|"
    r".{0,40}copy of (?:the|your) (?:original )?message)"
    r"|received:|return-path:)",
    re.IGNORECASE | re.MULTILINE,
)
_RETURNED_ID = re.compile(
    r"^[ \t]*message-id:[ \t]*<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE
)
_DAEMON_FIELD = re.compile(
    rb"<>|mailer-?daemon|mail-daemon|postmaster@|mail[. ]deliver[a-z]*[. ](?:sub)?system",
    re.IGNORECASE,
)


def is_from_mail_system(header: Header) -> bool:
    """The sender is a mail system (RFC 3834 §2, RFC 2142 §7): only its text is searched."""
    return any(_DAEMON_FIELD.search(value[:1000]) for value in header.all("from"))


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
    failed_recipients: list[bytes], text: str, original_id: str | None, others: frozenset[str]
) -> tuple[DsnRecipient, ...]:
    """A bounce without a report: X-Failed-Recipients (Exim, Gmail), else the addresses in a
    text that speaks of failure, above the returned message. `others`: keys of addresses that
    are named for another reason (who gets the bounce, who sends it)."""
    whole, text = text[: 4 * MAX_TEXT], text[:MAX_TEXT]
    returned = _RETURNED.search(text)
    text = text[: returned.start()] if returned else text
    if failed_recipients:
        named = read_addresses(b", ".join(failed_recipients)).addresses
        addresses = [entry.address for entry in named]
    elif _FAILURE.search(text):
        addresses = [found for found in _addresses(text) if found.key not in others]
    else:
        return ()
    status, code = _STATUS.search(text), _CODE.search(text)
    settled = status[0] if status else f"{code[1][0]}.0.0" if code else None
    action = "delayed" if settled and settled.startswith("4") else "failed"
    shown = code or status
    diagnostic = _line_of(text, shown) if shown else ""
    if original_id is None and (found_id := _RETURNED_ID.search(whole)):
        original_id = found_id[1]
    return tuple(
        DsnRecipient(address, action, settled, diagnostic, original_id)
        for address in addresses[:MAX_RECIPIENTS]
    )


def speaks_of_failure(subject: str) -> bool:
    """The words of a bounce, in a subject."""
    return _FAILURE.search(subject) is not None


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


def _addresses(text: str) -> list[Address]:
    found: dict[str, Address] = {}
    for match in _ADDRESS.finditer(text):
        for entry in read_addresses(match[0].encode("utf-8", "replace")).addresses:
            found.setdefault(entry.address.key, entry.address)
        if len(found) >= MAX_RECIPIENTS:
            break
    return list(found.values())


def _line_of(text: str, match: "re.Match[str]") -> str:
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    return text[start : end if end >= 0 else len(text)].strip()[:MAX_DIAGNOSTIC]
