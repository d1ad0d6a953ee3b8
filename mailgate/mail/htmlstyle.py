"""`style` attributes: a list of harmless properties, each with values that can only be words,
numbers, colours and names of fonts. No URL, function, escape or comment can be written so."""

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_STYLE = 2_000
"""Characters; a longer style is left out."""

_PROPERTY_NAMES = (
    "color background background-color direction display line-height letter-spacing white-space "
    "vertical-align word-break overflow-wrap "
    "font font-family font-size font-style font-variant font-weight "
    "text-align text-decoration text-indent text-transform list-style list-style-type "
    "padding padding-top padding-right padding-bottom padding-left "
    "margin margin-top margin-right margin-bottom margin-left "
    "border border-top border-right border-bottom border-left border-color border-style "
    "border-width border-collapse border-spacing border-radius "
    "width max-width min-width height max-height min-height table-layout"
)
_PROPERTIES = frozenset(_PROPERTY_NAMES.split())
_VALUE = re.compile(
    r"(?:[\w#.%, -]|'[\w., -]{1,80}'|(?:rgba?|hsla?)\([0-9., %]{1,40}\)){1,300}", re.ASCII
)
_FONT_VALUE = re.compile(r"(?:[\w#.%, /-]|'[\w., -]{1,80}'){1,300}")
_BAD_NUMBER = re.compile(r"(?<![\w.])-[\d.]|\d{5}|\.\d{10}")
"""Negative lengths push text out of sight or over the page, large ones blow it up."""

_HIDING = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|"
    r"opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$))",
    re.IGNORECASE,
)
_PREFORMATTED = re.compile(
    r"(?:^|;)\s*white-space\s*:\s*(?:pre|break-spaces)(?!-line|\w)", re.IGNORECASE
)
_OUTLOOK_RULE = re.compile(
    r"border-top\s*:\s*solid\s+(?:#[0-9a-f]{6}|windowtext|black|rgb\([\d, ]{5,20}\))\s+1(?:\.0)?pt",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"border-top(?:-style)?\s*:[^;]{0,60}solid|border-style\s*:\s*solid none none", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says: what of it is let through, whether a reader sees the element,
    whether line ends count in it, and whether a rule is drawn above it, as Outlook does above the
    header of a quoted mail."""

    kept: str
    hidden: bool = False
    preformatted: bool = False
    rule: bool = False
    outlook_rule: bool = False


@lru_cache(maxsize=2048)
def read_style(style: str) -> Style:
    """Reads the value of the attribute as it stands in serialised HTML."""
    if len(style) > MAX_STYLE:
        return Style("")
    style = style.replace("&quot;", "'")
    hidden = _HIDING.search(style) is not None
    declarations = [] if hidden else [_kept(part) for part in style.split(";")]
    return Style(
        kept="display:none" if hidden else ";".join(filter(None, declarations)),
        hidden=hidden,
        preformatted="white-space" in style and _PREFORMATTED.search(style) is not None,
        rule="border" in style and _RULE.search(style) is not None,
        outlook_rule="border-top" in style and _OUTLOOK_RULE.search(style) is not None,
    )


def _kept(declaration: str) -> str:
    name, _, value = declaration.partition(":")
    name = name.strip().lower()
    if name not in _PROPERTIES:
        return ""
    value = value.strip()
    if value.endswith("!important"):
        value = value[:-10].rstrip()
    pattern = _FONT_VALUE if name.startswith("font") else _VALUE
    if not value or pattern.fullmatch(value) is None or _BAD_NUMBER.search(value):
        return ""
    return f"{name}:{value}"
