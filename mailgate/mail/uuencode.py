"""Files that old mail programs write into the text itself: `begin 644 name`, lines of uuencode
(POSIX.1-2017, uuencode), `end`."""

import re

from mailgate.mail.clean import clean_filename
from mailgate.mail.parsed import Attachment
from mailgate.mail.transfer import uu_line
from mailgate.mail.words import decode_header

MAX_FILES = 100
MAX_BEGINS = 1_000
"""Lines that look like a begin; no mail has so many."""

_BEGIN = re.compile(rb"^begin(?:-)?[ \t]+([0-7]{3,4})[ \t]+([^\r\n]{1,255})\r?\n", re.MULTILINE)
_LINE = re.compile(rb"[!-M][ -`]{1,62}[^\r\n]{0,2}\r?\n")
"""A count of 1 to 45, then its octets by four; relays cut blanks at the end, some programs
write a check character there."""

_END = re.compile(rb"(?:[ `][ \t]*\r?\n|\r?\n){0,2}end[ \t]*(?:\r?\n|\Z)")


def split_uuencoded(octets: bytes, hint: str | None = None) -> tuple[bytes, list[Attachment]]:
    """The text without the files in it, and the files. Only a block from begin to end of which
    every line is well-formed is a file; all else stays text. Linear in time."""
    if b"begin" not in octets:
        return octets, []
    files: list[Attachment] = []
    kept: list[bytes] = []
    position = 0
    for _ in range(MAX_BEGINS):
        begin = _BEGIN.search(octets, position)
        if begin is None or len(files) >= MAX_FILES:
            break
        found = _block(octets, begin.end())
        if found is None:
            kept.append(octets[position : begin.end()])
            position = begin.end()
            continue
        content, end = found
        kept.append(octets[position : begin.start()])
        files.append(_attachment(begin[2], content, hint))
        position = end
    return (b"".join([*kept, octets[position:]]), files) if files else (octets, [])


def _block(octets: bytes, start: int) -> tuple[bytes, int] | None:
    """The content of the block and the place behind it; None when it is none. What was looked
    at in vain is not decoded again: a begin inside of it is not well-formed either."""
    out = bytearray()
    position = start
    while line := _LINE.match(octets, position):
        decoded = uu_line(line[0].rstrip(b"\r\n"))
        if decoded is None:
            break
        out += decoded
        position = line.end()
    end = _END.match(octets, position)
    return (bytes(out), end.end()) if end and out else None


def _attachment(raw_name: bytes, content: bytes, hint: str | None) -> Attachment:
    name = clean_filename(decode_header(raw_name.strip(b' \t"'), hint)) or "attachment.bin"
    is_tnef = name.lower() == "winmail.dat"
    content_type = "application/ms-tnef" if is_tnef else "application/octet-stream"
    return Attachment(filename=name, content_type=content_type, content=content)
