"""What a parser of HTML may be given: measured by linear passes over the characters.

html5ever needs quadratic time for nested elements, for many attributes of one tag and for long
runs of `&`, and builds an element again for every open formatting element in each paragraph
(HTML §13.2.4.3, "reconstruct the active formatting elements"): 36 KB of `<font>` and `<p>`
become 51 MB.
"""

import re

MAX_SIZE = 1_000_000
"""Characters, without the octets of inline `data:` images."""

MAX_NESTING = 300
MAX_TAGS = 40_000
MAX_REFERENCES = 50_000
MAX_TAG_LENGTH = 100_000
MAX_REBUILT = 4_000_000
"""Characters of tags that a parser may have to write again."""

_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9:-]*)([^<>]*)")
_TAG_WITHOUT_END = re.compile(r"<[a-zA-Z][^>]*")
_QUOTED_END = re.compile(r"""=\s*(?:"[^">]*>|'[^'>]*>)""")
_FOREIGN = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)
_FLAT_NAMES = (
    "area base br col embed hr img input link meta param source track wbr p td th tr tbody thead "
    "tfoot option colgroup"
)
_FLAT = frozenset(_FLAT_NAMES.split())
"""Elements without content, or closed by the next of their kind: they do not nest, save in SVG
and MathML."""

_ITEMS = {"li": "li", "dd": "dd", "dt": "dd"}
"""Closed by the next of their kind, but not by one another: `<li><dd><li><dd>` nests."""

_FORMATTING_NAMES = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATTING_NAMES.split())
_PLAIN_ATTRIBUTES = re.compile(
    r"""(?:\s*+[\w:-]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=]++))?+)*+[\s/]*+"""
)


def is_safe_to_parse(html: str) -> bool:
    """True when nothing in it can make a parser slow, or what it writes large."""
    size, tags = len(html), html.count("<")
    if size > MAX_SIZE or tags > MAX_TAGS or html.count("&") > MAX_REFERENCES:
        return False
    if size > MAX_TAG_LENGTH and _longest_tag(html) > MAX_TAG_LENGTH:
        return False
    opened = tags - html.count("</")
    if opened <= MAX_NESTING and opened * size <= MAX_REBUILT:
        return True
    return _nests_well(html)


def _longest_tag(html: str) -> int:
    """An upper bound: a tag goes on behind a `>` only when that is inside a quoted value."""
    longest = max(map(len, _TAG_WITHOUT_END.findall(html)), default=0)
    return longest * (1 + len(_QUOTED_END.findall(html)))


def _nests_well(html: str) -> bool:
    """By upper bounds: a close tag counts only when its element is open."""
    flat: frozenset[str] = frozenset() if _FOREIGN.search(html) else _FLAT
    opened: dict[str, list[int]] = {}
    depth = open_length = rebuilt = 0
    last_item = ""
    for name, attributes in _TAG.findall(html.lower()):
        rebuilt += open_length
        if name in flat:
            continue
        if name[0] == "/":
            if name[1:] in _ITEMS:
                last_item = ""
            lengths = opened.get(name[1:])
            if lengths:
                depth -= 1
                open_length -= lengths.pop()
            continue
        item = _ITEMS.get(name)
        if item is not None:
            if item == last_item:
                continue
            last_item = item
        length = _formatting_length(attributes, len(html)) if name in _FORMATTING else 0
        opened.setdefault(name, []).append(length)
        open_length += length
        depth += 1
        if depth > MAX_NESTING or rebuilt > MAX_REBUILT:
            return False
    return rebuilt <= MAX_REBUILT


def _formatting_length(attributes: str, size: int) -> int:
    """How long the tag may be; all of the document when its attributes are odd, because then it
    may end somewhere else than it seems to."""
    plain = not attributes or _PLAIN_ATTRIBUTES.fullmatch(attributes) is not None
    return len(attributes) + 10 if plain else size
