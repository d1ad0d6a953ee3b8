"""An agent's answer to the customer: from the support address, nothing of the agent's mailbox."""

from collections.abc import Sequence
from dataclasses import replace
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.desk.words.mails import EntryContent, public_reply
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.compose import compose
from mailgate.mail.parsed import Attachment
from mailgate.mail.quote import marker_line
from mailgate.model.delivery import Draft, Lane
from mailgate.model.directory import Agent
from mailgate.model.ticket import Ticket
from mailgate.threading.token import (
    Purpose,
    is_for,
    mint_message_id,
    token_in,
    verify_loop_token,
    verify_message_id,
    verify_token,
)
from tests.deciders.desk_world import (
    ALICE,
    ANSWER,
    BOB,
    FOR_CUSTOMER,
    HELP_KO,
    HONG,
    IMAGE,
    INVOICE,
    KEYRING,
    KOREAN_TICKET,
    MINSU,
    NOW,
    SEED,
    SUPPORT,
    TICKET,
    body,
    desk,
    everything_in,
    header_names,
    read,
)

OUTLOOK_ID = "PH0PR10MB4567A1B2C3D4E5F60718293A4B5C6D7@PH0PR10MB4567.namprd10.prod.outlook.test"


def replied(
    ticket: Ticket = TICKET,
    entry: EntryContent = ANSWER,
    agent: Agent | None = ALICE,
    *,
    from_override: Address | None = None,
    extra_cc: Sequence[Address] = (),
    references: Sequence[str] = ("q1@customer.example",),
) -> Draft:
    return public_reply(
        desk(),
        ticket,
        entry,
        agent,
        from_override=from_override,
        extra_cc=extra_cc,
        references=references,
        now=NOW,
        seed=SEED,
    )


def test_a_reply_header_by_header() -> None:
    mail = read(replied())
    assert header_names(mail) == sorted(
        [
            "content-transfer-encoding",
            "content-type",
            "date",
            "from",
            "in-reply-to",
            "message-id",
            "mime-version",
            "references",
            "reply-to",
            "subject",
            "to",
            "x-mailgate-loop",
        ]
    )
    assert mail["From"] == '"Alice Kim (Acme Support)" <support@acme.example>'
    assert mail["To"] == "Hong <hong@customer.example>"
    assert mail["Subject"] == "[#12] Where is my parcel?"
    assert mail["Date"] == format_datetime(NOW)
    assert mail["In-Reply-To"] == "<q1@customer.example>"
    assert mail["Reply-To"].addresses[0].display_name == "Acme Support"
    assert verify_loop_token(KEYRING, mail["X-Mailgate-Loop"])


def test_a_persons_answer_does_not_call_itself_automatic() -> None:
    mail = read(replied())
    assert mail["Auto-Submitted"] is None
    assert mail["X-Auto-Response-Suppress"] is None


def test_its_text_is_the_answer_and_the_signature_of_the_address() -> None:
    expected = f"It comes tomorrow.\n\n{FOR_CUSTOMER}\n\n-- \nAcme Support\nacme.example/help\n"
    assert body(read(replied()), "plain") == expected


SIGNING = replace(ALICE, signature="Alice Kim, Returns\nalice@acme.example, +82 2 123\n")


def test_an_agents_own_signature_stands_in_its_place_and_shows_no_mailbox() -> None:
    text = body(read(replied(agent=SIGNING)), "plain")
    assert text.endswith("\n-- \nAlice Kim, Returns\nsupport@acme.example, +82 2 123\n")
    assert "acme.example/help" not in text


def test_where_customers_see_no_agent_the_address_signs() -> None:
    """`[agents] from_name = "address"`."""
    ctx = replace(desk(), policy=replace(desk().policy, names_agents=False))
    draft = public_reply(
        ctx,
        TICKET,
        ANSWER,
        SIGNING,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    )
    mail = read(draft)
    assert mail["From"] == "Acme Support <support@acme.example>"
    assert "Alice" not in body(mail, "plain")
    assert body(mail, "plain").endswith("\n-- \nAcme Support\nacme.example/help\n")


