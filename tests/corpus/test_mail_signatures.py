"""Bodies of talon whose signature is known: whatever is cut, no word before it may be lost.

Signatures there are mere names and numbers under the text, without a mark of any client; that
they are cut is a wish, that the words before them stay is the rule.
"""

from pathlib import Path

import pytest

from mailgate.mail.parse import parse_mail
from tests.corpus.folders import files, needs_corpus
from tests.corpus.reading import HEAD
from tests.corpus.scores import note

pytestmark = needs_corpus

BODIES = files("public/talon/signature/emails/stripped", "*_body")


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_the_words_before_the_signature_stay(path: Path) -> None:
    body = path.read_text()
    signature = path.with_name(path.name.replace("_body", "_signature")).read_text().strip()
    assert body.strip().endswith(signature)
    before = body.strip().removesuffix(signature)
    text = parse_mail(HEAD + b"\r\n" + body.encode()).text
    note("signatures talon, cut", text.split() == before.split(), 1)
    assert text.split()[: len(before.split())] == before.split()
