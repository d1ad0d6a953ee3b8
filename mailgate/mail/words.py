"""Encoded words (RFC 2047) as text."""

import binascii
import re
from dataclasses import dataclass, field

from mailgate.mail.charset import decode, reads
from mailgate.mail.clean import clean_header
from mailgate.mail.transfer import decode_base64

_WORD = re.compile(
    rb"=\?[ \t]*([!->@-~]{1,60})[ \t]*\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,4})(?:\?=|\Z)"
)
"""Blanks inside are what folding left there; the last word may have been cut off."""

_MAX_JOINED = 2_000
"""Words in a row that are read as one."""


def decode_header(value: bytes, hint: str | None = None) -> str:
    """The text of an unstructured field, phrase or file name, cleaned for one line. `hint` is
    the charset to read 8-bit octets in when they are not UTF-8."""
    if b"=?" not in value:
        return clean_header(decode(value, None, hint))
    pieces: list[str] = []
    run = _Run()
    position = 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        charset = word[1].partition(b"*")[0].lower()  # RFC 2231 §5: a language may follow
        position = word.end()
        if between.strip() or charset != run.charset or len(run.words) >= _MAX_JOINED:
            pieces.append(run.text())
            if between.strip() or not run.words:
                pieces.append(decode(between, None, hint))
            run = _Run(charset)
        run.words.append((word[2] in b"bB", word[3]))
    pieces.append(run.text())
    pieces.append(decode(value[position:], None, hint))
    return clean_header("".join(pieces))


@dataclass(slots=True)
class _Run:
    """Encoded words of one charset with nothing between: a character may be split over them."""

    charset: bytes = b""
    words: list[tuple[bool, bytes]] = field(default_factory=list)
    """(whether in base64, what stands in the word)."""

    def text(self) -> str:
        if not self.words:
            return ""
        label = self.charset.decode("ascii")
        octets = b"".join(
            decode_base64(word) if in_base64 else binascii.a2b_qp(word, header=True)
            for in_base64, word in self.words
        )
        if self._is_cut_base64() and not reads(octets, label):
            joined = decode_base64(b"".join(word for _, word in self.words))
            octets = joined if reads(joined, label) else octets
        return decode(octets, label)

    def _is_cut_base64(self) -> bool:
        """Some programs encode the whole and cut it anywhere; RFC 2047 §2 has each word whole."""
        return all(in_base64 for in_base64, _ in self.words) and any(
            len(word) % 4 and not word.endswith(b"=") for _, word in self.words[:-1]
        )