def test_an_address_without_a_signature_adds_none() -> None:
    entry = replace(ANSWER, text="내일 도착합니다.")
    mail = read(replied(KOREAN_TICKET, entry, MINSU))
    assert body(mail, "plain") == f"내일 도착합니다.\n\n{FOR_CUSTOMER}\n"
    assert mail["From"].addresses[0].display_name == "김민수 (한국상사 고객지원)"
    assert mail["From"].addresses[0].addr_spec == "help@hangook.example"
    assert mail["To"].addresses[0].display_name == "홍길동"
    assert mail["Subject"] == "[#12] 배송이 아직 안 왔어요"


def test_it_waits_in_the_reply_lane_and_its_failures_come_home() -> None:
    draft = replied()
    assert (draft.lane, draft.kind, draft.entry) == (Lane.REPLY, "reply", ANSWER.id)
    assert (draft.sender, draft.agent, draft.outside) == (SUPPORT, ALICE.address.key, True)
    assert isinstance(draft.reverse_path, Address)
    token = verify_token(KEYRING, token_in(draft.reverse_path) or "")
    assert token is not None
    assert (token.purpose, token.ticket) == (Purpose.BOUNCE, TICKET.id)
    assert is_for(KEYRING, token, HONG.address)


def test_the_desk_itself_can_answer() -> None:
    draft = replied(agent=None)
    assert read(draft)["From"] == "Acme Support <support@acme.example>"
    assert draft.agent is None


def test_it_can_go_from_another_support_address() -> None:
    draft = replied(from_override=HELP_KO)
    mail = read(draft)
    assert draft.sender == HELP_KO
    assert mail["From"].addresses[0].addr_spec == "help@hangook.example"
    assert mail["Reply-To"].addresses[0].addr_spec.startswith("help+t")
    assert draft.mail.message_id.endswith("@hangook.example")


def test_participants_get_it_but_nobody_of_ours_and_nobody_twice() -> None:
    boss = Address("boss", "customer.example")
    ticket = replace(TICKET, cc=(boss, SUPPORT, ALICE.also[0]))
    extra = (Address("BOSS", "customer.example"), HONG.address, BOB.address)
    alias = Address("support+x", "acme.example")
    lawyer = Address("lawyer", "law.example")
    draft = replied(ticket, extra_cc=(*extra, alias, lawyer))
    assert {a.key for a in draft.recipients} == {HONG.address.key, boss.key, lawyer.key}
    assert len(draft.recipients) == 3
    written = [a.addr_spec.lower() for a in read(draft)["Cc"].addresses]
    assert written == ["boss@customer.example", "lawyer@law.example"]


def test_an_agent_whose_ticket_it_is_is_not_shown_to_those_outside() -> None:
    """Bob asked the desk with a customer in Cc: both are answered, the customer sees no mailbox
    of ours, and answers by an address of their own."""
    friend = Address("friend", "customer.example")
    ticket = replace(TICKET, requester=NamedAddress("Bob Lee", BOB.address), cc=(friend,))
    draft = replied(ticket)
    assert [*draft.recipients] == [friend, BOB.address]
    assert str(read(draft)["To"]) == str(friend)
    assert read(draft)["Cc"] is None
    assert str(BOB.address).encode() not in everything_in(compose(draft.mail))
    token = token_in(draft.mail.reply_to.address) if draft.mail.reply_to else None
    verified = verify_token(KEYRING, token or "")
    assert verified is not None
    assert is_for(KEYRING, verified, friend)


def test_an_agent_who_asks_alone_is_answered_as_everybody() -> None:
    ticket = replace(TICKET, requester=NamedAddress("Bob Lee", BOB.address))
    assert str(read(replied(ticket))["To"]) == f"Bob Lee <{BOB.address}>"


