"""Bytes to `ParsedMail`: total, bounded in time and memory, nothing lost.

What a message holds is read first (`mailgate.mail.message`), then what it says."""

from mailgate.mail.authres import read_authentication_results
from mailgate.mail.claims import read_claims
from mailgate.mail.dates import in_utc
from mailgate.mail.forward import read_forwarded
from mailgate.mail.header import Header
from mailgate.mail.kinds import classify
from mailgate.mail.message import Message, read_message
from mailgate.mail.parsed import LOOP_FIELD, PROBE_FIELD, Forwarded, MailKind, ParsedMail
from mailgate.mail.passedon import passed_on
from mailgate.mail.shape import content_shape
from mailgate.mail.subject import is_forward
from mailgate.mail.texts import read_texts
from mailgate.mail.words import decode_header

_CONTROL = "x-mailgate-"


def parse_mail(content: bytes) -> ParsedMail:
    """What the message says. Whatever the bytes are there is an answer; what was wrong with
    them is in `defects`."""
    return _parse(content, is_inner=False)


def _parse(content: bytes, *, is_inner: bool) -> ParsedMail:
    """`is_inner`: a message that was attached to another; what it forwards is not looked for."""
    message = read_message(content)
    header, body, senders = message.header, message.body, message.senders
    texts = read_texts(body, forward=is_forward(message.subject))
    kind = classify(message.root, body, senders, message.subject, texts.full_text)
    forwarded = None if is_inner else _forwarded(kind.kind, message, texts.full_text)
    return ParsedMail(
        from_=senders.sole,
        from_claimed=senders.addresses[0] if senders.addresses else None,
        claimed=senders.addresses,
        reply_to=message.reply_to,
        to=message.to,
        cc=message.cc,
        subject=message.subject,
        date=in_utc(message.sent),
        message_id=message.message_id,
        in_reply_to=message.in_reply_to,
        references=message.references,
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
        forwarded=forwarded,
        authentication_results=read_authentication_results(header),
        loop_token=_token(header, LOOP_FIELD.lower()),
        probe_token=_token(header, PROBE_FIELD.lower()),
        control_fields=_control_fields(header),
        received_count=len(header.all("received")),
        defects=message.defects,
        shape=content_shape(message.subject, texts.text),
        passed_on=passed_on(header),
        signatures=read_claims(header),
    )


def _forwarded(kind: MailKind, message: Message, text: str) -> Forwarded | None:
    """Only people forward; what a machine sends back is a bounce or a report."""
    if kind not in {MailKind.MAIL, MailKind.BULK}:
        return None
    return read_forwarded(message.subject, text, message.body.attachments, _inner, message.sent)


def _inner(content: bytes) -> ParsedMail:
    return _parse(content, is_inner=True)


def _control_fields(header: Header) -> tuple[str, ...]:
    names = (field.name for field in header.fields)
    return tuple(dict.fromkeys(name for name in names if name.startswith(_CONTROL)))


def _token(header: Header, field: str) -> str | None:
    value = header.first(field)
    return decode_header(value[:500]).strip() if value else None
