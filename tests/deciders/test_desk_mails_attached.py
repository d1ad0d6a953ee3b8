"""Files of an agent that must not leave: our own notification, and what names their mailbox."""

import base64
import quopri
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from mailgate.desk.words.attached import BINARY_LIMIT, is_internal
from mailgate.desk.words.mails import public_reply
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.who import Happening
from mailgate.mail.compose import compose
from mailgate.mail.parsed import Attachment
from mailgate.model.ticket import EntryKind, EventKind, Visibility
from mailgate.threading.token import Purpose, mint_token
from tests.deciders.desk_world import (
    ALICE,
    ANSWER,
    BOB,
    HONG,
    IMAGE,
    INVOICE,
    KEYRING,
    NOW,
    QUESTION,
    SEED,
    SUPPORT,
    TICKET,
    desk,
    everything_in,
)
from tests.deciders.inbound_world import Desk, mail, open_desk, reply_address

TOLD = {
    draft.recipients[0]: draft
    for draft in notifications(desk(), TICKET, QUESTION, Happening.NEW, now=NOW, seed=SEED)
}
ORIGINAL = compose(TOLD[ALICE.address].mail)
"""The bytes of the notification that Alice got: what "attach original" attaches."""
AGENT_TOKEN, NOTE_TOKEN, CUSTOMER_TOKEN = (
    mint_token(KEYRING, purpose, TICKET.id, ALICE.address).encode()
    for purpose in (Purpose.AGENT_REPLY, Purpose.AGENT_NOTE, Purpose.CUSTOMER_REPLY)
)
MARK = "##- 답장하시면 hong@customer.example 님께 발송됩니다. -##".encode()
ICS = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
    b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@acme.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def eml(content: bytes, kind: str = "message/rfc822", name: str = "original.eml") -> Attachment:
    return Attachment(name, kind, content)


def in_base64(content: bytes) -> bytes:
    head = b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + base64.encodebytes(content).replace(b"\n", b"\r\n")


def in_quoted_printable(content: bytes) -> bytes:
    return b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quopri.encodestring(content)


OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(name: str) -> bytes:
    """An archive with a file that names the agent's mailbox, not packed: nothing hides it."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr(name, "alice@acme.example")
    return made.getvalue()


INTERNAL = {
    "the original": eml(ORIGINAL),
    "as octets, by its name": eml(ORIGINAL, "application/octet-stream"),
    "as octets, without a name": eml(ORIGINAL, "application/octet-stream", "attachment"),
    "inside another mail": eml(b"Subject: x\r\n\r\n" + ORIGINAL),
    "inside another mail in base64": eml(in_base64(b"Subject: x\r\n\r\n" + ORIGINAL)),
    "in base64 twice": eml(in_base64(in_base64(MARK))),
    "the loop field alone": eml(b"x-mailgate-loop: abc\r\n\r\n"),
    "the mark in base64": eml(in_base64(MARK)),
    "the mark in quoted-printable": eml(in_quoted_printable(MARK + b" " * 80 + MARK)),
    "a token in a picture": Attachment("x.png", "image/png", b"\x89PNG+t" + AGENT_TOKEN),
    "a note's token": eml(b"support+T" + NOTE_TOKEN.upper() + b"@acme.example", "text/plain"),
    "a token in a link": eml(b"mailto:support%2Bt" + AGENT_TOKEN, "text/html", "x.html"),
    "a token behind an entity": eml(b"support&#43;t" + AGENT_TOKEN, "text/html", "x.html"),
    "a token cut by a tag": eml(b"+t" + AGENT_TOKEN[:9] + b"<wbr>" + AGENT_TOKEN[9:], "text/html"),
    "a token on two lines": eml(b"x: support+t" + AGENT_TOKEN[:9] + b"\r\n " + AGENT_TOKEN[9:]),
    "windows text": eml("to alice@acme.example".encode("utf-16"), "text/plain", "x.txt"),
    "outlook's own form": Attachment(
        "x.msg", "application/vnd.ms-outlook", b"\xd0\xcf" + "alice@acme.example".encode("utf-16le")
    ),
    "a calendar answer": eml(ICS, "text/calendar", "invite.ics"),
    "a folded calendar answer": eml(ICS.replace(b"@ac", b"@ac\r\n "), "text/calendar"),
    "a card": eml(b"EMAIL:Alice+x@Acme.example\r\n", "text/vcard", "alice.vcf"),
    "another mailbox of hers": eml(b"To: alice.kim@gmail.example\r\n\r\n"),
    "a mailbox in percent signs": eml(b"mailto:%61lice%40acme.example", "text/html"),
    "a mailbox in entities": eml(b"alice&#64;acme.example", "text/html"),
}
HARMLESS = {
    "an invoice": INVOICE,
    "a picture": IMAGE,
    "a customer's mail": eml(b"From: hong@customer.example\r\nTo: support@acme.example\r\n\r\nHi"),
    "a colleague's address": eml(b"Write to malice@acme.example", "text/plain"),
    "signs of a mark": eml(b"##- is how it begins", "text/plain"),
    "a customer's token": eml(b"Reply-To: support+t" + CUSTOMER_TOKEN + b"@acme.example\r\n\r\n"),
    "what only looks like a token": eml(b"support+t" + b"a2" * 16 + b"@acme.example"),
    "a mailbox in a picture": Attachment("x.png", "image/png", b"\x89PNG alice@acme.example"),
    "a mailbox in a PDF file": Attachment(
        "x.pdf", "application/pdf", b"%PDF-1.7 alice@acme.example"
    ),
    "a mailbox in an office document": Attachment("x.docx", OFFICE, zipped("word/document.xml")),
    "a mailbox in an archive": Attachment("x.zip", "application/zip", zipped("alice.vcf")),
    "nothing": eml(b""),
}


@pytest.mark.parametrize("case", INTERNAL)
def test_what_is_the_desks_own_is_found(case: str) -> None:
    assert is_internal(INTERNAL[case], ALICE, KEYRING)


@pytest.mark.parametrize("case", HARMLESS)
def test_anything_else_may_go(case: str) -> None:
    assert not is_internal(HARMLESS[case], ALICE, KEYRING)


def test_a_token_is_found_although_no_agent_is_named() -> None:
    assert is_internal(eml(ORIGINAL), None, KEYRING)
    assert not is_internal(INTERNAL["a calendar answer"], None, KEYRING)


def test_of_a_binary_file_the_beginning_is_looked_at_and_of_a_message_all() -> None:
    late = b"\xff" * BINARY_LIMIT + b"+t" + AGENT_TOKEN
    assert not is_internal(Attachment("x.bin", "application/x-bin", late), ALICE, KEYRING)
    assert is_internal(eml(late), ALICE, KEYRING)


def test_a_mail_to_the_customer_goes_without_it_and_says_what_it_left() -> None:
    files = (eml(ORIGINAL), INVOICE, eml(ICS, "text/calendar", "invite.ics"))
    draft = public_reply(
        desk(),
        TICKET,
        replace(ANSWER, attachments=files),
        ALICE,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    )
    assert draft.mail.attachments == (INVOICE,)
    assert draft.withheld == ("original.eml", "invite.ics")
    seen = everything_in(compose(draft.mail))
    assert AGENT_TOKEN not in seen
    assert b"alice@" not in seen


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        yield made


def answer_with(notification: EmailMessage, text: str, *, calendar: bool) -> bytes:
    """Alice's answer, with the original or with an answer to an invitation."""
    message = EmailMessage()
    message["From"] = "Alice Kim <alice@acme.example>"
    message["To"] = str(reply_address(notification))
    message["Subject"] = f"Re: {notification['Subject']}"
    message["Message-ID"] = "<a1@acme.example>"
    message["In-Reply-To"] = notification["Message-ID"]
    message.set_content(text)
    if calendar:
        message.add_attachment(ICS, maintype="text", subtype="calendar", filename="invite.ics")
    else:
        message.add_attachment(notification)
    return message.as_bytes()


async def answered(place: Desk, text: str, *, calendar: bool) -> None:
    await place.receive(mail())
    told = await place.notification()
    await place.receive(
        answer_with(told, text, calendar=calendar),
        to=reply_address(told),
        reverse_path=ALICE.address,
        authenticated=ALICE.address.key,
    )


async def test_the_original_that_a_client_attaches_stays_on_the_ticket(place: Desk) -> None:
    await answered(place, "Tomorrow.", calendar=False)
    (_, sent) = await place.sent(HONG.address)
    assert "Tomorrow." in sent.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    seen = everything_in(sent.as_bytes())
    told = (await place.notification())["Reply-To"].addresses[0].username.encode()
    for inside in (told, b"alice@", b"##-"):
        assert inside not in seen
    entry = (await place.entries())[-1]
    assert entry.visibility is Visibility.PUBLIC
    assert len(entry.attachments) == 1


async def test_an_answer_of_nothing_but_a_calendars_is_no_answer(place: Desk) -> None:
    """It names the agent's mailbox, so it stays inside; what is left is an empty mail."""
    await answered(place, "", calendar=True)
    assert len(await place.sent(HONG.address)) == 1  # the acknowledgement
    entry = (await place.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    event = (await place.events())[-1]
    assert (event.kind, event.detail["why"]) == (EventKind.SUPPRESSED, "empty_answer")
    assert [one.filename for one in entry.attachments] == ["invite.ics"]


def test_the_colleagues_get_everything() -> None:
    """What stays inside is for them."""
    entry = replace(ANSWER, kind=EntryKind.NOTE, attachments=(eml(ORIGINAL),))
    (draft,) = notifications(desk(), TICKET, entry, Happening.NEW, now=NOW, seed=SEED)
    assert draft.recipients == (BOB.address,)
    assert [one.content for one in draft.mail.attachments] == [ORIGINAL]
    assert draft.sender == SUPPORT