def test_the_ids_of_outlook_travel_unbroken() -> None:
    """82 characters and more are too long for the folding of Python's own writer."""
    raw = compose(replied(references=(OUTLOOK_ID,)).mail)
    assert len(f"<{OUTLOOK_ID}>") >= 82
    assert f"In-Reply-To: <{OUTLOOK_ID}>\r\n".encode() in raw.replace(b"\r\n ", b" ")
    assert f"<{OUTLOOK_ID}>".encode() in raw.partition(b"References:")[2].partition(b"\r\n\r\n")[0]


def test_references_keep_the_first_id_and_the_last_and_name_the_ticket() -> None:
    ids = [f"m{n}@customer.example" for n in range(30)]
    mail = replied(references=ids).mail
    assert mail.references[0] == "m0@customer.example"
    assert mail.references[2:] == tuple(ids[-8:])
    own = verify_message_id(KEYRING, mail.references[1])
    assert own is not None
    assert (own.purpose, own.ticket) == (Purpose.MESSAGE_PUBLIC, TICKET.id)
    assert mail.in_reply_to == "m29@customer.example"


def test_the_reference_of_a_ticket_is_the_same_in_all_its_mails() -> None:
    later = replace(ANSWER, text="And?")
    assert replied().mail.references[1] == replied(entry=later).mail.references[1]
    assert replied().mail.message_id not in replied().mail.references


def test_it_answers_the_customers_last_mail_not_our_own() -> None:
    first = replied().mail.message_id
    mail = replied(references=("q1@customer.example", first)).mail
    assert mail.in_reply_to == "q1@customer.example"
    assert first in mail.references


@pytest.mark.parametrize("purpose", [Purpose.MESSAGE_AGENT, Purpose.MESSAGE_NOTE])
def test_ids_of_mails_to_agents_never_reach_a_customer(purpose: Purpose) -> None:
    internal = mint_message_id(KEYRING, purpose, TICKET.id, "acme.example", b"r" * 16)
    mail = replied(references=("q1@customer.example", internal)).mail
    assert internal not in mail.references
    assert mail.in_reply_to == "q1@customer.example"


@pytest.mark.parametrize(
    "bad", ["x" * 4000 + "@y", "a b@y", "a>\r\nBcc: z@y", "", "é@y", "<a@y>"], ids=repr
)
def test_what_is_no_message_id_is_not_carried_along(bad: str) -> None:
    mail = replied(references=("q1@customer.example", bad)).mail
    assert bad not in mail.references
    assert mail.in_reply_to == "q1@customer.example"


CONTROLS = "x\r\nBcc: y@z\x00\u202e\u2028\x85\x1b"


def test_no_name_or_subject_adds_a_header() -> None:
    agent = replace(ALICE, name=CONTROLS)
    ticket = replace(
        TICKET, subject=f"Hi {CONTROLS}", requester=NamedAddress(CONTROLS, HONG.address)
    )
    mail = read(replied(ticket, agent=agent))
    assert header_names(mail) == header_names(read(replied()))
    assert mail["Subject"] == "[#12] Hi x Bcc: y@z"


@given(name=st.text(max_size=120), subject=st.text(max_size=400))
def test_whatever_the_name_and_the_subject_the_headers_stay(name: str, subject: str) -> None:
    ticket = replace(TICKET, subject=subject, requester=NamedAddress(name, HONG.address))
    mail = read(replied(ticket))
    assert header_names(mail) == header_names(read(replied()))
    assert [a.addr_spec for a in mail["To"].addresses] == ["hong@customer.example"]
    assert mail["Subject"].startswith("[#12]")


def test_a_name_that_looks_like_another_address_is_not_shown_before_the_address() -> None:
    ticket = replace(TICKET, requester=NamedAddress("boss@bank.example", HONG.address))
    assert read(replied(ticket))["To"] == "hong@customer.example"


