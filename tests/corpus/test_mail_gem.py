"""The messages of the mail gem: each was read by a person, who wrote down in
`expected/mail-gem.json` what it says. A message stands there with what is special about it."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from tests.corpus.folders import CORPUS, needs_corpus
from tests.corpus.scores import note

pytestmark = needs_corpus

GEM = CORPUS / "public" / "mail-gem"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "expected" / "mail-gem.json").read_text()
)


def sender(mail: ParsedMail) -> list[str] | None:
    return None if mail.from_ is None else [mail.from_.name, str(mail.from_.address)]


def claimed(mail: ParsedMail) -> str | None:
    """Of a sender whose address holds comments: it is read, and is nobody's word for it."""
    return None if mail.from_claimed is None else str(mail.from_claimed.address)


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def folded(text: str) -> str:
    """As a person sees it: without blanks at line ends and around the whole."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def names(mail: ParsedMail) -> list[str]:
    return [each.filename for each in mail.attachments]


CHECKS: dict[str, Callable[[ParsedMail, Any], bool]] = {
    "subject": lambda mail, says: mail.subject == says,
    "subject_ignoring_whitespace": lambda mail, says: mail.subject.split() == says.split(),
    "from": lambda mail, says: sender(mail) == says,
    "claimed_address": lambda mail, says: claimed(mail) == says,
    "to": lambda mail, says: [str(each.address) for each in mail.to] == says,
    "to_name": lambda mail, says: mail.to[0].name == says,
    "cc": lambda mail, says: [str(each.address) for each in mail.cc] == says,
    "reply_to": lambda mail, says: [str(each.address) for each in mail.reply_to] == says,
    "date": lambda mail, says: mail.date == instant(says),
    "message_id": lambda mail, says: mail.message_id == says,
    "in_reply_to": lambda mail, says: list(mail.in_reply_to) == says,
    "references_start_with": lambda mail, says: list(mail.references[: len(says)]) == says,
    "text": lambda mail, says: folded(mail.text) == says,
    "text_starts_with": lambda mail, says: folded(mail.text).startswith(says),
    "full_text_starts_with": lambda mail, says: folded(mail.full_text).startswith(says),
    "full_text_contains": lambda mail, says: says in mail.full_text,
    "attachments": lambda mail, says: names(mail) == says,
    "attachments_match": lambda mail, says: (
        len(mail.attachments) == len(says)
        and all(re.fullmatch(*pair) for pair in zip(says, names(mail), strict=True))
    ),
    "inline": lambda mail, says: [a.filename for a in mail.attachments if a.inline] == says,
    "kind": lambda mail, says: mail.kind.value == says,
    "recipients": lambda mail, says: [str(each.recipient) for each in mail.dsn] == says,
    "statuses": lambda mail, says: [each.status for each in mail.dsn] == says,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_message_says_what_a_person_read_in_it(name: str) -> None:
    expected = EXPECTED[name]
    mail = parse_mail((GEM / name).read_bytes())
    wrong = {key: says for key, says in expected.items() if not CHECKS[key](mail, says)}
    note("mail-gem, what a person read", not wrong, 1)
    assert not wrong, mail


def test_every_message_was_read() -> None:
    there = {path.relative_to(GEM).as_posix() for path in GEM.rglob("*.eml")}
    assert there <= set(EXPECTED)
