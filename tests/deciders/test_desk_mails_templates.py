"""Templates are checked when they are loaded: a mistake is one sentence with its file."""

import shutil
from pathlib import Path

import pytest

from mailgate.desk.templates import (
    LOCALES,
    TemplateError,
    TemplateName,
    load_templates,
    parse_template,
)

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "templates"
ACKNOWLEDGEMENT = TemplateName.ACKNOWLEDGEMENT


def test_what_mailgate_comes_with_is_complete_in_every_language() -> None:
    templates = load_templates(None)
    assert set(templates.by_locale) == set(LOCALES)
    for locale in LOCALES:
        assert set(templates.by_locale[locale]) == {name.value for name in TemplateName}


def test_an_operators_folder_is_read_instead(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(SHIPPED, folder)
    (folder / "en" / "acknowledgement.txt").write_text("Subject: Got it\n\nThanks, $name!\n")
    template = load_templates(folder).find("en", ACKNOWLEDGEMENT)
    assert template.fill_subject({}) == "Got it"
    assert template.fill_body({"name": "Hong"}) == "Thanks, Hong!\n"


def test_a_language_without_templates_is_answered_in_english() -> None:
    templates = load_templates(None)
    assert templates.find("de", ACKNOWLEDGEMENT) == templates.find("en", ACKNOWLEDGEMENT)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hello\n\nx", "the first line must be `Subject: …`"),
        ("", "the first line must be `Subject: …`"),
        ("Subject:\n\nx", "the first line must be `Subject: …`"),
        ("Subject: x\ny\n", "the second line must be empty"),
        ("Subject: x", "the second line must be empty"),
        ("Subject: x\n\n$nmae\n", "unknown name $nmae"),
        ("Subject: $text\n\nx\n", "unknown name $text"),
        ("Subject: x\n\n$text\n", "unknown name $text"),
        ("Subject: x\n\n10 $ only\n", "a `$` that begins no name"),
    ],
)
def test_a_mistake_is_told(text: str, says: str) -> None:
    with pytest.raises(TemplateError, match=r"^here\.txt: ") as told:
        parse_template(ACKNOWLEDGEMENT, text, "here.txt")
    assert says in str(told.value)


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(TemplateError) as told:
        parse_template(ACKNOWLEDGEMENT, "Subject: x\n\n$foo\n", "here.txt")
    known = "$address, $desk, $name, $subject, $tag, $ticket"
    assert str(told.value) == f"here.txt: unknown name $foo; known here: {known}"


@pytest.mark.parametrize("name", ["subject", "name", "text", "author", "requester"])
def test_a_neutral_acknowledgement_cannot_name_what_the_sender_chose(name: str) -> None:
    with pytest.raises(TemplateError, match=rf"unknown name \${name}"):
        parse_template(TemplateName.ACKNOWLEDGEMENT_NEUTRAL, f"Subject: x\n\n${name}\n", "here.txt")


@pytest.mark.parametrize("name", [TemplateName.NOTIFICATION, TemplateName.NOTE])
@pytest.mark.parametrize("text", ["no words", "$text and $text", "${text}"])
def test_a_notification_carries_the_words_exactly_once(name: TemplateName, text: str) -> None:
    with pytest.raises(TemplateError, match="exactly once"):
        parse_template(name, f"Marker: write above\n\n{text}\n", "here.txt")


def test_a_notification_must_say_what_a_reply_does() -> None:
    with pytest.raises(TemplateError, match="the first line must be `Marker: …`"):
        parse_template(TemplateName.NOTE, "Subject: x\n\n$text\n", "here.txt")


def test_a_notification_cannot_promise_a_reply_to_the_requester_alone() -> None:
    """An answer goes to the participants, too."""
    text = "Marker: Your reply goes to {}.\n\n$requester $text\n"
    parse_template(TemplateName.NOTIFICATION, text.format("$recipients"), "here.txt")
    with pytest.raises(TemplateError, match=r"unknown name \$requester; known here: .*recipients"):
        parse_template(TemplateName.NOTIFICATION, text.format("$requester"), "here.txt")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "t")
    (tmp_path / "t" / "ko" / "note.txt").unlink()
    with pytest.raises(TemplateError, match=r"ko/note\.txt: this template is missing"):
        load_templates(tmp_path / "t")


def test_a_missing_language_is_named(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "en", tmp_path / "en")
    with pytest.raises(TemplateError, match="ko: there is no such folder of templates"):
        load_templates(tmp_path)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "t")
    (tmp_path / "t" / "ko" / "note.txt").write_bytes("Marker: 회신\n\n$text".encode("euc-kr"))
    with pytest.raises(TemplateError, match=r"note\.txt: this file is not UTF-8"):
        load_templates(tmp_path / "t")
