"""Did a machine send it? RFC 3834 §5 and what real systems write.

The answer never lets a message through a check, it only keeps us from answering: a field
that anybody can forge may do that. It is given with what it was taken from, and it must not
be given for a person's mail because of the road that the mail came by.
"""

import re
from dataclasses import dataclass, field

from mailgate.mail.address import NamedAddress
from mailgate.mail.clean import clean_header
from mailgate.mail.header import Header
from mailgate.mail.machines import (
    AUTO_REPLY_FIELDS,
    AUTO_REPLY_VALUES,
    BULK_FIELDS,
    BULK_PRECEDENCE,
    BULK_VALUES,
    KNOWN,
    MACHINE_FIELDS,
    MACHINE_PREFIXES,
    MACHINE_VALUES,
    OUTLOOK_FIELDS,
    SUPPRESSED,
)
from mailgate.mail.noreply import is_no_reply, is_no_reply_name, no_reply_sentence
from mailgate.mail.outofoffice import hints_automatic, mentions_automatic, says_automatic
from mailgate.mail.parsed import MailKind
from mailgate.mail.subject import base_subject

MAX_EVIDENCE = 120
"""Characters of one piece of evidence."""

_CRON = re.compile(r"Cron <[^<>@\s]{1,64}@[^<>\s]{1,255}> ")
"""The subject that cron writes."""
_FIRST_WORD_END = re.compile(r"[ \t;,(]")


@dataclass(slots=True)
class Automation:
    """What was found, each with its evidence: an automatic reply, bulk, or just a machine."""

    replies: list[str] = field(default_factory=list)
    bulk: list[str] = field(default_factory=list)
    machine: list[str] = field(default_factory=list)

    @property
    def kind(self) -> MailKind:
        if self.replies:
            return MailKind.AUTO_REPLY
        return MailKind.BULK if self.bulk else MailKind.MAIL

    @property
    def of_kind(self) -> tuple[str, ...]:
        """The evidence of `kind`; () for MAIL."""
        return tuple(self.replies or self.bulk)

    @property
    def all(self) -> list[str]:
        """Everything that says that no person sent this to us."""
        return self.replies + self.bulk + self.machine


def automation(
    header: Header, sender: NamedAddress | None, subject: str, text: str = ""
) -> Automation:
    """What the header, the subject and the first and last lines of the text say."""
    found = Automation()
    _header_fields(header, found)
    if says_automatic(subject):
        found.replies.append(f"Subject: {subject[:MAX_EVIDENCE]}")
    elif (found.machine and mentions_automatic(subject)) or (
        _answers_by_itself(header, found) and hints_automatic(subject)
    ):
        found.replies += [f"Subject: {subject[:MAX_EVIDENCE]}", *found.machine]
        found.machine.clear()
    if _CRON.match(subject):
        found.machine.append(f"Subject: {subject[:MAX_EVIDENCE]}")
    found.machine += _of_sender(sender)
    if not found.machine and not found.replies and _begins_a_talk(header, subject):
        found.machine += [f"Text: {line[:MAX_EVIDENCE]}" for line in _sentences(text)]
    return found


def _header_fields(header: Header, found: Automation) -> None:
    names = header.by_name.keys()
    if not KNOWN.isdisjoint(names):
        _auto_submitted(header, found)
        found.replies += _present(header, AUTO_REPLY_FIELDS) + _begins(header, AUTO_REPLY_VALUES)
        found.bulk += _precedence(header)
        found.bulk += _present(header, BULK_FIELDS) + _begins(header, BULK_VALUES)
        found.machine += _suppressed(header)
        found.machine += _present(header, MACHINE_FIELDS) + _begins(header, MACHINE_VALUES)
    for name in names:
        if name.startswith("x-") and MACHINE_PREFIXES.match(name):
            found.machine.append(_evidence(name, header.by_name[name][0]))
            break


def _auto_submitted(header: Header, found: Automation) -> None:
    """RFC 3834 §5, RFC 5436 §2.7.1; a keyword that nobody knows is still not `no`."""
    for value in header.all("auto-submitted"):
        keyword = _keyword(value)
        if keyword in {"auto-replied", "auto-notified"}:
            found.replies.append(_evidence("auto-submitted", value))
        elif keyword not in {"no", ""}:
            found.machine.append(_evidence("auto-submitted", value))


def _precedence(header: Header) -> list[str]:
    values = header.all("precedence")
    return [_evidence("precedence", v) for v in values if _keyword(v) in BULK_PRECEDENCE]


def _suppressed(header: Header) -> list[str]:
    """X-Auto-Response-Suppress, unless the mail looks like one that Outlook wrote."""
    if not header.by_name.keys().isdisjoint(OUTLOOK_FIELDS):
        return []
    name = "x-auto-response-suppress"
    return [_evidence(name, v) for v in header.all(name) if SUPPRESSED.search(_ascii(v))]


def _present(header: Header, names: tuple[str, ...]) -> list[str]:
    """Fields that say it by being there, unless their value is a no."""
    by_name = header.by_name
    return [
        _evidence(name, by_name[name][0])
        for name in names
        if name in by_name and _keyword(by_name[name][0]) not in {"no", "false", "0", "none"}
    ]


def _begins(header: Header, patterns: "dict[str, re.Pattern[str]]") -> list[str]:
    return [
        _evidence(name, value)
        for name, pattern in patterns.items()
        for value in header.by_name.get(name, ())[:3]
        if pattern.match(_ascii(value).strip())
    ]


def _of_sender(sender: NamedAddress | None) -> list[str]:
    if sender is None:
        return []
    if is_no_reply(sender.address.localpart):
        return [f"From: {sender.address.localpart[:MAX_EVIDENCE]}@"]
    return [f"From: {sender.name[:MAX_EVIDENCE]}"] if is_no_reply_name(sender.name) else []


def _answers_by_itself(header: Header, found: Automation) -> bool:
    """A machine sent it, and it goes back to where a mail of ours came from."""
    if not found.machine:
        return False
    null = any(value.strip() == b"<>" for value in header.all("return-path"))
    return null or header.first("in-reply-to") is not None


def _begins_a_talk(header: Header, subject: str) -> bool:
    """No answer and no forward: nobody quotes in it."""
    if header.first("in-reply-to") is not None or header.first("references") is not None:
        return False
    return base_subject(subject) == subject.strip()


def _sentences(text: str) -> list[str]:
    line = no_reply_sentence(text)
    return [] if line is None else [line]


def _keyword(value: bytes) -> str:
    """The first word: parameters and comments may follow it (RFC 3834 §5.1)."""
    text = _ascii(value).casefold().strip()
    while text.startswith("(") and ")" in text:
        text = text.partition(")")[2].strip()
    return _FIRST_WORD_END.split(text, maxsplit=1)[0]


def _ascii(value: bytes) -> str:
    return value[:200].decode("utf-8", "replace")


def _evidence(name: str, value: bytes) -> str:
    shown = "-".join(part.capitalize() for part in name.split("-"))
    return f"{shown}: {clean_header(value.decode('utf-8', 'replace'))[:MAX_EVIDENCE]}".strip()
