"""mbox files (RFC 4155), of any size: where the messages stand, and their bytes."""

import re
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 1 << 20
_AROUND = 1 << 10
"""Octets behind a `From ` line that are looked at before it is believed."""

_FROM = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|(?<=\n))From ([^\r\n]{0,300})\r?\n")
_DATED = re.compile(
    rb"\S.*?(?:\d{1,2}:\d\d(?::\d\d)?.*\b(?:19|20)\d\d\b|\b(?:19|20)\d\d\b.*\d{1,2}:\d\d).*"
)
"""`name@host Mon Jan  5 18:00:00 2026`, with zones and words that programs add."""
_ONE_WORD = re.compile(rb"\S+\s*")
_FIELD = re.compile(rb"(?:[!-9;-~]{1,100}[ \t]*:|>?From )")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def begins_mbox(head: bytes) -> bool:
    """Whether a file that begins so is an mbox file."""
    return head.startswith(b"From ")


def messages(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Offset and length of each message, without the `From ` line above it, and that line."""
    begun: tuple[int, bytes] | None = None
    for start, end, line in _from_lines(file):
        if begun is not None:
            yield begun[0], start - begun[0], begun[1]
        begun = (end, line)
    if begun is not None:
        size = file.seek(0, 2)
        yield begun[0], size - begun[0], begun[1]


def _from_lines(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Where each line that begins a message begins and ends, and what it says."""
    base, judged, buffer = 0, 0, b""
    file.seek(0)
    while True:
        more = file.read(CHUNK)
        buffer += more
        known = base + (len(buffer) if not more else max(0, len(buffer) - _AROUND))
        for found in _FROM.finditer(buffer):
            start = base + found.start()
            if judged <= start < known and (start == 0 or _begins_message(buffer, found)):
                yield start, base + found.end(), found[1]
        if not more:
            return
        # What was judged goes, but for the lines in front of what comes.
        judged = known
        cut = max(0, known - base - _AROUND)
        base, buffer = base + cut, buffer[cut:]


def _begins_message(buffer: bytes, found: "re.Match[bytes]") -> bool:
    """A `From ` line that nobody quoted can stand in a text too. That of a message says when it
    came (RFC 4155), or is one word; it follows a blank line and stands above a field. Of a line
    with a time one of the two is enough: some programs write no blank line."""
    after_blank = buffer.endswith((b"\n\n", b"\n\r\n"), 0, found.start())
    above_field = _FIELD.match(buffer, found.end()) is not None
    if _DATED.fullmatch(found[1]):
        return above_field or after_blank
    return after_blank and above_field and _ONE_WORD.fullmatch(found[1]) is not None


def unquoted(content: bytes) -> bytes:
    """The message as it was before it was put in: `>From ` at the beginning of a line (mboxo),
    `>>From ` and so on (mboxrd) lose one `>`, and so does the blank line at the end go."""
    if content.endswith(b"\r\n\r\n"):
        content = content[:-2]
    elif content.endswith(b"\n\n"):
        content = content[:-1]
    return _QUOTED.sub(rb"\1", content) if b">From " in content else content
