"""Cleaned HTML as lines of text, by one pass over its tags.

nh3 writes well-formed HTML: every element that has content has its close tag, and no `<` or `>`
stands in text or in a value. So there is no need for a tree. What stands between two tags that
end a line is one line, whatever inline elements are in it.
"""

import re
from dataclasses import dataclass

from mailgate.mail.htmlmarks import Mark
from mailgate.mail.htmltags import INVISIBLE_IMAGE, Act, Tag, read_tags

_SPLIT = re.compile(r"(<[^>]*>)")
_BLANKS = re.compile(r"[ \t\n\r\f\u00a0]+")
_ZERO_WIDTH = re.compile(r"[\u00ad\u034f\u200b\u2060\ufeff]|\u200c(?!\w)|(?<!\w)\u200c")
"""What senders hide in words and behind preheaders; a joiner inside a Persian word stays."""

_INVISIBLE = re.compile(r"[\u00ad\u034f\u200b\u200c\u2060\ufeff]")
_JOINER = "\u034f"
"""The only one of these that Unicode calls printable (COMBINING GRAPHEME JOINER)."""

_CELL = "\x03"
_CELLS = re.compile(r" ?\x03[ \x03]*")
_RULE = "-" * 20
_IMAGES = re.compile(f" ?{INVISIBLE_IMAGE}")
_MAX_QUOTES = 20
_TOO_MANY_LINES = re.compile(r"\n\n\n+")  # found faster than with a count
_MAX_NUMBER = 9_999_999
_BREAK, _SPACED, _NEW_LINE, _NEXT_CELL = Act.BREAK, Act.SPACED, Act.LINE_END, Act.CELL
"""What nearly all tags are: a name of its own is found faster than a member."""


@dataclass(slots=True)
class Line:
    """A line of the text. `end`: the last piece of text of the document that is in it; the
    first is the one after the end of the line before. `quotes`: the block quotes around it."""

    text: str
    end: int
    quotes: int = 0


@dataclass(slots=True)
class Span:
    """The lines `first` to `end` (not included) stand in an element with that mark, which
    itself stands in so many block quotes."""

    mark: Mark
    first: int
    end: int
    quotes: int


@dataclass(frozen=True, slots=True)
class Page:
    """A document: its pieces of text, the tag behind each but the last, and what a reader sees
    of them."""

    texts: list[str]
    tags: list[Tag]
    lines: list[Line]
    spans: list[Span]


def read_page(html: str) -> Page:
    """Reads HTML that `nh3` has written."""
    pieces = _SPLIT.split(html)
    tags = read_tags(pieces[1::2])
    texts = pieces[::2]
    acts = [tag.act for tag in tags]
    if Act.PRE in acts:
        texts, tags = _with_line_ends(texts, tags)
        acts = [tag.act for tag in tags]
    writer = _Writer(texts, tags, acts)
    writer.write()
    return Page(texts, tags, writer.lines, writer.spans)


def whole_html(page: Page) -> str:
    """All of it, with what is shown of its tags."""
    pieces = [""] * (2 * len(page.tags) + 1)
    pieces[::2] = page.texts
    pieces[1::2] = [tag.output for tag in page.tags]
    return "".join(pieces).strip()


def text_of(lines: list[Line]) -> str:
    """The lines as one text, those of a block quote behind `> `, with at most one blank line in
    a row."""
    text = "\n".join([_quoted(line) if line.quotes else line.text for line in lines])
    if INVISIBLE_IMAGE in text:
        text = _IMAGES.sub("", text)
    if "\n\n\n" in text:
        text = _TOO_MANY_LINES.sub("\n\n", text)
    return text.strip("\n")


def _quoted(line: Line) -> str:
    marks = ">" * min(line.quotes, _MAX_QUOTES)
    return f"{marks} {line.text}" if line.text else marks


