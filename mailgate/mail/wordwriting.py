"""Encoded words as they are written (RFC 2047): UTF-8 in base64, cut between characters as a
reader sees them, so that a client that shows each word by itself shows no half of one."""

import binascii
import re
from collections.abc import Iterator

_MARKS = len("=?utf-8?b??=")
_OCTETS = 42
"""Octets of text in one word, which has at most 75 characters (RFC 2047 §2): 56 of base64 and
the marks leave room for a field name on a line of 78."""

_LEAST_OCTETS = 9
"""Less room than this on the first line is not worth a word."""

# What belongs to the character before it: combining marks of the common scripts, variation
# selectors, the vowels and final consonants of decomposed hangul, skin tones, tags of flags;
# and whatever a zero-width joiner binds (UAX 29, without its rarer tables).
_EXTENDING = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0b82\u0bbe-\u0bcd\u0e31\u0e33-\u0e3a"
    "\u0e47-\u0e4e\u1160-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u20d0-\u20f0\u302a-\u302f"
    "\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
    "\U000e0100-\U000e01ef"
)
_CLUSTER = re.compile(
    f"(?:[\U0001f1e6-\U0001f1ff]{{2}}|.)(?:[{_EXTENDING}]|\u200d[^{_EXTENDING}\u200d]?)*",
    re.DOTALL,
)


def encoded_words(value: str, first_line: int = 0) -> list[str]:
    """The value as encoded words, each of whole characters (RFC 2047 §5).
    `first_line` is how many characters are left where the first word goes."""
    words: list[str] = []
    octets = bytearray()
    fit = (first_line - _MARKS) // 4 * 3
    limit = fit if _LEAST_OCTETS <= fit <= _OCTETS else _OCTETS
    for piece in _pieces(value):
        if octets and len(octets) + len(piece) > limit:
            words.append(_word(octets))
            octets, limit = bytearray(), _OCTETS
        if not words and len(piece) > limit:
            limit = _OCTETS
        octets += piece
    return [*words, _word(octets)] if octets else words


def _pieces(value: str) -> Iterator[bytes]:
    """The characters as a reader sees them, in UTF-8; one that no word can hold (a letter under
    a heap of marks) in its code points."""
    for found in _CLUSTER.finditer(value):
        octets = found[0].encode("utf-8", "replace")
        if len(octets) <= _OCTETS:
            yield octets
        else:
            yield from (character.encode("utf-8", "replace") for character in found[0])


def _word(octets: bytes | bytearray) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(octets, newline=False).decode('ascii')}?="
