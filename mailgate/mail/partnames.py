"""Names for the parts of a message that have none."""

import re
from urllib.parse import unquote

from mailgate.mail.clean import clean_filename
from mailgate.mail.header import Header
from mailgate.mail.mime import Part
from mailgate.mail.words import decode_header

MAX_NAMED = 50
"""Messages among the attachments that are named after their subject."""

_LOCATED = re.compile(r"[^/?#]{1,200}\.[A-Za-z0-9]{1,5}")
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/pjpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/bmp": "bmp",
    "image/tiff": "tif",
    "image/heic": "heic",
    "image/svg+xml": "svg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/amr": "amr",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/pgp-signature": "asc",
    "application/pkcs7-signature": "p7s",
    "application/ms-tnef": "dat",
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/markdown": "md",
    "text/enriched": "txt",
    "text/vcard": "vcf",
    "text/rtf": "rtf",
    "message/rfc822": "eml",
    "message/delivery-status": "txt",
    "text/rfc822-headers": "txt",
}
"""Of types that are attached without a name; `image/jpg` is not registered, and common."""


def name_of_message(header: Header) -> str:
    """The subject of the message with this header."""
    subject = decode_header(header.first("subject") or b"")
    return clean_filename(f"{subject[:60] or 'message'}.eml".replace("/", "_"))


def made_up_name(part: Part, number: int) -> str:
    """The end of where the part says that it is from, else its place among the attachments."""
    return _located(part) or f"attachment-{number}.{_ENDINGS.get(part.content_type, 'bin')}"


def _located(part: Part) -> str:
    """Content-Location (RFC 2557 §4.2): gateways of mobile networks and old Apple Mail name a
    picture by it alone. Without an ending it is a page's address and no name."""
    value = part.header.first("content-location")
    path = decode_header(value[:2000]).partition("?")[0].partition("#")[0] if value else ""
    name = clean_filename(unquote(path, errors="replace"))
    return name if _LOCATED.fullmatch(name) else ""
