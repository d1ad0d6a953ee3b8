"""Korean mail in every form it is written in says the same."""

import pytest

from mailgate.mail.parse import parse_mail
from tests.corpus.own.korean import (
    FILE,
    FILE_CONTENT,
    NAME,
    RARE,
    SUBJECT,
    TEXT,
    Form,
    forms,
)
from tests.corpus.scores import counted

FORMS = list(forms())


def test_every_form_has_a_name_of_its_own() -> None:
    assert len({form.name for form in FORMS}) == len(FORMS)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@counted("korean, every form")
def test_every_form_says_the_same(form: Form) -> None:
    content = form.mail(
        message_id="first@customer.example",
        sender="hong@customer.example",
        to="support@acme.example",
    )
    mail = parse_mail(content)
    assert mail.from_ is not None
    assert mail.from_.name == NAME
    assert mail.subject == SUBJECT
    assert mail.text.strip() == (f"{TEXT}\n{RARE}" if RARE in form.text else TEXT)
    assert [(each.filename, each.content) for each in mail.attachments] == (
        [(FILE, FILE_CONTENT)] if form.has_file else []
    )
