"""What the header of an old mail says about its conversation, small enough to keep of all. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from mailgate.desk.arriving.correspondents import Side, correspondents
from mailgate.mail.address import NamedAddress
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.dates import read_date
from mailgate.mail.header import Header, read_header, skip_prologue
from mailgate.mail.message_id import own_id, scan_ids
from mailgate.mail.subject import base_subject
from mailgate.mail.words import decode_header
from mailgate.model.directory import Directory

MAX_CITED = 50
MAX_REPORT = 1_000_000
"""Octets of a bounce that is read in the first pass; they are short."""
_MAX_OUTSIDE = 12
_FIRST_YEAR = 1980
_AHEAD = timedelta(days=2)
"""Clocks are wrong; a date further in the future is none."""
_DELIVERED = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-delivered-to",
    "x-envelope-to",
    "bcc",
)
_OF_MAIL = ("from", "date", "message-id", "received", "subject", "to")
_REPORTING = re.compile(rb"mailer-daemon|postmaster|mail delivery|<>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """Ids and addresses as hashes. `cited` in order of strength: In-Reply-To, then References
    from the newest to the oldest. `outside` are those who are not ours, `ours` says that one of
    us wrote it; `support` is the key of the support address that it names."""

    own: int | None
    cited: tuple[int, ...]
    outside: tuple[int, ...]
    ours: bool
    subject: int
    sent: datetime | None
    support: str | None


def hashed(text: str) -> int:
    """64 bits of a text."""
    octets = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(octets)


def read_fields(content: bytes) -> Header:
    """The header section of a message, or of the beginning of one."""
    header, _ = read_header(content, skip_prologue(content), len(content))
    return header


def is_mail(header: Header) -> bool:
    """Whether there is anything that only a mail has."""
    return any(header.first(name) is not None for name in _OF_MAIL)


def may_be_report(header: Header) -> bool:
    """Whether it may be a bounce: those name the mail that they are about in the body."""
    if b"multipart/report" in (header.first("content-type") or b"").lower():
        return True
    named = (header.first("from") or b"", header.first("return-path") or b"")
    return any(_REPORTING.search(value[:500]) for value in named)


def head_of(
    header: Header, directory: Directory, *, now: datetime, about: tuple[str, ...] = ()
) -> Head:
    """`about` are the ids of the mails that a report is about."""
    people = correspondents(
        directory,
        senders=_addresses(header, "from"),
        reply_to=_addresses(header, "reply-to"),
        shown=(*_addresses(header, "to"), *_addresses(header, "cc")),
        # Bcc too says only by which address it came: who stands there with others (folders of
        # sent mail keep the field) takes no part in what they answer.
        delivered=[one.address for name in _DELIVERED for one in _addresses(header, name)],
    )
    own = own_id(header.all("message-id"))
    references = scan_ids(b" ".join(header.all("references")))
    answered = scan_ids(b" ".join(header.all("in-reply-to")))
    cited = dict.fromkeys(chain(answered, reversed(references), about))
    subject = decode_header(header.first("subject") or b"")
    return Head(
        own=None if own is None else hashed(own),
        cited=tuple(hashed(one) for one in cited if one != own)[:MAX_CITED],
        outside=tuple(hashed(one.address.key) for one in people.outside[:_MAX_OUTSIDE]),
        ours=people.side is not Side.OUTSIDE,
        subject=hashed(base_subject(subject)),
        sent=sent_at(header, now),
        support=None if people.support is None else people.support.address.key,
    )


def sent_at(header: Header, now: datetime) -> datetime | None:
    """When it was sent: by its Date, else by the last server that wrote a Received field; None
    when neither says an instant that can be."""
    received = (value.rpartition(b";")[2] for value in header.all("received"))
    for value in chain((header.first("date"),), received):
        found = read_date(value.strip() if value else None)
        if plausible(found, now):
            return found
    return None


def plausible(at: datetime | None, now: datetime) -> bool:
    """Whether a mail can be of this time."""
    return at is not None and at.year >= _FIRST_YEAR and at <= now + _AHEAD


def _addresses(header: Header, name: str) -> tuple[NamedAddress, ...]:
    return tuple(one for value in header.all(name)[:10] for one in read_addresses(value).addresses)
