"""What a parser of HTML may be given: measured by linear passes over the characters.

html5ever needs quadratic time for nested elements, for many attributes of one tag and for long
runs of `&`, and builds an element again for every open formatting element in each paragraph
(HTML §13.2.4.3, "reconstruct the active formatting elements"): 36 KB of `<font>` and `<p>`
become 51 MB.
"""

import re
from collections import Counter

MAX_SIZE = 1_000_000
"""Characters, without the octets of inline `data:` images."""

MAX_NESTING = 300
MAX_TAGS = 40_000
MAX_REFERENCES = 50_000
MAX_TAG_LENGTH = 100_000
MAX_REBUILT = 6_000_000
"""Characters of tags that a parser may have to write again."""

_FEW_TAGS = 128
_TAG_NAME = re.compile(r"<(/?[a-z][a-z0-9:-]*)")
_TAG_WITHOUT_END = re.compile(r"<[a-zA-Z][^>]*")
_QUOTED_ENDS = [re.compile(r'=\s*"[^">]*+>'), re.compile(r"=\s*'[^'>]*+>")]
_FLAT_NAMES = (
    "area base br col embed hr img input link meta param source track wbr p td th tr tbody thead "
    "tfoot option colgroup"
)
_FLAT = frozenset(_FLAT_NAMES.split())
"""Elements without content, or closed by the next of their kind: they do not nest, save in SVG
and MathML."""

_FOREIGN = frozenset(["svg", "math"])
_ITEMS = {"li": "li", "dd": "dd", "dt": "dd"}
"""Closed by the next of their kind, but not by one another: `<li><dd><li><dd>` nests."""

_FORMATTING_NAMES = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATTING_NAMES.split())
_FORMATTING_TAG = re.compile(rf"<(?:{_FORMATTING_NAMES.replace(' ', '|')})(?![a-z0-9:-])([^<>]*>?)")
_ODD_TAGS = [
    re.compile(pattern)
    for pattern in (r"<[a-z][^<>]*+<", r'=\s*"[^"<>]*+[<>]', r"=\s*'[^'<>]*+[<>]")
]
_PLAIN_ATTRIBUTES = re.compile(
    r"""(?:\s*+[\w:-]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>]++))?+)*+[\s/]*+>"""
)


def is_safe_to_parse(html: str) -> bool:
    """True when nothing in it can make a parser slow, or what it writes large."""
    size, tags = len(html), html.count("<")
    if size > MAX_SIZE or tags > MAX_TAGS or html.count("&") > MAX_REFERENCES:
        return False
    if size > MAX_TAG_LENGTH and _longest_tag(html) > MAX_TAG_LENGTH:
        return False
    opened = tags if tags <= MAX_NESTING else tags - html.count("</")
    if opened <= MAX_NESTING and opened * size <= MAX_REBUILT:
        return True
    return _nests_well(html)


def _longest_tag(html: str) -> int:
    """An upper bound: a tag goes on behind a `>` only when that is inside a quoted value."""
    longest = max(map(len, _TAG_WITHOUT_END.findall(html)), default=0)
    return longest * (1 + sum(len(end.findall(html)) for end in _QUOTED_ENDS))


def _nests_well(html: str) -> bool:
    html = html.lower()
    names = _TAG_NAME.findall(html)
    flat: frozenset[str] = _FLAT if _FOREIGN.isdisjoint(names) else frozenset()
    lengths = _formatting_lengths(html)
    longest = max(lengths, default=0)
    return _surely_nests_well(names, flat, longest) or _walks_well(names, flat, lengths)


def _surely_nests_well(names: list[str], flat: frozenset[str], longest: int) -> bool:
    """By coarser bounds, which nearly all mails keep: among the next few tags all that open
    stand before all that close."""
    opened: dict[str, int] = {}
    depth = formatting = rebuilt = 0
    for start in range(0, len(names), _FEW_TAGS):
        counts = Counter(names[start : start + _FEW_TAGS])
        for name, count in counts.items():
            if name[0] != "/" and name not in flat:
                opened[name] = opened.get(name, 0) + count
                depth += count
                formatting += count if name in _FORMATTING else 0
        rebuilt += _FEW_TAGS * formatting * longest
        if depth > MAX_NESTING or rebuilt > MAX_REBUILT:
            return False
        for name, count in counts.items():
            closed = min(opened.get(name[1:], 0), count) if name[0] == "/" else 0
            if closed:
                opened[name[1:]] -= closed
                depth -= closed
                formatting -= closed if name[1:] in _FORMATTING else 0
    return True


def _walks_well(names: list[str], flat: frozenset[str], lengths_of_all: list[int]) -> bool:
    """By upper bounds: a close tag counts only when its element is open."""
    lengths = iter(lengths_of_all)
    opened: dict[str, list[int]] = {}
    depth = open_length = rebuilt = 0
    last_item = ""
    for name in names:
        rebuilt += open_length
        if name in flat:
            continue
        if name[0] == "/":
            if name[1:] in _ITEMS:
                last_item = ""
            of_name = opened.get(name[1:])
            if of_name:
                depth -= 1
                open_length -= of_name.pop()
            continue
        length = next(lengths) if name in _FORMATTING else 0
        item = _ITEMS.get(name)
        if item is not None:
            if item == last_item:
                continue
            last_item = item
        opened.setdefault(name, []).append(length)
        open_length += length
        depth += 1
        if depth > MAX_NESTING or rebuilt > MAX_REBUILT:
            return False
    return rebuilt <= MAX_REBUILT


def _formatting_lengths(html: str) -> list[int]:
    """How long each tag of a formatting element may be; all of the document where its
    attributes are odd, because then it may end somewhere else than it seems to."""
    found = _FORMATTING_TAG.findall(html)
    odd = {rest for rest in set(found) if not _PLAIN_ATTRIBUTES.fullmatch(rest)}
    if odd and any(pattern.search(html) for pattern in _ODD_TAGS):
        return [len(html) if rest in odd else len(rest) + 10 for rest in found]
    return [len(rest) + 10 for rest in found]
