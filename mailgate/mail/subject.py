"""The base of a subject: what stays the same when people answer and forward."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from unicodedata import normalize

from mailgate.mail.subjectprefixes import BRACKETED, FORWARDS, REPLIES

MAX_SUBJECT = 2_000
_MAX_TAGS = 5


def _words(table: Mapping[str, Iterable[str]]) -> frozenset[str]:
    return frozenset(normalize("NFC", word) for words in table.values() for word in words)


_REPLIES = _words(REPLIES)
_FORWARDS = _words(FORWARDS) - _REPLIES
"""`vs` is a Finn's answer and a Dane's forward: it counts as an answer."""
_PREFIXES = _REPLIES | _FORWARDS
_BRACKETED = _words(BRACKETED)
_HEAD = re.compile(r"([^:\uff1a\ufe55]{1,26}+)[:\uff1a\ufe55]\s*")
_NUMBER = re.compile(r"\s{0,3}(?:\[\d{1,4}\]|\(\d{1,4}\)|[\^*]?\d{1,4})\Z")
"""`Re[2]:`, `RE(3):`, `Re^2:`: how often."""
_BRACKETS = re.compile(r"[\[(【]\s?([^\[\]()【】]{1,8}+)[\])】]\s*")
_WRAPPED = re.compile(r"\s*\[\s?(?:fwd?|re)\s?:(.*)\]\s*", re.IGNORECASE | re.DOTALL)
"""`[Fwd: subject]`, as Mozilla wrote it (RFC 5256 §2.1, step 6)."""
_TAG = re.compile(r"\s*+\[[^\[\]]{0,100}+\]\s*+")
_TRAILER = re.compile(r"(?<!\s)(?:\s*+\((?:fwd?|re)\))++\Z", re.IGNORECASE)


class _Prefix(NamedTuple):
    """A prefix, in lower case, and where what follows it begins."""

    word: str
    end: int


def base_subject(subject: str) -> str:
    """The subject without reply and forward prefixes of any language, however often they
    stand there, and without list tags in front of such a prefix (RFC 5256 §2.1 cuts every
    leading tag; `[urgent] …` is part of what a customer wrote and stays)."""
    rest = _composed(subject)
    position = 0
    while True:
        if found := _prefix(rest, position):
            position = found.end
        elif wrapped := _WRAPPED.fullmatch(rest, position):
            rest, position = wrapped[1], 0
        else:
            break
    rest = rest[position:].strip()
    return _TRAILER.sub("", rest) if rest.endswith(")") else rest


def is_forward(subject: str) -> bool:
    """The outermost prefix says that the mail forwards another one."""
    rest = _composed(subject)
    if found := _prefix(rest, 0):
        return found.word in _FORWARDS
    if rest.startswith("["):
        wrapped = _WRAPPED.fullmatch(rest)
        return wrapped is not None and rest[1:].lstrip()[:2].lower() == "fw"
    return rest[-5:].lower() == "(fwd)"


def _composed(subject: str) -> str:
    """Subjects of macOS come decomposed: `답장` in eight letters."""
    subject = subject[:MAX_SUBJECT].strip()
    return subject if subject.isascii() else normalize("NFC", subject)


def _prefix(text: str, start: int) -> _Prefix | None:
    """The prefix that begins at `start`, list tags before it included."""
    position = start
    for _ in range(_MAX_TAGS):
        if found := _untagged(text, position):
            return found
        tag = _TAG.match(text, position)
        if tag is None:
            return None
        position = tag.end()
    return None


def _untagged(text: str, start: int) -> _Prefix | None:
    if (found := _HEAD.match(text, start)) and (word := _word(found[1])) in _PREFIXES:
        return _Prefix(word, found.end())
    if (found := _BRACKETS.match(text, start)) and (word := _word(found[1])) in _BRACKETED:
        return _Prefix(word, found.end())
    return None


def _word(head: str) -> str:
    return _NUMBER.sub("", head.strip().lower())
