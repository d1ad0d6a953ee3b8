"""Which lines of a mail are quoted: one letter a line, in linear time.

Few lines of a mail can be a mark of a program at all, and only these are looked at closely."""

import re
from dataclasses import dataclass

from mailgate.mail import quotemarks as marks
from mailgate.mail import quotewords

_FIRST = frozenset(" \t\u00a0>-_=*─━—–<[(|+~#\u200e\u200f\u202a\u202b")
_LAST = frozenset(">®")
"""How a line begins or ends that may be a mark though it has no colon."""

_OTHER_QUOTE = re.compile(r"[ \t]{0,3}(?:\||: |\]>?|[A-Z][A-Za-z]{0,2}>)")
"""How some programs mark a quoted line; believed under an attribution."""

_INITIALS = re.compile(r"[A-Z]{1,3}>(?: |$)")
_INLINE = re.compile("|".join(quotewords.INLINE.values()), re.MULTILINE)
MAX_INLINE_TEXT = 12
"""Lines of text above such answers."""

_FOLLOWS_WITHIN = 6
_OPENING_LINES = 8
_MARK_TO_FIELDS = 3


@dataclass(slots=True)
class Reading:
    """One letter a line: t text, q quoted, a attribution, b blank, s signature."""

    kinds: list[str]
    cut: bool = False
    """A sure begin of quoted text was found: what follows it is not in `kinds`."""
    forwarded_at: int | None = None
    """From here on it is a mail that they forward."""
    inline: bool = False
    """They say that their answers stand inside what is quoted."""


