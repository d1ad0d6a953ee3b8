"""Both languages have a sentence for every closed word, and no sentence for another."""

import re
from dataclasses import fields
from enum import StrEnum

import pytest

from mailgate.desk.telling.telling import words_of
from mailgate.desk.telling.tellwords import Words
from mailgate.model.decision import (
    Authentication,
    Claim,
    QuarantineCause,
    Reason,
    Right,
    SignalKind,
    Who,
)

ENGLISH, KOREAN = words_of("en"), words_of("ko")
LANGUAGES = pytest.mark.parametrize("words", [ENGLISH, KOREAN], ids=["en", "ko"])
FILLED = {"ticket", "Ticket", "address", "domain"}


def tables(words: Words) -> list[tuple[type[StrEnum], set[StrEnum]]]:
    """The closed words, and those that there is a sentence for."""
    return [
        (Reason, set(words.reasons)),
        (QuarantineCause, set(words.causes)),
        (Right, set(words.rights)),
        (Right, set(words.would)),
        (Who, set(words.who)),
        (Authentication, set(words.authentication)),
        (Claim, set(words.claims)),
        (SignalKind, set(words.signals)),
    ]


@LANGUAGES
def test_every_closed_word_has_its_sentence_and_no_other(words: Words) -> None:
    for closed, known in tables(words):
        assert known == set(closed), closed.__name__


def test_both_languages_tell_the_same() -> None:
    for name in ("otherwise", "withheld", "otherwise_withheld", "methods", "results", "mails"):
        assert set(getattr(ENGLISH, name)) == set(getattr(KOREAN, name)), name


def test_only_what_a_sentence_is_filled_with_stands_in_braces() -> None:
    for words in (ENGLISH, KOREAN):
        for sentence in (*words.reasons.values(), *words.otherwise.values()):
            assert set(re.findall(r"{(\w*)}", sentence)) <= FILLED, sentence
    for field in fields(ENGLISH.phrases):
        names = [
            set(re.findall(r"{(\w*)}", getattr(words.phrases, field.name)))
            for words in (ENGLISH, KOREAN)
        ]
        assert names[0] == names[1], field.name


def test_sentences_are_sentences() -> None:
    for sentence in (*ENGLISH.reasons.values(), *ENGLISH.otherwise.values()):
        assert sentence.endswith("."), sentence
    for sentence in (*KOREAN.reasons.values(), *KOREAN.otherwise.values()):
        assert sentence.endswith(("니다.", "주세요.")), sentence


def test_a_language_that_there_is_none_of_is_english() -> None:
    assert words_of("de") is ENGLISH
