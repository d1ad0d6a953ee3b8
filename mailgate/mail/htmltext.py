"""HTML as text, by one walk over selectolax's tree (the only module that imports it,
with `mailgate.mail.htmlquote`). The input is bounded by `mailgate.mail.html`."""

import re

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


def text_of(html: str) -> str:
    """The text of a document that is safe to parse."""
    body = LexborHTMLParser(html).body
    return render(body) if body is not None else ""


def render(root: LexborNode) -> str:
    """The text below `root`. Block quotes get `> ` in front of their lines."""
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
            writer.text(node.text_content or "")
        elif tag not in _SKIPPED:
            writer.enter(tag, node)
            stack.append((node, True))
            stack.append((node.child, False))
    return writer.result()


class _Writer:
    """Collects lines; `_gap` is how many line ends are due before the next text."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._gap = 0
        self._blank = False
        self._quotes = 0
        self._pre = 0

    def text(self, text: str) -> None:
        if self._pre:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self._write(first)
            for line in rest:
                self._break()
                self._write(line)
            return
        words = _BLANKS.sub(" ", text)
        if words == " " or not words:
            self._blank = self._blank or bool(words)
            return
        self._blank = self._blank or words[0] == " "
        self._write(words.strip(" "))
        self._blank = words[-1] == " "

    def _write(self, text: str) -> None:
        if not text:
            return
        self._flush_gap()
        if self._blank and self._line:
            self._line.append(" ")
        self._blank = False
        self._line.append(text)

    def _flush_gap(self) -> None:
        if not self._gap:
            return
        self._end_line()
        if self._gap > 1 and self._lines and self._lines[-1].strip("> "):
            self._lines.append(">" * self._quotes)
        self._gap = 0

    def _end_line(self) -> None:
        if self._line:
            mark = ">" * self._quotes + " " if self._quotes else ""
            self._lines.append(mark + "".join(self._line))
        self._line = []
        self._blank = False

    def _break(self) -> None:
        """A forced line end (`<br>`)."""
        self._flush_gap()
        mark = ">" * self._quotes + " " if self._quotes else ""
        self._lines.append((mark + "".join(self._line)).rstrip())
        self._line = []
        self._blank = False

    def enter(self, tag: str, node: LexborNode) -> None:
        match tag:
            case "br":
                self._break()
            case "img":
                self._image(node)
            case "hr":
                self._due(1)
                self._write("-" * 20)
                self._due(1)
            case "td" | "th":
                self._blank = True
            case "pre":
                self._pre += 1
                self._due(2)
            case _:
                self._block(tag)
        if tag == "li":
            self._write("-")
            self._blank = True
        if tag == "blockquote":
            self._flush_quote(1)

    def leave(self, tag: str) -> None:
        if tag == "pre":
            self._pre -= 1
        if tag == "blockquote":
            self._flush_quote(-1)
        self._block(tag)

    def _block(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._due(2 if tag in _SPACED else 1)

    def _flush_quote(self, step: int) -> None:
        self._end_line()
        self._quotes += step

    def _image(self, node: LexborNode) -> None:
        alt = _BLANKS.sub(" ", node.attributes.get("alt") or "").strip()
        if alt:
            self._write(f"[{alt}]")

    def _due(self, lines: int) -> None:
        if self._line or self._lines:
            self._gap = max(self._gap, lines)

    def result(self) -> str:
        self._end_line()
        text = "\n".join(line.rstrip() for line in self._lines)
        return _TOO_MANY_LINES.sub("\n\n", text).strip("\n")
