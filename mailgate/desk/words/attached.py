"""Which attachments of an agent must not leave for a customer.

A client that attaches the mail that is answered attaches our notification, with the address
that only this agent may answer to; an answer to an invitation names the agent's mailbox. Such
a file stays on the ticket. It is found by its octets, in the ways in which mail, calendars and
cards write them. Archives, office documents and pictures are not opened.
"""

import binascii
import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from urllib.parse import unquote_to_bytes

from mailgate.desk.words.discretion import INSIDE_PURPOSES
from mailgate.mail.address import Address
from mailgate.mail.parsed import LOOP_FIELD, Attachment
from mailgate.model.directory import Agent
from mailgate.threading.token import MARKER_TEXT, Keyring, Purpose, verify_marker, verify_token

BINARY_LIMIT = 1024 * 1024
"""Octets that are looked at in a file that is no text, and in what one base64 text hides."""
SPELT_LIMIT = 2 * 1024 * 1024
"""Octets in which percent signs, entities and tags are undone."""
_NESTING = 2
"""How often base64 in base64 is undone."""
_SHORTEST_BASE64 = 24

_INSIDE_MARKERS = frozenset({Purpose.MESSAGE_AGENT, Purpose.MESSAGE_NOTE, Purpose.MESSAGE_SIDE})
# It ends at the next beginning of one: so a file full of them takes linear time.
_NOTIFICATION = re.compile(rb"##-\s(?:(?!##-).){1,1200}?-##", re.DOTALL)
_LOOP_FIELD = LOOP_FIELD.lower().encode()
_TOKEN = re.compile(rb"\+t([a-z2-7]{32})")
_MARKER = re.compile(rb"ref:mg\.([a-z2-7]{%d})" % MARKER_TEXT)
_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]{24,}")
_EMPTY_LINE = re.compile(rb"(?:\r?\n){2,}")
_FOLD = re.compile(rb"\r?\n[ \t]")
_TAG = re.compile(rb"<[^<>]{0,2000}>")
_TEXTUAL_TYPES = frozenset(
    {
        "application/calendar",
        "application/ics",
        "application/ms-tnef",
        "application/vnd.ms-outlook",
        "application/vnd.ms-tnef",
        "application/xhtml+xml",
        "application/xml",
    }
)
_TEXTUAL_NAMES = (
    ".eml",
    ".htm",
    ".html",
    ".ical",
    ".ics",
    ".md",
    ".mht",
    ".mhtml",
    ".msg",
    ".txt",
    ".vcf",
    "winmail.dat",
)


def split_attachments(
    attachments: tuple[Attachment, ...], agent: Agent | None, keyring: Keyring
) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
    """Those that may go to a customer, and those that may not."""
    internal = [is_internal(one, agent, keyring) for one in attachments]
    sent = tuple(one for one, inside in zip(attachments, internal, strict=True) if not inside)
    return sent, tuple(one for one, inside in zip(attachments, internal, strict=True) if inside)


def is_internal(attachment: Attachment, agent: Agent | None, keyring: Keyring) -> bool:
    """Whether a file holds a notification of ours, a token of an agent, or (in a message or a
    text) a mailbox of this agent. Takes time in the order of the file's size."""
    content = attachment.content
    if not _is_textual(attachment):
        return any(_is_ours(seen, keyring) for seen in _plain(content[:BINARY_LIMIT]))
    mailboxes = () if agent is None else (agent.address, *agent.also)
    return any(
        _is_ours(seen, keyring) or _names(seen, mailboxes) for seen in _readings(content, _NESTING)
    )


def _is_textual(attachment: Attachment) -> bool:
    """A message, or a text that a person or a calendar reads; by its name too, because clients
    send what they do not know as octets."""
    kind = attachment.content_type.lower()
    return (
        kind.startswith(("message/", "text/"))
        or kind in _TEXTUAL_TYPES
        or attachment.filename.lower().endswith(_TEXTUAL_NAMES)
    )


def _is_ours(seen: bytes, keyring: Keyring) -> bool:
    """`seen` is in lower case."""
    if _LOOP_FIELD in seen or _NOTIFICATION.search(seen):
        return True
    for found in _TOKEN.finditer(seen):
        token = verify_token(keyring, found[1].decode("ascii"))
        if token is not None and token.purpose in INSIDE_PURPOSES:
            return True
    for found in _MARKER.finditer(seen):
        marker = verify_marker(keyring, found[1].decode("ascii"))
        if marker is not None and marker.purpose in _INSIDE_MARKERS:
            return True
    return False


def _names(seen: bytes, mailboxes: tuple[Address, ...]) -> bool:
    # Most files do not even hold the domain, and that is quickly seen.
    if not any(one.domain.lower().encode() in seen for one in mailboxes):
        return False
    return _mailboxes(mailboxes).search(seen) is not None


@lru_cache(maxsize=1024)
def _mailboxes(addresses: tuple[Address, ...]) -> re.Pattern[bytes]:
    each = "|".join(
        rf"{re.escape(a.base.localpart.lower())}(?:\+[^\s@<>\"']{{0,64}})?@"
        rf"{re.escape(a.domain.lower())}"
        for a in addresses
    )
    return re.compile(rf"(?<![a-z0-9_.+-])(?:{each})(?![a-z0-9-])".encode())


def _plain(content: bytes) -> Iterator[bytes]:
    """As it is, and as the text in two octets a character that Windows writes."""
    lower = content.lower()
    yield lower
    if b"\0" in lower:
        yield lower.replace(b"\0", b"")


def _readings(content: bytes, depth: int) -> Iterator[bytes]:
    """A text in the ways in which it can be meant, each in lower case."""
    for lower in _plain(content):
        yield lower
        yield from _undone(_FOLD.sub(b"", lower))
    if b"=" in content:
        quoted = binascii.a2b_qp(content).lower()
        yield quoted
        yield from _undone(quoted)
    if depth:
        inner = b"\n".join(_base64_texts(content))
        yield from _readings(inner, depth - 1) if inner else ()


def _undone(lower: bytes) -> Iterator[bytes]:
    """Without tags, entities and percent signs: an address in a link, or cut by a tag."""
    yield lower
    text = lower[:SPELT_LIMIT]
    if b"<" in text:
        yield _TAG.sub(b"", text)
    if b"&" in text:
        text = unescape(text.decode("latin-1")).encode("latin-1", "replace").lower()
        yield text
    if b"%" in text:
        yield unquote_to_bytes(text).lower()


def _base64_texts(content: bytes) -> Iterator[bytes]:
    """What stands in base64 in it: a part of a message, or a word of a header (RFC 2047)."""
    for run in _BASE64.finditer(content):
        for piece in _EMPTY_LINE.split(run[0]):
            digits = piece.translate(None, b"\r\n")[: BINARY_LIMIT * 4 // 3]
            digits = digits[: len(digits) - (len(digits) % 4 == 1)]
            if len(digits) >= _SHORTEST_BASE64:
                yield binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
