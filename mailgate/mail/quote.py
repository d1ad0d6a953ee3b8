"""The visible reply: what a person wrote, without what they answered to.

When in doubt text stays. A forward keeps what it forwards, an answer under or between quoted
lines keeps its place, and the whole text is in `ParsedMail.full_text` in any case.
"""

import re
from dataclasses import dataclass

from mailgate.mail import quotemarks as marks

MARK = "##-"
MARK_END = "-##"
_MARKER = re.compile(r"##-.{1,300}-##")
_LINE_OF_MARKER = 400
MAX_LINES = 5_000
"""Only these are looked at; a text without any quote in them is kept whole."""


_DEVICE = re.compile(
    r"[ \t]*(?:sent (?:from|via|with) [^,]{1,60}$|get outlook for |von meinem .{1,40} gesendet|"
    r"gesendet (?:von|mit) |envoyé (?:de|depuis) |enviado desde |inviato da |"
    r"verzonden (?:vanaf|met) |skickat från |나의 .{1,30}에서 보[냄냈]|"
    r"내 .{1,30}에서 보[냄냈]|.{1,30}에서 보냈습니다|"
    r".{1,30}(?:메일 ?앱|휴대폰|스마트폰)에서 (?:보냄|발송)|发自我的|發自我的|.{1,20}から送信)",
    re.IGNORECASE,
)
_MAX_SIGNATURE_LINES = 16
_FIELD = re.compile(r"[ \t*]{0,10}[^\s:\uff1a][^:\uff1a]{0,30}[:\uff1a][* \t\u00a0]{0,5}\S")
MAX_INTRODUCTION = 10
"""Lines that a mail program writes above what it quotes."""


def marker_line(text: str) -> str:
    """Our own line above a notification's text: the surest place to cut an answer to it."""
    return f"{MARK} {text} {MARK_END}"


def is_marker(line: str) -> bool:
    """The line is our own, also where a program has quoted it or put blanks around it."""
    return find_marker([line]) is not None


def find_marker(lines: list[str]) -> int | None:
    """Where our own line begins, also where a program has quoted or wrapped it."""
    for index, line in enumerate(lines):
        if MARK in line:
            wrapped = " ".join(text[:_LINE_OF_MARKER] for text in lines[index : index + 4])
            if _MARKER.match(wrapped, wrapped.find(MARK)):
                return index
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """Which lines are the reply (`kept`, their indices), from which line on everything is
    quoted (`cut_at`, the number of lines when nothing is), and whether our own marker was
    there: then an empty reply is really empty."""

    kept: tuple[int, ...]
    cut_at: int
    marked: bool


def visible_reply(text: str, *, forward: bool = False) -> str:
    """What the person wrote. `forward`: the subject says that it is a forward, so a block of
    From, Date, Subject is its content and no quote. Never empty for a text that is not, unless
    our own marker says where the quote begins."""
    lines = text.split("\n")
    plan = plan_reply(lines, forward=forward)
    kept = _without_device_line([lines[index] for index in plan.kept])
    reply = "\n".join(line.rstrip() for line in kept).strip("\n")
    if reply.strip() or plan.marked:
        return reply
    return text.strip("\n").rstrip()


def plan_reply(lines: list[str], *, forward: bool) -> Plan:
    """Decides for every line, in linear time."""
    marked = find_marker(lines)
    if marked is not None and not marks.is_quoted(lines[marked]):
        lines = lines[:marked]
    lines, unread = lines[:MAX_LINES], lines[MAX_LINES:]
    reading = _read(lines, forward=forward)
    kinds = reading.kinds
    if marked is not None and not unread:
        _drop_introduction(lines, kinds, marked)
    if not reading.cut:
        kinds += ["q" if marks.is_quoted(line) else "t" for line in unread]
    if not unread:
        _mark_signature(lines, kinds)
    is_sure = reading.cut or marked is not None
    last_text = max((i for i, kind in enumerate(kinds) if kind == "t"), default=-1)
    kinds = kinds[: last_text + 1]
    if is_sure and not unread:
        kinds = _without_closing_rules(lines, kinds)
    wanted = "tbq" if marked is None and _keeps_quotes(kinds) else "tb"
    kept = tuple(index for index, kind in enumerate(kinds) if kind in wanted)
    cut_at = len(reading.kinds)
    return Plan(kept, cut_at, marked is not None)


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
    elif block and block[-1].rstrip(" *\u00a0").endswith((":", "\uff1a")):
        dated = (i for i, line in enumerate(block[-3:]) if any(c.isdigit() for c in line))
        start = max(end - 3, start) + next(dated, len(block[-3:]) - 1)
    else:
        return
    kinds[start:end] = "a" * (end - start)


