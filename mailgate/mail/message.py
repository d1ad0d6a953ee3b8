"""What a message holds: its structure, fields, addresses, bodies and attachments, decoded.

What it says (the visible reply, what kind of mail it is, what it forwards) is made of this in
`mailgate.mail.parse`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from mailgate.mail.address import NamedAddress
from mailgate.mail.addresslist import MAX_ADDRESSES, AddressField, read_addresses
from mailgate.mail.addressname import looks_like_address
from mailgate.mail.body import Body, collect
from mailgate.mail.charset import codec_of
from mailgate.mail.dates import read_local_date
from mailgate.mail.header import Header, skip_prologue
from mailgate.mail.message_id import own_id, scan_ids
from mailgate.mail.mime import Part, encoded_multipart, leaves, read_structure
from mailgate.mail.words import decode_header

MAX_SUBJECT = 2_000
MAX_HINTS = 10
"""Parts that are asked for their charset."""

_LINE_END_OCTETS = 1_000
_WORD_CHARSET = re.compile(rb"=\?([!->@-~]{1,60})\?[bBqQ]\?")


@dataclass(frozen=True, slots=True)
class Message:
    """`senders` is the From field; `sent` is the Date in the zone that it names. `defects` tell
    what was wrong with the bytes."""

    root: Part
    body: Body
    senders: AddressField
    reply_to: tuple[NamedAddress, ...]
    to: tuple[NamedAddress, ...]
    cc: tuple[NamedAddress, ...]
    subject: str
    sent: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    defects: tuple[str, ...]

    @property
    def header(self) -> Header:
        """The fields of the message itself."""
        return self.root.header


def read_message(content: bytes) -> Message:
    """What the message holds; there is an answer whatever the bytes are."""
    content, root, defects = _read_structure(_with_line_feeds(content))
    header = root.header
    hint = _hint(root)
    body = collect(root, content, hint)
    senders = _senders(header, hint, defects)
    message_id = own_id(header.all("message-id"))
    if message_id is None:
        defects.append("no message id")
    return Message(
        root=root,
        body=body,
        senders=senders,
        reply_to=_recipients(header, "reply-to", hint, defects),
        to=_recipients(header, "to", hint, defects),
        cc=_recipients(header, "cc", hint, defects),
        subject=decode_header(header.first("subject") or b"", hint).strip()[:MAX_SUBJECT],
        sent=read_local_date(header.first("date")),
        message_id=message_id,
        in_reply_to=_ids(header, "in-reply-to"),
        references=_ids(header, "references"),
        defects=tuple(dict.fromkeys(defects + body.defects)),
    )


def _read_structure(content: bytes) -> tuple[bytes, Part, list[str]]:
    """The content that the structure is about, the root part, and the defects."""
    start = skip_prologue(content)
    root, defects = read_structure(content, start)
    decoded = encoded_multipart(root, content)
    if decoded is None:
        return content, root, defects
    root, defects = read_structure(decoded, start)
    defects.append("a multipart with a transfer encoding")
    return decoded, root, defects


def _with_line_feeds(content: bytes) -> bytes:
    """A message whose lines end in CR alone, or in CR CR LF as gateways for files of text make
    it, is read as if they ended in LF."""
    if b"\r\r\n" in content[:_LINE_END_OCTETS]:
        return content.replace(b"\r\r\n", b"\n")
    if b"\n" in content or b"\r" not in content:
        return content
    return content.replace(b"\r", b"\n")


def _hint(root: Part) -> str | None:
    """The charset for header fields in raw 8-bit octets: that of the text, else that of an
    encoded word beside them."""
    for part in islice(leaves(root), MAX_HINTS):
        label = part.parameters.get("charset")
        if label and part.main_type == "text" and codec_of(label) not in {None, "ascii"}:
            return label
    for name in ("from", "subject", "to"):
        if found := _WORD_CHARSET.search(root.header.first(name) or b""):
            label = found[1].decode("ascii")
            if codec_of(label) not in {None, "ascii"}:
                return label
    return None


def _senders(header: Header, hint: str | None, defects: list[str]) -> AddressField:
    """RFC 5322 §3.6: exactly one From. Anything else is nobody's word."""
    fields = header.all("from")
    if len(fields) != 1:
        defects.append("several From fields" if fields else "no From field")
    found = read_addresses(fields[0], hint) if fields else AddressField((), exact=False)
    if fields and found.sole is None:
        defects.append("ambiguous From field")
    is_sole = len(fields) == 1
    if header.hides_sender or b"\r" in b"".join(fields):
        defects.append("another From field behind a bare CR")
        is_sole = False
    first = found.addresses[0] if found.addresses else None
    if first and looks_like_address(first.name) and first.name.casefold() != first.address.key:
        defects.append("display name holds an address")
    if is_sole:
        return found
    # Which of them a client shows nobody knows: all are claimed.
    others = (read_addresses(value, hint).addresses for value in fields[1:])
    return AddressField((*found.addresses, *chain.from_iterable(others)), exact=False)


def _recipients(
    header: Header, name: str, hint: str | None, defects: list[str]
) -> tuple[NamedAddress, ...]:
    found: list[NamedAddress] = []
    for value in header.all(name):
        field = read_addresses(value, hint)
        found += field.addresses
        if field.truncated or len(found) > MAX_ADDRESSES:
            defects.append(f"too many addresses in {name.title()}")
            break
    return tuple(found[:MAX_ADDRESSES])


def _ids(header: Header, name: str) -> tuple[str, ...]:
    values = header.all(name)
    return scan_ids(b" ".join(values)) if values else ()
