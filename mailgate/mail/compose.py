"""`OutgoingMail` to the bytes that go on the wire: CRLF, 7-bit clean, no line over 998 octets,
the same bytes for the same mail. No value can begin a field of its own."""

import binascii
import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from mailgate.mail.fields import (
    address_field,
    disposition_field,
    id_field,
    id_list_field,
    text_field,
    type_field,
)
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import Attachment

MAX_LINE = 998
"""RFC 5322 §2.1.1, without the CRLF."""

FIRST_REFERENCES = 2
LAST_REFERENCES = 10

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_OWN_FIELDS_NAMES = (
    "from to cc bcc reply-to subject date message-id in-reply-to references mime-version"
)
_OWN_FIELDS = frozenset(_OWN_FIELDS_NAMES.split())
_Encode = Callable[[str, str | Attachment], bytes]
_CID = re.compile(r"cid:([^\"'\s>)]+)", re.IGNORECASE)


def compose(mail: OutgoingMail) -> bytes:
    """The whole message. Raises ValueError for a further header whose name is none, or is
    one that the mail itself makes: a mistake of the program, never of a stranger."""
    return Composer().compose(mail)


class Composer:
    """Composes mails that belong together: what several of them carry (the same words and
    files to each agent of a group) is encoded once. Keep it no longer than for these mails."""

    def __init__(self) -> None:
        self._encoded: dict[tuple[str, str | Attachment], bytes] = {}

    def compose(self, mail: OutgoingMail) -> bytes:
        """As the function `compose`."""
        return _head(mail) + _Entity(mail, self._once).content()

    def _once(self, how: str, what: str | Attachment) -> bytes:
        key = (how, what)
        if key not in self._encoded:
            self._encoded[key] = _encode(how, what)
        return self._encoded[key]


def _encode(how: str, what: str | Attachment) -> bytes:
    if isinstance(what, str):
        return text_entity(how, what)
    return attachment_entity(what, inline=how == "inline")


def _head(mail: OutgoingMail) -> bytes:
    head = [
        address_field("From", (mail.from_,)),
        address_field("To", mail.to),
        address_field("Cc", mail.cc) if mail.cc else "",
        address_field("Reply-To", (mail.reply_to,)) if mail.reply_to else "",
        text_field("Subject", mail.subject),
        f"Date: {_date(mail.date)}\r\n",
        id_field("Message-ID", mail.message_id),
        id_field("In-Reply-To", mail.in_reply_to) if mail.in_reply_to else "",
        id_list_field("References", _trimmed(mail.references)) if mail.references else "",
        *(_further(name, value) for name, value in mail.headers),
        "MIME-Version: 1.0\r\n",
    ]
    return "".join(head).encode("ascii")


def _trimmed(references: tuple[str, ...]) -> tuple[str, ...]:
    """The first ids name the thread (the second is our own root of it), the last ones the
    branch; the field stays short."""
    if len(references) <= FIRST_REFERENCES + LAST_REFERENCES:
        return references
    return references[:FIRST_REFERENCES] + references[-LAST_REFERENCES:]


def _further(name: str, value: str) -> str:
    lowered = name.lower()
    if not _FIELD_NAME.fullmatch(name) or lowered in _OWN_FIELDS or lowered.startswith("content-"):
        raise ValueError(f"{name!r} can't be a further header field")
    return text_field(name, value)


def _date(instant: datetime) -> str:
    """RFC 5322 §3.3, in the zone of the instant."""
    offset = instant.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset is not None else 0
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return (
        f"{_DAYS[instant.weekday()]}, {instant.day:02} {_MONTHS[instant.month - 1]} "
        f"{instant.year:04} {instant:%H:%M:%S} {sign}{minutes // 60:02}{minutes % 60:02}"
    )


