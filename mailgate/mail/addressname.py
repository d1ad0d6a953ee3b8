"""Display names: out of the octets around an address, with what hides in raw Asian text kept
from being read as structure.

Text here is octets, one a character (latin-1). In Shift_JIS, Big5 and GBK the second octet of
a character may be `@`, `[` or a backslash, and ISO-2022-JP is made of nothing but printable
ASCII between its escapes: such octets are lifted out of the way before anybody looks for
addresses, and put back before the name is decoded.
"""

import re
from unicodedata import normalize

from mailgate.mail.words import decode_header

MAX_OCTETS = 2_000
"""Of a name before it is decoded; a list may hold one that is as long as the field."""

_LIFT = 0xE000
"""Added to an octet that stands for no structure: private use, where no octet is."""
_STATEFUL = re.compile(r"\x1b(?:\$[@B](?:[\x21-\x7e]{2}){0,500}|\([BJI])")
_PAIR = re.compile(r"[\x81-\xfe][@\[\\\]]")
_DOUBTFUL = re.compile(f"[{chr(_LIFT + ord('@'))}{chr(_LIFT + ord(chr(92)))}]")
_LOWER = {_LIFT + octet: octet for octet in range(256)}


def lifted(text: str) -> str:
    """`text` with the octets of raw multi-byte characters out of the way of the grammar."""
    if "\x1b" in text:
        text = _STATEFUL.sub(_lift, text)
    if text.isascii() or not _PAIR.search(text) or _is_utf8(text):
        return text
    return _PAIR.sub(_lift, text)


def is_doubtful(text: str) -> bool:
    """Whether octets were lifted that somebody else may read as structure."""
    return _DOUBTFUL.search(text) is not None


def looks_like_address(name: str) -> bool:
    """A reader may take the name for an address: full-width and small forms of `@` (U+FF20,
    U+FE6B) look like it, and are it to programs that compare by compatibility (NFKC)."""
    return "@" in (name if name.isascii() else normalize("NFKC", name))


def display_name(raw: str, hint: str | None) -> str:
    """The name for people; `hint` is the charset of octets that are not UTF-8."""
    if not raw:
        return ""
    raw = raw[:MAX_OCTETS]
    if not raw.isascii():
        raw = raw.translate(_LOWER)
    name = decode_header(raw.encode("latin-1", "replace"), hint).strip()
    if len(name) > 2 and name[0] == name[-1] == "'":
        name = name[1:-1].strip()  # Outlook quotes so
    return name


def _lift(match: "re.Match[str]") -> str:
    return "".join(chr(_LIFT + ord(c)) if ord(c) < 0x100 else c for c in match[0])


def _is_utf8(text: str) -> bool:
    try:
        text.encode("latin-1", "replace").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
