"""Addresses that people type: in settings and on the command line.

flanker's addresslib is the strict check. It is imported on first use (130 ms and 22 MB),
logs every bad address in full, prints its grammar's warnings to stderr, and accepts more
than one mailbox as one: each is guarded against here.
"""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from functools import lru_cache

from mailgate.mail.address import Address, AddressError, parse_path

MAX_TYPED = 320
"""RFC 5321 §4.5.3.1: 64 + 1 + 255."""

_CHARACTERS_OF_LISTS = frozenset(',;<>()"\\ \t\r\n')


def parse_typed_address(text: str) -> Address:
    """The bare address `name@domain.tld` that a person typed. Raises AddressError with one
    sentence that names what is wrong."""
    text = text.strip()
    shown = text if text.isprintable() and len(text) <= 100 else "this"
    if not text:
        raise AddressError("an address is missing")
    if len(text) > MAX_TYPED:
        raise AddressError(f"an address has at most {MAX_TYPED} characters")
    if text.count("@") != 1 or _CHARACTERS_OF_LISTS & set(text):
        # flanker reads "a@b.com, c@d.com" as c@d.com: what is not one bare address ends here.
        raise AddressError(f"{shown} is not one address of the form name@domain")
    try:
        ours = parse_path(text)
    except AddressError as error:
        raise AddressError(f"{shown} is not an address: {error}") from None
    if not _flanker_agrees(ours):
        raise AddressError(f"{shown} is not an address of the form name@domain")
    return ours


def _flanker_agrees(ours: Address) -> bool:
    """flanker reads the same mailbox. It shows A-labels as U-labels: read again by our own."""
    found = _flanker()(str(ours))
    try:
        return found is not None and parse_path(found) == ours
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
        parsed = addresslib.parse(text, addr_spec_only=True)
        if parsed is None:
            return None
        return f"{parsed.mailbox}@{parsed.hostname}"

    return read
