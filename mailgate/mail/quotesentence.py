"""What the sentence looks like by which a mail program introduces a quote: `On …, Hong wrote:`.

The words stand in `quotewords`, by language; in which lines it stands is for `quotemarks`.
"""

import re

from mailgate.mail import quotewords

MAX_LINE = 400
"""Characters; a longer line is text."""

MIN_WRAPPED = 40
"""Characters: no program breaks its lines when they are shorter."""

MAX_NAME_WORDS = 6
MAX_BARE = 100

_BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
INVISIBLE = dict.fromkeys(map(ord, _BIDI))
MAIL_ADDRESS = re.compile(r"[^\s<>()@:\"]{1,64}@[^\s<>()@\"]{3,200}")
_VERBS = "|".join(quotewords.VERBS.values()).casefold()
_VERBS_INSIDE = "|".join(quotewords.VERBS_INSIDE.values())
_INTRODUCTIONS = "|".join(quotewords.INTRODUCTIONS.values()).casefold()
_DAYS = "|".join(quotewords.DAYS.values()).casefold()
_LONG_DAYS = "|".join(name for name in _DAYS.split("|") if len(name) > 5)
_BEFORE = r"[ \t*\"'(\[–-]*"
_SOME_WORDS = r"(?:[ ,.]++[^\s\d,.]++){0,3}[ ,.]+"
_VERB = re.compile(_VERBS)
_VERB_INSIDE = re.compile(_VERBS_INSIDE)
_DAY = rf"(?:{_DAYS})(?:day|[a-z]{{0,5}})(?!\w)"
_OPENING = re.compile(
    rf"{_BEFORE}(?:(?:{_INTRODUCTIONS})(?!\w)|{quotewords.INTRODUCTIONS_INSIDE}|{_DAY}|<?\d)"
)
BEGINS_WITH_DAY = re.compile(
    rf"{_BEFORE}(?:(?:{_INTRODUCTIONS}){_SOME_WORDS}(?:\d|{_DAY})|{quotewords.INTRODUCTIONS_INSIDE}"
    rf"|(?:{_DAYS})[a-z]{{0,5}}{_SOME_WORDS}\d|\S{{1,12}}\s+\d|<?\d)"
)
_DAY_NAME = re.compile(rf"(?<!\w)(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|{_LONG_DAYS})(?!\w)")
NAME_END = re.compile("[<(@]")
# Each begins with the digit and looks back from there: so a search skips what has none.
TIME = re.compile(
    r"\d(?<![\d.]\d)(?:\d?[:.h]\d\d(?!\d|\.\d)|\d? ?[시時时點点]|\d? ?[aApP]\.?[mM]\b)"
)
DATE = re.compile(
    r"\d(?<![\d.]\d)(?:(?:(?<=1)[49]|(?<=2)[05])\d\d(?!\d)|"
    r"\d?[./-] ?\d{1,2}[./-] ?(?:\d{4}|\d{2})(?!\d|\.\d)|\d?[./]\d{1,2}\.?(?=[ ,]))"
)
NAMED = re.compile(r"(?:[<(\[]\s?)(?:mailto:)?[^\s<>()@:]{1,64}@[^\s<>()@]{3,200}\s?[>)\]]")
ADDRESS_START = re.compile(r"[<(\[\"][^<>@ ]{1,100}@|<[ ]*$")
COLONLESS = re.compile(
    # Gmail before 2017 in languages without a sentence of their own, Zoho Mail.
    r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d\d GMT[+-]\d{1,2}(?::?\d\d)? [^<>]{1,120}"
    r"(?:<[^<>\s]{3,200}>)?"
    r"|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[^<>]{1,120}<[^<>@\s]{1,64}@[^<>@\s]{1,200}>"
    r"|-{2,} ?\S{1,20} [^<>]{0,60}\d[:.]\d\d[^<>]{0,120}"
    r"(?:<[^<>@\s]{1,64}@[^<>@\s]{1,200}>)?[^<>]{0,40}-{2,}"
)
ENDINGS = " \t*_\u00a0\u200e\u200f\u202a\u202b\u202c\u2069"
_DAY_FIRST = re.compile(rf"{_BEFORE}(?:{_INTRODUCTIONS})[ ,.]+{_DAY}|{_BEFORE}(?:{_LONG_DAYS})")
SHORT_NUMBER = re.compile(r"(?<!\d)\d\d?(?!\d)")


def opens(line: str) -> bool:
    """The line begins as an attribution does, and a day or a number is in it."""
    folded = line[:MAX_LINE].translate(INVISIBLE).casefold()
    return _OPENING.match(folded) is not None and (
        any(c.isdigit() for c in line) or _DAY_NAME.search(folded) is not None
    )


def is_attribution(text: str) -> bool:
    """A date, time and address in whatever language, or a verb with one of them."""
    has_address = "@" in text and MAIL_ADDRESS.search(text) is not None
    if has_address and TIME.search(text) and DATE.search(text):
        return True
    if not (has_address or any(c.isdigit() for c in text)):
        return False
    return has_verb(text)


def has_verb(text: str) -> bool:
    """Somewhere it says that somebody wrote."""
    folded = text.casefold()
    starts = (found.start() for found in _VERB.finditer(folded))
    if any(start == 0 or not folded[start - 1].isalnum() for start in starts):
        return True
    return not folded.isascii() and _VERB_INSIDE.search(folded) is not None


def is_own_words(line: str) -> bool:
    """Nothing of an attribution is in the line."""
    if "@" in line or "<" in line or DATE.search(line) or TIME.search(line):
        return False
    folded = line.translate(INVISIBLE).casefold()
    is_cut = folded.endswith(",") and _OPENING.match(folded) is not None
    return not is_cut and _DAY_FIRST.match(folded) is None


def is_named_first(line: str) -> bool:
    """`Hong Gildong <hong@example.kr> …`: the name is there too."""
    named = NAMED.search(line)
    return named is not None and bool(line[: named.start()].strip(" \t*\"'"))


def is_sentence(line: str) -> bool:
    """Words of a person that end where the line does."""
    words = line.split()
    last = words[-1]
    return len(words) > 4 and len(last) > 4 and last[:-1].islower() and last[-1] in ".!?"


def joined(line: str, rest: str) -> str:
    """The line and what stands below it; a word broken behind its bracket is whole again."""
    return line + ("" if line.endswith(("<", "=")) else " ") + rest


def is_name_and_verb(text: str) -> bool:
    """`Hong Gildong <hong@example.kr> wrote:` and no sentence around it."""
    name, _, rest = text.partition("<")
    return len(name.split()) <= MAX_NAME_WORDS and len(rest.split()) <= MAX_NAME_WORDS
