"""The lines by which mail programs begin what they quote.

The words stand in `quotewords` and `quotelabels`, by language. Every test looks at a few short
lines: the time is linear whatever the text is.
"""

import re

from mailgate.mail import forwardwords, quotelabels, quotewords
from mailgate.mail.quotesentence import (
    ADDRESS_START,
    BEGINS_WITH_DAY,
    COLONLESS,
    DATE,
    ENDINGS,
    INVISIBLE,
    MAIL_ADDRESS,
    MAX_BARE,
    MAX_LINE,
    MAX_NAME_WORDS,
    MIN_WRAPPED,
    NAME_END,
    NAMED,
    SHORT_NUMBER,
    TIME,
    has_verb,
    is_attribution,
    is_name_and_verb,
    is_named_first,
    is_own_words,
    is_sentence,
    joined,
    opens,
)

MAX_MARK_LINE = MAX_LINE
"""Characters; a longer line is text."""

MAX_NAME_LINE = 120
MAX_LABEL = 40
MAX_BLOCK_LINES = 16
MAX_BLOCK_STRAYS = 3
"""Lines of a header block that continue the field above them."""

_ORIGINALS = frozenset(
    name.casefold() for names in quotewords.ORIGINAL_NAMES.values() for name in names.split("|")
)
_LABELS = {
    label.casefold(): kind
    for kind, languages in quotelabels.LABELS.items()
    for labels in languages.values()
    for label in labels.split("|")
}
_UNCLEAR_ORIGINALS = frozenset(
    {"original", "원본", "원문", "원본 내용", "original mail", "original email"}
)
"""Also headings of somebody's own: believed only with a field under them."""

_ORIGINAL_START = re.compile(r"original message (?:from|sent|on|follows|by)\b")
_DAVID = "original message processed by david"
"""Tobit David writes it without dashes."""

_FIELD_WITHIN = 4

_REPLY_ABOVE = re.compile("|".join(quotewords.REPLY_ABOVE))
_DASHES = "-_=*─━—–+~#<>[]()| \t\u00a0"
_DASHED = re.compile(r"[>\s]{0,10}[-_=*─━—–+~#<\[(|]")
_TWICE_DASHED = re.compile(r"[>\s*]{0,10}[-_=*─━—–]{2,}|[>\s]{0,10}\[")
_RULE = re.compile(r"[ \t*\u00a0]*([-_=*~#+─━—–])\1{2,}[ \t*\u00a0]*")
_GROUPWISE = re.compile(r">>> .{1,200}\d[:.]\d\d.{0,40}>>>[ \t]*")
_PLAIN_LABEL = re.compile(r"[^\W\d_][\w .'’/-]{0,29}[ \t\u00a0]{0,2}[:\uff1a](?!//)")
_INSTANT = re.compile(rf"{TIME.pattern}|(?<!\d)(?:19|20)\d\d(?!\d)", TIME.flags)
_COLON = re.compile("[:\uff1a](?= )")
MAX_OWN_FIELDS = 1
"""Fields that no mail program has in its header block: with more it is a form of somebody."""


def is_quoted(line: str) -> bool:
    """A line that begins with `>`."""
    return line[:1] == ">" or line[:4].lstrip(" ")[:1] == ">"


def unquoted(line: str) -> str:
    """The line without its quote marks, one level or more."""
    return line.lstrip("> ") if is_quoted(line) else line


def is_rule(line: str) -> bool:
    """A line of dashes or underscores alone."""
    return len(line) <= MAX_MARK_LINE and _RULE.fullmatch(line) is not None


def is_original_mark(line: str) -> bool:
    """`-----Original Message-----`, `>>> Hong 11/20/2026 3:04 PM >>>` (GroupWise), or `-- Reply
    above this line --`: what follows is the mail that is answered."""
    if len(line) > MAX_NAME_LINE:
        return False
    core = line.replace("&nbsp;", " ").strip(_DASHES).casefold()  # QQ writes it in text too
    if core.startswith(_DAVID) or _GROUPWISE.fullmatch(line):
        return True
    if not _DASHED.match(line):
        return False
    if core in _ORIGINALS or _ORIGINAL_START.match(core):
        return _TWICE_DASHED.match(line) is not None
    return _REPLY_ABOVE.fullmatch(core.rstrip(". ")) is not None


def begins_original(lines: list[str], index: int) -> bool:
    """The line is such a mark, and no heading of somebody's own."""
    line = lines[index]
    if not is_original_mark(line):
        return False
    if line.strip(_DASHES).casefold() not in _UNCLEAR_ORIGINALS:
        return True
    return any(labels_of(lines[index + 1 : index + 1 + _FIELD_WITHIN]))


