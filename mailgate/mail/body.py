"""Which parts of a message are its text, its HTML, its attachments and its reports.

What is signed (multipart/signed) is read like any other part, and its signature is an
attachment (`smime.p7s`, `signature.asc`); who wants to verify it has the octets of the message,
which the journal keeps as they came. What is encrypted (multipart/encrypted, pkcs7-mime) is
attached as it is; PGP inside a text stays in the text, line for line.
"""

import re
from dataclasses import dataclass, field

from mailgate.mail.charset import codec_of, decode
from mailgate.mail.clean import clean_body, clean_filename, clean_header
from mailgate.mail.enriched import from_enriched
from mailgate.mail.flowed import unflow
from mailgate.mail.header import Header, read_inner_header
from mailgate.mail.images import VECTOR, is_picture
from mailgate.mail.invitation import CALENDAR_TYPES, Invitation, read_invitation
from mailgate.mail.mime import Part, leaf_octets
from mailgate.mail.parameters import read_parameters
from mailgate.mail.parsed import Attachment
from mailgate.mail.partnames import MAX_NAMED, made_up_name, name_of_message
from mailgate.mail.uuencode import split_uuencoded
from mailgate.mail.winmail import open_winmail

MAX_TEXT = 2_000_000
"""Characters of text that are read in a message, and of HTML; a part for which this is not
enough is an attachment too."""

REPORT_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
"""RFC 3464 §2.1, RFC 6533 §3."""

_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE
)
_HTML = frozenset(["text/html", "application/xhtml+xml"])
_ENRICHED = frozenset(["text/enriched", "text/richtext"])
_RICH_TEXTS = _ENRICHED | {"text/markdown", "text/x-markdown"}
"""Readable as text where there is no plain text beside them."""


@dataclass(slots=True)
class BodyPiece:
    """A piece of the body as it was written: in text, in HTML, or in both (alternatives).
    Each of `htmls` is a document of its own and stays one (EFAIL): Apple Mail writes several,
    around the attachments."""

    text: str | None = None
    htmls: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Body:
    """What a message holds, in its order."""

    pieces: list[BodyPiece] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reports: list[bytes] = field(default_factory=list)
    """Contents of the parts that tell of a delivery."""
    returned: Header | None = None
    """The header of the first message or header section that is attached."""
    returned_octets: bytes = b""
    """That message as it came."""
    invitations: list[Invitation] = field(default_factory=list)
    text_room: int = MAX_TEXT
    """Characters that all texts together may still have; the HTML of a mail has as many."""
    html_room: int = MAX_TEXT
    defects: list[str] = field(default_factory=list)

    def header_of(self, octets: bytes) -> Header:
        """The header section of an attached message; of the first it is read already."""
        if self.returned is not None and octets is self.returned_octets:
            return self.returned
        return read_inner_header(octets)


def collect(root: Part, content: bytes, hint: str | None) -> Body:
    """Walks the structure without recursion. An alternative is one piece: its first text and
    its last HTML (RFC 2046 §5.1.4); everything else in it is kept as an attachment."""
    body = Body()
    stack: list[tuple[Part, BodyPiece | None, Part | None]] = [(root, None, None)]
    while stack:
        part, piece, parent = stack.pop()
        if not part.children:
            _leaf(body, part, piece, parent, content, hint)
            continue
        if part.content_type == "multipart/alternative" and piece is None:
            piece = BodyPiece()
            body.pieces.append(piece)
        stack.extend((child, piece, part) for child in reversed(part.children))
    body.pieces = [p for p in body.pieces if p.text is not None or p.htmls]
    body.attachments, streams = open_winmail(body.attachments)
    if not _says_something(body):
        hidden = [BodyPiece(s.text, [s.html] if s.html else []) for s in streams]
        body.pieces = [p for p in hidden if p.text or p.htmls] or body.pieces
    if body.invitations and not _says_something(body):
        body.pieces = [BodyPiece(text=body.invitations[0].text)]
    return body


def _says_something(body: Body) -> bool:
    return any((piece.text or "").strip() or piece.htmls for piece in body.pieces)


def _leaf(
    body: Body,
    part: Part,
    piece: BodyPiece | None,
    parent: Part | None,
    content: bytes,
    hint: str | None,
) -> None:
    octets = leaf_octets(part, content)
    disposition, parameters = _disposition(part, hint)
    filename = _filename(part, parameters)
    if disposition != "attachment" and _is_body(part, parent, piece, filename):
        _text(body, part, piece, octets, hint)
        return
    if part.content_type in REPORT_TYPES:
        body.reports.append(octets)
    if part.content_type in {"message/rfc822", "text/rfc822-headers"} and body.returned is None:
        body.returned, body.returned_octets = read_inner_header(octets), octets
    if part.content_type in CALENDAR_TYPES:
        in_body = parent is not None and parent.content_type == "multipart/alternative"
        attached = not in_body and (disposition == "attachment" or bool(filename))
        if found := read_invitation(part.parameters, octets, attached=attached):
            body.invitations.append(found)
    body.attachments.append(_attachment(part, parent, octets, disposition, filename, body))


