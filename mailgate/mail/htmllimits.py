"""What a parser of HTML may be given: measured by linear passes over the characters.

html5ever needs quadratic time for nested elements, for many attributes of one tag and for long
runs of `&`, and builds an element again for every open formatting element in each paragraph
(HTML §13.2.4.3, "reconstruct the active formatting elements"): 36 KB of `<font>` and `<p>`
become 51 MB. Which close tags it obeys depends on all that is open; so those alone count here
that close what was opened last.
"""

import re
from heapq import heappush, heappushpop

from mailgate.mail.htmltokens import TOKEN

MAX_SIZE = 1_000_000
"""Characters, without the octets of inline `data:` images."""

MAX_NESTING = 300
MAX_TAGS = 40_000
MAX_REFERENCES = 50_000
MAX_TAG_LENGTH = 100_000
MAX_REBUILT = 2_000_000
"""Characters of tags that a parser may have to write again, ..."""

MAX_GROWTH = 4
"""... and so many for each character it is given."""

_TAG_WITHOUT_END = re.compile(r"<[a-zA-Z][^>]*")
_QUOTED_ENDS = [re.compile(r'=\s*"[^">]*+>'), re.compile(r"=\s*'[^'>]*+>")]
_UNFORESEEN_NAMES = (
    "applet button frameset marquee math noscript object plaintext select svg template"
)
_UNFORESEEN = frozenset(_UNFORESEEN_NAMES.split())
"""Elements in which tags mean something else."""

_SCRIPT_IN_SCRIPT = re.compile(r"<script[^<]*<!--")
_KELVIN = "\u212a"
"""A letter that is no ASCII one, but its lower case is."""

_VOID_NAMES = (
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param "
    "source track wbr"
)
_MOST_ADOPTED = 8
"""How often a close tag in the wrong place copies what is open (HTML §13.2.6.4.7)."""

_NO_ELEMENTS = frozenset(_VOID_NAMES.split()) | {"html", "head", "body", ""}
"""Elements without content, those that a fragment does not have, and what is no tag."""

_FORMATTING_NAMES = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATTING_NAMES.split())
_FORMATTING_TAG = re.compile(rf"<(?:{_FORMATTING_NAMES.replace(' ', '|')})(?![a-z0-9:-])[^>]*+")
_START = re.compile("<[a-z]")
_ODD_TAGS = [
    re.compile(pattern)
    for pattern in (r"<[a-z][^<>]*+<", r'=\s*"[^"<>]*+[<>]', r"=\s*'[^'<>]*+[<>]")
]
"""A tag that may end somewhere else than at the next bracket."""

_WRITTEN_LONGER = re.compile('[&<>\xa0"]')
_LONGEST_REFERENCE = 5
_LINK_REL = 60
"""What the cleaner and the page add to a link, and the close tag."""

_CLOSED_BY_START = {
    "p": ("/p",),
    "li": ("/li",),
    "dd": ("/dd", "/dt"),
    "dt": ("/dd", "/dt"),
    "option": ("/option",),
    "td": ("/td", "/th"),
    "th": ("/td", "/th"),
    "tr": ("/td", "/th", "/tr"),
    "tbody": ("/td", "/th", "/tr", "/tbody", "/thead"),
    "tfoot": ("/td", "/th", "/tr", "/tbody", "/thead"),
}
"""What a start tag closes when it was opened last (HTML §13.1.2.4, "optional tags")."""

_PARTS = ("/p", "/li", "/dd", "/dt")
_CELLS = ("/p", "/td", "/th", "/tr", "/tbody", "/thead", "/tfoot", "/colgroup")
_CLOSED_BY_END = {
    **dict.fromkeys(["/div", "/center", "/blockquote", "/ul", "/ol", "/dl"], _PARTS),
    **dict.fromkeys(["/table", "/tr", "/tbody", "/thead", "/tfoot"], _CELLS),
    **dict.fromkeys(["/td", "/th"], _PARTS),
    **dict.fromkeys(["/li", "/dd", "/dt"], ("/p",)),
}


