"""However an agent's mailbox or token is written, a customer's mail does not hold it."""

from dataclasses import replace
from html import unescape
from urllib.parse import unquote

import pytest

from mailgate.desk.words.discretion import holds_sign, without_signs
from mailgate.desk.words.mails import public_reply
from mailgate.mail.compose import compose
from mailgate.mail.html import sanitise
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import Attachment
from mailgate.model.ids import TicketId
from mailgate.threading.token import Keyring, Purpose, mint_token
from tests.deciders.desk_world import (
    ALICE,
    ANSWER,
    IMAGE,
    KEYRING,
    NOW,
    SEED,
    TICKET,
    desk,
    everything_in,
)

TOKEN = mint_token(KEYRING, Purpose.AGENT_REPLY, TICKET.id, ALICE.address)
NOTE = mint_token(KEYRING, Purpose.AGENT_NOTE, TICKET.id, ALICE.address)
CUSTOMERS = mint_token(KEYRING, Purpose.CUSTOMER_REPLY, TICKET.id, ALICE.address)
A, B = TOKEN[:11], TOKEN[11:]


def replied(text: str = "Tomorrow.", html: str | None = None) -> OutgoingMail:
    return public_reply(
        desk(),
        TICKET,
        replace(ANSWER, text=text, html=html),
        ALICE,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    ).mail


def readable(mail: OutgoingMail) -> str:
    """Letters and digits of a mail, in each way in which it can be understood."""
    seen = everything_in(compose(mail)).decode("utf-8", "replace")
    meant = unquote(unescape(unquote(unescape(seen))))
    forms = (seen, meant, sanitise(meant), unescape(sanitise(seen)))
    untagged = ["".join(piece.rpartition(">")[2] for piece in form.split("<")) for form in forms]
    return "\n".join(
        "".join(letter for letter in form.lower() if letter.isalnum())
        for form in (*forms, *untagged)
    )


TOKEN_IN_HTML = {
    "a percent sign for the plus": f'<a href="mailto:support%2Bt{TOKEN}@acme.example">x</a>',
    "and for the at sign": f'<a href="mailto:support%2bt{TOKEN}%40acme.example">x</a>',
    "percent signs twice": f'<a href="mailto:support%252Bt{TOKEN}@acme.example">x</a>',
    "for a letter": f'<a href="mailto:support+t%{ord(TOKEN[0]):x}{TOKEN[1:]}@acme.example">x</a>',
    "an entity": f"<p>support&#43;t{TOKEN}@acme.example</p>",
    "an entity of an entity": f"<p>support&amp;#43;t{TOKEN}@acme.example</p>",
    "a place to break": f"<p>support+t{A}<wbr>{B}@acme.example</p>",
    "a closed tag": f"<p><b>support+t{A}</b>{B}@acme.example</p>",
    "a new line of the source": f"<p>support+t{A}\r\n{B}@acme.example</p>",
    "a new line": f"<p>support+t{A}<br>{B}@acme.example</p>",
    "two paragraphs": f"<p>support+t{A}</p><p>{B}@acme.example</p>",
    "a soft hyphen": f"<p>support+t{A}&shy;{B}@acme.example</p>",
    "no width at all": f"<p>support+t{A}\u200b{B}@acme.example</p>",
    "no address": f"<p>t{TOKEN}</p>",
    "a title": f'<p title="support+t{A} {B}@acme.example">x</p>',
    "a link of the web": f'<a href="https://x.example/?to=support%2Bt{TOKEN}%40acme.example">x</a>',
    "a note's": f'<a href="mailto:support%2Bt{NOTE.upper()}@acme.example">x</a>',
}


@pytest.mark.parametrize("case", TOKEN_IN_HTML)
def test_no_token_of_an_agent_leaves_in_html(case: str) -> None:
    """With or without the HTML: the text says the same."""
    mail = replied(html=sanitise(f"<div>내일 도착합니다.</div>{TOKEN_IN_HTML[case]}"))
    assert TOKEN not in readable(mail)
    assert NOTE not in readable(mail)
    assert mail.text.startswith("Tomorrow.")


@pytest.mark.parametrize(
    "case", ["a percent sign for the plus", "an entity", "a place to break", "a closed tag"]
)
def test_what_a_client_writes_costs_the_customer_no_html(case: str) -> None:
    mail = replied(html=sanitise(f"<p>It comes <b>tomorrow</b>.</p>{TOKEN_IN_HTML[case]}"))
    assert mail.html is not None
    assert "<b>tomorrow</b>" in mail.html


