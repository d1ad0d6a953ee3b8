"""The visible reply of HTML mails, over programs and languages."""

import re

import pytest

from mailgate.mail.html import read_html, sanitise, to_text
from tests.corpus.folders import CORPUS, needs_corpus
from tests.corpus.html_replies import ANSWERS, WHOLE
from tests.corpus.scores import note


def folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("program", ANSWERS)
def test_the_answer_stays_and_the_quote_goes(program: str) -> None:
    html, expected = ANSWERS[program]
    reading = read_html(html)
    note("html replies, own samples", int(reading.reply_text == expected), 1)
    assert reading.reply_text == expected
    assert to_text(reading.reply_html) == expected
    assert "QUOTED" not in reading.reply_html
    if "QUOTED" in html:
        assert "QUOTED" in reading.text
        assert "QUOTED" in reading.html
    assert sanitise(reading.reply_html) == reading.reply_html


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_no_quote_stays(kind: str) -> None:
    reading = read_html(WHOLE[kind])
    note("html replies, own samples", int("PART" in reading.reply_text), 1)
    assert "PART" in reading.reply_text
    assert reading.reply_text == reading.text
    assert reading.reply_html == reading.html


TALON = [
    "gmail",
    "hotmail",
    "mail_ru",
    "ms_outlook_2003",
    "ms_outlook_2007",
    "ms_outlook_2010",
    "thunderbird",
    "windows_mail",
    "yandex_ru",
]


@needs_corpus
@pytest.mark.parametrize("name", TALON)
def test_talon(name: str) -> None:
    path = CORPUS / "public/talon/html_replies" / f"{name}.html"
    reading = read_html(path.read_text(encoding="utf-8", errors="replace"))
    replies = {folded(reading.reply_text), folded(to_text(reading.reply_html))}
    is_right = replies == {"Hi. I am fine. Thanks, Alex"}
    note("html replies, talon", int(is_right), 1)
    assert is_right


@needs_corpus
@pytest.mark.parametrize(
    ("name", "expected"),
    [("OLK_SRC_BODY_SECTION", "Reply"), ("reply-separated-by-hr", "Hi there Bob")],
)
def test_talon_more(name: str, expected: str) -> None:
    path = CORPUS / "public/talon" / f"{name}.html"
    reading = read_html(path.read_text(encoding="utf-8", errors="replace"))
    note("html replies, talon", int(folded(reading.reply_text) == expected), 1)
    assert folded(reading.reply_text) == expected