class Reader:
    """Reads the lines of one mail; see `read`."""

    def __init__(self, lines: list[str], *, forward: bool) -> None:
        self.lines = lines
        self.forward = forward
        self.kinds = ["t" if line and not line.isspace() else "b" for line in lines]
        self._labels: list[str | None] | None = None
        self._text_at = 0
        self._top: int | None = None

    def read(self) -> Reading:
        """Decides for each line that may be a mark."""
        candidates = [
            index
            for index, line in enumerate(self.lines)
            if line and (line[0] in _FIRST or ":" in line or line[-1] in _LAST or "\uff1a" in line)
        ]
        lines, kinds = self.lines, self.kinds
        for index in candidates:
            if kinds[index] != "t":
                continue
            line = lines[index]
            if line[0] == ">" and index and kinds[index - 1] in "qa" and line[-1] != "=":
                kinds[index] = "q"  # inside a quote, as most candidates are
            elif (found := self._mark(index)) is not None:
                return found
        return self._end()

    def _mark(self, index: int) -> Reading | None:
        """Marks the line, and those that belong to it. A reading when it decides for the rest."""
        line = self.lines[index]
        if marks.is_quoted(line):
            found = self._quoted(index)
            if line[-1:] == "=":
                self._join_soft_break(index)
            return found
        if marks.is_forward_mark(line):
            if self.forward or self._has_text_before(index) or not self._drop_fields(index):
                return Reading(self.kinds, forwarded_at=index)
            return Reading(self.kinds, forwarded_at=index + 1)
        if marks.begins_original(self.lines, index) or self._is_header_block(index):
            return self._cut(index)
        start = marks.attribution_start(self.lines, index)
        if start is not None or marks.is_bare_attribution(line):
            return self._attribution(start, index)
        if line[-1:] == ">" and _INITIALS.fullmatch(line):
            self._mark_prefixed(index, line)
        return None

    def _quoted(self, index: int) -> Reading | None:
        if index and self.kinds[index - 1] in "qa":
            self.kinds[index] = "q"
            return None
        if self.lines[index].startswith(">>>") and marks.is_original_mark(self.lines[index]):
            return self._cut(index)  # GroupWise begins with >>> what it does not quote
        opening = self._opening(index)
        if opening < 0:
            return Reading(self.kinds, forwarded_at=index)
        self.kinds[index : index + max(opening, 1)] = ["a"] * opening if opening else ["q"]
        return None

    def _join_soft_break(self, index: int) -> None:
        """Quoted-printable that nobody has decoded: a line that ends with `=` goes on."""
        end = index + 1
        while self.lines[end - 1][-1:] == "=" and self.kinds[end : end + 1] == ["t"]:
            if not marks.is_quoted(self.lines[end]):
                self.kinds[end] = "q"
            end += 1

    def _opening(self, index: int) -> int:
        """How many lines at the begin of a quote say what is quoted: some programs quote the
        attribution too. Negative for a forward."""
        block: list[str] = []
        for line in self.lines[index : index + _OPENING_LINES]:
            if not marks.is_quoted(line):
                break
            block.append(marks.unquoted(line))
        if marks.is_forward_mark(block[0]):
            return -1 if self.forward else 1
        if marks.is_original_mark(block[0]):
            return 1
        labels = marks.labels_of(block)
        if labels[0] is not None and marks.is_header_block(block, labels, 0):
            return 1
        for end in range(min(marks.MAX_ATTRIBUTION_LINES, len(block))):
            if marks.attribution_start(block, end) == 0:
                return end + 1
        return 0

    def _attribution(self, start: int | None, end: int) -> Reading | None:
        following = self._following(end)
        if following is not None and not marks.is_quoted(self.lines[following]):
            prefix = _OTHER_QUOTE.match(self.lines[following])
            if prefix is not None and self._mark_prefixed(following, prefix[0]) > 1:
                self.kinds[end if start is None else start : end + 1] = "a" * (
                    1 if start is None else end - start + 1
                )
                return None
            if start is None or not self._is_strong(start, end):
                return None
            if self._has_text_before(start):
                return self._cut(start)
            if self._top is None:
                self._top = start
        elif following is None:
            if start is None or not self._is_strong(start, end):
                return None
        elif start is None:
            start = marks.bare_attribution_start(self.lines, end)
        self.kinds[start : end + 1] = "a" * (end - start + 1)
        return None

    def _is_strong(self, start: int, end: int) -> bool:
        return marks.is_strong_attribution(" ".join(self.lines[start : end + 1]))

    def _following(self, end: int) -> int | None:
        near = range(end + 1, min(end + _FOLLOWS_WITHIN, len(self.lines)))
        return next((index for index in near if self.kinds[index] != "b"), None)

    def _mark_prefixed(self, index: int, prefix: str) -> int:
        """The lines around with the same prefix are quoted; how many."""
        start = end = index
        mark = prefix.strip()
        while (
            start
            and self.kinds[start - 1] == "t"
            and self.lines[start - 1].lstrip().startswith(mark)
        ):
            start -= 1
        while end < len(self.lines) and self.lines[end].lstrip().startswith(mark):
            end += 1
        if end - start > 1:
            self.kinds[start:end] = "q" * (end - start)
        return end - start

    def _is_header_block(self, index: int) -> bool:
        if self._labels is None:
            if marks.label_of(self.lines[index]) is None:
                return False
            self._labels = marks.labels_of(self.lines)
        labels = self._labels
        return labels[index] is not None and marks.is_header_block(self.lines, labels, index)

    def _cut(self, index: int) -> Reading:
        if self.forward:
            return Reading(self.kinds, forwarded_at=index)
        if self._has_top_quote():
            return Reading(self.kinds[: self._top], cut=True)
        kept = self.kinds[:index]
        if self._says_inline(index):
            return Reading(self.kinds, inline=True)
        return Reading(kept, cut=True)

    def _end(self) -> Reading:
        if self._has_top_quote():
            return Reading(self.kinds[: self._top], cut=True)
        if "q" in self.kinds:
            first = self.kinds.index("q")
            if "t" not in self.kinds[first:] and self._says_inline(first):
                return Reading(self.kinds, inline=True)
        return Reading(self.kinds)

    def _has_top_quote(self) -> bool:
        """The mail begins with an attribution, and nothing in it is marked as quoted: then what
        is under it is quoted, for all that we know."""
        return self._top is not None and "q" not in self.kinds[self._top :]

    def _says_inline(self, end: int) -> bool:
        if not 0 < self.kinds[:end].count("t") <= MAX_INLINE_TEXT:
            return False
        above = [
            line for line, kind in zip(self.lines[:end], self.kinds, strict=False) if kind == "t"
        ]
        text = "\n".join(line[: marks.MAX_MARK_LINE] for line in above)
        folded = text.casefold()
        if not any(stem in folded for stem in quotewords.INLINE_STEMS):
            return False
        return _INLINE.search(folded) is not None

    def _has_text_before(self, index: int) -> bool:
        while self._text_at < index and self.kinds[self._text_at] != "t":
            self._text_at += 1
        return self._text_at < index

    def _drop_fields(self, mark: int) -> bool:
        """A forward without a word above it: what it says begins under the block of fields."""
        labels = marks.labels_of(self.lines[mark + 1 : mark + 1 + marks.MAX_BLOCK_LINES])
        if "from" not in labels[: _MARK_TO_FIELDS + 2]:
            return False
        end = mark + 1 + next(i for i, label in enumerate(labels) if label)
        while end < len(self.lines) and self.kinds[end] != "b":
            end += 1
        self.kinds[mark:end] = ["b" if kind == "b" else "a" for kind in self.kinds[mark:end]]
        return True


def says_nothing(lines: list[str], kinds: list[str]) -> bool:
    """Nothing but attributions in one another: there is not one word in it."""
    if "t" in kinds or "a" not in kinds:
        return False
    contents = (marks.unquoted(line) for line in lines)
    return all(not text.strip() or marks.attribution_start([text], 0) == 0 for text in contents)
