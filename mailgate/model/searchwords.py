"""Words as the search index knows them, whatever database keeps it. Pure.

A text becomes a row of terms. A word of a script that puts blanks between words is one term;
Korean, Chinese, Japanese, Thai and their like glue particles and words together, so that there
every two neighbours are a term: what somebody looks for is found inside of what was written
("환불" in "환불해주세요"). A word that is looked for becomes the same terms, in a row.

A term holds letters, digits and marks alone, in lower case: nothing that is syntax anywhere.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["MAX_PHRASE_TERMS", "Phrase", "QueryError", "holds", "read_query", "terms_of"]

MAX_TERM = 64
"""Characters of a word that count; what is longer is no word."""
MAX_PHRASES = 16
MAX_PHRASE_TERMS = 32
"""Terms in a row that can be looked for."""

# Written without blanks between words: Thai, Lao, Myanmar, Khmer, Hangul, Kana, Bopomofo, Han.
_GLUED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007"
    "\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Accents and vowel signs, which Python does not count among the characters of a word.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0966-\u0dff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_RUN = re.compile(f"(?P<glued>[{_GLUED}]+)|(?:(?![{_GLUED}])(?:[^\\W_]|[{_MARKS}]))+")
# Seen by nobody, and put into the middle of words by mail clients.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_NUMBER = re.compile("#([0-9]{1,18})")
_ASKED = re.compile('"(?P<quoted>[^"]*)"?|(?P<word>[^\\s"]+)')


class QueryError(ValueError):
    """Nothing that can be looked for; the text says why."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that stand in a row; with `prefix` the last one only begins so. `number` is that of the
    ticket that is meant where they were written as `#123`; it may stand in a text as well."""

    terms: tuple[str, ...]
    prefix: bool = False
    number: int | None = None


def terms_of(text: str) -> Iterator[str]:
    """The terms of a text, in its order."""
    for run, glued in _runs(text):
        if not glued:
            yield run[:MAX_TERM]
        elif len(run) == 1:
            yield run
        else:
            for first, second in pairwise(run):
                yield first + second


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """The words, and whether each is a run of a script without blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
        # Some letters fold into what is not composed (UAX #31, NFKC_Casefold).
        text = unicodedata.normalize("NFKC", text.casefold())
    else:
        text = text.lower()
    for found in _RUN.finditer(text):
        yield found.group(), found["glued"] is not None


def read_query(text: str) -> tuple[Phrase, ...]:
    """What somebody looks for: each word, and each "row of words" in quotes, must be there; a `*`
    at the end stands for any ending, and so does a single syllable's place. QueryError when there
    is nothing to look for, or too much."""
    plain = text.replace("\u201c", '"').replace("\u201d", '"')
    found = tuple(
        dict.fromkeys(
            phrase
            for match in _ASKED.finditer(plain)
            if (phrase := _phrase(match["word"] or match["quoted"] or "")) is not None
        )
    )
    if not found:
        raise QueryError("nothing to look for: write a word with a letter or a digit")
    if len(found) > MAX_PHRASES:
        raise QueryError(f"too much to look for: at most {MAX_PHRASES} words")
    return found


def _phrase(asked: str) -> Phrase | None:
    runs = list(_runs(asked))
    if not runs:
        return None
    last, glued = runs[-1]
    terms = tuple(terms_of(asked))
    if len(terms) > MAX_PHRASE_TERMS:
        raise QueryError(f"too long to look for in a row: {asked[:20]}...")
    number = _NUMBER.fullmatch(unicodedata.normalize("NFKC", asked))
    return Phrase(
        terms,
        prefix=asked.rstrip().endswith("*") or (glued and len(last) == 1),
        number=None if number is None else int(number[1]),
    )


def holds(terms: Sequence[str], phrase: Phrase) -> bool:
    """Whether a text of these terms has the phrase in it: what the index says, of one text."""
    size = len(phrase.terms)
    *head, tail = phrase.terms
    return any(
        list(terms[at : at + size - 1]) == head
        and (
            terms[at + size - 1].startswith(tail) if phrase.prefix else terms[at + size - 1] == tail
        )
        for at in range(len(terms) - size + 1)
    )
