"""Messages with a known right reading: Korean charsets, wrong labels, headers, file names,
structure. The expected values stand beside each message."""

import hashlib
import json
import re
from pathlib import Path
from typing import TypedDict

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from tests.corpus.folders import files, needs_corpus
from tests.corpus.scores import counted

pytestmark = needs_corpus

CASES = files("synthetic", "*.json")


class ExpectedAttachment(TypedDict):
    filename: str
    sha256: str
    size: int


class Expected(TypedDict, total=False):
    text: str
    text_starts_with: str
    some_part_contains: str
    some_html_contains: str
    subject: str
    subject_ignoring_whitespace: str
    from_name: str
    from_address: str
    attachment: ExpectedAttachment
    content_id: str


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
@counted("synthetic")
def test_a_message_is_read_right(case: Path) -> None:
    expected: Expected = json.loads(case.read_text())
    mail = parse_mail(case.with_suffix(".eml").read_bytes())
    checked = [check(mail, expected) for check in CHECKS]
    assert any(checked) or "must_not_raise" in expected


def folded(text: str) -> str:
    """As the corpus compares texts: LF line ends, no trailing blanks, stripped."""
    return "\n".join(line.rstrip(" \t") for line in text.replace("\r\n", "\n").split("\n")).strip()


def check_text(mail: ParsedMail, expected: Expected) -> bool:
    if "text" in expected:
        assert folded(mail.full_text) == folded(expected["text"])
    if "text_starts_with" in expected:
        assert folded(mail.full_text).startswith(folded(expected["text_starts_with"]))
    return "text" in expected or "text_starts_with" in expected


def check_parts(mail: ParsedMail, expected: Expected) -> bool:
    if "some_html_contains" in expected:
        assert expected["some_html_contains"] in (mail.html or "")
    if "some_part_contains" in expected:
        inner = [parse_mail(a.content).full_text for a in mail.attachments]
        plain = [a.content.decode("utf-8", "replace") for a in mail.attachments]
        parts = [folded(part) for part in (mail.full_text, *plain, *inner)]
        assert any(folded(expected["some_part_contains"]) in part for part in parts)
    return "some_html_contains" in expected or "some_part_contains" in expected


def check_subject(mail: ParsedMail, expected: Expected) -> bool:
    if "subject" in expected:
        assert mail.subject == expected["subject"]
    if "subject_ignoring_whitespace" in expected:
        wanted = re.sub(r"\s", "", expected["subject_ignoring_whitespace"])
        assert re.sub(r"\s", "", mail.subject) == wanted
    return "subject" in expected or "subject_ignoring_whitespace" in expected


def check_from(mail: ParsedMail, expected: Expected) -> bool:
    if "from_name" in expected:
        assert mail.from_ is not None
        assert mail.from_.name == expected["from_name"]
    if "from_address" in expected:
        assert mail.from_ is not None
        assert str(mail.from_.address) == expected["from_address"]
    return "from_name" in expected or "from_address" in expected


def check_attachment(mail: ParsedMail, expected: Expected) -> bool:
    if "attachment" in expected:
        wanted = expected["attachment"]
        found = [
            (a.filename, hashlib.sha256(a.content.rstrip(b"\r\n")).hexdigest())
            for a in mail.attachments
        ]
        assert (wanted["filename"], wanted["sha256"]) in found
    if "content_id" in expected:
        assert expected["content_id"] in [a.content_id for a in mail.attachments]
    return "attachment" in expected or "content_id" in expected


CHECKS = (check_text, check_parts, check_subject, check_from, check_attachment)
