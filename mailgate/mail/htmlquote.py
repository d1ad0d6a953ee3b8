"""The visible reply of an HTML mail.

What mail programs say by structure is said again in the marks of text (`> `, an attribution, a
line of dashes), and `mailgate.mail.quote` decides about the lines once. What it does not keep is
left out of the HTML.
"""

from dataclasses import dataclass

from mailgate.mail import quotemarks
from mailgate.mail.htmlmarks import Mark
from mailgate.mail.htmltags import INVISIBLE_IMAGE
from mailgate.mail.htmltext import Line, Page, Span, text_of
from mailgate.mail.quote import find_marker, plan_reply

_ATTRIBUTION = "On 1.1.2026 12:00, a <a@b.example> wrote:"
_ORIGINAL = "-----Original Message-----"
_RULE = "_" * 32
_SIGNATURE = "-- "
_IMAGE = "[image]"
_MAX_ATTRIBUTION = 300
_DIGITS_OF_A_DATE = 6
_MAX_LABEL = 40
_MAX_HEADER_LINES = 12


@dataclass(frozen=True, slots=True)
class Reply:
    """The visible reply, where it is not the whole mail."""

    text: str
    html: str


def read_reply(page: Page, *, forward: bool) -> Reply | None:
    """What of the page is the reply, None when all of it is. When nothing would be left (a mail
    that is all quote is a forward) all of it is, unless our own marker says that it is a
    quote."""
    lines = page.lines
    texts = [line.text for line in lines]
    marked = find_marker(texts) is not None
    said = _Said(texts)
    if page.spans and (marked or not forward):
        for span in page.spans:
            said.mark(span, lines)
    plan_lines, origins = said.result()
    plan = plan_reply(plan_lines, forward=forward)
    kept = _trimmed([origins[place] for place in plan.kept if origins[place] >= 0], texts)
    if not _loses_text(lines, kept):
        return None
    reply = text_of([lines[place] for place in kept])
    if not plan.marked and not any(lines[place].text.strip("> ") for place in kept):
        return None
    return Reply(reply, _cut(page, kept))


def _trimmed(places: list[int], texts: list[str]) -> list[int]:
    """Without blank lines above and below."""
    start, end = 0, len(places)
    while start < end and not texts[places[start]]:
        start += 1
    while end > start and not texts[places[end - 1]]:
        end -= 1
    return places[start:end]


def _loses_text(lines: list[Line], kept: list[int]) -> bool:
    if len(kept) == len(lines):
        return False
    known = set(kept)
    return any(line.text for place, line in enumerate(lines) if place not in known)


