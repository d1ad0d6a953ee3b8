"""Encoded words (RFC 2047) as text."""

import binascii
import re

from mailgate.mail.charset import decode
from mailgate.mail.clean import clean_header
from mailgate.mail.transfer import decode_base64

_WORD = re.compile(rb"=\?([!->@-~]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,4})\?=")


def decode_header(value: bytes, hint: str | None = None) -> str:
    """The text of an unstructured field, phrase or file name, cleaned for one line. `hint` is
    the charset to read 8-bit octets in when they are not UTF-8."""
    if b"=?" not in value:
        return clean_header(decode(value, None, hint))
    pieces: list[str] = []
    pending: tuple[bytes, bytes] | None = None
    position = 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        charset, octets = word[1].lower(), _word_octets(word[2], word[3])
        position = word.end()
        if pending and not between.strip() and pending[0] == charset:
            pending = (charset, pending[1] + octets)  # a character may be split between words
            continue
        pieces.append(_flushed(pending))
        if between.strip() or pending is None:
            pieces.append(decode(between, None, hint))
        pending = (charset, octets)
    pieces.append(_flushed(pending))
    pieces.append(decode(value[position:], None, hint))
    return clean_header("".join(pieces))


def _flushed(pending: tuple[bytes, bytes] | None) -> str:
    return decode(pending[1], pending[0].decode("ascii")) if pending else ""


def _word_octets(encoding: bytes, payload: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(payload, header=True)
    return decode_base64(payload)
