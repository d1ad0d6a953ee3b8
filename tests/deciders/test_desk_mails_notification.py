"""What agents get in their own mailboxes, and what an answer to it does."""

import re
import textwrap
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from mailgate.desk.context import DeskContext
from mailgate.desk.words.mails import EntryContent, public_reply
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.who import Around, Happening
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.compose import compose
from mailgate.mail.parse import parse_mail
from mailgate.mail.quote import find_marker, marker_line
from mailgate.model.delivery import Draft, Lane
from mailgate.model.directory import Agent
from mailgate.model.ticket import Author, EntryKind, Role, Ticket, Visibility
from mailgate.threading.token import (
    Purpose,
    is_for,
    token_in,
    verify_loop_token,
    verify_message_id,
    verify_token,
)
from tests.deciders.desk_world import (
    ALICE,
    ANSWER,
    BOB,
    CAROL,
    FOR_AGENT,
    FOR_NOTES,
    HONG,
    IMAGE,
    INVOICE,
    KEYRING,
    KOREAN_TICKET,
    MINSU,
    NOW,
    QUESTION,
    SEED,
    SUPPORT,
    TICKET,
    body,
    desk,
    header_names,
    note_desk,
    policy_of_the_desk,
    read,
)

NOTE = replace(
    QUESTION,
    kind=EntryKind.NOTE,
    visibility=Visibility.PRIVATE,
    author=Author(ALICE.address, ALICE.name, Role.AGENT),
    text="He is a VIP.\n",
    message_id=None,
)
PUBLIC_PROMISE = marker_line(
    "Your reply goes to hong@customer.example. Please write above this line."
)
PRIVATE_PROMISE = marker_line(
    "Your reply becomes an internal note and goes to no customer. Write above this line."
)

COMMANDS = (
    "At the top of your reply: #note, #resolve, #pending, #assign NAME, #tag T, #cc ADDRESS, "
    "#forward ADDRESS and other commands"
)
COMMANDS_OF_A_NOTE = (
    "At the top of your reply: #resolve, #pending, #assign NAME, #tag T, #forward ADDRESS and "
    "other commands"
)


def told(
    ticket: Ticket = TICKET,
    entry: EntryContent = QUESTION,
    *,
    exclude: frozenset[str] = frozenset(),
    ctx: DeskContext | None = None,
) -> dict[Address, Draft]:
    happening = Happening.NOTE if entry.kind is EntryKind.NOTE else Happening.NEW
    drafts = notifications(
        ctx or desk(), ticket, entry, happening, around=Around(but=exclude), now=NOW, seed=SEED
    )
    for draft in drafts:
        assert len(draft.recipients) == 1
    return {draft.recipients[0]: draft for draft in drafts}


def reply_purpose(draft: Draft, agent: Agent) -> Purpose:
    """What the address that an answer goes to was given out for; it must be this agent's."""
    assert draft.mail.reply_to is not None
    token = verify_token(KEYRING, token_in(draft.mail.reply_to.address) or "")
    assert token is not None
    assert token.ticket == TICKET.id
    assert is_for(KEYRING, token, agent.address)
    return token.purpose


def id_purpose(text: str) -> Purpose:
    own = verify_message_id(KEYRING, text)
    assert own is not None
    assert own.ticket == TICKET.id
    return own.purpose


def test_a_notification_header_by_header() -> None:
    mail = read(told()[ALICE.address])
    assert header_names(mail) == sorted(
        [
            "auto-submitted",
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
            "x-auto-response-suppress",
            "x-mailgate-loop",
        ]
    )
    assert mail["From"] == '"Hong (Acme Support)" <support@acme.example>'
    assert mail["To"] == "Alice Kim <alice@acme.example>"
    assert mail["Subject"] == "[#12] Where is my parcel?"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert verify_loop_token(KEYRING, mail["X-Mailgate-Loop"])


def test_its_text_says_what_a_reply_does_then_who_wrote_then_what() -> None:
    assert body(read(told()[ALICE.address]), "plain") == (
        f"{PUBLIC_PROMISE}\n"
        "\n"
        "Hong <hong@customer.example> wrote to Acme Support, 2026-03-02 09:30 UTC\n"
        "New ticket [#12] Where is my parcel?\n"
        "open · normal priority · assigned to nobody · group support\n"
        f"{COMMANDS}\n"
        "\n"
        "My parcel has not come.\n"
        "\n"
        f"{FOR_AGENT}\n"
    )


