"""Message-IDs (RFC 5322 §3.6.4), read by scanning: ids of real systems break its grammar."""

import re

MAX_ID_OCTETS = 998
"""RFC 5322 §2.1.1: an id that is longer than a line can't have been sent as one."""

MAX_IDS = 100

_BRACKETED = re.compile(rb"<[ \t]*([^<>\x00-\x20\x7f-\xff]{1,998})[ \t]*>")
_BARE = re.compile(rb"[^<>,;\"\x00-\x20\x7f-\xff]{1,500}@[^<>,;\"\x00-\x20\x7f-\xff]{1,400}")


def scan_ids(value: bytes) -> tuple[str, ...]:
    """Every id between angle brackets, without them, in order and once; when there are no
    brackets, what looks like an id. Of more than 100, the first one and the last 99."""
    found = _BRACKETED.findall(value) or (_BARE.findall(value) if b"<" not in value else [])
    ids = list(dict.fromkeys(octets.decode("ascii") for octets in found))
    return tuple(ids if len(ids) <= MAX_IDS else [ids[0], *ids[1 - MAX_IDS :]])


def own_id(values: list[bytes]) -> str | None:
    """The id of a message by its Message-ID fields; None when there is no readable one."""
    for value in values:
        if ids := scan_ids(value):
            return ids[0]
    return None
