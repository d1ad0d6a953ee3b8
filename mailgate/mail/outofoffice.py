"""The subjects of automatic replies, in the words of the systems that write them.

Three strengths. A phrase of `REPLIES` or `ABSENCES` that is set off (`Automatic reply: …`,
`[자동응답] …`) says it alone: Outlook, Exchange, Gmail, Notes, Naver and Daum write them so,
and people don't. The same phrase in running text ("Automatic reply doesn't work") says it only
of a mail that a machine sent by its header. A phrase of `HINTS` ("휴가", also a word of every
leave request) says it only when that machine answered something.
"""

import re
import unicodedata

from mailgate.mail.outofofficewords import ABSENCES, HINTS, REPLIES

_TAG = re.compile(
    r"\s*+[\[【(<「『〔（［〈《]([^\[\]【】()<>「」『』〔〕（）［］〈〉《》]{2,80}+)[\]】)>」』〕）］〉》]\s*+"
)
_HEAD = re.compile(r"([^:\uff1a\[\]【】]{2,80}+)[:\uff1a]\s*")
_NOTES = re.compile(
    r".{1,100} (?:is out of the office|ist au(?:ß|ss)er haus|est absent\(?e?\)? du bureau"
    r"|님은 부재 ?중입니다)\.? ?\(.{1,100}\)\.?\s*",
    re.IGNORECASE,
)
"""Notes: `Hong Gildong/Seoul/Acme is out of the office (returning 05/05/2026)`."""
_REPLY_PREFIX = re.compile(r"(?:re|aw|sv|antw|회신|답장|答复|回复)\s?[:\uff1a]", re.IGNORECASE)
_LAST_PREFIX = re.compile(r"\s(?:re|aw|sv|fwd?)\Z", re.IGNORECASE)
"""`Out of office Re: subject`."""
_NO_WORD = re.compile(r"[\W_]+")
_MAX_TAGS = 3
_MAX_SEARCHED = 300


def _compact(text: str) -> str:
    """For comparison: no case, accents, blanks or punctuation."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in parts if not unicodedata.combining(c)).replace("ı", "i")
    return _NO_WORD.sub("", text.casefold())


def _phrases(*tables: dict[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(
        _compact(phrase) for table in tables for phrases in table.values() for phrase in phrases
    )


_SET_OFF = _phrases(REPLIES, ABSENCES)
_MIN_RUNNING = 5
"""Letters of ASCII that a phrase must have to be looked for in running text: not "oof"."""


def _anywhere(phrases: frozenset[str]) -> "re.Pattern[str]":
    long_enough = (p for p in phrases if not p.isascii() or len(p) >= _MIN_RUNNING)
    return re.compile("|".join(sorted(map(re.escape, long_enough), reverse=True)))


_MENTIONED = _anywhere(_SET_OFF)
_HINTED = _anywhere(_phrases(HINTS))


def says_automatic(subject: str) -> bool:
    """The subject has the form that only automatic replies have."""
    position = 0
    for _ in range(_MAX_TAGS):
        tag = _TAG.match(subject, position)
        if tag is None:
            break
        if _compact(tag[1]) in _SET_OFF:
            return True
        position = tag.end()
    head = _HEAD.match(subject, position)
    if head is not None:
        key = _compact(head[1])
        if key in _SET_OFF or _compact(_LAST_PREFIX.sub("", head[1].rstrip())) in _SET_OFF:
            return True
        if key == "auto":  # Notes and Domino; `Auto: tyres` is a person's
            rest = subject[head.end() :]
            return bool(_REPLY_PREFIX.match(rest)) or mentions_automatic(rest)
    return _NOTES.fullmatch(subject[:_MAX_SEARCHED]) is not None


def mentions_automatic(subject: str) -> bool:
    """A phrase of automatic replies stands somewhere in the subject: enough when the header
    says that a machine sent the mail."""
    return _MENTIONED.search(_compact(subject[:_MAX_SEARCHED])) is not None


def hints_automatic(subject: str) -> bool:
    """A word of absences or receipts: enough when the header says that a machine answered."""
    return _HINTED.search(_compact(subject[:_MAX_SEARCHED])) is not None