def test_a_notification_in_korean() -> None:
    author = Author(HONG.address, "홍길동", Role.REQUESTER)
    entry = replace(QUESTION, text="언제 오나요?", author=author)
    seoul = replace(desk(), policy=replace(policy_of_the_desk(), timezone=ZoneInfo("Asia/Seoul")))
    mail = read(told(KOREAN_TICKET, entry, ctx=seoul)[MINSU.address])
    assert mail["From"].addresses[0].display_name == "홍길동 (한국상사 고객지원)"
    assert mail["Subject"] == "[#12] 배송이 아직 안 왔어요"
    promise = "답장하시면 hong@customer.example 님께 발송됩니다. 이 줄 위에 작성해 주세요."
    assert body(mail, "plain") == (
        f"{marker_line(promise)}\n"
        "\n"
        "보낸 사람: 홍길동 <hong@customer.example>\n"
        "받은 곳: 한국상사 고객지원\n"
        "시각: 2026-03-02 18:30 KST\n"
        "새 티켓: [#12] 배송이 아직 안 왔어요\n"
        "진행 중 · 우선순위 보통 · 담당자 없음 · 그룹 hangook\n"
        "답장 맨 위에 쓸 수 있는 명령: #메모, #해결, #대기, #배정 이름, #태그 이름, #참조 주소, "
        "#전달 주소 등\n"
        "\n"
        "언제 오나요?\n"
        "\n"
        f"{FOR_AGENT}\n"
    )


def test_each_agent_of_the_group_gets_a_mail_with_an_address_of_their_own_to_answer_to() -> None:
    drafts = told()
    assert set(drafts) == {ALICE.address, BOB.address}
    alice, bob = drafts[ALICE.address], drafts[BOB.address]
    assert reply_purpose(alice, ALICE) is Purpose.AGENT_REPLY
    assert reply_purpose(bob, BOB) is Purpose.AGENT_REPLY
    assert alice.mail.reply_to != bob.mail.reply_to
    assert alice.mail.message_id != bob.mail.message_id
    assert b"bob@" not in compose(alice.mail)


def test_it_waits_in_its_lane_and_counts_against_no_cap() -> None:
    draft = told()[ALICE.address]
    assert (draft.lane, draft.kind, draft.entry) == (
        Lane.NOTIFICATION,
        "notification",
        QUESTION.id,
    )
    assert (draft.sender, draft.outside) == (SUPPORT, False)
    assert isinstance(draft.reverse_path, Address)
    bounce = verify_token(KEYRING, token_in(draft.reverse_path) or "")
    assert bounce is not None
    assert bounce.purpose is Purpose.BOUNCE
    assert is_for(KEYRING, bounce, ALICE.address)


def test_its_ids_say_that_an_answer_is_public() -> None:
    mail = told()[ALICE.address].mail
    ids = [mail.message_id, *mail.references]
    assert {id_purpose(text) for text in ids} == {Purpose.MESSAGE_AGENT}


def test_all_notifications_of_a_ticket_share_a_reference() -> None:
    first = told()[ALICE.address].mail
    later = told(entry=replace(QUESTION, text="And now?"))[ALICE.address].mail
    of_note = told(entry=NOTE)[BOB.address].mail
    assert first.references[0] == later.references[0] == of_note.references[0]


@pytest.mark.parametrize(
    ("entry", "ctx"),
    [
        (NOTE, desk()),
        (replace(QUESTION, visibility=Visibility.PRIVATE), desk()),
        (QUESTION, note_desk()),
    ],
    ids=["a note", "a private message", "replies are notes here"],
)
def test_an_answer_to_what_is_private_stays_private(entry: EntryContent, ctx: DeskContext) -> None:
    """By the address, by the newest id, and by what the first line promises."""
    draft = told(entry=entry, ctx=ctx)[BOB.address]
    assert reply_purpose(draft, BOB) is Purpose.AGENT_NOTE
    assert id_purpose(draft.mail.message_id) is Purpose.MESSAGE_NOTE
    assert id_purpose(draft.mail.references[-1]) is Purpose.MESSAGE_NOTE
    assert body(read(draft), "plain").splitlines()[0] == PRIVATE_PROMISE


def test_a_collaborators_answer_is_a_note_an_agents_to_the_same_mail_is_public() -> None:
    drafts = told(replace(TICKET, group="partners"))
    assert reply_purpose(drafts[CAROL.address], CAROL) is Purpose.AGENT_NOTE
    assert body(read(drafts[CAROL.address]), "plain").startswith(PRIVATE_PROMISE)
    assert reply_purpose(drafts[BOB.address], BOB) is Purpose.AGENT_REPLY


