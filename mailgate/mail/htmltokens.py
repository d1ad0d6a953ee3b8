"""Tags of strangers' HTML, found where a browser finds them (HTML §13.2.5).

Everything is matched possessively, and what does not end goes on to the end of the document: one
pass, in linear time.
"""

import re

_SPACE = r" \t\n\f\r"
_QUOTED = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))"""
_VALUE = rf"""(?:{_QUOTED}|[^{_SPACE}>"'][^{_SPACE}>]*+)"""
_ATTRIBUTE = rf"[^{_SPACE}/>][^{_SPACE}/>=]*+(?:[{_SPACE}]*+=[{_SPACE}]*+{_VALUE}?+)?+"
_ATTRIBUTES = rf"(?:[{_SPACE}/]++(?:{_ATTRIBUTE})?+|{_ATTRIBUTE})*+"
_COMMENT = r"!--(?:-?>|[^-]*+(?:-(?!-!?>)[^-]*+)*+(?:--!?>|\Z))"
_BOGUS_COMMENT = r"(?:[!?]|/(?![a-zA-Z]))[^>]*+(?:>|\Z)"
_TAG = rf"(/?[a-zA-Z][^{_SPACE}/>]*+)((?:>|{_ATTRIBUTES}(?:>|\Z)))"
_RAW_NAMES = "script style title textarea xmp iframe noembed noframes noscript"


def _with_content(name: str) -> str:
    """An element whose content is no markup, up to its own close tag."""
    name = f"(?i:{name})(?=[{_SPACE}/>])"
    return rf"{name}{_ATTRIBUTES}(?:>|\Z)[^<]*+(?:<(?!/{name})[^<]*+)*+"


_RAW = "|".join(map(_with_content, _RAW_NAMES.split()))

TOKEN = re.compile(rf"<(?:(?=[sStTxXiInN])(?:{_RAW})|{_TAG}|{_COMMENT}|{_BOGUS_COMMENT})", re.ASCII)
"""A tag, a comment, or an element whose content is no markup with that content. Groups: the name
of a tag with the `/` that it closes with, what follows in that tag."""

ATTRIBUTE = re.compile(
    rf"([^{_SPACE}/>][^{_SPACE}/>=]*+)"
    rf"(?:[{_SPACE}]*+=[{_SPACE}]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^{_SPACE}>\"'][^{_SPACE}>]*+))?+)?+"
)
"""One attribute of a tag. Groups: its name, its value in one of three."""
