"""HTML of strangers: cleaned by an allow-list, turned to text, and text to HTML.

Size and nesting are measured by one linear pass before a parser sees anything: html5ever
and lexbor both need quadratic time for nested elements. What is too
big or too deep is kept as its text.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mailgate.mail.clean import clean_body
from mailgate.mail.quote import visible_reply

if TYPE_CHECKING:
    import nh3

MAX_SIZE = 256 * 1024
"""Characters, without the octets of inline `data:` images."""

MAX_NESTING = 300
MAX_TAGS = 20_000

_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_FLAT_NAMES = (
    "area base br col embed hr img input link meta param source track wbr p li td th tr tbody "
    "thead tfoot option dt dd colgroup"
)
_FLAT = frozenset(_FLAT_NAMES.split())
"""Elements without content, or closed by the next of their kind: they do not nest."""

_DATA_URL = re.compile(r"data:[a-zA-Z/+.-]{1,80};base64,[A-Za-z0-9+/=%\s]+")
_TAGS_NAMES = (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 "
    "header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike "
    "strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_TAGS = frozenset(_TAGS_NAMES.split())
_DROPPED_WITH_CONTENT_NAMES = (
    "script style title head noscript template iframe object embed svg math form select "
    "textarea button audio video canvas map frameset noframes noembed xmp"
)
_DROPPED_WITH_CONTENT = frozenset(_DROPPED_WITH_CONTENT_NAMES.split())
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "align"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "valign", "bgcolor"},
    "th": {"colspan", "rowspan", "width", "height", "valign", "bgcolor"},
    "tr": {"valign", "bgcolor"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "blockquote": {"type"},
    "hr": {"size", "width"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}

_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_REMOTE_SOURCE = re.compile(r' src="(?!cid:)([^"]*)"', re.IGNORECASE)
_ANY_TAG = re.compile(r"<[!/?a-zA-Z][^>]*>?")
_HIDDEN = re.compile(r"<(script|style|head|title)\b", re.IGNORECASE)


def sanitise(html: str) -> str:
    """The allowed elements and attributes of `html`, a balanced fragment. `cid:` images stay;
    remote images are kept as `data-src` and load nothing; no relative URLs, no styles. What is
    too big or nested too deeply comes back as its plain text in paragraphs."""
    html = shrink(html)
    if not is_safe_to_parse(html):
        return from_text(to_text(html))
    return _clean(html)


@dataclass(frozen=True, slots=True)
class HtmlReading:
    """What an HTML part says: all of it and the visible reply, as text and as cleaned HTML."""

    text: str
    reply_text: str
    html: str
    reply_html: str


def read_html(html: str, *, forward: bool = False) -> HtmlReading:
    """Everything that is read in an HTML part, by one look at it. `forward`: see
    `mailgate.mail.quote.visible_reply`."""
    html = shrink(html)
    if not is_safe_to_parse(html):
        text = clean_body(_crude_text(html))
        reply = visible_reply(text, forward=forward)
        return HtmlReading(text, reply, from_text(text), from_text(reply))
    from mailgate.mail.htmlquote import read_document  # noqa: PLC0415 - only for HTML

    document = read_document(html, forward=forward)
    cleaned = _clean(html)
    reply_html = cleaned if document.reply_html is None else _clean(document.reply_html)
    return HtmlReading(
        clean_body(document.text), clean_body(document.reply_text), cleaned, reply_html
    )


def _clean(html: str) -> str:
    return _IMAGE.sub(_without_remote_source, _cleaner().clean(html)).strip()


def shrink(html: str) -> str:
    """`html` without inline `data:` images, which no rule lets through."""
    return _DATA_URL.sub("", html) if "data:" in html else html


def is_safe_to_parse(html: str) -> bool:
    """True when neither size nor nesting can make a parser slow."""
    return len(html) <= MAX_SIZE and html.count("<") <= MAX_TAGS and _nesting(html) <= MAX_NESTING


@lru_cache(maxsize=1)
def _cleaner() -> "nh3.Cleaner":
    """Imported on the first HTML: a mail without it costs nothing."""
    import nh3  # noqa: PLC0415

    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )


def _without_remote_source(image: "re.Match[str]") -> str:
    return f"<img{_REMOTE_SOURCE.sub(_as_data, image[1])}>"


def _as_data(source: "re.Match[str]") -> str:
    return f' data-src="{source[1]}"'


def _nesting(html: str) -> int:
    """An upper bound of the depth: a close tag counts only when its element is open."""
    depth = deepest = 0
    opened: dict[str, int] = {}
    for tag in _TAG_NAME.finditer(html):
        name = tag[2].lower()
        if name in _FLAT:
            continue
        count = opened.get(name, 0)
        if not tag[1]:
            opened[name] = count + 1
            depth += 1
            deepest = max(deepest, depth)
        elif count:
            opened[name] = count - 1
            depth -= 1
    return deepest


def from_text(text: str) -> str:
    """Text as HTML: escaped, a paragraph for each block of lines, a break for each line end."""
    escaped = (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
    blocks = [block for block in re.split(r"\n[ \t]*\n", escaped.strip("\n")) if block.strip()]
    return "\n".join("<p>" + block.strip("\n").replace("\n", "<br>\n") + "</p>" for block in blocks)


def to_text(html: str) -> str:
    """What a reader sees: blocks on their own lines, links and images as their text."""
    html = shrink(html)
    if not is_safe_to_parse(html):
        return clean_body(_crude_text(html))
    from mailgate.mail.htmltext import text_of  # noqa: PLC0415 - selectolax only for HTML

    return clean_body(text_of(html))


def _crude_text(html: str) -> str:
    """Tags cut by their brackets: for what no parser may see."""
    import html as entities  # noqa: PLC0415 - its table of 2,000 names, on a rare path only

    pieces: list[str] = []
    position = 0
    while hidden := _HIDDEN.search(html, position):
        pieces.append(html[position : hidden.start()])
        end = html.find(f"</{hidden[1]}", hidden.end())
        position = end if end >= 0 else len(html)
    pieces.append(html[position:])
    text = _ANY_TAG.sub("\n", "".join(pieces))
    return re.sub(r"[ \t]*\n\s*", "\n", entities.unescape(text)).strip()
