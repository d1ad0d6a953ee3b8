"""The mail that a bounce gives back: where in the text it begins, its id, its recipient."""

import re
from collections.abc import Iterable

from mailgate.mail.address import Address
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.body import Body
from mailgate.mail.bouncewords import RETURNED
from mailgate.mail.header import Header, read_inner_header
from mailgate.mail.message_id import own_id, scan_ids
from mailgate.mail.mime import Part, leaves
from mailgate.mail.phrases import fold, says

MAX_NOTICE = 16_000
MAX_TAIL = 64_000
MAX_PARTS = 20

RETURNED_TYPES = frozenset(
    (
        "message/rfc822",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
        "message/partial",
        "text/rfc822-headers",
        "text/rfc822-header",
        "text/rfc822",
    )
)
_FIRST_FIELD = re.compile(r"^[ \t>]{0,8}(?:received|return-path):", re.IGNORECASE | re.MULTILINE)
_RULED = re.compile(r"[ \t>]{0,8}[-=*_~#+]{2}")
_SEPARATOR = re.compile(r"^.{6,120}$", re.MULTILINE)
_ID = re.compile(
    r"^[ \t>]{0,8}message[- ]?id[ \t]*:[ \t]*(?:\n[ \t]+)?<?([^<>\s@]{1,400}@[^<>\s]{1,300})>?",
    re.IGNORECASE | re.MULTILINE,
)
_TO = re.compile(r"^[ \t>]{0,8}to[ \t]*:[ \t]*(.{1,400})$", re.IGNORECASE | re.MULTILINE)


def parted(text: str) -> tuple[str, str]:
    """(the notice, the mail that is given back below it); "" when there is none in the text."""
    top = text[:MAX_NOTICE]
    found = _FIRST_FIELD.search(top)
    end = found.start() if found else len(top)
    for line in _SEPARATOR.finditer(top, 0, end):
        if _is_separator(line[0]):
            end = line.start()
            break
    return text[:end], text[end : end + MAX_TAIL] if end < len(top) else ""


def _is_separator(line: str) -> bool:
    """`--- Below this line is a copy of the message.`, `Original message headers:`. A sentence
    of the notice may speak of the original message too: it is none of these."""
    words = line.rstrip(" \t-=*_~#+<")
    if not (_RULED.match(line) or len(words) < len(line.rstrip()) or words.endswith((":", "."))):
        return False
    folded = fold(words)
    if words.endswith(".") and not _RULED.match(line) and "follow" not in folded:
        return False
    return "wasreceived" not in folded and bool(says(RETURNED, folded))


def returned_headers(root: Part, body: Body) -> list[Header]:
    """The header sections that are given back as parts. Some systems give them as text
    files, or put the message there without saying its type."""
    kept = [a.content for a in body.attachments if a.content_type in RETURNED_TYPES]
    files = [a.content for a in body.attachments if a.content_type == "text/plain"]
    headers = [body.header_of(content) for content in kept[:MAX_PARTS]]
    untyped = [read_inner_header(content) for content in files[:MAX_PARTS]]
    untyped += [part.header for part, _ in zip(leaves(root), range(MAX_PARTS), strict=False)]
    return headers + [h for h in untyped if h is not root.header and h.first("message-id")]


def original_id(headers: Iterable[Header], tail: str, notice: str, own: Header) -> str | None:
    """The id of the mail that the bounce is about: in what is given back, in the words, then
    in the fields of the bounce itself (RFC 5322 §3.6.4: it answers the mail)."""
    for header in headers:
        if found := own_id(header.all("message-id")):
            return found
    for text in (tail, notice):
        if named := _ID.search(text):
            return named[1]
    for name in ("x-original-message-id", "in-reply-to", "references"):
        if ids := scan_ids(b" ".join(own.all(name))):
            return ids[-1]
    return None


def original_recipient(headers: Iterable[Header], tail: str) -> Address | None:
    """The To of the mail that is given back, when it is one address."""
    values = [header.all("to") for header in headers]
    if (named := _TO.search(tail)) is not None:
        values.append([named[1].encode("utf-8", "replace")])
    for value in values:
        found = read_addresses(b", ".join(value)).addresses
        if len(found) == 1:
            return found[0].address
    return None
