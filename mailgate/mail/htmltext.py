"""HTML as text, by one walk over selectolax's tree (the only module that imports it,
with `mailgate.mail.htmlquote`). The input is bounded by `mailgate.mail.html`."""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

_SKIPPED = frozenset(["script", "style", "head", "title", "template", "noscript"])
_BLOCKS_NAMES = (
    "address article aside blockquote body center dd div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody tfoot "
    "thead tr ul"
)
_BLOCKS = frozenset(_BLOCKS_NAMES.split())
_SPACED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "pre"])
_BLANKS = re.compile(r"[ \t\n\r\f\u00a0]+")
_TOO_MANY_LINES = re.compile(r"\n{3,}")


@dataclass(slots=True)
class Line:
    """A line of the text, and the nodes that it comes from."""

    text: str = ""
    nodes: list[LexborNode] = field(default_factory=list)


def text_of(html: str) -> str:
    """The text of a document that is safe to parse."""
    body = LexborHTMLParser(html).body
    return join_lines(render_lines(body)) if body is not None else ""


def join_lines(lines: list[Line]) -> str:
    """The lines as one text, with at most one blank line in a row."""
    text = "\n".join(line.text for line in lines)
    return _TOO_MANY_LINES.sub("\n\n", text).strip("\n")


def render_lines(root: LexborNode) -> list[Line]:
    """The lines below `root`. Those of a block quote begin with `> `."""
    writer = _Writer()
    stack: list[tuple[LexborNode | None, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        if node is None:
            continue
        if leaving:
            writer.leave(node.tag or "")
            continue
        if node is not root and node.next is not None:
            stack.append((node.next, False))
        tag = node.tag or ""
        if tag == "-text":
            writer.text(node)
        elif tag not in _SKIPPED:
            writer.enter(tag, node)
            stack.append((node, True))
            stack.append((node.child, False))
    return writer.result()


class _Writer:
    """Collects lines; `_gap` is how many line ends are due before the next text."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._pieces: list[str] = []
        self._nodes: list[LexborNode] = []
        self._gap = 0
        self._blank = False
        self._quotes = self._last_quotes = 0
        self._pre = 0

    def text(self, node: LexborNode) -> None:
        text = node.text_content or ""
        if self._pre:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self._write(first, node)
            for line in rest:
                self._break()
                self._write(line, node)
            return
        words = _BLANKS.sub(" ", text)
        if words == " " or not words:
            self._blank = self._blank or bool(words)
            return
        self._blank = self._blank or words[0] == " "
        self._write(words.strip(" "), node)
        self._blank = words[-1] == " "

    def _write(self, text: str, node: LexborNode) -> None:
        if not text:
            return
        self._flush_gap()
        if self._blank and self._pieces:
            self._pieces.append(" ")
        self._blank = False
        self._pieces.append(text)
        self._nodes.append(node)

    def _flush_gap(self) -> None:
        if not self._gap:
            return
        if self._pieces:
            self._break()
        if self._gap > 1 and self._lines and self._lines[-1].text.strip("> "):
            self._lines.append(Line(">" * min(self._quotes, self._last_quotes)))
        self._gap = 0

    def _break(self) -> None:
        """The line ends here (`<br>`, or a block does)."""
        self._last_quotes = self._quotes
        mark = ">" * self._quotes + " " if self._quotes else ""
        self._lines.append(Line((mark + "".join(self._pieces)).rstrip(), self._nodes))
        self._pieces, self._nodes = [], []
        self._blank = False

    def enter(self, tag: str, node: LexborNode) -> None:
        match tag:
            case "br":
                self._flush_gap()
                self._break()
            case "img":
                self._image(node)
            case "hr":
                self._due(1)
                self._write("-" * 20, node)
                self._due(1)
            case "td" | "th":
                self._blank = True
            case "pre":
                self._pre += 1
                self._due(2)
            case _:
                self._block(tag)
        if tag == "li":
            self._write("-", node)
            self._blank = True
        if tag == "blockquote":
            self._quote(1)

    def leave(self, tag: str) -> None:
        if tag == "pre":
            self._pre -= 1
        if tag == "blockquote":
            self._quote(-1)
        self._block(tag)

    def _block(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._due(2 if tag in _SPACED else 1)

    def _quote(self, step: int) -> None:
        if self._pieces:
            self._break()
        self._quotes += step

    def _image(self, node: LexborNode) -> None:
        alt = _BLANKS.sub(" ", node.attributes.get("alt") or "").strip()
        if alt:
            self._write(f"[{alt}]", node)

    def _due(self, lines: int) -> None:
        if self._pieces or self._lines:
            self._gap = max(self._gap, lines)

    def result(self) -> list[Line]:
        if self._pieces:
            self._break()
        return self._lines