def closing_tags(tags: list[Tag]) -> list[int]:
    """For each tag that opens an element the index of the one that closes it."""
    closes = [len(tags)] * len(tags)
    stack: list[int] = []
    for index, tag in enumerate(tags):
        if tag.opens > 0:
            stack.append(index)
        elif tag.opens and stack:
            closes[stack.pop()] = index
    return closes


_LINE_END = Tag("", "\n", Act.LINE_END, 0)


def _with_line_ends(texts: list[str], tags: list[Tag]) -> tuple[list[str], list[Tag]]:
    """In preformatted text a line end is as good as `<br>`: it becomes a tag of its own."""
    new_texts: list[str] = []
    new_tags: list[Tag] = []
    inside = 0
    levels: list[bool] = []
    for text, tag in zip(texts, [*tags, None], strict=True):
        if inside and "\n" in text:
            first, *rest = text.split("\n")
            # A parser leaves out the first line end in <pre> (HTML §13.2.6.4.7): one more.
            opens_pre = not first and bool(new_tags) and new_tags[-1].name == "pre"
            new_texts.append("\n" if opens_pre else first)
            new_texts += rest
            new_tags += [_LINE_END] * len(rest)
        else:
            new_texts.append(text)
        if tag is None:
            break
        new_tags.append(tag)
        if tag.opens > 0:
            levels.append(tag.act is Act.PRE)
            inside += levels[-1]
        elif tag.opens and levels:
            inside -= levels.pop()
    return new_texts, new_tags


