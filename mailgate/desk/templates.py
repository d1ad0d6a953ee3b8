"""The texts of the mails that we write, by locale. Loaded by the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """`string.Template` texts with a closed set of names, checked when loaded."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Templates:
    """By (locale, name); names are acknowledgement, acknowledgement_neutral, notification."""

    by_locale: Mapping[str, Mapping[str, Template]]
