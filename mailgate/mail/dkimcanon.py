"""A mail as a signature sees it: raw fields, and the canonical forms of RFC 6376 §3.4.

Everything here takes time and memory linear in the size of the mail: no expression that looks
back, whole-buffer replacements in place of loops over lines.
"""

import hashlib
import re
from enum import StrEnum
from typing import NamedTuple

from mailgate.mail.header import MAX_FIELDS, MAX_SECTION_OCTETS, section_end, skip_prologue

_CRLF = b"\r\n"
_BLANKS = b" \t\r\n"
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_FIELD_END = re.compile(rb"\r\n(?![ \t])")


class Canon(StrEnum):
    """How much a relay may change."""

    SIMPLE = "simple"
    RELAXED = "relaxed"


class RawField(NamedTuple):
    """`raw` is the whole field as it stands, without the line end behind it."""

    name: str
    raw: bytes

    @property
    def value(self) -> bytes:
        return self.raw.partition(b":")[2]


class SignedMail:
    """The fields from the top, the body, and hashes of the body, each made once."""

    __slots__ = ("_by_name", "_hashes", "body", "fields", "unreadable")

    def __init__(self, fields: tuple[RawField, ...], body: bytes, unreadable: str) -> None:
        self.fields = fields
        self.body = body
        self.unreadable = unreadable
        """Why nothing that is signed here can be believed, "" when it can."""
        self._by_name: dict[str, list[RawField]] = {}
        for field in fields:
            self._by_name.setdefault(field.name, []).append(field)
        self._hashes: dict[Canon, bytes] = {}

    def all(self, name: str) -> list[RawField]:
        """Every field of this (lower-case) name, from the top."""
        return self._by_name.get(name, [])

    def body_hash(self, canon: Canon) -> bytes:
        """SHA-256 of the canonical body."""
        if canon not in self._hashes:
            self._hashes[canon] = hashlib.sha256(canonical_body(self.body, canon)).digest()
        return self._hashes[canon]

    def signed_fields(self, names: tuple[str, ...], canon: Canon) -> bytes:
        """The canonical fields that `names` selects (RFC 6376 §5.4.2): of fields with the same
        name the lowest first; a name without a field left selects nothing."""
        taken: dict[str, int] = {}
        pieces: list[bytes] = []
        for name in names:
            fields = self.all(name)
            place = taken[name] = taken.get(name, 0) + 1
            if place <= len(fields):
                pieces += canonical_field(fields[-place], canon), _CRLF
        return b"".join(pieces)


def read_signed(content: bytes) -> SignedMail:
    """The mail, with the same header section that everybody else here reads.

    Line ends are CRLF; a mail that a local system kept has LF for every one of them, and is
    read as if it were CRLF (RFC 6376 §5.3). Anything between the two is no line end to the one
    who signed, and is one to others: such a header section proves nothing, in a body it is an
    octet like others.
    """
    start = skip_prologue(content)
    stop, body_start = section_end(content, start, len(content))
    unreadable = ""
    if stop - start > MAX_SECTION_OCTETS:
        unreadable = "the header section is too large"
    block = content[start : min(stop, start + MAX_SECTION_OCTETS)]
    body = content[body_start:]
    if b"\r" not in block:
        block = block.replace(b"\n", _CRLF)
        body = body.replace(_CRLF, b"\n").replace(b"\n", _CRLF)
    elif not block.count(b"\r") == block.count(b"\n") == block.count(_CRLF):
        unreadable = "line ends of the header section are mixed"
    fields, good = _fields(block)
    if not good:
        unreadable = unreadable or "the header section holds lines that are no fields"
    return SignedMail(fields, body, unreadable)


def _fields(block: bytes) -> tuple[tuple[RawField, ...], bool]:
    """The fields, and whether there was nothing else."""
    lines = _FIELD_END.split(block.removesuffix(_CRLF)) if block else []
    found = tuple(
        RawField(name[1].decode("ascii").lower(), line)
        for line in lines[:MAX_FIELDS]
        if (name := _NAME.match(line))
    )
    return found, len(found) == len(lines)


def canonical_field(field: RawField, canon: Canon) -> bytes:
    """RFC 6376 §3.4.1 and §3.4.2, without the line end."""
    if canon is Canon.SIMPLE:
        return field.raw
    value = _one_blank(field.value.replace(_CRLF, b"")).strip(b" ")
    return field.name.encode("ascii") + b":" + value


def without_signature(field: RawField) -> RawField:
    """A signature field with nothing as the value of its `b=` (RFC 6376 §3.7)."""
    head, colon, value = field.raw.partition(b":")
    segments = value.split(b";")
    for place, segment in enumerate(segments):
        name, equals, _ = segment.partition(b"=")
        if equals and name.strip(_BLANKS) == b"b":
            segments[place] = name + equals
    return RawField(field.name, head + colon + b";".join(segments))


def canonical_body(body: bytes, canon: Canon) -> bytes:
    """RFC 6376 §3.4.3 and §3.4.4."""
    if canon is Canon.RELAXED:
        body = _one_blank(body).replace(b" \r\n", _CRLF).removesuffix(b" ")
    body = body[: _end_of_text(body)]
    if body or canon is Canon.SIMPLE:
        return body + _CRLF
    return b""


def _one_blank(text: bytes) -> bytes:
    """Every run of blanks as one. Each round halves the runs; a round costs a copy."""
    text = text.replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text


def _end_of_text(body: bytes) -> int:
    """Where the line ends at the end of the body begin. Octets CR and LF that are no pairs are
    text."""
    tail_start = len(body.rstrip(_CRLF))
    tail = body[tail_start:]
    if not tail.endswith(b"\n"):
        return len(body)
    # Behind the last two of a kind they alternate; pairs are counted from the end.
    pairs = max(tail.rfind(b"\r\r"), tail.rfind(b"\n\n")) + 1
    return tail_start + pairs + (tail[pairs : pairs + 1] == b"\n")
