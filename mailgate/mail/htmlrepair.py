"""HTML with elements that are not closed, or closed in another order, written anew as elements
inside one another.

For what a parser would make too large or too deep. It writes tags of the allow-list alone, each
closed before what it stands in, and closes itself what a parser would close without being told
(`<p>` before a block, `<li>` before `<li>`, a cell before a row): so nothing is left open for a
parser to build again (HTML §13.2.4.3). Links and blocks stay; bold text may end with its
paragraph.
"""

import re

from mailgate.mail.htmlclean import TAGS
from mailgate.mail.htmltokens import ATTRIBUTE, TOKEN

MAX_DEPTH = 200

_VOID = frozenset(["br", "hr", "img", "wbr"])
_UNWRITTEN = frozenset(["col", "colgroup"])
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_SECTIONS = frozenset(["tbody", "thead", "tfoot"])
_CELLS = frozenset(["td", "th"])
_SCOPES = frozenset(["table", "td", "th", "caption"])
"""No tag in them, save of a table, closes what they stand in (HTML §13.2.4.2)."""

_TABLE = frozenset(["table"])
_OPENED_IN = {
    "caption": _TABLE,
    **dict.fromkeys(_SECTIONS, _TABLE),
    "tr": _TABLE | _SECTIONS,
    **dict.fromkeys(_CELLS, _TABLE | _SECTIONS | {"tr"}),
}
"""The nearest of these is what a part of a table is put into; all in between is closed."""

_TABLE_TAGS = _TABLE | _OPENED_IN.keys()
_ITEMS = {"li": frozenset(["li"]), **dict.fromkeys(["dd", "dt"], frozenset(["dd", "dt"]))}
_BLOCK_NAMES = (
    "address article aside blockquote center dd details dir div dl dt fieldset figcaption figure "
    "footer header hgroup hr li main menu nav ol p pre search section summary table ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split()) | _HEADINGS
"""Each closes an open paragraph."""

_SPECIAL = _BLOCKS | _TABLE_TAGS
_ITEM_SCOPES = _SPECIAL - {"address", "div", "p", "li", "dd", "dt"}
_LISTS = _SCOPES | {"ul", "ol"}
_ATTRIBUTE_NAME = re.compile(r"[a-zA-Z_:][\w:.-]*", re.ASCII)


def repair(html: str) -> str:
    """The text and the allowed elements of `html`, each closed where it ends."""
    writer = _Writer()
    pieces = TOKEN.split(html)
    writer.write(pieces[0])
    for at in range(1, len(pieces), 3):
        name, rest, text = pieces[at : at + 3]
        if name:
            writer.tag(name.lower(), rest)
        writer.write(text)
    writer.close_above(0)
    return "".join(writer.pieces)


class _Writer:
    """What is written so far, and the elements that are open in it."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.opened: list[str] = []

    def write(self, text: str) -> None:
        self.pieces.append(text.replace("<", "&lt;") if "<" in text else text)

    def tag(self, name: str, rest: str) -> None:
        if name[0] == "/":
            self._end(name[1:])
        elif name in TAGS and name not in _UNWRITTEN and rest[-1:] == ">":
            self._start(name, rest)

    def close_above(self, depth: int) -> None:
        """Only what stands at less than `depth` stays open."""
        self.pieces += [f"</{name}>" for name in reversed(self.opened[depth:])]
        del self.opened[depth:]

    def _start(self, name: str, rest: str) -> None:
        if name in _BLOCKS:
            self._close("p", _SCOPES)
        if name in _ITEMS:
            self._close_nearest(_ITEMS[name], _ITEM_SCOPES)
        elif name == "a":
            self._close("a", _SCOPES)
        elif name in _HEADINGS and self.opened and self.opened[-1] in _HEADINGS:
            self.close_above(len(self.opened) - 1)
        elif name == "table":
            self._close_table_without_cell()
        elif name in _OPENED_IN:
            into = self._nearest(_OPENED_IN[name], _TABLE)
            if into is None:
                return
            self.close_above(into + 1)
        if name in _VOID:
            self.pieces.append(_written(name, rest))
        elif len(self.opened) < MAX_DEPTH:
            self.pieces.append(_written(name, rest))
            self.opened.append(name)

    def _end(self, name: str) -> None:
        if name in _HEADINGS:
            self._close_nearest(_HEADINGS, _SCOPES)
        elif name in _TABLE_TAGS:
            self._close(name, _TABLE)
        elif name == "li":
            self._close(name, _LISTS)
        else:
            self._close(name, _SCOPES if name in _BLOCKS or name == "a" else _SPECIAL)

    def _close_table_without_cell(self) -> None:
        """A table in a table, but in no cell of it, ends that (HTML §13.2.6.4.9)."""
        around = self._nearest(_TABLE_TAGS, frozenset())
        if around is not None and self.opened[around] not in _SCOPES - _TABLE:
            self._close("table", frozenset())

    def _close(self, name: str, scopes: frozenset[str]) -> None:
        if name in self.opened:
            self._close_nearest(frozenset([name]), scopes)

    def _close_nearest(self, names: frozenset[str], scopes: frozenset[str]) -> None:
        depth = self._nearest(names, scopes)
        if depth is not None:
            self.close_above(depth)

    def _nearest(self, names: frozenset[str], scopes: frozenset[str]) -> int | None:
        """Where the innermost of `names` stands, unless one of `scopes` is around that is not."""
        for depth in range(len(self.opened) - 1, -1, -1):
            if self.opened[depth] in names:
                return depth
            if self.opened[depth] in scopes:
                return None
        return None


def _written(name: str, rest: str) -> str:
    """Attributes in double quotes, so that the tag ends where it is seen to end."""
    if rest == ">":
        return f"<{name}>"
    attributes = [
        f' {attribute}="' + (double or single or plain).replace('"', "&quot;") + '"'
        for attribute, double, single, plain in ATTRIBUTE.findall(rest)
        if _ATTRIBUTE_NAME.fullmatch(attribute)
    ]
    return f"<{name}{''.join(attributes)}>"
