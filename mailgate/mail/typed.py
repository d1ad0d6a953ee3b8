"""Addresses that people type: in settings, in commands, on the command line.

flanker's addresslib is the strict check. It is imported on first use (130 ms and 22 MB),
logs every bad address in full, prints its grammar's warnings to stderr, knows no domain of
Korean letters that it did not make itself, and accepts more than one mailbox as one: each is
guarded against here.
"""

import contextlib
import io
import logging
import re
import warnings
from collections.abc import Callable
from functools import lru_cache

from mailgate.mail.address import Address, AddressError, parse_mailbox

MAX_TYPED = 320
"""RFC 5321 §4.5.3.1: 64 + 1 + 255."""

_IN_BRACKETS = re.compile(r"[^<>]*<([^<>@\s]+@[^<>@\s]+)>")
_LIST = re.compile(r"[,;]|@\S*\s+\S*@")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_WIDE = re.compile("[\uff01-\uff5e\u3002]")
"""Full-width forms, which a Korean or Japanese keyboard types unasked."""
_OF_LISTS = frozenset(',;<>()"\\ \t\r\n[]:')


def parse_typed_address(text: str) -> Address:
    """The bare address `name@domain.tld` that a person typed; name and domain may be Korean.
    Raises AddressError with one sentence that names what is wrong."""
    text = text.strip()
    if mistake := _mistake(text):
        raise AddressError(mistake)
    shown = _shown(text)
    try:
        ours = parse_mailbox(text)
    except AddressError as error:
        raise AddressError(f"{shown} is not an address: {error}") from None
    if not _flanker_agrees(ours):
        raise AddressError(f"{shown} is not an address of the form name@domain")
    return ours


def _shown(text: str) -> str:
    return text if text.isprintable() and len(text) <= 100 else "this"


def _mistake(text: str) -> str | None:
    """What people do wrong, in a sentence; None when the text may be an address."""
    shown = _shown(text)
    if not text:
        return "an address is missing"
    if len(text) > MAX_TYPED:
        return f"an address has at most {MAX_TYPED} characters"
    if _INVISIBLE.search(text):
        return "an invisible character stands in the address; type it anew"
    if wide := _WIDE.search(text):
        return f"{shown} holds the wide character {wide[0]}; type it in ASCII"
    if text[:7].casefold() == "mailto:":
        return f"{shown} begins with mailto:; leave that out"
    if _LIST.search(text) or text.count("@") > 1:
        # flanker reads "a@b.com, c@d.com" as c@d.com: what is not one bare address ends here.
        return f"{shown} is not one address of the form name@domain"
    if named := _IN_BRACKETS.fullmatch(text):
        return f"{shown} is a name and an address; write {named[1]} alone"
    return _mistake_around_the_at(text, shown)


def _mistake_around_the_at(text: str, shown: str) -> str | None:
    localpart, at, domain = text.partition("@")
    if not at:
        return f"{shown} has no @: an address has the form name@domain"
    if not localpart:
        return f"{shown} has no name before the @"
    if not domain:
        return f"{shown} has no domain behind the @"
    if domain.endswith("."):
        return f"{shown} ends with a dot"
    if ".." in text:
        return f"{shown} has two dots in a row"
    if not _OF_LISTS.isdisjoint(text):
        return f"{shown} is not one address of the form name@domain"
    return None


def _flanker_agrees(ours: Address) -> bool:
    """flanker reads the same mailbox. It is asked with A-labels, for it refuses some domains in
    letters; it answers in letters: read again by our own."""
    found = _flanker()(str(ours))
    try:
        return found is not None and parse_mailbox(found) == ours
    except AddressError:
        return False


@lru_cache(maxsize=1)
def _flanker() -> Callable[[str], str | None]:
    """flanker's parser as a function of text: the address that it read, None for none."""
    logging.getLogger("flanker.addresslib").setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")  # it imports `cgi`, which is deprecated
        from flanker.addresslib import address as addresslib  # noqa: PLC0415
    logging.getLogger("flanker").setLevel(logging.CRITICAL + 1)

    def read(text: str) -> str | None:
        with contextlib.suppress(Exception):  # a defect of its lexer must not be ours
            parsed = addresslib.parse(text, addr_spec_only=True)
            return None if parsed is None else f"{parsed.mailbox}@{parsed.hostname}"
        return None

    return read
