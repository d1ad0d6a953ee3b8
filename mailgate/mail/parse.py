"""Bytes to `ParsedMail`: total, bounded in time and memory, nothing lost."""

import re
from datetime import datetime
from itertools import islice

from mailgate.mail.address import NamedAddress
from mailgate.mail.addresslist import MAX_ADDRESSES, AddressField, read_addresses
from mailgate.mail.authres import read_authentication_results
from mailgate.mail.body import Body, collect
from mailgate.mail.charset import codec_of
from mailgate.mail.dates import in_utc, read_local_date
from mailgate.mail.forward import read_forwarded
from mailgate.mail.header import Header, skip_prologue
from mailgate.mail.kinds import classify
from mailgate.mail.message_id import own_id, scan_ids
from mailgate.mail.mime import Part, encoded_multipart, leaves, read_structure
from mailgate.mail.parsed import Forwarded, MailKind, ParsedMail
from mailgate.mail.subject import is_forward
from mailgate.mail.texts import read_texts
from mailgate.mail.words import decode_header

LOOP_FIELD = "x-mailgate-loop"
MAX_SUBJECT = 2_000
MAX_HINTS = 10
"""Parts that are asked for their charset."""

_LINE_END_OCTETS = 1_000
_WORD_CHARSET = re.compile(rb"=\?([!->@-~]{1,60})\?[bBqQ]\?")


def parse_mail(content: bytes) -> ParsedMail:
    """What the message says. Whatever the bytes are there is an answer; what was wrong with
    them is in `defects`."""
    return _parse(content, is_inner=False)


def _parse(content: bytes, *, is_inner: bool) -> ParsedMail:
    """`is_inner`: a message that was attached to another; what it forwards is not looked for."""
    content, root, defects = _read_structure(_with_line_feeds(content))
    header = root.header
    hint = _hint(root)
    body = collect(root, content, hint)
    senders = _senders(header, hint, defects)
    subject = decode_header(header.first("subject") or b"", hint).strip()[:MAX_SUBJECT]
    texts = read_texts(body, forward=is_forward(subject))
    kind = classify(root, body, senders, subject, texts.full_text)
    sent = read_local_date(header.first("date"))
    message_id = own_id(header.all("message-id"))
    if message_id is None:
        defects.append("no message id")
    return ParsedMail(
        from_=senders.sole,
        from_claimed=senders.addresses[0] if senders.addresses else None,
        reply_to=_recipients(header, "reply-to", hint, defects),
        to=_recipients(header, "to", hint, defects),
        cc=_recipients(header, "cc", hint, defects),
        subject=subject,
        date=in_utc(sent),
        message_id=message_id,
        in_reply_to=_ids(header, "in-reply-to"),
        references=_ids(header, "references"),
        text=texts.text,
        full_text=texts.full_text,
        html=texts.html,
        reply_html=texts.reply_html,
        attachments=tuple(body.attachments),
        kind=kind.kind,
        kind_evidence=kind.evidence,
        automated=kind.automated,
        dsn=kind.dsn,
        report=kind.report,
        forwarded=_forwarded(kind.kind, subject, texts.full_text, body, sent, is_inner=is_inner),
        authentication_results=read_authentication_results(header),
        loop_token=_loop_token(header),
        received_count=len(header.all("received")),
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
    first = found.addresses[0] if found.addresses else None
    if first and "@" in first.name and first.name.casefold() != first.address.key:
        defects.append("display name holds an address")
    return found if len(fields) == 1 else AddressField(found.addresses, exact=False)


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


def _forwarded(
    kind: MailKind, subject: str, text: str, body: Body, sent: datetime | None, *, is_inner: bool
) -> Forwarded | None:
    """Only people forward; what a machine sends back is a bounce or a report."""
    if is_inner or kind not in {MailKind.MAIL, MailKind.BULK}:
        return None
    return read_forwarded(subject, text, body.attachments, _inner, sent)


def _inner(content: bytes) -> ParsedMail:
    return _parse(content, is_inner=True)


def _loop_token(header: Header) -> str | None:
    value = header.first(LOOP_FIELD)
    return decode_header(value[:500]).strip() if value else None