def test_a_note_is_told_as_a_note() -> None:
    drafts = told(entry=NOTE)
    assert set(drafts) == {BOB.address}
    mail = read(drafts[BOB.address])
    assert mail["From"] == '"Alice Kim (Acme Support)" <support@acme.example>'
    assert body(mail, "plain") == (
        f"{PRIVATE_PROMISE}\n"
        "\n"
        "Internal: Alice Kim <alice@acme.example> to Acme Support, 2026-03-02 09:30 UTC\n"
        "Ticket [#12] Where is my parcel?\n"
        "open · normal priority · assigned to nobody · group support\n"
        f"{COMMANDS_OF_A_NOTE}\n"
        "\n"
        "He is a VIP.\n"
        "\n"
        f"{FOR_NOTES}\n"
    )


def test_nobody_is_told_of_their_own_words_from_any_of_their_mailboxes() -> None:
    author = Author(ALICE.also[0], ALICE.name, Role.AGENT)
    assert set(told(entry=replace(QUESTION, author=author))) == {BOB.address}


def test_who_is_excluded_is_not_told() -> None:
    assert set(told(exclude=frozenset({BOB.address.key}))) == {ALICE.address}
    everybody = frozenset({ALICE.address.key, BOB.address.key})
    assert told(exclude=everybody) == {}


def test_the_assignee_is_told_though_of_another_group_and_once() -> None:
    elsewhere = replace(TICKET, assignee=MINSU.address)
    assert set(told(elsewhere)) == {ALICE.address, BOB.address, MINSU.address}
    assert set(told(replace(TICKET, assignee=BOB.address))) == {ALICE.address, BOB.address}


def test_an_agent_who_is_the_customer_is_not_told_as_an_agent() -> None:
    hers = replace(TICKET, requester=NamedAddress(ALICE.name, ALICE.address))
    author = Author(BOB.address, BOB.name, Role.AGENT)
    assert told(hers, replace(QUESTION, author=author)) == {}


def test_a_ticket_without_a_group_is_told_to_every_agent() -> None:
    drafts = told(replace(TICKET, group=None))
    assert set(drafts) == {ALICE.address, BOB.address, MINSU.address}


def test_words_of_a_stranger_are_marked() -> None:
    author = Author(Address("eve", "evil.example"), "Hong", Role.STRANGER)
    entry = replace(QUESTION, author=author, visibility=Visibility.PRIVATE)
    text = body(read(told(entry=entry)[ALICE.address]), "plain")
    assert "Hong <eve@evil.example> (NOT a participant of this ticket) wrote" in text


def test_a_customer_without_a_name_is_shown_by_the_localpart_in_from() -> None:
    entry = replace(QUESTION, author=Author(HONG.address, "", Role.REQUESTER))
    mail = read(told(entry=entry)[ALICE.address])
    assert mail["From"] == '"hong (Acme Support)" <support@acme.example>'
    assert "\nhong@customer.example wrote to Acme Support, " in body(mail, "plain")


def test_a_customers_name_adds_no_header_and_no_line() -> None:
    evil = Author(HONG.address, "x\r\nBcc: y\n##- fake -##", Role.REQUESTER)
    mail = read(told(entry=replace(QUESTION, author=evil))[ALICE.address])
    assert header_names(mail) == header_names(read(told()[ALICE.address]))
    assert len(body(mail, "plain").splitlines()) == len(
        body(read(told()[ALICE.address]), "plain").splitlines()
    )


def test_html_attachments_and_images_travel_along() -> None:
    html = '<p>My parcel <img src="cid:logo@x.y"> has not come.</p>'
    entry = replace(QUESTION, html=html, attachments=(IMAGE, INVOICE))
    mail = read(told(entry=entry)[ALICE.address])
    shown = body(mail, "html")
    assert "Your reply goes to hong@customer.example." in shown
    assert shown.index("Your reply goes to") < shown.index("My parcel")
    assert "Hong &lt;hong@customer.example&gt; wrote to Acme Support" in shown
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{str(image['Content-ID']).strip('<>')}" in shown
    (invoice,) = mail.iter_attachments()
    assert invoice.get_filename() == "청구서.pdf"
    assert invoice.get_content() == INVOICE.content


def test_a_dollar_in_the_customers_words_is_a_dollar() -> None:
    entry = replace(QUESTION, text="I paid $text and $tag, $100.\n")
    assert "I paid $text and $tag, $100.\n" in body(read(told(entry=entry)[ALICE.address]), "plain")


@pytest.mark.parametrize("ticket", [TICKET, KOREAN_TICKET], ids=["en", "ko"])
@pytest.mark.parametrize("prefix", ["> ", ""], ids=["quoted", "top-posted without marks"])
def test_an_answer_above_the_marker_line_is_all_that_is_read_of_a_reply(
    ticket: Ticket, prefix: str
) -> None:
    """The customer must not get the notification back with the agent's answer."""
    agent = ALICE if ticket is TICKET else MINSU
    notification = body(read(told(ticket)[agent.address]), "plain")
    quoted = "".join(f"{prefix}{line}\n" for line in notification.splitlines())
    reply = (
        f"From: {agent.address}\r\nTo: support@acme.example\r\nSubject: Re: x\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"Tomorrow.\n\n{quoted}"
    )
    assert parse_mail(reply.encode()).text.strip() == "Tomorrow."


