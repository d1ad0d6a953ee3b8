"""Every mail in every language: nothing of the template is left in it, and the mails of a ticket
are one conversation."""

import re
from dataclasses import replace
from email.message import EmailMessage

import pytest

from mailgate.desk.by import By
from mailgate.desk.words.mails import CauseMail, acknowledgement
from mailgate.desk.words.notices import tell
from mailgate.desk.words.templates import TemplateName, load_templates
from mailgate.desk.words.who import Happening
from mailgate.mail.html import read_html
from mailgate.mail.parse import parse_mail
from mailgate.mail.quote import MARK, marker_line
from mailgate.mail.subject import base_subject
from mailgate.model.delivery import Draft
from mailgate.threading.token import Purpose, token_in, verify_token
from tests.deciders.desk_world import KEYRING, NOW, SEED, body, desk, read
from tests.deciders.every_mail import every_mail, of_locale

LOCALES = ["en", "ko"]
EVERY = {locale: dict(every_mail(locale)) for locale in LOCALES}
MAILS = [(locale, name) for locale in LOCALES for name in EVERY[locale]]
ON_TICKETS = [(locale, name) for locale, name in MAILS if name != "digest"]
HTML = [(locale, name) for locale, name in ON_TICKETS if name != "reply"]
TO_CUSTOMERS = {"acknowledgement", "acknowledgement_neutral", "reply", "resolved"}
TO_CUSTOMERS |= {"resolved_neutral"}
OURS_ALONE = {"survey"}
"""Written where its links are made."""


def parts(mail: EmailMessage) -> list[str]:
    kinds = ["plain", *(["html"] if mail.get_body(("html",)) is not None else [])]
    return [body(mail, kind) for kind in kinds]


def test_there_is_one_of_every_template() -> None:
    for locale in LOCALES:
        assert {name.value for name in TemplateName} - OURS_ALONE <= EVERY[locale].keys()


@pytest.mark.parametrize(("locale", "name"), MAILS)
def test_nothing_of_the_template_is_left(locale: str, name: str) -> None:
    mail = read(EVERY[locale][name])
    assert re.search(r"\w", str(mail["Subject"]))
    for text in (str(mail["Subject"]), *parts(mail)):
        assert not re.search(r"\{\{|\}\}|\{%|%\}|\bNone\b|\x00|\$\w", text)
        assert not re.search(r"\n\n\n", text), "no gap where something was not said"


@pytest.mark.parametrize(("locale", "name"), HTML)
def test_the_html_says_what_the_text_says(locale: str, name: str) -> None:
    mail = read(EVERY[locale][name])
    text, html = parts(mail)
    if name == "notification_answer_html":
        return  # The customer's own words are different in it.
    shown = read_html(html).text
    assert shown.split() == text.split()


@pytest.mark.parametrize(("locale", "name"), HTML)
def test_the_html_fits_a_phone(locale: str, name: str) -> None:
    html = parts(read(EVERY[locale][name]))[1]
    assert '<meta name="viewport" content="width=device-width' in html
    assert f'<html lang="{locale}">' in html
    ours = html.replace("<table width=900>", "")
    assert not re.search(r"\bwidth=\"?\d", ours)
    sizes = [int(size) for size in re.findall(r"font-size:(\d+)px", html)]
    assert min(size for size in sizes if size != 10) >= 13, "but the line that names the ticket"


@pytest.mark.parametrize(("locale", "named"), [("en", "#pending"), ("ko", "#대기")])
def test_no_command_is_broken_behind_its_sign(locale: str, named: str) -> None:
    html = parts(read(EVERY[locale]["note"]))[1]
    assert f'<span style="white-space:nowrap">{named}</span>' in html
    assert "&<span" not in html, "no entity is taken for a command"


@pytest.mark.parametrize(("locale", "name"), ON_TICKETS)
def test_all_mails_of_a_ticket_are_one_conversation(locale: str, name: str) -> None:
    """Gmail and Outlook go by subject and References, Apple Mail by References: the first
    reference of every mail to agents is the same, and so is what is left of the subject."""
    draft = EVERY[locale][name]
    known = EVERY[locale]["notification_new"]
    if name in TO_CUSTOMERS:
        assert known.mail.references[0] not in draft.mail.references
        return
    assert draft.mail.references[0] == known.mail.references[0]
    assert draft.mail.in_reply_to == known.mail.references[0]
    assert base_subject(draft.mail.subject) == base_subject(known.mail.subject)


@pytest.mark.parametrize("locale", LOCALES)
def test_what_a_customer_gets_is_one_conversation_too(locale: str) -> None:
    """They share a reference, and the subject but for what holds no word of the sender."""
    mails = {name: EVERY[locale][name].mail for name in TO_CUSTOMERS}
    assert set.intersection(*(set(mail.references) for mail in mails.values()))
    own = {base_subject(mail.subject) for name, mail in mails.items() if "neutral" not in name}
    assert len(own) == 1


@pytest.mark.parametrize(("locale", "name"), ON_TICKETS)
def test_the_first_line_says_what_an_answer_does(locale: str, name: str) -> None:
    mail = EVERY[locale][name].mail
    if name in TO_CUSTOMERS:
        assert MARK not in mail.text
        return
    assert mail.reply_to is not None
    token = verify_token(KEYRING, token_in(mail.reply_to.address) or "")
    assert token is not None
    inside = load_templates(None).find(locale, TemplateName.NOTE).fill_marker({})
    first = mail.text.splitlines()[0]
    assert first.startswith(MARK)
    assert (first == marker_line(inside)) is (token.purpose is Purpose.AGENT_NOTE)
    customer = of_locale(locale)[1].requester.address
    assert (str(customer) in first) is (token.purpose is Purpose.AGENT_REPLY)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_ticket_stays_one_conversation_whatever_becomes_of_it(locale: str) -> None:

    ctx, ticket, _one, other = of_locale(locale)
    by = By("operator", NOW, SEED)
    moved = replace(ticket, group="partners", assignee=other.address, tags=())
    first, later = (tell(ctx, each, Happening.ASSIGNED, by=by)[0] for each in (ticket, moved))
    assert first.mail.references == later.mail.references
    assert first.mail.subject == later.mail.subject


@pytest.mark.parametrize(("locale", "name"), MAILS)
def test_an_answer_below_which_it_is_quoted_is_the_answer_alone(locale: str, name: str) -> None:
    """Clients quote the HTML in a block of their own, below what is written."""
    if name in TO_CUSTOMERS | {"digest"}:
        return
    html = parts(read(EVERY[locale][name]))[1]
    inner = html[html.index("<div") : html.index("</body>")]
    quoted = f'<div dir="ltr">Done.</div><br><blockquote class="x">{inner}</blockquote>'
    raw = (
        "From: alice@acme.example\r\nTo: support@acme.example\r\nSubject: Re: x\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + quoted
    )
    mail = parse_mail(raw.encode())
    assert mail.text.strip() == "Done."
    assert MARK not in (mail.reply_html or "")


def test_a_customers_html_is_no_tag_of_ours() -> None:
    for locale in LOCALES:
        draft = hostile(locale)
        html = parts(read(draft))[1]
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def hostile(locale: str) -> Draft:

    _, ticket, _, _ = of_locale(locale)
    evil = replace(ticket, requester=replace(ticket.requester, name="<script>x</script>"))
    cause = CauseMail(None, "x")
    draft = acknowledgement(desk(), evil, cause, neutral=False, now=NOW, seed=SEED)
    assert draft is not None
    return draft