def _is_body(part: Part, parent: Part | None, piece: BodyPiece | None, filename: str) -> bool:
    """Text that is shown as the mail. A name makes a file of it, unless it is all there is;
    AMP (text/x-amp-html) and text/watch-html are no body for anybody else's eyes."""
    if part.opaque or (filename and parent is not None):
        return False
    if part.content_type in _RICH_TEXTS:
        return piece is None or piece.text is None
    return part.content_type == "text/plain" or part.content_type in _HTML


def _text(body: Body, part: Part, piece: BodyPiece | None, octets: bytes, hint: str | None) -> None:
    """Text or HTML of the body; a second text of an alternative is an attachment."""
    is_html = part.content_type in _HTML
    if not is_html:
        octets, files = split_uuencoded(octets, hint)
        body.attachments += files
    room = body.html_room if is_html else body.text_room
    text, whole = _decoded(part, octets, hint, room, is_html=is_html)
    if not whole:
        body.defects.append("text too long")
        body.attachments.append(_attachment(part, None, octets, "", "", body))
    if is_html:
        body.html_room -= len(text)
    else:
        body.text_room -= len(text)
    if piece is None:
        body.pieces.append(BodyPiece(htmls=[text]) if is_html else BodyPiece(text=text))
    elif is_html:
        piece.htmls.append(text)
    elif piece.text is None:
        piece.text = text
    elif text.strip():
        piece.text = f"{piece.text}\n{text}"


def _decoded(
    part: Part, octets: bytes, hint: str | None, room: int, *, is_html: bool
) -> tuple[str, bool]:
    """So much of the text as there is room for, and whether that is all of it. It is cut before
    anything else is done with it: each step costs a multiple of what it is given."""
    label = part.parameters.get("charset")
    if is_html and (not label or codec_of(label) in {None, "ascii"}):
        meta = _META_CHARSET.search(octets[:4096])
        label = meta[1].decode("ascii") if meta else label
    start = octets[: 4 * room]
    text = decode(start, label, hint)
    whole = len(start) == len(octets) and len(text) <= room
    text = clean_body(text[:room])
    if part.content_type in _ENRICHED:
        text = from_enriched(text)
    elif not is_html and part.parameters.get("format", "").lower() == "flowed":
        delete_space = part.parameters.get("delsp", "").lower() == "yes"
        text = unflow(text, delete_space=delete_space)
    return text.removeprefix("\ufeff"), whole


def _disposition(part: Part, hint: str | None) -> tuple[str, dict[str, str]]:
    value = part.header.first("content-disposition")
    return read_parameters(value, hint) if value else ("", {})


def _filename(part: Part, disposition: dict[str, str]) -> str:
    return clean_filename(disposition.get("filename") or part.parameters.get("name") or "")


def _attachment(
    part: Part, parent: Part | None, octets: bytes, disposition: str, filename: str, body: Body
) -> Attachment:
    raw_id = part.header.first("content-id")
    content_id = clean_header(raw_id.decode("utf-8", "replace")).strip(" <>") if raw_id else ""
    in_related = parent is not None and parent.content_type == "multipart/related"
    inline = disposition == "inline" or (disposition != "attachment" and in_related)
    shown = (inline or bool(content_id)) and _may_be_shown(part, octets, body)
    return Attachment(
        filename=filename or _made_up_name(part, octets, body),
        content_type=part.content_type,
        content=octets,
        inline=shown and inline and bool(content_id or disposition == "inline"),
        content_id=(content_id[:500] or None) if shown else None,
    )


def _made_up_name(part: Part, octets: bytes, body: Body) -> str:
    number = len(body.attachments) + 1
    if part.content_type == "message/rfc822" and number <= MAX_NAMED:
        return name_of_message(body.header_of(octets))
    return made_up_name(part, number)


def _may_be_shown(part: Part, octets: bytes, body: Body) -> bool:
    """Not what calls itself a picture and is none. Only the name of a picture opens a page's
    door: other kinds of parts are never shown in it."""
    if part.main_type != "image" or is_picture(octets):
        return True
    if part.content_type != VECTOR:
        body.defects.append("an image that is none")
    return False
