"""Lines cut out of the top of an HTML text. Pure."""

import re
from collections.abc import Callable, Sequence

from mailgate.mail.html import sanitise, to_text

__all__ = ["without_lines"]

_PIECE = re.compile(r"(<[^>]*>)")
_ENDS_LINE = re.compile(
    r"</?(?:p|div|br|li|ul|ol|table|tr|h[1-6]|blockquote|pre|section|article|hr)\b", re.IGNORECASE
)


def without_lines(html: str, lines: Sequence[str], shown: Callable[[str], str]) -> str | None:
    """The cleaned HTML without the lines that it begins with, each as `shown` gives it. None when
    it does not begin with them, or they cannot be taken out alone: nobody may get a part of one.

    Only text and line breaks are taken out, so that every element that was closed stays so.
    """
    before = _lines(html, shown)
    if before[: len(lines)] != list(lines):
        return None
    pieces = _PIECE.split(sanitise(html))
    _blank(pieces, len(lines), shown)
    left = "".join(pieces).strip()
    return left if _lines(left, shown) == before[len(lines) :] else None


def _blank(pieces: list[str], count: int, shown: Callable[[str], str]) -> None:
    """Takes the first lines out of the pieces: what stands at odd places is a tag."""
    has_begun = False
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            has_begun = has_begun or bool(shown(piece.replace("&nbsp;", " ")))
            pieces[place] = ""
        elif _ENDS_LINE.match(piece):
            count -= has_begun
            has_begun = False
            if piece.lower().startswith("<br"):
                pieces[place] = ""
        if not count:
            return


def _lines(html: str, shown: Callable[[str], str]) -> list[str]:
    return [seen for line in to_text(html).splitlines() if (seen := shown(line))]
