"""The marker in the body of every mail of ours: `ref:mg.<24 characters>:ref`.

It is the last of our signs: it comes back where a relay has rewritten the Message-ID and a
client has dropped References and Reply-To, because people quote. It stands on a line of its
own, short enough for every wrapping, and it is read however programs leave it: quoted, in any
case of letters, broken over lines, with blanks or marks that nobody sees between its letters.

It says that somebody had the mail before them, not who they are.
"""

import re
from collections.abc import Iterator
from itertools import product

from mailgate.model.ids import TicketId
from mailgate.threading.token import (
    MARKER_TEXT,
    BodyMarker,
    Keyring,
    Purpose,
    mint_marker,
    verify_marker,
)

__all__ = [
    "marker",
    "marker_html",
    "markers_in",
    "markers_in_html",
    "without_markers",
    "without_markers_html",
]

_MAX_LOOKED_AT = 2000
"""What has the form of a marker in one text, good or not."""
_MAX_FOUND = 10
_MAX_BETWEEN = 40
"""Characters between two letters of it: a line end and the quote marks of a long thread."""

# It cannot take more than linear time: what stands between two letters is bounded and never a
# letter, and the beginning of the next marker holds letters that this one would take.
_PLAIN = r"[^a-z0-9]"
_MARKED_UP = r"(?:[^a-z0-9<&]|<[^<>]{0,200}>|&(?:[a-z]{2,8}|#\d{2,5}|#x[0-9a-f]{2,4});)"


_UNSEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]"


def _pattern(between: str) -> re.Pattern[str]:
    ref, mg = (f"{_UNSEEN}{{0,3}}".join(word) for word in ("ref", "mg"))
    gap = f"{between}{{0,{_MAX_BETWEEN}}}"
    # ASCII: the Kelvin sign is no "k", nor is a long s an "s".
    return re.compile(
        rf"{ref}{gap}{mg}{gap}((?:[a-z2-7]{gap}){{{MARKER_TEXT - 1}}}[a-z2-7])(?:{gap}{ref})?",
        re.ASCII | re.IGNORECASE,
    )


_IN_TEXT, _IN_HTML = _pattern(_PLAIN), _pattern(_MARKED_UP)
_NO_LETTER = {
    pattern: re.compile(f"{between}+", re.ASCII | re.IGNORECASE)
    for pattern, between in ((_IN_TEXT, _PLAIN), (_IN_HTML, _MARKED_UP))
}
_WORDS = tuple(
    tuple(map("".join, product(*((letter, letter.upper()) for letter in word))))
    for word in ("mg", "ref")
)
"""Which most mails do not hold, and that is quickly seen."""
_UNSEEN_OFTEN = ("\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff")
_TAG = re.compile(r"<[^<>]*>")
_GONE = "\0"
"""Where a marker stood: no text that was read from a mail holds it."""
_NOTHING_ELSE = " \t\u00a0\u00ad\u200b\ufeff>|*_[]()"
"""What programs leave on the line of a marker when it is gone."""


def marker(keyring: Keyring, purpose: Purpose, ticket: TicketId) -> str:
    """The line, for a mail whose Message-ID has this purpose."""
    return f"ref:mg.{mint_marker(keyring, purpose, ticket)}:ref"


def marker_html(line: str) -> str:
    """The line in HTML: small and grey, and not hidden, which filters take for a trick."""
    return f'<p style="color:#999999;font-size:10px">{line}</p>'


def markers_in(keyring: Keyring, text: str) -> tuple[BodyMarker, ...]:
    """The markers of ours in a text, quoted or not, in order, each once, at most ten."""
    return _first(keyring, text, _IN_TEXT)


def markers_in_html(keyring: Keyring, html: str) -> tuple[BodyMarker, ...]:
    """The same of HTML, also where tags or entities stand between the letters."""
    return _first(keyring, html, _IN_HTML)


def without_markers(keyring: Keyring, text: str) -> str:
    """The text without the markers of ours in it, and without the lines that held nothing
    else: they are nobody's words."""
    cut = _cut(keyring, text, _IN_TEXT)
    if cut is None:
        return text
    lines = (line.replace(_GONE, "") if _has_words(line) else None for line in cut.split("\n"))
    return "\n".join(line for line in lines if line is not None).strip("\n")


def without_markers_html(keyring: Keyring, html: str) -> str:
    """The HTML without the markers of ours in it; every tag stays."""
    cut = _cut(keyring, html, _IN_HTML)
    return html if cut is None else cut.replace(_GONE, "")


def _has_words(line: str) -> bool:
    return _GONE not in line or bool(line.replace(_GONE, "").strip(_NOTHING_ELSE))


def _first(keyring: Keyring, text: str, pattern: re.Pattern[str]) -> tuple[BodyMarker, ...]:
    found: dict[str, BodyMarker] = {}
    for _, verified in _ours(keyring, text, pattern):
        found.setdefault(verified.text, verified)
        if len(found) == _MAX_FOUND:
            break
    return tuple(found.values())


def _ours(
    keyring: Keyring, text: str, pattern: re.Pattern[str]
) -> Iterator[tuple[re.Match[str], BodyMarker]]:
    """Every marker of ours and where it stands."""
    plain = text.isascii() or not any(unseen in text for unseen in _UNSEEN_OFTEN)
    if plain and not all(any(word in text for word in words) for words in _WORDS):
        return
    lower = text.lower()
    # The same places in both, unless a letter has become two.
    places = lower if plain and len(lower) == len(text) else None
    past = 0
    for _ in range(_MAX_LOOKED_AT):
        match = _next(pattern, text, places, past)
        if match is None:
            return
        verified = verify_marker(keyring, _NO_LETTER[pattern].sub("", match[1]))
        if verified is not None:
            yield match, verified
        # What is none may be the half of one, with a whole one behind it.
        past = match.start() + 1 if verified is None else match.end()


def _next(
    pattern: re.Pattern[str], text: str, places: str | None, past: int
) -> re.Match[str] | None:
    """The next that has the form. `places` is the text in lower case, where its beginning can be
    looked for as it is: that takes a tenth of the time."""
    if places is None:
        return pattern.search(text, past)
    at = places.find("ref", past)
    while at >= 0:
        match = pattern.match(text, at)
        if match is not None:
            return match
        at = places.find("ref", at + 1)
    return None


def _cut(keyring: Keyring, text: str, pattern: re.Pattern[str]) -> str | None:
    """The text with `_GONE` and the tags of each marker in its place; None without one."""
    pieces: list[str] = []
    past = 0
    for match, _ in _ours(keyring, text, pattern):
        kept = _TAG.findall(match[0]) if pattern is _IN_HTML else []
        pieces += [text[past : match.start()], _GONE, *kept]
        past = match.end()
    return "".join([*pieces, text[past:]]) if pieces else None
