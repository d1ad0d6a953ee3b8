"""For whom a mail was before somebody passed it on: what forwarders and mailboxes write on top.

Anybody can write it too, so it gives nobody a right.
"""

import re

from mailgate.mail.address import Address, AddressError, parse_path
from mailgate.mail.header import Header

MAX_FOUND = 10
_FIELDS = (
    "resent-to",
    "x-forwarded-to",
    "x-forwarded-for",
    "x-original-to",
    "delivered-to",
    "x-delivered-to",
    "envelope-to",
)
_MAX_VALUES = 5
_MAX_OCTETS = 1000
_FOR = re.compile(rb"\sfor\s{1,8}<?([^\s<>;,]{3,320})")
"""RFC 5321 §4.4: whom a server took it for."""
_BETWEEN = re.compile(r"[\s<>,;:]+")


def passed_on(header: Header) -> tuple[Address, ...]:
    """The addresses that systems on the way say that they had it for, each once."""
    values = [value for name in _FIELDS for value in header.all(name)[:_MAX_VALUES]]
    stamps = (_FOR.search(one[:_MAX_OCTETS]) for one in header.all("received")[:_MAX_VALUES])
    values += [stamp[1] for stamp in stamps if stamp]
    words = (word for value in values for word in _BETWEEN.split(_text(value)) if "@" in word)
    return tuple(dict.fromkeys(found for word in words if (found := _address(word))))[:MAX_FOUND]


def _text(value: bytes) -> str:
    return value[:_MAX_OCTETS].decode("ascii", "replace")


def _address(word: str) -> Address | None:
    try:
        return parse_path(word)
    except AddressError:
        return None
