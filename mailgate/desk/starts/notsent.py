"""The subject under which an agent hears that a mail of theirs was not sent, and what they call it
when they write it again. Pure."""

import re
from collections.abc import Mapping

from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.mail.subject import base_subject

__all__ = ["meant", "not_sent"]

_NOT_SENT: Mapping[str, str] = {"en": "Not sent:", "ko": "발송되지 않음:"}
_OURS = re.compile(
    rf"(?:\[[^\[\]]{{0,100}}+\]\s*+)*+(?:{'|'.join(map(re.escape, _NOT_SENT.values()))})(.*)",
    re.DOTALL,
)
"""Our words, behind what the agent's own server says of mail from outside (`[EXTERNAL]`)."""


def not_sent(subject: str, locale: str) -> str:
    """The subject of the mail that says so."""
    words = _NOT_SENT.get(locale, _NOT_SENT[FALLBACK_LOCALE])
    return f"{words} {meant(subject)}".rstrip()


def meant(subject: str) -> str:
    """The subject that the agent gave their mail. One that answers ours bears our words in front
    of it, which are no customer's business."""
    subject, base = subject.strip(), base_subject(subject)
    ours = None if base == subject else _OURS.fullmatch(base)
    return subject if ours is None else ours[1].strip()
