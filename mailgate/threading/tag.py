"""The ticket's number in a subject: `[#12]`, or `[#acme-12]` with a prefix."""

import re
from functools import lru_cache

from mailgate.mail.subject import base_subject
from mailgate.model.ids import TicketId

_MAX_TAGS = 10
_SCANNED = 2000
"""Characters of a subject that are looked at; RFC 5322 §2.1.1 has lines of 998."""


@lru_cache(maxsize=16)
def _pattern(prefix: str) -> re.Pattern[str]:
    # ASCII: a full-width digit is no digit of ours, nor is a Kelvin sign a "k". Thirteen digits
    # are what a token can carry, and bound the integer before it is one.
    head = re.escape(f"{prefix}-") if prefix else ""
    return re.compile(rf"\[#{head}([1-9][0-9]{{0,12}})\]", re.ASCII | re.IGNORECASE)


def subject_tag(prefix: str, ticket: TicketId) -> str:
    """The tag of a ticket, as it stands in subjects."""
    return f"[#{prefix}-{ticket}]" if prefix else f"[#{ticket}]"


def tags_in(subject: str, prefix: str) -> tuple[TicketId, ...]:
    """The tickets that a subject names, in order, each once, at most ten. Hints, no proof."""
    found = (TicketId(int(number)) for number in _pattern(prefix).findall(subject[:_SCANNED]))
    return tuple(dict.fromkeys(found))[:_MAX_TAGS]


def untagged_subject(prefix: str, subject: str) -> str:
    """The subject without our tags and without reply prefixes; what a ticket is called."""
    without = _pattern(prefix).sub(" ", subject)
    return " ".join(base_subject(" ".join(without.split())).split())


def tagged_subject(prefix: str, ticket: TicketId, subject: str) -> str:
    """The tag once, in front of the base subject, however often it was answered."""
    return f"{subject_tag(prefix, ticket)} {untagged_subject(prefix, subject)}".rstrip()