def test_the_longest_address_does_not_hide_the_marker_line() -> None:
    longest = Address("x" * 64, ".".join(["y" * 60] * 4))
    ticket = replace(TICKET, requester=NamedAddress("Hong", longest))
    first = body(read(told(ticket)[ALICE.address]), "plain").splitlines()[0]
    assert find_marker([first]) == 0
    assert len(first) < 200


KIM = Address("kim", "customer.example")


@pytest.mark.parametrize(
    ("ticket", "promise"),
    [
        (
            replace(TICKET, cc=(KIM,)),
            (
                "Your reply goes to hong@customer.example and kim@customer.example."
                " Please write above this line."
            ),
        ),
        (
            replace(TICKET, cc=(KIM, Address("lee", "law.example"))),
            (
                "Your reply goes to hong@customer.example, kim@customer.example"
                " and lee@law.example. Please write above this line."
            ),
        ),
        (
            replace(KOREAN_TICKET, cc=(KIM,)),
            (
                "답장하시면 hong@customer.example 님, kim@customer.example 님께 발송됩니다."
                " 이 줄 위에 작성해 주세요."
            ),
        ),
    ],
)
def test_it_says_of_everybody_that_a_reply_goes_to_them(ticket: Ticket, promise: str) -> None:
    (draft, *_) = told(ticket).values()
    assert body(read(draft), "plain").splitlines()[0] == marker_line(promise)


def test_who_is_promised_a_reply_gets_it_and_nobody_else_does() -> None:
    ticket = replace(TICKET, cc=(KIM, SUPPORT, BOB.address, HONG.address))
    draft = public_reply(
        desk(),
        ticket,
        ANSWER,
        ALICE,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    )
    first = body(read(told(ticket)[ALICE.address]), "plain").splitlines()[0]
    named = re.findall(r"[a-z]+@[a-z.]+[a-z]", first)
    assert named == [str(one) for one in draft.recipients]


@pytest.mark.parametrize(
    ("ticket", "rest"),
    [(TICKET, r" and (\d+) others\."), (KOREAN_TICKET, r" 님 외 (\d+)명께 발송됩니다\.")],
    ids=["en", "ko"],
)
def test_of_many_the_first_are_named_and_the_others_counted(ticket: Ticket, rest: str) -> None:
    cc = tuple(Address(f"person{number}", "customer.example") for number in range(30))
    (draft, *_) = told(replace(ticket, cc=cc)).values()
    first = body(read(draft), "plain").splitlines()[0]
    assert first.index("hong@customer.example") < first.index("person0@customer.example")
    counted = re.search(rest, first)
    assert counted is not None
    assert first.count("@") + int(counted[1]) == 31
    assert find_marker([first]) == 0


@pytest.mark.parametrize("ticket", [TICKET, KOREAN_TICKET], ids=["en", "ko"])
@pytest.mark.parametrize("width", [65, 76, 998])
def test_however_many_and_long_they_are_the_marker_line_is_found_also_when_wrapped(
    ticket: Ticket, width: int
) -> None:
    """The quote cutter knows a marker of at most 300 characters, on at most four lines."""
    longest = [Address(f"{n}" + "x" * 63, ".".join(["y" * 60] * 4)) for n in range(9)]
    for size in (1, 5, 9):
        cc = (*longest[:size], *(Address(f"p{n}", "customer.example") for n in range(20)))
        crowd = replace(ticket, requester=NamedAddress("", longest[-1]), cc=cc)
        for one in (crowd, replace(crowd, requester=ticket.requester)):
            (draft, *_) = told(one).values()
            first = body(read(draft), "plain").splitlines()[0]
            assert len(first) <= 300
            wrapped = [f"> {line}" for line in textwrap.wrap(first, width)]
            assert find_marker(["Tomorrow.", *wrapped]) == 1


def test_an_html_answer_above_the_marker_line_is_all_that_is_read_of_it() -> None:
    entry = replace(QUESTION, html="<p>My parcel has not come.</p>")
    notification = body(read(told(entry=entry)[ALICE.address]), "html")
    reply = (
        "From: alice@acme.example\r\nTo: support@acme.example\r\nSubject: Re: x\r\n"
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"<html><body><div>Tomorrow.</div><div>{notification}</div></body></html>"
    )
    mail = parse_mail(reply.encode())
    assert mail.text.strip() == "Tomorrow."
    assert mail.reply_html is not None
    assert "parcel" not in mail.reply_html
