"""`OutgoingMail` to the bytes that go on the wire: CRLF, 7-bit clean, no line over 998 octets,
the same bytes for the same mail. No value can begin a field of its own."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from urllib.parse import unquote

from mailgate.mail.entities import Entity, attachment_entity, multipart, text_entity
from mailgate.mail.fields import (
    address_field,
    fits_as_id,
    id_field,
    id_list_field,
    text_field,
    token_field,
)
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import Attachment

FIRST_REFERENCES = 2
LAST_REFERENCES = 10

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_OWN_FIELDS_NAMES = (
    "from to cc bcc reply-to subject date message-id in-reply-to references mime-version"
)
_OWN_FIELDS = frozenset(_OWN_FIELDS_NAMES.split())
_Encode = Callable[[str, str | Attachment], Entity]
_CID = re.compile(r"cid:([^\"'\s>)]+)", re.IGNORECASE)


def compose(mail: OutgoingMail) -> bytes:
    """The whole message. Raises ValueError for a further header whose name is none, or is
    one that the mail itself makes: a mistake of the program, never of a stranger."""
    return Composer().compose(mail)


class Composer:
    """Composes mails that belong together: what several of them carry (the same words and
    files to each agent of a group) is encoded once. Keep it no longer than for these mails."""

    def __init__(self) -> None:
        self._encoded: dict[tuple[str, str | Attachment], Entity] = {}

    def compose(self, mail: OutgoingMail) -> bytes:
        """As the function `compose`."""
        return b"".join([_head(mail), *_Content(mail, self._once).entity().pieces])

    def _once(self, how: str, what: str | Attachment) -> Entity:
        key = (how, what)
        if key not in self._encoded:
            self._encoded[key] = _encode(how, what)
        return self._encoded[key]


def _encode(how: str, what: str | Attachment) -> Entity:
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
    return token_field(name, value)


def _date(instant: datetime) -> str:
    """RFC 5322 §3.3, in the zone of the instant."""
    offset = instant.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset is not None else 0
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return (
        f"{_DAYS[instant.weekday()]}, {instant.day:02} {_MONTHS[instant.month - 1]} "
        f"{instant.year:04} {instant:%H:%M:%S} {sign}{minutes // 60:02}{minutes % 60:02}"
    )


class _Content:
    """What a mail holds, as one MIME entity: text and HTML are alternatives, the images that the
    HTML shows stand with it, other files follow (RFC 2046 §5.1, RFC 2387)."""

    def __init__(self, mail: OutgoingMail, encode: _Encode) -> None:
        self._mail = mail
        self._encode = encode

    def entity(self) -> Entity:
        mail = self._mail
        named = _named_parts(mail.html) if mail.html else frozenset()
        inline = [a for a in mail.attachments if _is_shown(a, named)]
        others = [a for a in mail.attachments if not _is_shown(a, named)]
        entity = self._body(inline)
        if not others:
            return entity
        return self._multipart("mixed", [entity, *(self._encode("attached", a) for a in others)])

    def _body(self, inline: list[Attachment]) -> Entity:
        text = self._encode("plain", self._mail.text)
        if self._mail.html is None:
            return text
        html = self._encode("html", self._mail.html)
        if inline:
            images = [self._encode("inline", image) for image in inline]
            html = self._multipart("related", [html, *images], 'type="text/html"')
        return self._multipart("alternative", [text, html])

    def _multipart(self, subtype: str, entities: list[Entity], *parameters: str) -> Entity:
        return multipart(subtype, entities, f"{self._mail.boundary_seed}\0{subtype}", parameters)


def _named_parts(html: str) -> frozenset[str]:
    """The ids of the parts that the HTML shows: in a URL they may be percent-encoded
    (RFC 2392 §2), in an attribute they may hold character references."""
    return frozenset(unquote(unescape(found)).casefold() for found in _CID.findall(html))


def _is_shown(attachment: Attachment, named: frozenset[str]) -> bool:
    content_id = attachment.content_id or ""
    return content_id.casefold() in named and fits_as_id(content_id)
