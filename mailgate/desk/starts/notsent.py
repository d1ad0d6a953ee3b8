"""The subject under which an agent hears that a mail of theirs was not sent, and what they call it
when they write it again. Pure."""

from collections.abc import Mapping

from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.mail.subject import base_subject

__all__ = ["meant", "not_sent"]

_NOT_SENT: Mapping[str, str] = {"en": "Not sent:", "ko": "발송되지 않음:"}


def not_sent(subject: str, locale: str) -> str:
    """The subject of the mail that says so."""
    words = _NOT_SENT.get(locale, _NOT_SENT[FALLBACK_LOCALE])
    return f"{words} {meant(subject)}".rstrip()


def meant(subject: str) -> str:
    """The subject that the agent gave their mail. One that answers ours bears our words in front
    of it, which are no customer's business."""
    base = base_subject(subject)
    if base == subject.strip():
        return base
    ours = next((words for words in _NOT_SENT.values() if base.startswith(words)), "")
    return base_subject(base.removeprefix(ours))
