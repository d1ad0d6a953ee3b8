"""Words that are looked for in a text, with `*` for anything between them.

No regular expressions: what a stranger writes is searched in time that grows with its length
alone, whatever the pattern is.
"""

import unicodedata
from dataclasses import dataclass

__all__ = ["LOOKED_AT", "Glob", "Words", "folded"]

LOOKED_AT = 100_000
"""Characters of a text that are looked at."""


def folded(text: str) -> str:
    """The text as it is compared: one form for each character, no case, single blanks."""
    clear = unicodedata.normalize("NFKC", text[:LOOKED_AT]).casefold()
    return " ".join(clear.split())


@dataclass(frozen=True, slots=True)
class Words:
    """Found anywhere in a text, also inside of other words: Korean glues particles to them."""

    text: str
    pieces: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Words":
        """The words as somebody wrote them. ValueError when there are none."""
        pieces = tuple(piece for part in text.split("*") if (piece := folded(part)))
        if not pieces:
            raise ValueError("no words: * alone is in every text")
        return cls(text, pieces)

    def are_in(self, text: str) -> bool:
        """Whether all of them are there, one after the other; `text` is `folded`."""
        at = 0
        for piece in self.pieces:
            found = text.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return True


@dataclass(frozen=True, slots=True)
class Glob:
    """All of a name: `*.pdf`, `image/*`."""

    text: str
    pieces: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Glob":
        """The pattern as somebody wrote it."""
        return cls(text, tuple(folded(part) for part in text.split("*")))

    def fits(self, name: str) -> bool:
        """Whether the whole name is so; `name` is `folded`."""
        first, *rest = self.pieces
        if not rest:
            return name == first
        *between, last = rest
        end = len(name) - len(last)
        if not name.startswith(first) or not name.endswith(last) or end < len(first):
            return False
        at = len(first)
        for piece in between:
            found = name.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True