TOKEN_IN_TEXT = {
    "as it is": f"support+t{TOKEN}@acme.example",
    "percent signs": f"mailto:support%2Bt{TOKEN}%40acme.example",
    "an entity": f"support&#43;t{TOKEN}@acme.example",
    "two lines": f"support+t{A}\n{B}@acme.example",
    "two quoted lines": f"> Reply-To: support+t{A}\n> {B}@acme.example",
    "a soft break": f"support+t{A}=\n{B}@acme.example",
    "a soft hyphen": f"support+t{A}\u00ad{B}@acme.example",
    "no address": f"t{TOKEN}",
    "a letter in percent signs": f"support+t%{ord(TOKEN[0]):x}{TOKEN[1:]}@acme.example",
    "tags": f"support+t{A}<b>{B}</b>@acme.example",
}


@pytest.mark.parametrize("case", TOKEN_IN_TEXT)
def test_no_token_of_an_agent_leaves_in_text(case: str) -> None:
    mail = replied(text=f"내일 도착합니다.\n{TOKEN_IN_TEXT[case]}\nBye")
    assert TOKEN not in readable(mail)
    assert mail.text.startswith("내일 도착합니다.\n")
    assert "\nBye\n" in mail.text


def test_no_token_of_an_agent_leaves_in_a_file_name() -> None:
    files = (Attachment(f"support+t{A} {B}.pdf", "application/pdf", b"%PDF"),)
    mail = public_reply(
        desk(),
        TICKET,
        replace(ANSWER, attachments=files),
        ALICE,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    ).mail
    (file,) = mail.attachments
    assert not holds_sign(file.filename, KEYRING)


MAILBOX = {
    "a percent sign for a letter": '<a href="mailto:%61lice@acme.example">x</a>',
    "percent signs twice": '<a href="mailto:alice%2540acme.example">x</a>',
    "a place to break": "<p>alice@<wbr>acme.example</p>",
    "a tag": "<p><b>alice</b>@acme.example</p>",
    "a soft hyphen": "<p>alice@acme&shy;.example</p>",
    "an entity": "<p>alice&#64;acme.example</p>",
    "a title": '<p title="&#97;lice@acme.example">x</p>',
}


@pytest.mark.parametrize("case", MAILBOX)
def test_no_mailbox_of_an_agent_leaves_in_html(case: str) -> None:
    mail = replied(html=sanitise(f"<p>It comes <b>tomorrow</b>.</p>{MAILBOX[case]}"))
    assert "aliceacmeexample" not in readable(mail)
    assert "<b>tomorrow</b>" in (mail.html or "")


def test_a_link_keeps_what_is_not_the_agents() -> None:
    html = '<a href="mailto:%61lice@acme.example?subject=Hi%20there">x</a>'
    assert 'href="mailto:support@acme.example?subject=Hi%20there"' in (
        replied(html=html).html or ""
    )


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://x.example/a%20b?c=%40&amp;d=1%2B1">x</a>',
        '<p title="50% &amp; more">50% &amp; <b>mal</b>ice@acme.example</p>',
    ],
)
def test_what_holds_no_secret_is_not_touched(html: str) -> None:
    assert (replied(html=html).html or "").startswith(html)


@pytest.mark.parametrize("kid", range(8))
@pytest.mark.parametrize("purpose", [Purpose.AGENT_REPLY, Purpose.AGENT_NOTE])
@pytest.mark.parametrize("ticket", [1, 2**40 - 1])
def test_a_token_is_known_whatever_key_signed_it(kid: int, purpose: Purpose, ticket: int) -> None:
    keyring = Keyring({kid: b"k" * 32}, kid)
    token = mint_token(keyring, purpose, TicketId(ticket), ALICE.address)
    assert without_signs(f"a t-{token[:9]} {token[9:]} b", keyring) == "a  b"


def test_a_customers_own_token_and_any_words_are_left_alone() -> None:
    for text in (f"support {CUSTOMERS}", "to be or not to be " * 50, "t" * 200, "+t" + "a2" * 16):
        assert without_signs(text, KEYRING) == text


def test_a_picture_named_by_the_agents_mailbox_is_still_shown() -> None:
    image = replace(IMAGE, content_id="alice@acme.example")
    entry = replace(ANSWER, html='<img src="cid:alice@acme.example">', attachments=(image,))
    mail = public_reply(
        desk(),
        TICKET,
        entry,
        ALICE,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    ).mail
    assert mail.html is not None
    (shown,) = mail.attachments
    assert f'src="cid:{shown.content_id}"' in mail.html