def is_small_enough(html: str) -> bool:
    """True when its size, its tags and its references are as few as in a mail of people."""
    if len(html) > MAX_SIZE or html.count("<") > MAX_TAGS or html.count("&") > MAX_REFERENCES:
        return False
    return len(html) <= MAX_TAG_LENGTH or _longest_tag(html) <= MAX_TAG_LENGTH


def _longest_tag(html: str) -> int:
    """An upper bound: a tag goes on behind a `>` only when that is inside a quoted value."""
    longest = max(map(len, _TAG_WITHOUT_END.findall(html)), default=0)
    return longest * (1 + sum(len(end.findall(html)) for end in _QUOTED_ENDS))


def nests_well(html: str) -> bool:
    """True when nothing in it can make a parser go too deep, or what it writes too large."""
    tags, most = html.count("<"), MAX_REBUILT + MAX_GROWTH * len(html)
    if tags <= MAX_NESTING and tags * len(html) <= most:
        return True
    if _KELVIN in html:
        return False
    html = html.lower()
    return _surely_nests_well(html, tags, most) or _walks_well(html, most)


def _surely_nests_well(html: str, tags: int, most: int) -> bool:
    """By the coarsest bounds: as if no tag closed anything."""
    if tags > 2 * MAX_NESTING + 100 or len(_START.findall(html)) > MAX_NESTING:
        return False
    formatting = _FORMATTING_TAG.findall(html)
    if tags * sum(map(_length, formatting)) > most:
        return False
    return not any(odd.search(html) for odd in _ODD_TAGS)


def _walks_well(html: str, most: int) -> bool:
    """By upper bounds: at each tag all formatting elements around may be built again."""
    tokens = TOKEN.findall(html)
    if not _UNFORESEEN.isdisjoint([name for name, _ in tokens]) or _SCRIPT_IN_SCRIPT.search(html):
        return False
    opened: list[str] = []
    lengths: list[int] = []
    left: dict[str, list[int]] = {}
    around = rebuilt = 0
    for name, rest in tokens:
        if name in _NO_ELEMENTS:
            continue
        rebuilt += around
        if name[0] == "/":
            if opened and opened[-1] == name and name not in left:
                opened.pop()
                around -= lengths.pop()
            elif name in opened:
                rebuilt += _MOST_ADOPTED * around
                freed = _freed(name, opened, lengths, left)
                if freed is None:
                    return False
                around -= freed
            continue
        if name in _CLOSED_BY_START and opened:
            for closed in _CLOSED_BY_START[name]:
                if opened and opened[-1] == closed:
                    del opened[-1], lengths[-1]
        opened.append("/" + name)
        length = _length(rest) if name in _FORMATTING else 0
        lengths.append(length)
        around += length
        if len(opened) > MAX_NESTING or rebuilt > most:
            return False
    return rebuilt <= most


def _freed(
    name: str, opened: list[str], lengths: list[int], left: dict[str, list[int]]
) -> int | None:
    """How much formatting the close tag of an open element surely ends; None when a parser may
    not obey it. `left` is formatting that stays active without being open; of those of one name
    the shortest counts as closed."""
    formatting = name[1:] in _FORMATTING
    if formatting and opened[-1] != name:
        return 0
    parts = _CLOSED_BY_END.get(name, ())
    while opened[-1] != name:
        part, length = opened.pop(), lengths.pop()
        if part[1:] in _FORMATTING and parts:
            heappush(left.setdefault(part, []), length)
        elif part not in parts:
            return None
    opened.pop()
    length = lengths.pop()
    return heappushpop(left[name], length) if formatting else length


def _length(rest: str) -> int:
    return len(rest) + _LONGEST_REFERENCE * len(_WRITTEN_LONGER.findall(rest)) + _LINK_REL
