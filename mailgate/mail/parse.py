"""Bytes to `ParsedMail`: total, bounded in time and memory, nothing lost."""

from dataclasses import dataclass, replace

from mailgate.mail.address import NamedAddress
from mailgate.mail.addresslist import MAX_ADDRESSES, AddressField, read_addresses
from mailgate.mail.authres import read_authentication_results
from mailgate.mail.automated import automation
from mailgate.mail.body import Body, BodyPiece, collect
from mailgate.mail.charset import codec_of
from mailgate.mail.dates import read_date
from mailgate.mail.dsn import (
    is_from_mail_system,
    kind_of,
    original_id,
    read_bounce_text,
    read_report,
    speaks_of_failure,
)
from mailgate.mail.forward import read_forwarded
from mailgate.mail.header import Header, skip_prologue
from mailgate.mail.html import HtmlReading, from_text, read_html
from mailgate.mail.message_id import own_id, scan_ids
from mailgate.mail.mime import Part, read_structure
from mailgate.mail.parsed import DsnRecipient, MailKind, ParsedMail
from mailgate.mail.quote import visible_reply
from mailgate.mail.subject import is_forward
from mailgate.mail.words import decode_header

LOOP_FIELD = "x-mailgate-loop"
MAX_SUBJECT = 2_000
_REPORTS = {
    "delivery-status": MailKind.BOUNCE,
    "disposition-notification": MailKind.RECEIPT,
    "feedback-report": MailKind.COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class _Texts:
    text: str
    full_text: str
    html: str | None
    reply_html: str | None


def parse_mail(content: bytes) -> ParsedMail:
    """What the message says. Whatever the bytes are there is an answer; what was wrong with
    them is in `defects`."""
    content = _with_line_feeds(content)
    root, defects = read_structure(content, skip_prologue(content))
    header = root.header
    hint = _hint(root)
    body = collect(root, content, hint)
    senders = _senders(header, hint, defects)
    subject = decode_header(header.first("subject") or b"", hint).strip()[:MAX_SUBJECT]
    texts = _texts(body, forward=is_forward(subject))
    kind, evidence, dsn = _classify(root, body, senders, subject, texts.full_text)
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
        date=read_date(header.first("date")),
        message_id=message_id,
        in_reply_to=_ids(header, "in-reply-to"),
        references=_ids(header, "references"),
        text=texts.text,
        full_text=texts.full_text,
        html=texts.html,
        reply_html=texts.reply_html,
        attachments=tuple(body.attachments),
        kind=kind,
        automated=tuple(evidence),
        dsn=dsn,
        forwarded=read_forwarded(texts.full_text),
        authentication_results=read_authentication_results(header),
        loop_token=_loop_token(header),
        received_count=len(header.all("received")),
        defects=tuple(dict.fromkeys(defects + body.defects)),
    )


def _with_line_feeds(content: bytes) -> bytes:
    """A message whose lines end in CR alone is read as if they ended in LF."""
    if b"\n" in content or b"\r" not in content:
        return content
    return content.replace(b"\r", b"\n")


def _hint(root: Part) -> str | None:
    """The charset of the body, for header fields in raw 8-bit octets."""
    label = root.parameters.get("charset")
    if label is None:
        label = next(
            (c.parameters["charset"] for c in root.children if "charset" in c.parameters), None
        )
    return label if label and codec_of(label) else None


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


def _loop_token(header: Header) -> str | None:
    value = header.first(LOOP_FIELD)
    return decode_header(value[:500]).strip() if value else None


def _texts(body: Body, *, forward: bool) -> _Texts:
    """The whole text and HTML of all pieces, and the visible reply in both."""
    if not any(piece.html is not None for piece in body.pieces):
        full = "\n".join(piece.text or "" for piece in body.pieces).strip("\n")
        return _Texts(visible_reply(full, forward=forward), full, None, None)
    readings = [_reading(piece, forward=forward) for piece in body.pieces]
    full = "\n".join(reading.text for reading in readings).strip("\n")
    reply = "\n".join(reading.reply_text for reading in readings).strip("\n")
    return _Texts(
        visible_reply(reply, forward=forward),
        full,
        "\n".join(reading.html for reading in readings),
        "\n".join(reading.reply_html for reading in readings),
    )


def _reading(piece: BodyPiece, *, forward: bool) -> HtmlReading:
    """A piece as HTML, whatever it was written in. Each is cleaned by itself: two parts never
    share a document (EFAIL). Where a piece has a text too, that text is its text."""
    if piece.html is None:
        text = piece.text or ""
        reply = visible_reply(text, forward=forward)
        return HtmlReading(text, text, from_text(text), from_text(reply))
    reading = read_html(piece.html, forward=forward)
    if piece.text is not None and piece.text.strip():
        return replace(reading, text=piece.text, reply_text=piece.text)
    return reading


def _classify(
    root: Part, body: Body, senders: AddressField, subject: str, text: str
) -> tuple[MailKind, list[str], tuple[DsnRecipient, ...]]:
    """The kind, the evidence of a machine, and whom a bounce is about."""
    header = root.header
    localpart = senders.addresses[0].address.localpart if senders.addresses else ""
    kind, evidence = automation(header, localpart, subject)
    report = root.parameters.get("report-type", "").lower()
    if root.content_type == "multipart/report":
        evidence.append(f"Content-Type: multipart/report; report-type={report}"[:120])
    if body.reports:
        dsn = read_report(b"\n\n".join(body.reports), _original(body))
        return kind_of(dsn), evidence, dsn
    failed = header.all("x-failed-recipients")
    if failed or is_from_mail_system(header):
        dsn = read_bounce_text(failed, text, _original(body), _named(header, senders))
        if dsn or speaks_of_failure(subject):
            return kind_of(dsn), evidence or ["From: a mail system"], dsn
    if report in _REPORTS:
        return _REPORTS[report], evidence, ()
    if body.calendar and kind is MailKind.MAIL:
        kind = MailKind.CALENDAR
    return kind, evidence, ()


def _named(header: Header, senders: AddressField) -> frozenset[str]:
    """Who gets a bounce and who sends it: named in it, and not its subject."""
    recipients = [entry for value in header.all("to") for entry in read_addresses(value).addresses]
    return frozenset(entry.address.key for entry in (*recipients, *senders.addresses))


def _original(body: Body) -> str | None:
    return original_id(body.returned) if body.returned else None
