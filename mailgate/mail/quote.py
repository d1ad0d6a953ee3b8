"""The visible reply: what a person wrote, without what they answered to.

When in doubt text stays. A forward keeps what it forwards, an answer under or between quoted
lines keeps its place, and the whole text is in `ParsedMail.full_text` in any case.
"""

import re
from dataclasses import dataclass

from mailgate.mail import quotemarks as marks
from mailgate.mail.quotereading import Reader, Reading, says_nothing
from mailgate.mail.signature import banner_end, signature_start

MARK = "##-"
MARK_END = "-##"
_MARKER = re.compile(r"##-.{1,300}-##")
_LINE_OF_MARKER = 400
MAX_LINES = 5_000
"""Only these are looked at; a text without any quote in them is kept whole."""

_FIELD = re.compile(r"[ \t*]{0,10}[^\s:\uff1a][^:\uff1a]{0,30}[:\uff1a][* \t\u00a0]{0,5}\S")
MAX_INTRODUCTION = 10
"""Lines that a mail program writes above what it quotes."""

MAX_SIGNED = 4
"""Signatures and footers with quoted lines between them, as when a list adds its own at the end."""

_SECTION = re.compile(r"[aq]+")
_QUOTED = re.compile(r"[aq]")


def marker_line(text: str) -> str:
    """Our own line above a notification's text: the surest place to cut an answer to it."""
    return f"{MARK} {text} {MARK_END}"


def find_marker(lines: list[str]) -> int | None:
    """Where our own line begins, also where a program has quoted or wrapped it."""
    if MARK not in "\n".join(lines):  # one look instead of one at each line
        return None
    for index, line in enumerate(lines):
        if MARK in line:
            wrapped = " ".join(text[:_LINE_OF_MARKER] for text in lines[index : index + 4])
            if _MARKER.match(wrapped, wrapped.find(MARK)):
                return index
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """Which lines are the reply (`kept`, their indices), from which line on everything is
    quoted (`cut_at`, the number of lines when nothing is), and whether an empty reply is really
    empty (`marked`): our own marker was there, or the mail is nothing but attributions."""

    kept: tuple[int, ...]
    cut_at: int
    marked: bool


def visible_reply(text: str, *, forward: bool = False) -> str:
    """What the person wrote. `forward`: the subject says that it is a forward, so a block of
    From, Date, Subject is its content and no quote. Never empty for a text that is not, unless
    our own marker says where the quote begins, or there is not one word in it."""
    lines = text.split("\n")
    plan = plan_reply(lines, forward=forward)
    reply = "\n".join([lines[index].rstrip() for index in plan.kept]).strip("\n")
    if plan.marked or reply.strip():
        return text if reply == text else reply  # one and the same, which is passed on once
    return text.strip("\n").rstrip()


def plan_reply(lines: list[str], *, forward: bool) -> Plan:
    """Decides for every line, in linear time."""
    marked = find_marker(lines)
    if marked is not None and not marks.is_quoted(lines[marked]):
        lines = lines[:marked]
    lines, unread = lines[:MAX_LINES], lines[MAX_LINES:]
    reading = Reader(lines, forward=forward).read()
    kinds = reading.kinds
    if marked is not None and not unread:
        _drop_introduction(lines, kinds, marked)
    if not reading.cut:
        kinds += ["q" if line[:1] in "> " and marks.is_quoted(line) else "t" for line in unread]
    cut_at = len(kinds)
    if reading.inline and marked is None:
        return Plan(_kept(kinds, "tbqa"), cut_at, marked=False)
    empty = marked is not None or (not unread and says_nothing(lines, kinds))
    if unread:
        kinds = kinds[: _text_end(kinds)]
    else:
        kinds = _without_signature(lines, reading)
        is_sure = reading.cut or marked is not None
        kinds = _without_closing_rules(lines, kinds) if is_sure else kinds
    keeps_quotes = marked is None and "q" in kinds and _keeps_quotes(kinds)
    return Plan(_kept(kinds, "tbq" if keeps_quotes else "tb"), cut_at, empty)


