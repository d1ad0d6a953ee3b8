"""The visible reply of an HTML mail: first the structures by which mail programs mark what
they quote, then the rules of `mailgate.mail.quote` on the lines that are left. The input is
bounded by `mailgate.mail.html`."""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailgate.mail.htmltext import Line, join_lines, render_lines
from mailgate.mail.quote import Plan, find_marker, plan_reply
from mailgate.mail.quotemarks import is_forward_mark

_QUOTES = (
    "div.gmail_quote, blockquote.gmail_quote, div.gmail_quote_container, "
    "div.yahoo_quoted, div[id^=yahoo_quoted], blockquote[type=cite], div.protonmail_quote, "
    "blockquote.protonmail_quote, blockquote.tutanota_quote, div.moz-cite-prefix, "
    "div.zmail_extra, div.moz-signature-quoted"
)
"""What stands inside is quoted, what follows is not."""

_BEGINS = (
    "#divRplyFwdMsg, #appendonsend, div.ms-outlook-mobile-reference-message, "
    "div[id^=mail-editor-reference-message-container], #OLK_SRC_BODY_SECTION, "
    "hr#stopSpelling"
)
"""From here on everything is quoted."""

_MAX_QUOTES = 200


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says. `reply_html` is None when all of it is the reply."""

    text: str
    reply_text: str
    reply_html: str | None


def read_document(html: str, *, forward: bool) -> Document:
    """The text of the document and what of it is the reply. When nothing would be left (a mail
    that is all quote is a forward) all of it is, unless our own marker says that it is a
    quote."""
    body = LexborHTMLParser(html).body
    if body is None:
        return Document("", "", None)
    lines = render_lines(body)
    text = join_lines(lines)
    marked = find_marker([line.text for line in lines]) is not None
    changed = False
    if marked or not (forward or any(is_forward_mark(line.text) for line in lines)):
        changed = _cut_structures(body)
        lines = render_lines(body) if changed else lines
    plan = plan_reply([line.text for line in lines], forward=forward)
    reply = join_lines([lines[index] for index in plan.kept])
    changed = _cut_lines(body, lines, plan) or changed
    if not changed:
        return Document(text, text, None)
    _drop_empty_quotes(body)
    if marked or reply.strip("> \n") or body.css_first("img") is not None:
        return Document(text, reply, body.inner_html or "")
    return Document(text, text, None)


def _cut_structures(body: LexborNode) -> bool:
    begin = body.css_first(_BEGINS)
    if begin is not None:
        _cut_from(begin, body)
    quotes = body.css(_QUOTES)
    if not quotes or len(quotes) > _MAX_QUOTES or _has_answers_between(quotes):
        return begin is not None
    for quote in quotes:
        if quote.parent is not None:
            quote.decompose()
    return True


def _has_answers_between(quotes: list[LexborNode]) -> bool:
    """Somebody wrote between the quoted lines: inside Gmail's quote around the blockquotes."""
    for quote in quotes:
        if quote.tag != "div":
            continue
        seen = False
        for child in quote.iter(include_text=True):
            if child.tag == "blockquote":
                seen = True
            elif seen and (child.text() or "").strip():
                return True
    return False


def _cut_lines(body: LexborNode, lines: list[Line], plan: Plan) -> bool:
    kept = set(plan.kept)
    node = _first_node(lines[plan.cut_at :])
    if node is not None:
        _cut_from(node, body)
    dropped = [
        node
        for index, line in enumerate(lines[: plan.cut_at])
        if index not in kept
        for node in line.nodes
    ]
    for quoted in dropped:
        if quoted.parent is not None:
            quoted.decompose()
    return node is not None or bool(dropped)


def _drop_empty_quotes(body: LexborNode) -> None:
    """Block quotes of which only the frame is left."""
    for quote in body.css("blockquote")[:_MAX_QUOTES]:
        if not (quote.text() or "").strip() and quote.css_first("img") is None:
            quote.decompose()


def _first_node(lines: list[Line]) -> LexborNode | None:
    return next((node for line in lines for node in line.nodes), None)


def _cut_from(node: LexborNode, body: LexborNode) -> None:
    """Removes the node and everything behind it in the order of the document, and a rule right
    before it."""
    rule = node.prev
    while rule is not None and not (rule.text_content or "").strip() and rule.tag != "hr":
        rule = rule.prev
    if rule is not None and rule.tag == "hr":
        rule.decompose()
    current: LexborNode | None = node
    while current is not None and current != body:
        parent = current.parent
        following = current.next
        while following is not None:
            after = following.next
            following.decompose()
            following = after
        if current == node:
            current.decompose()
        current = parent