def is_forward_mark(line: str) -> bool:
    """`---------- Forwarded message ---------`, `Begin forwarded message:`."""
    return forwardwords.is_forward_mark(line)


def labels_of(lines: list[str]) -> list[str | None]:
    """For each line `from`, `date`, `to`, `cc` or `subject` when it is such a header line."""
    return [label_of(line) if ":" in line or "\uff1a" in line else None for line in lines]


def label_of(line: str) -> str | None:
    """`from`, `date`, `to`, `cc` or `subject` for such a header line."""
    label = _label_text(line)
    return _LABELS.get(label) if label is not None else None


def _label_text(line: str) -> str | None:
    label, found, rest = line[:60].lstrip(" \t*\u00a0|").partition(":")
    if "\uff1a" in label or not found:
        label, found, rest = f"{label}{found}{rest}".partition("\uff1a")
    if not found or len(label) > MAX_LABEL:
        return None
    return label.translate(INVISIBLE).strip(" \t*\u00a0").casefold()


def is_header_block(lines: list[str], labels: list[str | None], start: int) -> bool:
    """From here on a header block of a quoted mail: three different fields, From among them, or
    two under a rule. Somebody's own form or notes are none: they have fields that no mail has,
    neither a subject nor an address, or none of an address, a time and a year, one of
    which every program writes (`From: Seoul`, `To: Busan`, `Date: 3 March`)."""
    if labels[start] == "from" and _is_block_in_a_line(lines[start]):
        return True
    near = labels[start : start + MAX_BLOCK_LINES]
    if "from" not in near or len(set(near) - {None}) < 2:
        return False
    kinds: set[str] = set()
    strays = own = 0
    ended = is_dated = has_address = False
    for line, kind in zip(lines[start : start + MAX_BLOCK_LINES], near, strict=False):
        is_dated = is_dated or (not ended and _INSTANT.search(line[:MAX_MARK_LINE]) is not None)
        if ended and ("from" not in kinds or (kind or "") in kinds):
            break  # another block begins, or it was somebody's own line
        if kind is not None:
            kinds.add(kind)
            strays = 0
            has_address = has_address or MAIL_ADDRESS.search(line[:MAX_MARK_LINE]) is not None
        elif line.strip():
            strays += 1
            own += not ended and _is_own_field(line)
            if ended or strays > MAX_BLOCK_STRAYS:
                break
        else:
            ended = True
    if "from" not in kinds or not (has_address or "subject" in kinds):
        return False
    under_rule = _is_under_rule(lines, start)
    if not (has_address or is_dated or under_rule):
        return False
    return len(kinds) >= (2 if under_rule else 3) and (own <= MAX_OWN_FIELDS or under_rule)


def _is_block_in_a_line(line: str) -> bool:
    """`From: Hong <h@x.kr> Sent: today To: me Subject: x`, where a program lost the line ends."""
    if len(line) > MAX_MARK_LINE or "@" not in line or line.count(":") + line.count("\uff1a") < 4:
        return False
    names = (
        line[max(colon.start() - MAX_LABEL, 0) : colon.start()].strip(" *\u00a0").split()
        for colon in _COLON.finditer(line)
    )
    ends = [(" ".join(words[-2:]).casefold(), words[-1].casefold()) for words in names if words]
    kinds = {_LABELS.get(two) or _LABELS.get(one) for two, one in ends}
    return len(kinds - {None, "from", "cc"}) == 3


def _is_own_field(line: str) -> bool:
    if not _PLAIN_LABEL.match(line):
        return False
    label = _label_text(line)
    return label is not None and label not in quotelabels.OTHER_LABELS


def _is_under_rule(lines: list[str], start: int) -> bool:
    above = next((line for line in reversed(lines[max(start - 2, 0) : start]) if line.strip()), "")
    return is_rule(above)


# Attributions: `On …, Hong wrote:`.

MAX_ATTRIBUTION_LINES = 5


def ends_as_attribution(line: str) -> bool:
    """The line ends with a colon."""
    return line.rstrip(ENDINGS)[-1:] in {":", "\uff1a"}


def attribution_start(lines: list[str], end: int) -> int | None:
    """The first line of the attribution (`On …, Hong wrote:`) that ends with line `end`."""
    last = lines[end]
    if len(last) > MAX_MARK_LINE:
        return None
    if not ends_as_attribution(last):
        if last.endswith("--") and end and lines[end - 1].startswith("--"):  # Zoho, wrapped
            return end - 1 if COLONLESS.fullmatch(f"{lines[end - 1]} {last}") else None
        following = lines[end + 1] if end + 1 < len(lines) else ""
        is_whole = not following.strip() or is_quoted(following)
        return end if is_whole and COLONLESS.fullmatch(last.strip(" *\t")) else None
    top = _below_own_words(lines, _top_of_sentence(lines, end), end)
    if top != end and _is_paragraph_of_its_own(lines, top, end):
        return top
    text = ""
    named: int | None = None
    for start in range(end, top - 1, -1):
        text = joined(lines[start], text)
        if not is_attribution(text):
            continue
        if opens(lines[start]):
            return start
        if named is None and (start == end or ADDRESS_START.search(lines[start])):
            named = start
    return named


