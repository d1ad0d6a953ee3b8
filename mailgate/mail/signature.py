"""What stands under the text of a mail and is not said by it: the signature, the line of a phone,
the footer of a list or a virus scanner; and the warning that a server puts above it.

Only what is marked so is taken for it: `Best, Bob` is text."""

import re

from mailgate.mail import signwords
from mailgate.mail.quotemarks import is_rule

MAX_SIGNATURE_LINES = 24
MAX_LONG_SIGNATURE_LINES = 60
"""Under a line that is a signature's for sure: companies add their law to it."""

MAX_FOOTER_LINES = 12
MAX_SHORT_SIGNATURE_LINES = 5
MAX_BANNER_LINES = 8
MAX_PIECES = 40
"""Signatures, lines of phones and footers one above the other."""

_MAX_LINE = 400
_MAX_DEVICE_LINE = 120
_MAX_SHORT_LINE = 80
_AROUND = " \t\u00a0()<>[]*_—–-~\"'"
_DEVICE = re.compile("|".join(signwords.DEVICES.values()))
_ENGLISH_DEVICE = re.compile(signwords.DEVICES["en"])
_DEVICE_WORD = re.compile(signwords.DEVICE_WORDS)
_FOOTER = re.compile("|".join(signwords.FOOTERS))
_GREETING = re.compile(signwords.GREETINGS)
_BANNER = re.compile(signwords.BANNERS)
_BANNER_WORD = re.compile(signwords.BANNER_WORDS)
_DELIMITERS = frozenset({"--", "---", "—", "––", "——", "—-", "-—", "–", "__", "-- --"})
_DELIMITER_STARTS = frozenset(" \t-_=*~─━—–")
_SURE_DELIMITERS = _DELIMITERS - {"---", "–"}
_TRACKER = frozenset({"ᐧ", "ᐩ", "\u2063", "\u200b", "\ufeff"})
_LONG_RULE = re.compile(r"[ \t]*([-_=*~─━—–])\1{2,}[ \t]*")
_CONTACT = re.compile(
    r"[^\s@]{1,64}@[^\s@]{3,}|https?://|www\.|(?<!\d)(?:\+?\d[\d ()./-]{7,}\d)(?!\d)|"
    r"\b(?:tel|fax|mobile|mobil|phone|cell)\b|전화|휴대폰|팩스"
)


def signature_start(lines: list[str], kinds: list[str], end: int) -> int:
    """Where the text ends when the signature, footer, lines of phones and rules at its end are
    not taken for it. `kinds` has `t` for text and `b` for a blank line; `end` is the line after
    the last of text. The same `end` when there is none, or nothing would be left."""
    if "t" not in kinds[:end]:
        return end
    first = kinds.index("t")
    for _ in range(MAX_PIECES):
        start = _end_of_text(kinds, _piece_start(lines, kinds, end, first))
        if start <= first or start == end:
            break
        end = start
    return end


def _end_of_text(kinds: list[str], end: int) -> int:
    while end and kinds[end - 1] == "b":
        end -= 1
    return end


def _piece_start(lines: list[str], kinds: list[str], end: int, first: int) -> int:
    last = lines[end - 1]
    if last.strip() in _TRACKER:
        return end - 1
    if is_device_line(last):
        return end - 1
    if _is_closing_rule(lines, end):
        return end - 1
    return min(_delimited(lines, kinds, end, first), _footer(lines, kinds, end))


def is_device_line(line: str) -> bool:
    """`Sent from my iPhone`, in the languages and programs of `signwords`."""
    if len(line) > _MAX_DEVICE_LINE:
        return False
    folded = line.strip(_AROUND).casefold()
    if _DEVICE.match(folded) is None:
        return False
    return _DEVICE_WORD.search(folded) is not None or _ENGLISH_DEVICE.match(folded) is not None


