"""Message-IDs (RFC 5322 §3.6.4), read by scanning: ids of real systems break its grammar."""

import re

from mailgate.mail.words import decode_header

MAX_ID_OCTETS = 998
"""RFC 5322 §2.1.1: an id that is longer than a line can't have been sent as one."""

MAX_IDS = 100
_MAX_LOOKED_AT = 1000

_BRACKETED = re.compile(rb"<([^<>\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{1,1200}+)>")
_SEPARATORS = re.compile(rb"[<>,;()\[\]\"'\s]+")
_ENCODED = re.compile(rb"=\?[^? ]{1,60}\?[bBqQ]\?")
_LINKS = ("mailto:", "http:", "https:", "tel:")


def scan_ids(value: bytes) -> tuple[str, ...]:
    """Every id between angle brackets, without them, in order and once; when there are no
    brackets, what looks like an id. Of more than 100, the first one and the last 99."""
    found = _bracketed(value) or [token for token in _tokens(value) if _has_sides(token)]
    ids = list(dict.fromkeys(text for octets in found if (text := _id(octets))))
    return tuple(ids if len(ids) <= MAX_IDS else [ids[0], *ids[1 - MAX_IDS :]])


def own_id(values: list[bytes]) -> str | None:
    """The id of a message by its Message-ID fields; None when there is no readable one. A
    single word without `@` is one too: some programs count, and others cite the number."""
    for value in values:
        if ids := scan_ids(value):
            return ids[0]
        tokens = _tokens(value)
        if len(tokens) == 1 and b"<" not in value and (text := _id(tokens[0])):
            return text
    return None


def _bracketed(value: bytes) -> list[bytes]:
    """Some clients encode the field like words (Python before it could fold, and Exchange behind
    it): `=?utf-8?q?=3Cabc=40host=3E?=`."""
    if b"=?" in value and _ENCODED.search(value):
        value = decode_header(value).encode("utf-8", "replace")
    inners = _BRACKETED.findall(value)
    if len(inners) > _MAX_LOOKED_AT:
        inners = inners[:1] + inners[1 - _MAX_LOOKED_AT :]
    return [octets for inner in inners for octets in _one_or_more(inner)]


def _one_or_more(inner: bytes) -> list[bytes]:
    """What stands in one pair of brackets. A long id that was folded has a blank in it; several
    ids in one pair have several `@`."""
    pieces = inner.split()
    if len(pieces) > 1 and inner.count(b"@") <= 1:
        return [b"".join(pieces)]
    return pieces


def _tokens(value: bytes) -> list[bytes]:
    return [token for token in _SEPARATORS.split(value) if token]


def _has_sides(token: bytes) -> bool:
    left, at, right = token.partition(b"@")
    return bool(left and at and right)


def _id(octets: bytes) -> str | None:
    """RFC 6532 §3.3: UTF-8 is allowed. A link in brackets is no id."""
    if len(octets) > MAX_ID_OCTETS:
        return None
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.isprintable() or " " in text or text.lower().startswith(_LINKS):
        return None
    return text