class _Said:
    """The lines as the rules for text shall see them."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._quoted_to = 0
        self._prefix = [""] * len(texts)
        self._instead: dict[int, str] = {}
        self._before: dict[int, str] = {}

    def mark(self, span: Span, lines: list[Line]) -> None:
        """Takes the word of an element; inside a quote nothing is said any more."""
        first, end = self._stripped(span)
        if first >= end or first < self._quoted_to:
            return
        if quotemarks.is_forward_mark(self._texts[first]):
            self._quoted_to = max(self._quoted_to, first + 1)
            return
        match span.mark:
            case Mark.BEGIN:
                self._begin(first)
            case Mark.RULE:
                self._rule(first)
            case Mark.OUTLOOK_RULE if self._has_header(first, end):
                self._begin(first)
            case Mark.ATTRIBUTION:
                self._attribution(first, end)
            case Mark.SIGNATURE:
                self._before.setdefault(first, _SIGNATURE)
            case Mark.THREAD:
                self._thread(first, end, span, lines)
            case Mark.QUOTE | Mark.CITE:
                self._drop_introduction(first)
                self._quote(first, end)
                self._attribution(first, self._attribution_end(first, end))
            case Mark.MAYBE if self._is_introduced(first):
                self._quote(first, end, attributed=False)
            case _:
                pass

    def _stripped(self, span: Span) -> tuple[int, int]:
        first, end = span.first, span.end
        while first < end and not self._texts[first]:
            first += 1
        return first, end

    def _begin(self, first: int) -> None:
        self._before[first] = _ORIGINAL
        self._quoted_to = len(self._texts)

    def _quote(self, first: int, end: int, *, attributed: bool = True) -> None:
        if attributed:
            self._before[first] = _ATTRIBUTION
        self._prefix[first:end] = ["> "] * (end - first)
        self._quoted_to = end

    def _thread(self, first: int, end: int, span: Span, lines: list[Line]) -> None:
        """The attribution and the block quotes; what stands between those is an answer."""
        is_quoted = [line.quotes > span.quotes for line in lines[first:end]]
        if True not in is_quoted:
            self._quote(first, end)
            return
        begin = first + is_quoted.index(True)
        self._attribution(first, begin)
        self._before.setdefault(begin, _ATTRIBUTION)
        for place in range(begin, end):
            if is_quoted[place - first]:
                self._prefix[place] = "> "
        self._quoted_to = end

    def _attribution(self, first: int, end: int) -> None:
        for place in range(first, end):
            if self._texts[place]:
                self._instead[place] = _ATTRIBUTION
                self._prefix[place] = ""

    def _attribution_end(self, first: int, end: int) -> int:
        """Apple Mail and others put the attribution into the quote."""
        near = self._texts[first : min(end, first + quotemarks.MAX_ATTRIBUTION_LINES)]
        for place in range(len(near)):
            if quotemarks.attribution_start(near, place) == 0:
                return first + place + 1
        return first

    def _drop_introduction(self, first: int) -> None:
        """`… schrieb …:` in whatever language, right above what a program has quoted."""
        place = self._line_above(first)
        text = self._texts[place] if place is not None else ""
        if place is None or not text.endswith((":", "\uff1a")) or len(text) > _MAX_ATTRIBUTION:
            return
        if "@" in text or sum(c.isdigit() for c in text) >= _DIGITS_OF_A_DATE:
            self._instead.setdefault(place, _ATTRIBUTION)

    def _is_introduced(self, first: int) -> bool:
        place = self._line_above(first)
        if place is None:
            return False
        text = self._texts[place]
        if place in self._instead or quotemarks.is_bare_attribution(text):
            return True
        return quotemarks.attribution_start(self._texts, place) is not None

    def _line_above(self, first: int) -> int | None:
        place = first - 1
        while place >= 0 and first - place < 4 and not self._texts[place]:
            place -= 1
        return place if place >= 0 and self._texts[place] else None

    def _has_header(self, first: int, end: int) -> bool:
        """`Von:`, `Nork:`, whatever the language is: three lines that begin with a label."""
        found = 0
        for text in self._texts[first : min(end, first + _MAX_HEADER_LINES)]:
            label = text[:_MAX_LABEL].replace("\uff1a", ":").partition(":")
            found += bool(label[1]) and bool(label[0].strip())
        return found >= 3

    def _rule(self, first: int) -> None:
        """A line drawn above a header: sure when it has sender, date and recipient."""
        labels = quotemarks.labels_of(self._texts[first : first + 4])
        if labels[0] != "from":
            return
        if "date" in labels and len(set(labels) - {None}) > 2:
            self._begin(first)
        else:
            self._before.setdefault(first, _RULE)

    def result(self) -> tuple[list[str], list[int]]:
        """The lines, and for each which line of the page it is (-1: none)."""
        if not (self._quoted_to or self._before or self._instead):
            return [_words(text) for text in self._texts], list(range(len(self._texts)))
        seen: list[str] = []
        origins: list[int] = []

        def say(text: str, origin: int) -> None:
            seen.append(text)
            origins.append(origin)

        for place, text in enumerate(self._texts):
            before, instead = self._before.get(place), self._instead.get(place)
            if before is not None or instead is not None:
                say("", -1)  # so that no text above is taken for a part of it
            if before is not None:
                say(before, -1)
            words = instead or _words(text)
            say(self._prefix[place] + words if words else "", place)
        return seen, origins


def _words(text: str) -> str:
    """An image that says nothing is something too."""
    if INVISIBLE_IMAGE not in text:
        return text
    return text.replace(INVISIBLE_IMAGE, "").strip() or _IMAGE


def _cut(page: Page, kept: list[int]) -> str:
    """The HTML of these lines: what else stands in the page is left out, with the elements that
    have nothing left in them. Every element that stays keeps both its tags."""
    if _is_start(page.lines, kept):
        return _start_of(page, page.lines[kept[-1]].end)
    wanted = _wanted_texts(page, kept)
    output: list[str] = []
    opened: list[tuple[int, int, int]] = []
    filled = dropped = 0
    for index, text in enumerate(page.texts):
        if wanted[index]:
            output.append(text)
            filled += not (text == "" or text.isspace())
        else:
            dropped += 1
        if index == len(page.tags):
            break
        tag = page.tags[index]
        if tag.opens > 0:
            opened.append((len(output), filled, dropped))
            output.append(tag.output)
        elif tag.opens == 0:
            if wanted[min(index + (tag.name != "br"), len(wanted) - 1)]:
                output.append(tag.output)
                filled += tag.name in {"img", "hr"}
        elif opened:
            start, filled_before, dropped_before = opened.pop()
            output.append(tag.output)
            if filled == filled_before and dropped > dropped_before and tag.name not in _CELLS:
                del output[start:]
    return "".join(output)


def _is_start(lines: list[Line], kept: list[int]) -> bool:
    """An answer above the quote, as most are."""
    return (
        bool(kept)
        and kept[-1] - kept[0] + 1 == len(kept)
        and not any(line.text for line in lines[: kept[0]])
    )


def _start_of(page: Page, end: int) -> str:
    """The page up to this piece of text, what is open there closed."""
    output = page.texts[: end + 1]
    opened: list[str] = []
    for index, tag in enumerate(page.tags[:end]):
        output[index] += tag.output
        if tag.opens > 0:
            opened.append(tag.name)
        elif tag.opens and opened:
            opened.pop()
    return "".join(output) + "".join(f"</{name}>" for name in reversed(opened))


_CELLS = frozenset(["td", "th"])


def _wanted_texts(page: Page, kept: list[int]) -> list[bool]:
    """For each piece of text whether it is in a line that is kept."""
    wanted = [False] * len(page.texts)
    known = set(kept)
    start = 0
    for place, line in enumerate(page.lines):
        end = line.end + 1
        if place in known and end > start:
            wanted[start:end] = [True] * (end - start)
        start = max(start, end)
    if page.lines and len(page.lines) - 1 in known:
        wanted[start:] = [True] * (len(wanted) - start)
    return wanted
