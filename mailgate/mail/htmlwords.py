"""The words of a page that no parser shows: for a document that would read as empty.

A browser shows nothing of it either; a mail that somebody wrote must not be lost all the same.
"""

import re

_HIDDEN = re.compile(r"<!--|<(?:script|style|title)\b", re.IGNORECASE)
_ENDS = {
    name: re.compile(end, re.IGNORECASE)
    for name, end in {
        "<!--": "--!?>",
        "<script": "</script",
        "<style": "</style",
        "<title": "</title",
    }.items()
}
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:-]*+(?=[\s/>])[^<>]*+>?|<[!?][^<>]*+>?")
"""An element, a declaration; `<hong@b.kr>` is none."""


def words_outside_tags(html: str) -> str:
    """What stands outside of tags, comments and hidden elements, a line for each piece; "" when
    there is no letter and no digit in it. An element that is never closed hides nothing, but a
    script. Linear in its length."""
    from html import unescape  # noqa: PLC0415 - its table of 2,000 names, on a rare path only

    text = unescape(_TAG.sub("\n", "".join(_visible(html))))
    lines = (line.strip() for line in text.split("\n"))
    words = "\n".join(line for line in lines if line)
    return words if any(map(str.isalnum, words)) else ""


def _visible(html: str) -> list[str]:
    """The pieces between what is hidden."""
    pieces: list[str] = []
    unclosed: set[str] = set()
    position = 0
    while hidden := _HIDDEN.search(html, position):
        name = hidden[0].lower()
        end = None if name in unclosed else _ENDS[name].search(html, hidden.end())
        if end is None and name == "<script":
            return [*pieces, html[position : hidden.start()]]
        if end is None:
            unclosed.add(name)
            pieces.append(html[position : hidden.end()])
            position = hidden.end()
        else:
            pieces += [html[position : hidden.start()], "\n"]
            position = end.end() if name == "<!--" else end.start()
    return [*pieces, html[position:]]
