"""What a tag of cleaned HTML means: what of it is shown, what it does to the text, and which
mail program marks its quotes with it."""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from mailgate.mail.htmlmarks import Mark, find_mark
from mailgate.mail.htmlstyle import read_style


class Act(IntEnum):
    """What a tag does to the lines of the text. NONE is false: nothing has to be done. BREAK and
    SPACED are as many line ends as they ask for."""

    NONE = 0
    BREAK = 1
    SPACED = 2
    LINE_END = 3
    RULE = 4
    IMAGE = 5
    CELL = 6
    LIST = 7
    LIST_END = 8
    ITEM = 9
    BLOCKQUOTE = 10
    PRE = 11
    HIDDEN = 12
    MARKED = 13


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag. `output` is what is shown of it; `opens` is 1, -1 for a close tag, 0 for an
    element without content; `detail` is the text of an image or the type of a list."""

    name: str
    output: str
    act: Act = Act.NONE
    opens: int = 1
    mark: Mark | None = None
    detail: str = ""


INVISIBLE_IMAGE = "\ufffc"
"""Stands in the text for an image that says nothing (U+FFFC OBJECT REPLACEMENT CHARACTER)."""

ATTRIBUTES = {
    "*": frozenset(["dir", "lang", "title", "align"]),
    "a": frozenset(["href", "name", "rel"]),
    "img": frozenset(["src", "alt", "width", "height", "data-src"]),
    "table": frozenset(["border", "cellpadding", "cellspacing", "width", "bgcolor"]),
    "td": frozenset(["colspan", "rowspan", "width", "height", "valign", "bgcolor"]),
    "th": frozenset(["colspan", "rowspan", "width", "height", "valign", "bgcolor"]),
    "tr": frozenset(["valign", "bgcolor"]),
    "col": frozenset(["span", "width"]),
    "colgroup": frozenset(["span", "width"]),
    "font": frozenset(["color", "face", "size"]),
    "ol": frozenset(["start", "type"]),
    "ul": frozenset(["type"]),
    "li": frozenset(["value"]),
    "blockquote": frozenset(["type"]),
    "hr": frozenset(["size", "width"]),
}
"""What is shown, with `style` in part."""

READ_ATTRIBUTES = frozenset(["style", "class", "id", "name", "data-marker"])
"""What is looked at besides, and not shown."""

_VOID = frozenset(["br", "hr", "img", "wbr", "col"])
_BREAKS = (
    "address article aside caption center dd details dir div dl dt fieldset figcaption figure "
    "footer header hgroup legend main menu nav search section summary table tbody tfoot thead tr"
)
_SPACED = "p h1 h2 h3 h4 h5 h6"
_OPEN_ACTS = (
    dict.fromkeys(_BREAKS.split(), Act.BREAK)
    | dict.fromkeys(_SPACED.split(), Act.SPACED)
    | {"br": Act.LINE_END, "hr": Act.RULE, "img": Act.IMAGE, "td": Act.CELL, "th": Act.CELL}
    | {"ul": Act.LIST, "ol": Act.LIST, "li": Act.ITEM}
    | {"blockquote": Act.BLOCKQUOTE, "pre": Act.PRE}
)
_CLOSE_ACTS = (
    dict.fromkeys(_BREAKS.split(), Act.BREAK)
    | dict.fromkeys(_SPACED.split(), Act.SPACED)
    | {"pre": Act.SPACED, "blockquote": Act.SPACED}
    | {"ul": Act.LIST_END, "ol": Act.LIST_END, "li": Act.BREAK}
)
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_LONG_TAG = 400
_REMOTE = re.compile(r"https?://[^\s]", re.IGNORECASE)
_DOTS = frozenset(["0", "1", "2", "0px", "1px", "2px"])
_BLANKS = re.compile(r"(?:[ \t\n\r\f\u00a0]|&nbsp;)+")


def read_tags(tags: list[str]) -> list[Tag]:
    """Reads tags as nh3 writes them. The same come again and again in a mail and in the next
    one: those of a usual length are read once."""
    if max(map(len, tags), default=0) <= _LONG_TAG:
        return list(map(_known_tag, tags))
    return [_known_tag(tag) if len(tag) <= _LONG_TAG else _read_tag(tag) for tag in tags]


def _read_tag(tag: str) -> Tag:
    if tag[1] == "/":
        name = tag[2:-1]
        return Tag(name, tag, _CLOSE_ACTS.get(name, Act.NONE), -1)
    name, _, rest = tag[1:-1].partition(" ")
    opens = 0 if name in _VOID else 1
    act = _OPEN_ACTS.get(name, Act.NONE)
    if not rest:
        detail = INVISIBLE_IMAGE if name == "img" else name
        return Tag(name, tag, act, opens, None, detail)
    return _with_attributes(name, act, opens, _ATTRIBUTE.findall(tag))


_known_tag = lru_cache(maxsize=4096)(_read_tag)


def _with_attributes(name: str, act: Act, opens: int, attributes: list[tuple[str, str]]) -> Tag:
    shown = ATTRIBUTES["*"] | ATTRIBUTES.get(name, frozenset())
    pieces = [f"<{name}"]
    read: dict[str, str] = {}
    mark = None
    for key, value in attributes:
        if key == "style":
            style = read_style(value)
            if style.kept:
                pieces.append(f' style="{style.kept}"')
            if style.hidden and opens:
                act = Act.HIDDEN
            elif style.preformatted and opens and act is not Act.HIDDEN:
                act = Act.PRE
            if style.rule and opens:
                mark = Mark.OUTLOOK_RULE if style.outlook_rule else Mark.RULE
        elif key in READ_ATTRIBUTES and not (key == "name" and name == "a"):
            read[key] = value
        elif key in shown:
            read[key] = value
            if name != "img" or key not in {"src", "data-src"}:
                pieces.append(f' {key}="{value}"')
    if name == "img":
        pieces.append(_source(read))
    mark = find_mark(name, read) or mark
    if mark is not None and act is not Act.HIDDEN:
        act = Act.BLOCKQUOTE if name == "blockquote" else Act.MARKED
    pieces.append(">")
    return Tag(name, "".join(pieces), act, opens, mark, _detail(name, read))


def _source(attributes: dict[str, str]) -> str:
    """Images that came with the mail stay; those elsewhere are kept as `data-src` and load
    nothing."""
    source = attributes.get("src") or attributes.get("data-src", "")
    if source[:4].lower() == "cid:":
        return f' src="{source}"'
    return f' data-src="{source}"' if _REMOTE.match(source) else ""


def _detail(name: str, attributes: dict[str, str]) -> str:
    if name == "ol":
        return attributes.get("start", "1")
    if name != "img":
        return name
    alt = _BLANKS.sub(" ", attributes.get("alt", "")).strip()
    if alt:
        return f"[{alt}]"
    is_dot = attributes.get("width") in _DOTS or attributes.get("height") in _DOTS
    return "" if is_dot else INVISIBLE_IMAGE
