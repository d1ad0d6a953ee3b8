"""What a customer writes into the mail by which they say how the answers were. Pure."""

import re

from mailgate.mail.parsed import ParsedMail
from mailgate.mail.quote import MARK, MARK_END, visible_reply

__all__ = ["comment_of"]

_WORDS = "Thank you."
_LINE = re.compile(rf"{MARK}\s(?:(?!{MARK}).){{1,400}}?{MARK_END}", re.DOTALL)


def comment_of(mail: ParsedMail) -> str:
    """Their words: above the line of ours that the mail begins with, or below it, where people
    write all the same; without a signature. "" where they sent it as it was."""
    above = mail.text.strip()
    return above or _without_signature(_LINE.sub("", mail.full_text))


def _without_signature(text: str) -> str:
    # What signs nothing is taken for words: so there are some above it.
    return visible_reply(f"{_WORDS}\n\n{text}").removeprefix(_WORDS).strip()
