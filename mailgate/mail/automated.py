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
_MAX_SAME = 3
"""Fields of one name that are looked at."""
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
    """One look at each name; evidence comes in the order of the header."""
    for name, values in header.by_name.items():
        if name in KNOWN:
            for value in values[:_MAX_SAME]:
                _field(name, value, header, found)
        elif name.startswith("x-") and MACHINE_PREFIXES.match(name) and not found.machine:
            found.machine.append(_evidence(name, values[0]))


def _field(name: str, value: bytes, header: Header, found: Automation) -> None:
    text = _ascii(value)
    if name == "auto-submitted":
        _auto_submitted(text, value, found)
    elif name == "precedence" and _keyword(text) in BULK_PRECEDENCE:
        found.bulk.append(_evidence(name, value))
    elif name == "x-auto-response-suppress":
        if SUPPRESSED.search(text) and header.by_name.keys().isdisjoint(OUTLOOK_FIELDS):
            found.machine.append(_evidence(name, value))
    elif _says(name, text, AUTO_REPLY_FIELDS, AUTO_REPLY_VALUES):
        found.replies.append(_evidence(name, value))
    elif _says(name, text, BULK_FIELDS, BULK_VALUES):
        found.bulk.append(_evidence(name, value))
    elif _says(name, text, MACHINE_FIELDS, MACHINE_VALUES):
        found.machine.append(_evidence(name, value))


def _says(
    name: str, text: str, present: frozenset[str], begins: "dict[str, re.Pattern[str]]"
) -> bool:
    """A field that says it by being there, unless its value is a no; or by how it begins."""
    if name in present:
        return _keyword(text) not in {"no", "false", "0", "none"}
    return name in begins and begins[name].match(text.strip()) is not None


def _auto_submitted(text: str, value: bytes, found: Automation) -> None:
    """RFC 3834 §5, RFC 5436 §2.7.1; a keyword that nobody knows is still not `no`."""
    keyword = _keyword(text)
    if keyword in {"auto-replied", "auto-notified"}:
        found.replies.append(_evidence("auto-submitted", value))
    elif keyword not in {"no", ""}:
        found.machine.append(_evidence("auto-submitted", value))


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


def _keyword(text: str) -> str:
    """The first word: parameters and comments may follow it (RFC 3834 §5.1)."""
    text = text.casefold().strip()
    while text.startswith("(") and ")" in text:
        text = text.partition(")")[2].strip()
    return _FIRST_WORD_END.split(text, maxsplit=1)[0]


def _ascii(value: bytes) -> str:
    return value[:200].decode("utf-8", "replace")


def _evidence(name: str, value: bytes) -> str:
    shown = "-".join(part.capitalize() for part in name.split("-"))
    return f"{shown}: {clean_header(value.decode('utf-8', 'replace'))[:MAX_EVIDENCE]}".strip()
