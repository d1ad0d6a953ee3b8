"""MIME entities as they are written (RFC 2045, 2046): texts, files and multiparts, 7-bit clean,
lines within what RFC 5322 §2.1.1 allows."""

import binascii
import codecs
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from mailgate.mail.clean import clean_body
from mailgate.mail.fields import disposition_field, fits_as_id, id_field, type_field
from mailgate.mail.parsed import Attachment

MAX_LINE = 998
"""RFC 5322 §2.1.1, without the CRLF."""

_USUAL_LINE = 78
_ENCODED_LINE = 76
_BLOCK_LINES = 1024
_BLOCK_OCTETS = _BLOCK_LINES * _ENCODED_LINE // 4 * 3
_BLOCK = struct.Struct(f"{_ENCODED_LINE}s" * _BLOCK_LINES)


@dataclass(frozen=True, slots=True)
class Entity:
    """The Content fields, a blank line and the body, in pieces: a large file is copied when the
    whole message is joined, and not at each level before."""

    pieces: tuple[bytes, ...] = field(repr=False)
    is_literal: bool
    """Whether lines stand in it as somebody wrote them, and may look like a boundary."""

    def holds(self, octets: bytes) -> bool:
        """Whether the octets stand in a literal part of it."""
        return self.is_literal and any(octets in piece for piece in self.pieces)


def multipart(
    subtype: str, entities: Sequence[Entity], seed: str, parameters: Sequence[str] = ()
) -> Entity:
    """The entities in one. The same seed gives the same boundary."""
    boundary = _boundary(entities, seed)
    fields = ";\r\n ".join([f"multipart/{subtype}", *parameters, f'boundary="{boundary}"'])
    delimiter = f"\r\n--{boundary}".encode("ascii")
    pieces = [f"Content-Type: {fields}\r\n".encode("ascii")]
    for entity in entities:
        pieces += [delimiter, b"\r\n", *entity.pieces]
    return Entity(
        (*pieces, delimiter, b"--\r\n"), is_literal=any(entity.is_literal for entity in entities)
    )


def _boundary(entities: Sequence[Entity], seed: str) -> str:
    """`=_` can't stand in base64 or quoted-printable; what is sent as it was written may hold
    anything, so it is looked for."""
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{seed}\0{attempt}".encode("utf-8", "replace")).hexdigest()
        boundary = f"=_{digest[:32]}"
        if not any(entity.holds(boundary.encode("ascii")) for entity in entities):
            return boundary
        attempt += 1


def text_entity(subtype: str, text: str) -> Entity:
    """text/plain or text/html in UTF-8: as it is when it is short-lined ASCII, quoted-printable
    when most of it is ASCII, base64 otherwise (RFC 2045 §6). Both encodings keep long lines as
    they are: format=flowed, which Outlook does not read, is not needed."""
    text = clean_body(text)
    octets = text.encode("utf-8", "replace")
    if not octets.endswith(b"\n"):
        octets += b"\n"
    pieces: tuple[bytes, ...]
    if octets.isascii() and _travels_as_text(text):
        encoding, pieces = "7bit", (octets.replace(b"\n", b"\r\n"),)
    elif len(octets) - len(text) < len(octets) // 5:
        encoding, pieces = "quoted-printable", (_quoted_printable(octets),)
    else:
        encoding, pieces = "base64", base64_lines(octets.replace(b"\n", b"\r\n"))
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return Entity((head.encode("ascii"), *pieces), is_literal=encoding == "7bit")


def _travels_as_text(text: str) -> bool:
    """Lines of a usual length, none of which an mbox store would change."""
    if text.startswith("From ") or "\nFrom " in text:
        return False
    return max(map(len, text.split("\n"))) <= _USUAL_LINE


def _quoted_printable(octets: bytes) -> bytes:
    lines = binascii.b2a_qp(octets, istext=True).split(b"\n")
    return b"\r\n".join(map(_quoted_printable_line, lines))


def _quoted_printable_line(line: bytes) -> bytes:
    """`From ` at the start of a line is encoded: mbox stores and old relays change it. What is
    then over 76, or was before (CPython does not count the `=20` of a last blank), is broken."""
    if line.startswith(b"From "):
        line = b"=46" + line[1:]
    if len(line) <= _ENCODED_LINE:
        return line
    cut = next(at for at in range(_ENCODED_LINE - 1, 0, -1) if _may_break(line, at))
    return line[:cut] + b"=\r\n" + line[cut:]


def _may_break(line: bytes, at: int) -> bool:
    """No `=XX` is cut in two, and the new line does not begin with what is encoded above."""
    return b"=" not in line[at - 2 : at] and not line.startswith(b"From ", at)


def base64_lines(octets: bytes) -> tuple[bytes, ...]:
    """Base64 in lines of 76 that end in CRLF (RFC 2045 §6.8), in blocks of many lines."""
    view = memoryview(octets)
    blocks = []
    for start in range(0, len(view), _BLOCK_OCTETS):
        encoded = binascii.b2a_base64(view[start : start + _BLOCK_OCTETS], newline=False)
        if len(encoded) == _BLOCK.size:
            lines = _BLOCK.unpack(encoded)
        else:
            cuts = range(0, len(encoded), _ENCODED_LINE)
            lines = tuple(encoded[cut : cut + _ENCODED_LINE] for cut in cuts)
        blocks.append(b"\r\n".join((*lines, b"")))
    return tuple(blocks)


def attachment_entity(attachment: Attachment, *, inline: bool = False) -> Entity:
    """A part with its file name, in base64; a message/rfc822 as it is (RFC 2046 §5.2.1 forbids
    base64 for it), or as plain octets when it is not fit to travel so."""
    content_type, content = attachment.content_type.lower(), attachment.content
    as_message = content_type == "message/rfc822" and travels_as_is(content)
    if content_type.startswith(("multipart/", "message/")) and not as_message:
        content_type = "application/octet-stream"
    content_id = attachment.content_id or ""
    head = [
        type_field(content_type, attachment.filename, _charset(content_type, content)),
        "" if as_message else "Content-Transfer-Encoding: base64\r\n",
        disposition_field("inline" if inline else "attachment", attachment.filename),
        id_field("Content-ID", content_id) if fits_as_id(content_id) else "",
        "\r\n",
    ]
    body = (content,) if as_message else base64_lines(content)
    return Entity(("".join(head).encode("ascii"), *body), is_literal=as_message)


def _charset(content_type: str, content: bytes) -> str:
    """Of a text file whose octets show it: the label keeps Apple Mail, which shows text files in
    the mail itself, from guessing. Nothing is said of others."""
    if not content_type.startswith("text/") or content.isascii():
        return ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(content)
    try:
        for start in range(0, len(view), _BLOCK_OCTETS):
            decoder.decode(view[start : start + _BLOCK_OCTETS])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ""
    return "utf-8"


def travels_as_is(content: bytes) -> bool:
    """ASCII, CRLF line ends alone, no NUL, no long line."""
    if not content.isascii() or b"\0" in content or not content.endswith(b"\r\n"):
        return False
    line_ends = content.count(b"\r\n")
    if content.count(b"\r") != line_ends or content.count(b"\n") != line_ends:
        return False
    start, whole = 0, MAX_LINE + 2
    while len(content) - start > whole:
        # The last line end that a line beginning here may have: each step takes many lines.
        start = content.rfind(b"\n", start, start + whole) + 1
        if start == 0:
            return False
    return True
