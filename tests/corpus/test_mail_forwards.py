"""Mails in which another mail is embedded: what is found of it, and what stands before it.

The bodies have no subject; a person who forwards has one that says so.
"""

import pytest

from mailgate.mail.forward import find_forward, unquoted_lines
from tests.corpus.folders import CORPUS, needs_corpus
from tests.corpus.scores import note

pytestmark = needs_corpus

FOLDER = CORPUS / "public" / "email-reply-trimmer"
CASES = sorted(path.name for path in (FOLDER / "embedded").glob("*.txt"))
OTHERS = sorted({path.name for path in (FOLDER / "emails").glob("*.txt")} - set(CASES))
SUBJECT = "Fwd: something"


def folded(text: str) -> str:
    """White space at line ends and around the text does not count."""
    return "\n".join(line.strip() for line in text.strip().split("\n"))


def read(folder: str, name: str) -> str:
    return folded((FOLDER / folder / name).read_text())


@pytest.mark.parametrize("name", CASES)
def test_an_embedded_mail_is_found(name: str) -> None:
    text = (FOLDER / "emails" / name).read_text()
    place = find_forward(text, SUBJECT)
    lines = unquoted_lines(text)
    embedded = folded("\n".join(lines[place.block :])) if place else ""
    before = folded("\n".join(text.split("\n")[: place.start])) if place else ""
    is_right = (embedded, before) == (read("embedded", name), read("before", name))
    note("forwards email-reply-trimmer, embedded and before", int(is_right), 1)
    assert embedded == read("embedded", name)
    assert before == read("before", name)


@pytest.mark.parametrize("name", OTHERS)
def test_an_answer_embeds_no_mail(name: str) -> None:
    """As an answer, which is what these are."""
    found = find_forward((FOLDER / "emails" / name).read_text(), "Re: something")
    note("forwards email-reply-trimmer, answers", int(found is None), 1)
    assert found is None