@pytest.mark.parametrize("letter", ["a", "가", "word ", "단어 "])
def test_a_subject_of_300_characters_arrives_whole(letter: str) -> None:
    subject = (letter * 300)[:300].strip()
    raw = compose(replied(replace(TICKET, subject=subject)).mail)
    assert read(replied(replace(TICKET, subject=subject)))["Subject"] == f"[#12] {subject}"
    # RFC 5322 §2.1.1
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


SECRETS = (b"alice@acme.example", b"alice.kim@gmail.example")


def test_the_agents_mailbox_is_nowhere_in_the_mail() -> None:
    """A client's signature and a quote that the cutter missed name the mailbox, in many ways."""
    text = (
        "Tomorrow.\n\nAlice Kim\nALICE@acme.example / alice.kim@gmail.example\n"
        "> On Monday, Alice Kim <alice+desk@acme.example> wrote:\n"
    )
    html = (
        "<p>내일</p><a href='mailto:alice%40acme.example?subject=x'>Alice@Acme.example</a>"
        '<p><a href="mailto:alice.kim@gmail.example">me</a></p><img src="cid:1.alice@acme.example">'
    )
    image = replace(IMAGE, content_id="1.alice@acme.example")
    card = Attachment("alice@acme.example.vcf", "text/vcard", b"BEGIN:VCARD")
    entry = replace(ANSWER, text=text, html=html, attachments=(image, card))
    draft = replied(entry=entry, references=("q1@customer.example",))
    seen = everything_in(compose(draft.mail))
    assert b"support@acme.example" in seen
    for secret in SECRETS:
        assert secret not in seen
        assert secret.replace(b"@", b"%40") not in seen


def test_a_korean_particle_behind_the_address_hides_nothing() -> None:
    entry = replace(ANSWER, text="저는alice@acme.example로 연락 주세요.")
    mail = read(replied(KOREAN_TICKET, entry, ALICE))
    assert body(mail, "plain") == f"저는help@hangook.example로 연락 주세요.\n\n{FOR_CUSTOMER}\n"


def test_another_persons_address_that_is_like_the_agents_is_left_alone() -> None:
    text = "Ask malice@acme.example or alice@acme.examples.org."
    assert text in body(read(replied(entry=replace(ANSWER, text=text))), "plain")


def test_a_token_of_an_agent_never_reaches_the_customer() -> None:
    token = "a2" * 16
    quoted = f"> Reply-To: support+t{token}@acme.example\n"
    html = f"<blockquote>support+t{token}@acme.example</blockquote>"
    entry = replace(ANSWER, text=f"Tomorrow.\n{quoted}", html=html)
    seen = everything_in(compose(replied(entry=entry).mail))
    assert token.encode() not in seen


@pytest.mark.parametrize("quote", ["", "> ", ">> "])
def test_a_notification_that_the_cutter_missed_is_not_sent_to_the_customer(quote: str) -> None:
    """In the text all above it is kept; HTML cannot be cut so surely, and gives way to the text."""
    marker = marker_line("Your reply goes to hong@customer.example.")
    text = f"Tomorrow.\n\n{quote}{marker}\n{quote}\n{quote}Ticket [#12] My parcel\n"
    html = f'<p>Tomorrow. <img src="cid:logo@x.y"></p><div><p>{marker}</p>Ticket [#12]</div>'
    entry = replace(ANSWER, text=text, html=html, quoted_html=html, attachments=(IMAGE,))
    draft = replied(entry=entry)
    assert body(read(draft), "plain").startswith(f"Tomorrow.\n\n{FOR_CUSTOMER}\n\n-- \n")
    assert draft.mail.html is None
    assert b"##-" not in everything_in(compose(draft.mail))
    assert [one.content for one in draft.mail.attachments] == [IMAGE.content]


def test_a_marker_that_the_client_has_wrapped_is_still_one() -> None:
    text = "Tomorrow.\n> ##- Your reply goes to\n> hong@customer.example. -##\n> secret\n"
    seen = everything_in(compose(replied(entry=replace(ANSWER, text=text)).mail))
    assert b"secret" not in seen


