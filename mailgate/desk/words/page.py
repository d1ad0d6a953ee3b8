"""Our mails as HTML that reads well on a phone: one column, no tables, sizes that need no zoom,
and no colour of a ground, so that it is dark where the reader wants it dark. Pure.

What it says is what the text part says; all of that is escaped.
"""

import re

from mailgate.mail.html import from_text
from mailgate.mail.quote import MARK
from mailgate.threading.marker import marker_html

__all__ = ["choices_page", "told_page", "words_page"]

_BLOCKS = re.compile(r"\n[ \t]*\n")
_COMMAND = re.compile(r"(?<![\w#&])#[^\W\d_]{1,16}(?:\(#[^\W\d_]{1,16}\))?(?!\w)")
_GREY = "color:#767676"
# Clients that drop <style> have the widths on the elements; this is for what a stranger wrote.
_STYLE = (
    "img{max-width:100%!important;height:auto!important}"
    "table{max-width:100%!important}pre{white-space:pre-wrap!important}"
)
_PAGE = (
    '<!DOCTYPE html>\n<html lang="{locale}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<style>{style}</style></head>\n"
    '<body style="margin:0">\n'
    '<div style="max-width:640px;padding:12px 16px;font-family:sans-serif;font-size:16px;'
    'line-height:1.5;overflow-wrap:anywhere{breaks}">\n{body}\n</div>\n</body></html>\n'
)
_BREAKS = {"ko": ";word-break:keep-all"}
"""Korean is read by words, which a browser breaks anywhere unless it is told not to."""
_ASIDE = f'<div style="{_GREY};font-size:13px">\n{{}}\n</div>'
_HEAD = '<p style="margin:0 0 12px"><strong>{first}</strong>{rest}</p>'
_REST = f'<br>\n<span style="{_GREY};font-size:14px">{{}}</span>'
_DONE = '<div style="border-left:3px solid #bbbbbb;padding-left:10px;font-size:14px">\n{}\n</div>'
_MESSAGE = '<div style="border-top:1px solid #bbbbbb;margin-top:12px;padding-top:4px">\n{}\n</div>'


def told_page(
    marker: str, head: str, message: str | None, tail: str, sign: str, locale: str
) -> str:
    """A mail to an agent. `marker` is the line above which they write, `head` and `tail` what we
    say around the `message`, which is HTML; `sign` names the ticket in the last line."""
    first, *others = _blocks(head) or [""]
    parts = (
        _ASIDE.format(from_text(marker)) if marker else "",
        _title(first),
        _DONE.format(_paragraphs(others)) if others else "",
        _MESSAGE.format(message) if message else "",
        from_text(tail),
        marker_html(sign),
    )
    return _page(parts, locale)


def words_page(text: str, sign: str, locale: str) -> str:
    """A mail that is nothing but what we say: to a customer, or of the desk itself to an agent.
    A block with the marker line stands aside, and the one below it is the head. Its last line may
    be the `sign` that names the ticket."""
    blocks = _blocks(text.removesuffix(f"{sign}\n"))
    if not blocks or not blocks[0].startswith(MARK):
        return _page((_paragraphs(blocks), marker_html(sign)), locale)
    marker, *said = blocks
    head, *others = said or [""]
    parts = (_ASIDE.format(from_text(marker)), _title(head), _paragraphs(others), marker_html(sign))
    return _page(parts, locale)


def choices_page(head: str, choices: str, tail: str, sign: str, locale: str) -> str:
    """A mail to a customer with `choices`, which are HTML, between what we say."""
    around = (_paragraphs(_blocks(head)), choices, _paragraphs(_blocks(tail)))
    return _page((*around, marker_html(sign)), locale)


def _page(parts: tuple[str, ...], locale: str) -> str:
    body = "\n".join(part for part in parts if part)
    return _PAGE.format(locale=locale, style=_STYLE, breaks=_BREAKS.get(locale, ""), body=body)


def _blocks(text: str) -> list[str]:
    return [block.strip("\n") for block in _BLOCKS.split(text.strip("\n")) if block.strip()]


def _paragraphs(blocks: list[str]) -> str:
    return from_text("\n\n".join(blocks))


def _title(block: str) -> str:
    """The first line in bold, what stands below it small."""
    first, _, rest = block.partition("\n")
    if not first.strip():
        return ""
    small = _COMMAND.sub(_whole, _inner(rest)) if rest.strip() else ""
    return _HEAD.format(first=_inner(first), rest=_REST.format(small) if small else "")


def _whole(command: re.Match[str]) -> str:
    """In one line: Korean would be broken behind the `#`."""
    return f'<span style="white-space:nowrap">{command[0]}</span>'


def _inner(text: str) -> str:
    return from_text(text).removeprefix("<p>").removesuffix("</p>")