def _kept(kinds: list[str], wanted: str) -> tuple[int, ...]:
    if set(kinds) <= set(wanted):
        return tuple(range(len(kinds)))
    return tuple([index for index, kind in enumerate(kinds) if kind in wanted])


def _text_end(kinds: list[str]) -> int:
    return "".join(kinds).rfind("t") + 1


def _without_signature(lines: list[str], reading: Reading) -> list[str]:
    """Up to the end of the text, without the signatures under it and the banner above it.
    What they quote to say something about it stays: under a line that ends with a colon."""
    kinds = reading.kinds
    end = _text_end(kinds)
    if reading.forwarded_at is None:
        for _ in range(MAX_SIGNED):
            start = signature_start(lines, kinds, end)
            if start == end:
                break
            end = _text_end(kinds[:start])
        _mark_signature_above(lines, kinds, end)
    own = _own_quote_end(lines, kinds, end)
    kinds = kinds[:own]
    banner = banner_end(lines)
    if banner and "t" in kinds[banner:]:
        kinds[:banner] = "s" * banner
    return kinds


def _drop_introduction(lines: list[str], kinds: list[str], marked: int) -> None:
    """Right above our marker stands how the quote is introduced, in whatever language: a line
    that ends with a colon, or a block of `Field: value`. It names the agent's own mailbox."""
    end = min(marked, len(kinds))
    while end and (kinds[end - 1] in "bqa" or marks.is_rule(lines[end - 1])):
        end -= 1
    start = end
    while start and kinds[start - 1] == "t" and end - start < MAX_INTRODUCTION:
        start -= 1
    block = lines[start:end]
    fields = sum(_FIELD.match(line) is not None for line in block)
    if fields >= 3:
        start += next(i for i, line in enumerate(block) if _FIELD.match(line))
    elif block and marks.ends_as_attribution(block[-1]):
        dated = (i for i, line in enumerate(block[-3:]) if any(c.isdigit() for c in line))
        start = max(end - 3, start) + next(dated, len(block[-3:]) - 1)
    else:
        return
    kinds[start:end] = "a" * (end - start)


def _mark_signature_above(lines: list[str], kinds: list[str], end: int) -> None:
    """The signature above a quote that they answer to underneath."""
    quote = _QUOTED.search("".join(kinds[:end]))
    above = _text_end(kinds[: quote.start()]) if quote else 0
    start = signature_start(lines, kinds, above) if above else 0
    kinds[start:above] = ["s" if kind == "t" else kind for kind in kinds[start:above]]


def _own_quote_end(lines: list[str], kinds: list[str], end: int) -> int:
    """`I get this error:` and quoted lines right under it, that no program introduced: they are
    what the person wants to show."""
    start = end
    while start < len(kinds) and kinds[start] == "b":
        start += 1
    stop = start
    while stop < len(kinds) and kinds[stop] == "q":
        stop += 1
    if stop == start or start - end > 1 or not end or not marks.ends_as_attribution(lines[end - 1]):
        return end
    return stop


def _without_closing_rules(lines: list[str], kinds: list[str]) -> list[str]:
    """A line of dashes right above the quoted mail belongs to it."""
    end = len(kinds)
    while end and (kinds[end - 1] == "b" or marks.is_rule(lines[end - 1])):
        end -= 1
    return kinds[:end]


def _keeps_quotes(kinds: list[str]) -> bool:
    """Quoted lines stay where they stand between text, or where nothing says that they are from
    the mail answered to; an answer under a whole quoted mail goes without it."""
    letters = "".join(kinds).replace("b", "").replace("s", "")
    sections = _SECTION.findall(letters)
    if len(sections) != 1:
        return bool(sections)
    return "a" not in sections[0] or letters[0] == "t"
