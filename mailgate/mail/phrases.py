"""Phrases that tell something by themselves, looked for in texts of any language.

Texts are compared without case and without any blanks: a text is wrapped at any place, and
Chinese, Japanese and Korean ones inside a word.
"""

from collections.abc import Mapping

MAX_FOLDED = 20_000


def fold(text: str) -> str:
    """The form in which a text is compared: case and blanks removed, one kind of apostrophe."""
    return "".join(text[:MAX_FOLDED].replace("\u2019", "'").casefold().split())


def says(table: tuple[str, ...], folded: str) -> str:
    """The first phrase of the table that the folded text holds, "" when it holds none."""
    return next((phrase for phrase in table if phrase in folded), "")


def table(languages: Mapping[str, str]) -> tuple[str, ...]:
    """The phrases of all languages, folded; they are parted by bars."""
    phrases = (phrase for text in languages.values() for phrase in text.split("|"))
    return tuple(fold(phrase) for phrase in phrases if phrase.strip())