class _Writer:
    """Collects lines; `_gap` is how many line ends are due before the next text."""

    def __init__(self, texts: list[str], tags: list[Tag], acts: list[Act]) -> None:
        self.lines: list[Line] = []
        self.spans: list[Span] = []
        self._texts = texts.copy()
        self._tags = tags
        self._acts = acts
        self._closes: list[int] | None = None
        self._open: dict[int, Span | None] = {}
        self._start = self._kept_until = 0
        self._gap = 0
        self._quotes = self._last_quotes = 0
        self._marker = ""
        self._lists: list[int | None] = []

    def write(self) -> None:
        opened, texts = self._open, self._texts
        for index, act in enumerate(self._acts):
            if not act:
                continue
            if opened and index in opened:
                self._close(index)
            if act is _BREAK or act is _SPACED:
                if self._start == index and (not texts[index] or texts[index].isspace()):
                    self._start = index + 1  # between two tags, as most are
                else:
                    self._end_line(index)
                if act is _SPACED or not self._gap:
                    self._gap = act
            elif act is _NEW_LINE:
                self._line_end(index)
            elif act is _NEXT_CELL:
                texts[index + 1] = _CELL + texts[index + 1]
            else:
                self._do(act, index)
        self._end_line(len(self._acts))
        for span in self.spans:
            span.end = min(span.end, len(self.lines))

    def _do(self, act: Act, index: int) -> None:
        match act:
            case Act.IMAGE:
                self._texts[index + 1] = self._tags[index].detail + self._texts[index + 1]
            case Act.RULE:
                self._rule(index)
            case Act.LIST | Act.LIST_END | Act.ITEM:
                self._list(act, index)
            case _:
                self._special(act, index)

    def _end_line(self, index: int) -> bool:
        """What stands before this tag is a line, if it is anything."""
        start, self._start = self._start, index + 1
        text = self._texts[index]
        if start != index:
            text = "".join(self._texts[start : index + 1])
        if not text or text.isspace():
            return False
        readable = _readable(text)
        if not readable:
            if "&nbsp;" in text:
                self._gap = 2  # an empty paragraph as editors write it: a reader sees a blank line
            return False
        self._add(readable, index)
        return True

    def _add(self, text: str, index: int) -> None:
        lines, quotes = self.lines, self._quotes
        if self._gap > 1 and lines and lines[-1].text:
            lines.append(Line("", lines[-1].end, min(quotes, self._last_quotes)))
        self._gap = 0
        if self._marker:
            text, self._marker = self._marker + text, ""
        lines.append(Line(text, index, quotes))
        self._last_quotes = quotes

    def _block(self, index: int, gap: int) -> None:
        self._end_line(index)
        self._gap = max(self._gap, gap)

    def _line_end(self, index: int) -> None:
        """`<br>`: a blank line when nothing stands before it on the line."""
        if self._end_line(index):
            return
        if self.lines and self._gap <= 1:
            self.lines.append(Line("", index, self._quotes))
            self._gap = 0

    def _rule(self, index: int) -> None:
        self._block(index, 1)
        self._add(_RULE, index)
        self._gap = 1

    def _list(self, act: Act, index: int) -> None:
        tag = self._tags[index]
        if act is Act.ITEM:
            self._block(index, 1)
            self._marker = self._next_marker()
            return
        self._block(index, 1 if len(self._lists) > (act is Act.LIST_END) else 2)
        self._marker = ""
        if act is Act.LIST_END:
            if self._lists:
                self._lists.pop()
        elif tag.name == "ol":
            start = tag.detail.strip()
            known = start.isascii() and start.isdecimal() and len(start) < len(str(_MAX_NUMBER))
            self._lists.append(int(start) if known else 1)
        else:
            self._lists.append(None)

    def _next_marker(self) -> str:
        number = self._lists[-1] if self._lists else None
        indent = "  " * min(max(len(self._lists) - 1, 0), 10)
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _special(self, act: Act, index: int) -> None:
        if self._closes is None:
            self._closes = closing_tags(self._tags)
        close = self._closes[index]
        tag = self._tags[index]
        if act is Act.HIDDEN:
            self._skip(index, close)
            return
        if act is Act.PRE:
            self._keep_blanks(index, close)
        self._block(index, 1 if tag.name in {"span", "font", "a", "div"} else 2)
        span = None
        mark = tag.mark or (Mark.MAYBE if act is Act.BLOCKQUOTE else None)
        if mark is not None:
            span = Span(mark, len(self.lines), len(self._tags), self._quotes)
            self.spans.append(span)
        if act is Act.BLOCKQUOTE:
            self._quotes += 1
        if close < len(self._acts):
            self._acts[close] = self._acts[close] or Act.BREAK
            self._open[close] = span

    def _close(self, index: int) -> None:
        """The element with a mark ends here."""
        self._end_line(index)
        span = self._open.pop(index)
        if self._tags[index].name == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        if span is not None:
            span.end = len(self.lines)

    def _skip(self, index: int, close: int) -> None:
        """What a reader does not see is no text."""
        count = close - index
        self._texts[index + 1 : close + 1] = [""] * count
        self._acts[index + 1 : close + 1] = [Act.NONE] * min(count, len(self._acts) - index - 1)

    def _keep_blanks(self, index: int, close: int) -> None:
        texts = self._texts
        start, self._kept_until = max(index + 1, self._kept_until), max(close, self._kept_until)
        for place in range(start, min(close, len(texts) - 1) + 1):
            text = texts[place]
            if " " in text or "\t" in text or "\u00a0" in text or "&nbsp;" in text:
                text = text.replace("&nbsp;", "\x01").replace(" ", "\x01")
                texts[place] = text.replace("\u00a0", "\x01").replace("\t", "\x02")


def _readable(text: str) -> str:
    if "&" in text:
        text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">")
        text = text.replace("&quot;", '"').replace("&amp;", "&")
    if "  " not in text and text.isprintable() and _JOINER not in text:
        text = text.strip(" ")
    elif text.isascii():
        text = " ".join(text.split())
    else:
        if _INVISIBLE.search(text):
            text = _ZERO_WIDTH.sub("", text)
        text = _BLANKS.sub(" ", text).strip(" ")
    if _CELL in text:
        text = _CELLS.sub("\t", text).strip("\t ")
    if "\x01" in text or "\x02" in text:
        text = text.replace("\x01", " ").replace("\x02", "\t").rstrip()
    return text