def _top_of_sentence(lines: list[str], end: int) -> int:
    """The line up to which a sentence that ends with line `end` can reach."""
    start = end
    length = len(lines[end])
    while start and end - start < MAX_ATTRIBUTION_LINES - 1 and _may_be_above(lines[start - 1]):
        length += len(lines[start - 1])
        if length > MAX_MARK_LINE:
            break
        start -= 1
    return start


def _below_own_words(lines: list[str], top: int, end: int) -> int:
    """Where the sentence begins when words of a person stand right above it, without a blank
    line: it is whole without them."""
    text = ""
    longest = 0
    for start in range(end, top, -1):
        text = joined(lines[start], text)
        longest = max(longest, len(lines[start]))
        if not is_strong_attribution(text) or not is_own_words(lines[start - 1]):
            continue
        above = lines[start - 1]
        if label_of(above) is not None:  # Yandex puts `To:` and `Subject:` above it
            return top
        full = len(above) + len(lines[start].split(maxsplit=1)[0])
        if DATE.search(text) and TIME.search(text):
            is_broken = full >= longest or (
                start != end and (longest < MIN_WRAPPED or SHORT_NUMBER.search(above) is not None)
            )
            begins = opens(lines[start]) or is_named_first(lines[start])
        else:
            is_broken = full >= MIN_WRAPPED or any(map(str.isdigit, above))
            begins = is_named_first(lines[start])
        if begins and not is_broken:
            return start
    return top


def _is_paragraph_of_its_own(lines: list[str], start: int, end: int) -> bool:
    """All the lines are the sentence of a program, broken anywhere: nothing stands right above
    them, and they begin with a day or with a name."""
    if start and lines[start - 1].strip() and not is_quoted(lines[start - 1]):
        return False
    text = ""
    for line in reversed(lines[start : end + 1]):
        text = joined(line, text)
    first = lines[start]
    if not is_attribution(text) or is_sentence(first):
        return False
    if BEGINS_WITH_DAY.match(text.translate(INVISIBLE).casefold()):
        return True
    name = NAME_END.split(text, maxsplit=1)[0]
    return len(name.split()) <= MAX_NAME_WORDS and is_strong_attribution(text)


def _may_be_above(line: str) -> bool:
    return (
        len(line) <= MAX_MARK_LINE
        and bool(line.strip())
        and not is_quoted(line)
        and not ends_as_attribution(line)
    )


def is_bare_attribution(line: str) -> bool:
    """`Hong wrote:` without a date or address, or a day and time in a language that we do not
    know: believed only before a quoted line."""
    if len(line) > MAX_BARE or not ends_as_attribution(line):
        return False
    is_dated = DATE.search(line) is not None and TIME.search(line) is not None
    return (is_dated and opens(line)) or has_verb(line)


def bare_attribution_start(lines: list[str], end: int) -> int:
    """Where a bare attribution begins that ends with line `end`: a program may have wrapped it,
    and then it is a paragraph of its own that begins with a day, and what it is about runs to
    the end."""
    start = end
    while start and end - start < MAX_ATTRIBUTION_LINES and lines[start - 1].strip():
        start -= 1
    is_own = start == 0 or not lines[start - 1].strip()
    wrapped = not any(is_quoted(line) for line in lines[start:end])
    if not (is_own and wrapped and len(lines[start]) <= MAX_MARK_LINE and opens(lines[start])):
        return end
    return start if all(is_quoted(line) or not line.strip() for line in lines[end + 1 :]) else end


def is_strong_attribution(text: str) -> bool:
    """Sure enough to cut what follows even where it is not marked as quoted: who, when and that
    they wrote, in the order of a mail program and not of a sentence."""
    if len(text) > MAX_MARK_LINE:
        return False
    if COLONLESS.fullmatch(text.strip(" *\t")):
        return True
    has_date = DATE.search(text) is not None
    has_time = TIME.search(text) is not None
    named = NAMED.search(text) is not None
    if named and has_date and has_time:
        return True
    if not has_verb(text):
        return False
    if opens(text):
        return (has_time and (has_date or "@" in text)) or (named and has_date)
    return (has_date and has_time) or (named and is_name_and_verb(text))