class _Entity:
    """The MIME entity of a mail: its Content fields, a blank line, its body."""

    def __init__(self, mail: OutgoingMail, encode: _Encode) -> None:
        self._mail = mail
        self._encode = encode
        self._count = 0

    def content(self) -> bytes:
        mail = self._mail
        named = {found.casefold() for found in _CID.findall(mail.html)} if mail.html else set()
        inline = [a for a in mail.attachments if (a.content_id or "").casefold() in named]
        others = [a for a in mail.attachments if a not in inline]
        entity = self._body(inline)
        if not others:
            return entity
        return self._multipart("mixed", [entity, *(self._encode("attached", a) for a in others)])

    def _body(self, inline: list[Attachment]) -> bytes:
        text = self._encode("plain", self._mail.text)
        if self._mail.html is None:
            return text
        html = self._encode("html", self._mail.html)
        if inline:
            images = [self._encode("inline", image) for image in inline]
            html = self._multipart("related", [html, *images], ' type="text/html";')
        return self._multipart("alternative", [text, html])

    def _multipart(self, subtype: str, entities: list[bytes], parameter: str = "") -> bytes:
        boundary = self._boundary(entities)
        head = f'Content-Type: multipart/{subtype};{parameter} boundary="{boundary}"\r\n'
        delimiter = f"--{boundary}".encode("ascii")
        parts = b"".join(b"\r\n" + delimiter + b"\r\n" + entity for entity in entities)
        return head.encode("ascii") + parts + b"\r\n" + delimiter + b"--\r\n"

    def _boundary(self, entities: list[bytes]) -> str:
        """`=_` can't stand in base64 or quoted-printable; a message that is attached as it is
        may hold anything, so it is looked for."""
        while True:
            seed = f"{self._mail.boundary_seed}\0{self._count}".encode()
            self._count += 1
            boundary = f"=_{hashlib.sha256(seed).hexdigest()[:32]}"
            if not any(boundary.encode("ascii") in entity for entity in entities):
                return boundary


def text_entity(subtype: str, text: str) -> bytes:
    """text/plain or text/html in UTF-8: as it is when it is short-lined ASCII, quoted-printable
    when most of it is ASCII, base64 otherwise (RFC 2045 §6)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    octets = text.encode("utf-8", "replace")
    if not octets.endswith(b"\n"):
        octets += b"\n"
    if octets.isascii() and _travels_as_text(text):
        encoding, body = "7bit", octets.replace(b"\n", b"\r\n")
    elif len(octets) - len(text) < len(octets) // 5:
        encoding = "quoted-printable"
        body = _quoted_printable(octets)
    else:
        encoding, body = "base64", _base64(octets.replace(b"\n", b"\r\n"))
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    )
    return head.encode("ascii") + b"\r\n" + body


def _travels_as_text(text: str) -> bool:
    """Lines of a usual length, none of which an mbox store would change."""
    if text.startswith("From ") or "\nFrom " in text:
        return False
    return max(map(len, text.split("\n"))) <= 78


def _quoted_printable(octets: bytes) -> bytes:
    """`From ` at the start of a line is encoded: mbox stores and old relays change it."""
    encoded = binascii.b2a_qp(octets, istext=True)
    encoded = b"\n".join(
        b"=46rom " + line[5:] if line.startswith(b"From ") else line
        for line in encoded.split(b"\n")
    )
    return encoded.replace(b"\n", b"\r\n")


def _base64(octets: bytes) -> bytes:
    encoded = binascii.b2a_base64(octets, newline=False)
    lines = [encoded[i : i + 76] for i in range(0, len(encoded), 76)]
    return b"\r\n".join([*lines, b""])


def attachment_entity(attachment: Attachment, *, inline: bool = False) -> bytes:
    """A part with its file name, in base64; a message/rfc822 as it is (RFC 2046 §5.2.1 forbids
    base64 for it), or as plain octets when it is not fit to travel so."""
    content_type, content = attachment.content_type, attachment.content
    as_message = content_type == "message/rfc822" and _travels_as_is(content)
    if content_type.startswith(("multipart/", "message/")) and not as_message:
        content_type = "application/octet-stream"
    head = [
        type_field(content_type, attachment.filename),
        "" if as_message else "Content-Transfer-Encoding: base64\r\n",
        disposition_field("inline" if inline else "attachment", attachment.filename),
        id_field("Content-ID", attachment.content_id) if attachment.content_id else "",
        "\r\n",
    ]
    return "".join(head).encode("ascii") + (content if as_message else _base64(content))


def _travels_as_is(content: bytes) -> bool:
    """ASCII, CRLF line ends alone, no NUL, no long line."""
    if not content.isascii() or b"\0" in content or not content.endswith(b"\r\n"):
        return False
    lines = content.split(b"\r\n")
    if any(len(line) > MAX_LINE for line in lines):
        return False
    return not any(b"\r" in line or b"\n" in line for line in lines)
