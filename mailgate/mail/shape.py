"""The shape of what a mail says: what stays the same when a machine says it again.

Two mails of one machine differ in what it counts and when it writes. The shape leaves that out,
and so do the addresses, the links and the quoted part: a machine that answers a hundred mails
makes one shape, whatever its header says.
"""

import hashlib
import re

from mailgate.mail.subject import base_subject

MAX_CHARACTERS = 1000
"""Of the text that are looked at: a machine repeats itself from the first line on."""
LEAST_LETTERS = 24
"""Fewer are no shape: "Hello", "Thanks!" and "see attachment" are everybody's words."""
_SIZE = 16

_NO_LETTERS = re.compile(r"[\W\d_]+")
_DIGIT = re.compile(r"[0-9]")
_AROUND = ".,;:!?'\"()"
_CALENDAR_WORDS = """
    mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
    jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august
    september october november december am pm utc gmt
"""
_CALENDAR = frozenset(_CALENDAR_WORDS.split())


def content_shape(subject: str, text: str) -> bytes:
    """The digest of a subject and of the visible text; empty where there are too few letters.

    What is left out: case, blanks, punctuation, digits, addresses, links, names of days and
    months, and every ASCII word that holds a digit (numbers of tickets, ids). In scripts
    without blanks, a word is a sentence: there only the digits go.
    """
    said = f"{base_subject(subject)} {text[:MAX_CHARACTERS]}".casefold()
    letters = "".join([word if word.isalpha() else _letters(word) for word in _words(said)])
    if len(letters) < LEAST_LETTERS:
        return b""
    return hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=_SIZE).digest()


def _words(said: str) -> list[str]:
    return [word for word in said.split() if word not in _CALENDAR]


def _letters(word: str) -> str:
    """What is left of a word that is not of letters alone."""
    if word.startswith("www."):
        return ""
    bare = word.strip(_AROUND)
    if bare.isalpha():  # most of them: at the end of a sentence
        return "" if bare in _CALENDAR else bare
    if "@" in word or "://" in word:
        return ""
    if word.isascii() and _DIGIT.search(word):
        return ""
    letters = _NO_LETTERS.sub("", word)
    return "" if letters in _CALENDAR else letters