def test_signs_of_a_marker_alone_cut_nothing() -> None:
    text = "##- is how it begins.\n"
    assert text in body(read(replied(entry=replace(ANSWER, text=text))), "plain")


def test_html_and_attachments_travel_along() -> None:
    entry = replace(ANSWER, html="<p>It comes <b>tomorrow</b>.</p>", attachments=(INVOICE,))
    mail = read(replied(entry=entry))
    assert "<p>It comes <b>tomorrow</b>.</p>" in body(mail, "html")
    assert "acme.example/help" in body(mail, "html")
    assert body(mail, "plain").startswith("It comes tomorrow.\n")
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "청구서.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == INVOICE.content


def test_an_inline_image_is_shown_by_an_id_of_ours() -> None:
    html = '<p>Look: <img src="cid:logo@x.y" alt="logo"></p>'
    mail = read(replied(entry=replace(ANSWER, html=html, attachments=(IMAGE,))))
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    content_id = str(image["Content-ID"]).strip("<>")
    assert content_id.endswith("@acme.example")
    assert f'src="cid:{content_id}"' in body(mail, "html")
    assert image.get_content_disposition() == "inline"
    assert image.get_payload(decode=True) == IMAGE.content


@pytest.mark.parametrize("url", ["cid:a%40b%2Bc", "CID:a@b+c", "cid:a&#64;b%2bc"])
def test_a_content_id_is_found_in_each_spelling_of_its_url(url: str) -> None:
    """RFC 2392 §2."""
    image = replace(IMAGE, content_id="a@b+c")
    entry = replace(ANSWER, html=f'<img src="{url}">', attachments=(image,))
    mail = replied(entry=entry).mail
    (carried,) = mail.attachments
    assert mail.html is not None
    assert f'src="cid:{carried.content_id}"' in mail.html


def test_two_images_whose_ids_begin_alike_are_not_confused() -> None:
    one = replace(IMAGE, content_id="a", content=b"one")
    two = replace(IMAGE, content_id="ab", content=b"two")
    html = '<img src="cid:ab" alt="second"><img src="cid:a" alt="first">'
    mail = read(replied(entry=replace(ANSWER, html=html, attachments=(one, two))))
    by_id = {
        str(part["Content-ID"]).strip("<>"): part.get_payload(decode=True)
        for part in mail.walk()
        if part.get_content_type() == "image/png"
    }
    shown = body(mail, "html")
    second, first = (piece.partition('"')[0] for piece in shown.split('src="cid:')[1:])
    assert (by_id[second], by_id[first]) == (b"two", b"one")


def test_an_image_of_the_quoted_mail_stays_behind() -> None:
    own = replace(IMAGE, content_id="own@x", content=b"own")
    quoted = replace(IMAGE, content_id="quoted@x", content=b"quoted")
    reply_html = '<p>So: <img src="cid:own@x"></p>'
    entry = replace(
        ANSWER,
        html=reply_html,
        quoted_html=f'{reply_html}<blockquote><img src="cid:quoted@x"></blockquote>',
        attachments=(own, quoted, INVOICE),
    )
    files = [one.content for one in replied(entry=entry).mail.attachments]
    assert files == [b"own", INVOICE.content]


def test_an_image_that_nothing_shows_goes_as_an_attachment() -> None:
    entry = replace(ANSWER, html="<p>See the picture.</p>", attachments=(IMAGE,))
    (attached,) = replied(entry=entry).mail.attachments
    assert (attached.inline, attached.content_id) == (False, None)


def test_the_same_answer_is_always_the_same_bytes() -> None:
    entry = replace(ANSWER, html="<p>x</p>", attachments=(INVOICE, IMAGE))
    assert compose(replied(entry=entry).mail) == compose(replied(entry=entry).mail)
