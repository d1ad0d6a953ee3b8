"""Status codes in what mail systems write: RFC 3463 codes, SMTP replies, and words."""

import re
from dataclasses import dataclass

from mailgate.mail.bouncewords import TEMPORARY
from mailgate.mail.phrases import fold, says

MAX_SEARCHED = 8_000

_ENHANCED = re.compile(r"(?<![\d.,/_\w-])([245])\.([0-7])\.(\d{1,3})(?!\d|\.\d|[\w])")
_REPLY = re.compile(r"(?<![\d.,/_\w$+-])(?!443)([45][0-5]\d)(?=[ \-:;,)\]\"'<]|$)", re.MULTILINE)
_AFTER_REPLY = re.compile(r"(?<![\d.\w])[245][0-5]\d[ -]{1,3}[#(\[]?$")
_MARKED_REPLY = re.compile(
    r"(?:^[ \t>\"'(]{0,12}|<<<[ ]|said:[ \"']?|returned:?[ \"']{1,2}"
    r"|response(?:[ ]was)?:?[ \"']{1,2}|smtp;[ ]{0,3}|code:?[ ]"
    r"|error:?[ \"'(]{1,2}|reason:[ ]|was:[ \"']?|status:?[ ]|smtp[ ]"
    r"|\]:[ ]|\)?:[ ]{1,4}|[(\[])$",
    re.IGNORECASE | re.MULTILINE,
)
_UNIT = re.compile(
    r"[ -]{0,2}(?:[kmg]?i?b\b|bytes|octets|sec|min|hours?|days?|recipients|messages?[ ]per|users)",
    re.IGNORECASE,
)
_PRODUCTS = frozenset(
    ("version", "v", "exim", "postfix", "sendmail", "release", "build", "esmtp", "server", "rev")
)


@dataclass(frozen=True, slots=True)
class Code:
    """A code and where in the text it stands. `value` is an enhanced one (`5.1.1`); a reply
    code alone gives its class: `5.0.0` (RFC 3463 §3.1)."""

    value: str
    start: int
    enhanced: bool

    @property
    def is_specific(self) -> bool:
        """It says more than its class."""
        return not self.value.endswith(".0.0")


def code_in(text: str) -> Code | None:
    """The code that a text of a mail system holds: an enhanced one, best right behind a reply
    code (`550 5.1.1`), else an SMTP reply."""
    text = text[:MAX_SEARCHED]
    return enhanced_in(text) or reply_in(text)


def enhanced_in(text: str) -> Code | None:
    """The enhanced status code of the text (RFC 3463 §2): failures before others, specific
    ones before general ones, those behind a reply code first."""
    best: tuple[int, Code] | None = None
    for found in _ENHANCED.finditer(text[:MAX_SEARCHED]):
        before = text[max(found.start() - 16, 0) : found.start()]
        words = before.rstrip(" (/").rpartition(" ")[2].casefold()
        if words in _PRODUCTS:
            continue
        code = Code(f"{found[1]}.{found[2]}.{int(found[3])}", found.start(), enhanced=True)
        rank = 4 * (found[1] != "2") + 2 * code.is_specific + bool(_AFTER_REPLY.search(before))
        if best is None or rank > best[0]:
            best = rank, code
    return best[1] if best else None


def reply_in(text: str) -> Code | None:
    """The SMTP reply code of the text (RFC 5321 §4.2.1): best where a reply stands, else a
    number that can be one."""
    fallback = None
    for found in _REPLY.finditer(text[:MAX_SEARCHED]):
        if _UNIT.match(text, found.end()):
            continue
        code = Code(f"{found[1][0]}.0.0", found.start(), enhanced=False)
        if _MARKED_REPLY.search(text[max(found.start() - 16, 0) : found.start()]):
            return code
        fallback = fallback or code
    return fallback


def class_of_words(text: str) -> str:
    """What a failure is of which no code is told: temporary when the words say so, else for
    good; the mail has been given back."""
    return "4.0.0" if says(TEMPORARY, fold(text)) else "5.0.0"


def settled(field: str, diagnostic: str) -> str | None:
    """The status of a recipient by its Status field (RFC 3464 §2.3.4) and its diagnostic.
    A field that says no more than its class gives way to a diagnostic that does, and so does
    none at all."""
    stated = enhanced_in(field)
    if stated and stated.is_specific:
        return stated.value
    told = enhanced_in(diagnostic)
    if told and (stated is None or (told.is_specific and not told.value.startswith("2."))):
        return told.value
    if stated:
        return stated.value
    found = reply_in(diagnostic)
    return found.value if found else None