def _is_closing_rule(lines: list[str], end: int) -> bool:
    """A rule with nothing under it; right under a line it may be the line of a heading."""
    if not (is_rule(lines[end - 1]) or lines[end - 1].strip() in _DELIMITERS):
        return False
    return (
        end < 2
        or not lines[end - 2].strip()
        or is_rule(lines[end - 2])
        or lines[end - 1].strip()[0] not in "=-"
    )


def _delimited(lines: list[str], kinds: list[str], end: int, first: int) -> int:
    """From a line `-- ` (RFC 3676 §4.3) or another that people use for it."""
    top = max(first, end - 3 * MAX_LONG_SIGNATURE_LINES) + 1
    top += len("".join(kinds[top:end]).rstrip("tb"))
    found = end
    starts = [line[:1] for line in lines[top:end]]
    for index in [at for at, start in enumerate(starts, top) if start in _DELIMITER_STARTS][::-1]:
        under = kinds[index + 1 : end].count("t")
        if under > MAX_LONG_SIGNATURE_LINES:
            break
        if _is_delimiter(lines[index]) and _begins_signature(lines, index, end, under):
            found = index
    return found


def _is_delimiter(line: str) -> bool:
    stripped = line.strip() if len(line) <= _MAX_LINE else ""
    return stripped in _DELIMITERS or _LONG_RULE.fullmatch(stripped) is not None


def _begins_signature(lines: list[str], index: int, end: int, count: int) -> bool:
    above = lines[index - 1][:_MAX_SHORT_LINE].strip(" \t,.!\u00a0").casefold()
    if lines[index] == "-- " or _GREETING.match(above):
        return True
    if count > MAX_SIGNATURE_LINES:
        return False
    stripped = lines[index].strip()
    if stripped in _SURE_DELIMITERS:
        return True
    under = [line.strip() for line in lines[index + 1 : end] if line.strip()]
    if len(under) > MAX_SHORT_SIGNATURE_LINES or any(len(line) > _MAX_SHORT_LINE for line in under):
        return False
    if any(is_rule(line) or line.endswith(("?", ":", "\uff1f")) for line in under):
        return False
    if stripped[0] == "_" and not lines[index - 1].strip():
        return len(under) <= 3
    return _is_contact(under)


def _is_contact(under: list[str]) -> bool:
    """A name, and how to reach who has it."""
    if len(under) < 2 or len(under[0].split()) > 5 or under[0][-1] in ".!?。":
        return False
    return any(_CONTACT.search(line.casefold()) for line in under[1:])


def _footer(lines: list[str], kinds: list[str], end: int) -> int:
    """From the first line of a machine's footer."""
    found = end
    tail = "\n".join(lines[max(end - 2 * MAX_FOOTER_LINES, 0) : end]).casefold()
    if not any(word in tail for word in signwords.FOOTER_WORDS):
        return end
    seen = 0
    for index in range(end - 1, 0, -1):
        kind = kinds[index]
        if kind == "b":
            if end - index > 2 * MAX_FOOTER_LINES:
                break
            continue
        if kind != "t" or seen >= MAX_FOOTER_LINES:
            break
        seen += 1
        folded = lines[index][:_MAX_LINE].strip(_AROUND).casefold()
        if folded in signwords.FOOTER_HEADINGS:
            if seen > 1 and max(len(line) for line in lines[index + 1 : end]) > _MAX_SHORT_LINE:
                found = index
        elif _FOOTER.match(folded):
            found = index
    return found


def banner_end(lines: list[str]) -> int:
    """How many lines at the begin are the warning of the reader's own server that the mail came
    from outside; 0 when there is none."""
    start = next((i for i, line in enumerate(lines[:MAX_BANNER_LINES]) if line.strip()), None)
    if start is None or not _BANNER.match(lines[start][:_MAX_LINE].strip(" *\t>").casefold()):
        return 0
    end = start
    while end < len(lines) and end - start < MAX_BANNER_LINES and lines[end].strip():
        end += 1
    paragraph = " ".join(line[:_MAX_LINE] for line in lines[start:end]).casefold()
    if _BANNER_WORD.search(paragraph) is None or not any(line.strip() for line in lines[end:]):
        return 0
    return end
