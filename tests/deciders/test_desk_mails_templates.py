"""Templates are checked when they are loaded: a mistake is one sentence with its file and line."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.desk.words.mails import CauseMail, acknowledgement, public_reply
from mailgate.desk.words.templatenames import FORMS
from mailgate.desk.words.templates import (
    LOCALES,
    TemplateError,
    TemplateName,
    load_templates,
    parse_template,
)
from mailgate.mail.address import NamedAddress
from tests.deciders.desk_world import (
    ALICE,
    ANSWER,
    HONG,
    NOW,
    SEED,
    SUPPORT,
    TICKET,
    body,
    desk,
    read,
)

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "templates"
ACKNOWLEDGEMENT = TemplateName.ACKNOWLEDGEMENT
NOTIFICATIONS = [
    TemplateName.NOTIFICATION_NEW,
    TemplateName.NOTIFICATION_ANSWER,
    TemplateName.NOTIFICATION_REPLY,
    TemplateName.NOTE,
]


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_what_mailgate_comes_with_is_complete_in_every_language() -> None:
    templates = load_templates(None)
    assert set(templates.by_locale) == set(LOCALES)
    for locale in LOCALES:
        assert set(templates.by_locale[locale]) == {name.value for name in TemplateName}


def test_an_operators_file_is_read_instead(tmp_path: Path) -> None:
    write(tmp_path, "en/acknowledgement.txt", "Subject: Got it\n\nThanks, {{ name }}!\n")
    template = load_templates(tmp_path).find("en", ACKNOWLEDGEMENT)
    assert template.fill_subject({}) == "Got it"
    assert template.fill_body({"name": "Hong"}) == "Thanks, Hong!\n"


def test_what_an_operators_folder_does_not_have_is_ours(tmp_path: Path) -> None:
    write(tmp_path, "en/acknowledgement.txt", "Subject: Got it\n\nThanks!\n")
    note = load_templates(tmp_path).find("en", TemplateName.NOTE)
    ours = load_templates(None).find("en", TemplateName.NOTE)
    assert note.fill_marker({}) == ours.fill_marker({})


def test_a_support_address_has_words_of_its_own(tmp_path: Path) -> None:
    general, acme = tmp_path / "all", tmp_path / "acme"
    write(general, "en/acknowledgement.txt", "Subject: {{ subject }}\n\nFrom everybody.\n")
    write(general, "en/digest.txt", "Subject: Waiting\n\n{{ mails }}\n")
    write(acme, "en/acknowledgement.txt", "Subject: {{ subject }}\n\nFrom Acme alone.\n")
    templates = load_templates(general, {SUPPORT.key: acme})

    def said(name: TemplateName, address: str | None) -> str:
        return templates.find("en", name, address).fill_body({"mails": "-"})

    assert said(ACKNOWLEDGEMENT, SUPPORT.key) == "From Acme alone.\n"
    assert said(ACKNOWLEDGEMENT, "sales@acme.example") == "From everybody.\n"
    assert said(ACKNOWLEDGEMENT, None) == "From everybody.\n"
    assert said(TemplateName.DIGEST, SUPPORT.key) == "-\n"

    ctx = replace(desk(), templates=templates)
    cause = CauseMail(None, TICKET.subject)
    draft = acknowledgement(ctx, TICKET, cause, neutral=False, now=NOW, seed=SEED)
    assert draft is not None
    assert body(read(draft), "plain").startswith("From Acme alone.\n")


def test_a_language_without_templates_is_answered_in_english() -> None:
    templates = load_templates(None)
    assert templates.find("de", ACKNOWLEDGEMENT) == templates.find("en", ACKNOWLEDGEMENT)


def test_what_is_not_always_said_takes_its_line_along() -> None:
    choice = "{% if name %}\n  Dear {{ name }},\n  {% else %}\nHi,\n{% endif %}\n"
    text = f"Subject: x\n\nBefore\n{choice}After\n"
    template = parse_template(ACKNOWLEDGEMENT, text, "here.txt")
    assert template.fill_body({"name": "Hong"}) == "Before\n  Dear Hong,\nAfter\n"
    assert template.fill_body({"name": ""}) == "Before\nHi,\nAfter\n"


def test_a_line_with_words_beside_a_condition_stays_a_line() -> None:
    template = parse_template(
        ACKNOWLEDGEMENT, "Subject: x\n\nHello{% if name %} {{ name }}{% endif %}\nBye\n", "here.txt"
    )
    assert template.fill_body({"name": "Hong"}) == "Hello Hong\nBye\n"


@pytest.mark.parametrize(
    "words", ["{{ 7*7 }}", "{{ address }}", "{% if 1 %}x{% endif %}", "{# x #}", "$tag", "<b>&amp;"]
)
def test_a_customers_words_are_no_template(words: str) -> None:
    ticket = replace(TICKET, requester=NamedAddress(words, HONG.address), subject=words)
    cause = CauseMail(None, words)
    draft = acknowledgement(desk(), ticket, cause, neutral=False, now=NOW, seed=SEED)
    assert draft is not None
    mail = read(draft)
    assert mail["Subject"] == f"[#12] {words}"
    assert f"Hello {words}," in body(mail, "plain")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hello\n\nx", "the first line must be `Subject: …`"),
        ("", "the first line must be `Subject: …`"),
        ("Subject:\n\nx", "the first line must be `Subject: …`"),
        ("Subject: x\ny\n", "the second line must be empty"),
        ("Subject: x", "the second line must be empty"),
        ("Subject: x\n\n\nHello\n{{ nmae }}\n", "line 5: unknown name {{ nmae }}"),
        ("Subject: {{ text }}\n\nx\n", "line 1: unknown name {{ text }}"),
        ("Subject: x\n\n{{ text }}\n", "line 3: unknown name {{ text }}"),
        ("Subject: x\n\n{% if nmae %}x{% endif %}\n", "line 3: unknown name {{ nmae }}"),
        ("Subject: x\n\n{% if name %}\nx\n", "line 4: "),
        ("Subject: x\n\n{% if name %}\n{% endif %}\n{{ name }\n", "line 5: "),
        ("Subject: x\n\nDear $name\n", "line 3: write {{ name }} instead of $name"),
        ("Subject: x\n\nDear ${name}님\n", "line 3: write {{ name }} instead of $name"),
    ],
)
def test_a_mistake_is_told(text: str, says: str) -> None:
    with pytest.raises(TemplateError, match=r"^here\.txt: ") as told:
        parse_template(ACKNOWLEDGEMENT, text, "here.txt")
    assert says in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 7 * 7 }}",
        "{{ 'a' ~ 'b' }}",
        "{{ name.upper() }}",
        "{{ name.__class__ }}",
        "{{ name['x'] }}",
        "{{ name | upper }}",
        "{{ range(9) }}",
        "{% for a in name %}x{% endfor %}",
        "{% set a = 1 %}",
        "{% include 'note.txt' %}",
        "{% import 'note.txt' as n %}",
        "{% extends 'note.txt' %}",
        "{% macro m() %}x{% endmacro %}",
        "{% if name is defined %}x{% endif %}",
    ],
)
def test_a_template_can_do_nothing_but_name_and_choose(text: str) -> None:
    with pytest.raises(TemplateError, match=r"^here\.txt: line 4: "):
        parse_template(ACKNOWLEDGEMENT, f"Subject: x\n\nHello\n{text}\n", "here.txt")


def test_a_price_in_dollars_is_no_name() -> None:
    template = parse_template(ACKNOWLEDGEMENT, "Subject: x\n\nFrom $10, or $named\n", "here.txt")
    assert template.fill_body({}) == "From $10, or $named\n"


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(TemplateError) as told:
        parse_template(ACKNOWLEDGEMENT, "Subject: x\n\n{{ foo }}\n", "here.txt")
    names = ("address", "desk", "name", "subject", "tag", "ticket")
    known = ", ".join(f"{{{{ {name} }}}}" for name in names)
    assert str(told.value) == f"here.txt: line 3: unknown name {{{{ foo }}}}; known here: {known}"


@pytest.mark.parametrize(
    "asked", ["ticket > 5", "5 in name", "name == 5", "name == none", "'x' in (not name)"]
)
def test_what_would_fail_in_every_mail_is_told_before(asked: str) -> None:
    """What a name stands for is a text, and can be compared with one alone."""
    text = f"Subject: x\n\n{{% if name and {asked} %}}x{{% endif %}}\n"
    with pytest.raises(TemplateError, match=r"^here\.txt: line 3: a name can only be compared"):
        parse_template(ACKNOWLEDGEMENT, text, "here.txt")


@pytest.mark.parametrize("asked", ["address == 'a@b.c'", "'x' in subject", "name != subject"])
def test_texts_can_be_compared(asked: str) -> None:
    text = f"Subject: x\n\n{{% if {asked} %}}x{{% endif %}}\n"
    said = parse_template(ACKNOWLEDGEMENT, text, "here.txt")
    said.fill_body({"address": "a@b.c", "subject": "x", "name": "y"})


@pytest.mark.parametrize("name", ["subject", "name", "text", "author", "requester"])
def test_a_neutral_acknowledgement_cannot_name_what_the_sender_chose(name: str) -> None:
    text = f"Subject: x\n\n{{{{ {name} }}}}\n"
    with pytest.raises(TemplateError, match=rf"unknown name {{{{ {name} }}}}"):
        parse_template(TemplateName.ACKNOWLEDGEMENT_NEUTRAL, text, "here.txt")


@pytest.mark.parametrize("name", NOTIFICATIONS)
@pytest.mark.parametrize(
    "text",
    ["no words", "{{ text }} and {{ text }}", "{% if done %}{{ text }}{% endif %}"],
)
def test_a_notification_carries_the_words_exactly_once(name: TemplateName, text: str) -> None:
    with pytest.raises(TemplateError, match="exactly once"):
        parse_template(name, f"Marker: write above\n\n{text}\n", "here.txt")


def test_a_notification_must_say_what_a_reply_does() -> None:
    with pytest.raises(TemplateError, match="the first line must be `Marker: …`"):
        parse_template(TemplateName.NOTE, "Subject: x\n\n{{ text }}\n", "here.txt")


@pytest.mark.parametrize("name", NOTIFICATIONS)
def test_a_notification_cannot_promise_a_reply_to_the_requester_alone(name: TemplateName) -> None:
    """An answer goes to the participants, too."""
    form = "Marker: Your reply goes to {{{{ {} }}}}.\n\n{{{{ requester }}}} {{{{ text }}}}\n"
    parse_template(name, form.format("recipients"), "here.txt")
    with pytest.raises(TemplateError, match=r"unknown name {{ requester }}; known here: .*recip"):
        parse_template(name, form.format("requester"), "here.txt")


def test_a_file_that_no_mail_has_is_named(tmp_path: Path) -> None:
    write(tmp_path, "ko/notes.txt", "Marker: x\n\n{{ text }}\n")
    with pytest.raises(TemplateError, match=r"ko/notes\.txt: no mail has this name; known: .*note"):
        load_templates(tmp_path)


def test_a_folder_without_templates_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"there are no templates; they stand in .*/en or "):
        load_templates(tmp_path)
    with pytest.raises(TemplateError, match=r"/acme: there are no templates"):
        load_templates(None, {SUPPORT.key: tmp_path / "acme"})


def test_a_mistake_in_the_words_of_one_address_is_named(tmp_path: Path) -> None:
    write(tmp_path, "en/reply.txt", "Hello {{ nmae }}\n\n{{ text }}\n")
    with pytest.raises(TemplateError, match=r"en/reply\.txt: line 1: unknown name {{ nmae }}"):
        load_templates(None, {SUPPORT.key: tmp_path})


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "t")
    (tmp_path / "t" / "ko" / "note.txt").write_bytes("Marker: 회신\n\n{{ text }}".encode("euc-kr"))
    with pytest.raises(TemplateError, match=r"note\.txt: this file is not UTF-8"):
        load_templates(tmp_path / "t")


def test_what_a_rule_sends_has_a_name_of_the_operators(tmp_path: Path) -> None:
    write(tmp_path, "en/own/holiday.txt", "Subject: {{ subject }}\n\nClosed, {{ name }}.\n")
    templates = load_templates(tmp_path)
    holiday = templates.find_own("ko", "holiday")
    assert holiday is not None
    assert holiday.fill_body({"name": "Hong"}) == "Closed, Hong.\n"
    assert templates.find_own("en", "hoilday") is None


def test_an_answer_has_the_desks_words_around_it(tmp_path: Path) -> None:
    text = "Dear {{ name }},\n\n{{ text }}\n\nYours\n{{ agent }}\n"
    write(tmp_path, "en/reply.txt", text)
    ctx = replace(desk(), templates=load_templates(None, {SUPPORT.key: tmp_path}))
    entry = replace(ANSWER, html="<p>It comes <b>tomorrow</b>.</p>")
    draft = public_reply(
        ctx,
        TICKET,
        entry,
        ALICE,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    )
    mail = read(draft)
    assert body(mail, "plain").startswith(
        "Dear Hong,\n\nIt comes tomorrow.\n\nYours\nAlice Kim\n\nref:mg."
    )
    html = body(mail, "html")
    assert html.startswith("<p>Dear Hong,</p><p>It comes <b>tomorrow</b>.</p><p>Yours<br>\nAlice")


def test_the_page_tells_every_template_and_its_names() -> None:
    page = (SHIPPED.parents[1] / "docs" / "operators" / "templates.md").read_text("utf-8")
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `")]
    told = {row[0].strip(" `"): (row[2].strip(), row[3]) for row in rows}
    assert set(told) == {name.value for name in TemplateName}
    groups = {
        "ours": {"ticket", "tag", "desk", "address"},
        "how it stands": {"state", "status", "priority", "assignee", "group", "tags", "done"},
    }
    for name, form in FORMS.items():
        field, names = told[name.value]
        assert field == (form.field or "-")
        shown = {word.strip(" `") for word in names.split(",")}
        for group, members in groups.items():
            shown = (shown - {group}) | (members if group in shown else set())
        assert shown == form.names