@dataclass(slots=True)
class _Reading:
    """One letter a line: t text, q quoted, a attribution, b blank, s signature."""

    kinds: list[str]
    cut: bool
    """A sure begin of quoted text was found: what follows it is not in `kinds`."""


def _read(lines: list[str], *, forward: bool) -> _Reading:
    kinds: list[str] = []
    labels = marks.labels_of(lines)
    for index, line in enumerate(lines):
        if not line or line.isspace():
            kinds.append("b")
        elif line[0].isalnum() and ":" not in line and "\uff1a" not in line:
            kinds.append("t")  # no mark of any program looks so
        elif marks.is_quoted(line):
            kinds.append("a" if _opens_quote(lines, index, kinds) else "q")
        elif marks.is_forward_mark(line):
            kinds += "t" * (len(lines) - index)  # what was forwarded is what they sent
            break
        elif not forward and _is_sure_begin(lines, labels, index):
            return _Reading(kinds, cut=True)
        else:
            start = _attribution(lines, index)
            if start is None:
                kinds.append("t")
            elif start >= 0:
                kinds[start:] = "a" * (index - start + 1)
            else:
                return _Reading(kinds[: -start - 1], cut=True)
    return _Reading(kinds, cut=False)


def _opens_quote(lines: list[str], index: int, kinds: list[str]) -> bool:
    """`> Il 26 marzo … ha scritto:`, the first quoted line: some programs quote it too."""
    if kinds and kinds[-1] in "qa":
        return False
    return marks.attribution_start([lines[index].lstrip("> ")], 0) is not None


def _is_sure_begin(lines: list[str], labels: list[str | None], index: int) -> bool:
    if marks.is_original_mark(lines[index]):
        return True
    return labels[index] is not None and marks.is_header_block(lines, labels, index)


def _attribution(lines: list[str], end: int) -> int | None:
    """Where the attribution that ends with this line begins. None when it is none; as
    -1 - start when everything after it is quoted, though not marked so."""
    if not lines[end].rstrip(" \t*\u00a0").endswith((":", "\uff1a")):
        return None
    start = marks.attribution_start(lines, end)
    following = next((line for line in lines[end + 1 : end + 6] if line.strip()), None)
    if following is not None and marks.is_quoted(following):
        if start is None and marks.is_bare_attribution(lines[end]):
            start = marks.bare_attribution_start(lines, end)
        return start
    if start is None or not marks.is_strong_attribution(" ".join(lines[start : end + 1])):
        return None
    return -1 - start


def _without_closing_rules(lines: list[str], kinds: list[str]) -> list[str]:
    """A line of dashes right above the quoted mail belongs to it."""
    end = len(kinds)
    while end and (kinds[end - 1] == "b" or marks.is_rule(lines[end - 1])):
        end -= 1
    return kinds[:end]


def _keeps_quotes(kinds: list[str]) -> bool:
    """Quoted lines stay where answers stand between them, or where nothing says that they
    are from the mail answered to."""
    sections = re.findall(r"[aq]+", "".join(kinds).replace("b", ""))
    return len(sections) > 1 or (len(sections) == 1 and "a" not in sections[0])


def _mark_signature(lines: list[str], kinds: list[str]) -> None:
    """From the last `-- ` on (RFC 3676 §4.3), when few lines of text stand under it."""
    under = 0
    for index in range(len(kinds) - 1, 0, -1):
        under += kinds[index] == "t"
        if under > _MAX_SIGNATURE_LINES:
            return
        if kinds[index] == "t" and lines[index].rstrip() == "--" and "t" in kinds[:index]:
            kinds[index:] = ["s" if kind == "t" else kind for kind in kinds[index:]]
            return


def _without_device_line(lines: list[str]) -> list[str]:
    """Without the line that a phone's mail program adds at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    has_more = any(line.strip() for line in lines[: end - 1]) if end else False
    if has_more and len(lines[end - 1]) <= 100 and _DEVICE.match(lines[end - 1]):
        end -= 1
    return lines[:end]
