"""HTML of strangers: cleaned by an allow-list, turned to text, and text to HTML.

nh3 cleans, once; the text, the visible reply and what is shown of the HTML are read from what
it writes, which is well-formed. Size and nesting are measured before it sees anything. What
nests too deeply or grows is written anew for it; what is too big is kept as its text.
"""

import re
from dataclasses import dataclass

from mailgate.mail.clean import clean_body
from mailgate.mail.htmlclean import cleaner
from mailgate.mail.htmllimits import is_small_enough, nests_well
from mailgate.mail.htmlquote import read_reply
from mailgate.mail.htmlrepair import repair
from mailgate.mail.htmltext import Page, read_page, text_of, whole_html
from mailgate.mail.quote import visible_reply

__all__ = [
    "HtmlReading",
    "from_text",
    "read_html",
    "sanitise",
    "shrink",
    "to_text",
]

_MAX_ROUNDS = 4
_DATA_URL = re.compile(r"data:[a-zA-Z/+.-]{1,80};base64,[A-Za-z0-9+/=%\s]+")
_ANY_TAG = re.compile(r"<[!/?a-zA-Z][^>]*>?")
_HIDDEN = re.compile(r"<(script|style|head|title)\b", re.IGNORECASE)
_HIDDEN_ENDS = {
    name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "head", "title")
}


def sanitise(html: str) -> str:
    """The allowed elements and attributes of `html`, a balanced fragment, the same again for
    what it gives. `cid:` images stay; remote images are kept as `data-src` and load nothing; no
    relative URLs; of styles only what is harmless. What is too big comes back as its plain text
    in paragraphs."""
    cleaned = _sanitised(html)
    for _ in range(_MAX_ROUNDS):
        if not is_small_enough(cleaned):
            break
        before, cleaned = cleaned, _sanitised(cleaned)
        if cleaned == before:
            break
    return cleaned


def _sanitised(html: str) -> str:
    html = shrink(html)
    if not is_small_enough(html):
        return from_text(_crude_text(html))
    page = _page(html)
    return whole_html(page)


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
    if not is_small_enough(html):
        text = _crude_text(html)
        reply = visible_reply(text, forward=forward)
        return HtmlReading(text, reply, from_text(text), from_text(reply))
    page = _page(html)
    text = clean_body(text_of(page.lines))
    cleaned = whole_html(page)
    found = read_reply(page, forward=forward)
    if found is None:
        return HtmlReading(text, text, cleaned, cleaned)
    return HtmlReading(text, clean_body(found.text), cleaned, found.html.strip())


def _page(html: str) -> Page:
    return read_page(cleaner().clean(html if nests_well(html) else repair(html)))


def shrink(html: str) -> str:
    """`html` without inline `data:` images, which no rule lets through."""
    return _DATA_URL.sub("", html) if "data:" in html else html


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
    if not is_small_enough(html):
        return _crude_text(html)
    return clean_body(text_of(_page(html).lines))


def _crude_text(html: str) -> str:
    """Tags cut by their brackets: for what no parser may see."""
    import html as entities  # noqa: PLC0415 - its table of 2,000 names, on a rare path only

    pieces: list[str] = []
    position = 0
    while hidden := _HIDDEN.search(html, position):
        pieces.append(html[position : hidden.start()])
        end = _HIDDEN_ENDS[hidden[1].lower()].search(html, hidden.end())
        position = end.start() if end else len(html)
    pieces.append(html[position:])
    text = entities.unescape(_ANY_TAG.sub("\n", "".join(pieces)))
    lines = (line.strip() for line in clean_body(text).split("\n"))
    return "\n".join(line for line in lines if line)
