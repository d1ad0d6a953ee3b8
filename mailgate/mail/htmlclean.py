"""The cleaner: which elements and URLs of strangers' HTML are let through (the only module that
imports nh3). What is shown of their attributes is said in `mailgate.mail.htmltags`."""

from functools import lru_cache
from typing import TYPE_CHECKING

from mailgate.mail.htmltags import ATTRIBUTES, READ_ATTRIBUTES

if TYPE_CHECKING:
    import nh3

_TAG_NAMES = (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn dir div dl dt em fieldset figcaption figure font footer h1 h2 "
    "h3 h4 h5 h6 header hgroup hr i img ins kbd legend li main mark menu nav ol p pre q s samp "
    "search section small span strike strong sub summary sup table tbody td tfoot th thead time "
    "tr tt u ul var wbr"
)
_DROPPED_WITH_CONTENT_NAMES = (
    "script style title head noscript template iframe object embed applet svg math select "
    "textarea frameset noframes noembed xmp"
)
TAGS = frozenset(_TAG_NAMES.split())
"""Elements that are let through."""

_SCHEMES = {"http", "https", "mailto", "tel", "cid"}


@lru_cache(maxsize=1)
def cleaner() -> "nh3.Cleaner":
    """Imported on the first HTML: a mail without it costs nothing."""
    import nh3  # noqa: PLC0415

    attributes = {name: set(allowed) for name, allowed in ATTRIBUTES.items()}
    attributes["*"] |= READ_ATTRIBUTES
    attributes["a"] -= {"rel"}
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(_DROPPED_WITH_CONTENT_NAMES.split()),
        attributes=attributes,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
