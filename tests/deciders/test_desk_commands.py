"""What the lines that start with `#` at the top of an agent's mail do, from mail to mail."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailgate.desk.errors import DeskError
from mailgate.desk.telling.explain import explain
from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EntryKind, EventKind, Priority, Status, Visibility
from mailgate.model.verb import Verb
from mailgate.store import followers
from tests.deciders.desk_store import merge
from tests.deciders.desk_world import ALICE, BOB, CAROL, MINSU
from tests.deciders.inbound_world import Desk, mail, open_desk, references, reply_address

HONG = Address("hong", "customer.example")
KIM = Address("kim", "customer.example")
INSIDE = "##- Your reply becomes an internal note and goes to no customer."


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a customer's question."""
    async with open_desk(tmp_path) as place:
        place.set_policy(tell_resolved=True)
        await place.receive(mail())
        yield place


_NUMBER = iter(range(10_000))


async def say(desk: Desk, text: str, *, agent: Address = ALICE.address, **fields: str) -> None:
    """An agent answers the last notification that they got."""
    to = reply_address(await desk.notification(agent))
    content = mail(
        text,
        from_=str(agent),
        to=str(to),
        subject="Re: [#1] Where is my parcel?",
        message_id=f"say{next(_NUMBER)}@acme.example",
        **fields,
    )
    await desk.receive(content, to=to, reverse_path=agent)


async def back(desk: Desk) -> Address:
    """Where an answer to the last notification goes."""
    return reply_address(await desk.notification())


def with_file(to: Address, words: str, disposition: str) -> bytes:
    """A mail of Alice with a picture."""
    parts = (
        f"--x\nContent-Type: text/html\n\n{words}\n"
        "--x\nContent-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: {disposition}; filename="invoice.png"\n\niVBORw0KGgo=\n--x--'
    )
    fields = {"MIME_Version": "1.0", "Content_Type": 'multipart/mixed; boundary="x"'}
    return mail(parts, from_=str(ALICE.address), to=str(to), message_id="w1@a.example", **fields)


async def explained(desk: Desk, content: bytes, to: Address) -> tuple[object, object, list[str]]:
    """Visibility, why it is withheld, and who would get a mail, as `explain` has them."""
    look = partial(
        explain,
        ctx=desk.context,
        mail=parse_mail(content),
        envelope=Envelope(ALICE.address, (to,)),
        trusted=False,
        now=desk.clock.now(),
    )
    found: dict[str, Any] = await desk.store.read(look)
    recipients = [mail["recipient"] for mail in found["would_send"]]
    return found["visibility"], found["withheld"], recipients


def plain(message: object) -> str:
    body = message.get_body(("plain",))  # type: ignore[attr-defined]
    return " ".join(body.get_content().split())


async def answers(desk: Desk) -> list[str]:
    """What the customer got, but for the acknowledgement and what tells them of a solution."""
    found = [d for d in await desk.deliveries() if d.lane.value == "reply" and d.recipient == HONG]
    sent = [plain(message) for message in await desk.sent(HONG)]
    return [text for text in sent if text][1:] if found else []


async def told(desk: Desk, agent: Address = ALICE.address) -> str:
    return plain(await desk.notification(agent))


async def kinds(desk: Desk) -> list[EventKind]:
    return [event.kind for event in await desk.events()]


# --- the answer, and what goes with it -----------------------------------------------------------


async def test_an_answer_with_a_command_goes_out_without_it(desk: Desk) -> None:
    await say(desk, "#resolve\n\nIt comes tomorrow.")
    (answer,) = await answers(desk)
    assert answer.startswith("It comes tomorrow.")
    assert "#resolve" not in answer
    ticket = await desk.ticket()
    assert ticket.status is Status.RESOLVED
    assert (await desk.entries())[-1].text.strip() == "It comes tomorrow."


async def test_beside_an_answer_no_mail_tells_that_the_ticket_is_resolved(desk: Desk) -> None:
    await say(desk, "#resolve\nIt comes tomorrow.")
    assert len(await desk.sent(HONG)) == 2  # the acknowledgement and the answer


@pytest.mark.parametrize("tell", [True, False])
async def test_without_an_answer_the_settings_say_whether_the_customer_is_told(
    desk: Desk, tell: bool
) -> None:
    desk.set_policy(tell_resolved=tell)
    await say(desk, "#resolve")
    assert (await desk.ticket()).status is Status.RESOLVED
    assert len(await desk.sent(HONG)) == 1 + tell


async def test_a_mail_of_commands_alone_sends_the_customer_nothing(desk: Desk) -> None:
    await say(desk, "#pending\n#tag refund, vip\n#priority High\n#me\n")
    ticket = await desk.ticket()
    assert ticket.status is Status.PENDING
    assert ticket.priority is Priority.HIGH
    assert set(ticket.tags) == {"refund", "vip"}
    assert ticket.assignee == ALICE.address
    assert await answers(desk) == []
    assert len(await desk.entries()) == 1


async def test_a_name_under_commands_is_no_answer(desk: Desk) -> None:
    await say(desk, "#pending\n\nAlice Kim\nAcme Support\n")
    assert (await desk.ticket()).status is Status.PENDING
    assert await answers(desk) == []


async def test_a_participant_of_a_command_gets_the_answer_too(desk: Desk) -> None:
    await say(desk, f"#cc {KIM}\nIt comes tomorrow.")
    (copy,) = await desk.sent(KIM)
    assert "It comes tomorrow." in plain(copy)
    assert (await desk.ticket()).cc == (KIM,)


async def test_a_note_is_for_colleagues_alone(desk: Desk) -> None:
    await say(desk, "#note He is difficult.\nBe kind.")
    assert await answers(desk) == []
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert entry.text.split("\n")[:2] == ["He is difficult.", "Be kind."]
    assert "Be kind." in await told(desk, BOB.address)


async def test_who_is_in_cc_of_a_note_does_not_join_the_ticket(desk: Desk) -> None:
    await say(desk, "#note\nHe is difficult.", Cc=str(KIM))
    assert (await desk.ticket()).cc == ()
    assert await desk.sent(KIM) == []


async def test_an_answer_to_a_note_takes_commands(desk: Desk) -> None:
    await say(desk, "#note\nWho does this?")
    await say(desk, "#me\nI do.", agent=BOB.address)
    assert (await desk.ticket()).assignee == BOB.address
    assert (await desk.entries())[-1].visibility is Visibility.PRIVATE


async def test_who_gets_a_note_and_the_ticket_gets_two_mails_that_differ(desk: Desk) -> None:
    await say(desk, "#note\n#assign bob\nPlease call him.")
    mails = (await desk.sent(BOB.address))[1:]
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    assert any("Please call him." in plain(mail) for mail in mails)
    assert (await desk.ticket()).assignee == BOB.address


async def test_whose_the_ticket_becomes_gets_the_note_beside_it(desk: Desk) -> None:
    await say(desk, "#note\nPlease call him.\n")
    assert await desk.sent(MINSU.address) == []
    await say(desk, "#assign Minsu\n#resolve\n#note\nCould you call him?")
    note = next(m for m in await desk.sent(MINSU.address) if "Could you call him?" in plain(m))
    assert f"resolved · normal priority · assigned to {MINSU.name}" in plain(note)
    done = f"- {ALICE.name}: status open → resolved; assigned to {MINSU.name}"
    assert done in plain(note)


async def test_the_group_that_a_ticket_comes_to_gets_the_note_beside_it(desk: Desk) -> None:
    await say(desk, "#group hangook\n#note\nOne for you.")
    assert any("One for you." in plain(mail) for mail in await desk.sent(MINSU.address))
    assert not any("One for you." in plain(mail) for mail in await desk.sent(BOB.address))


async def test_follow_and_unfollow(desk: Desk) -> None:
    await say(desk, "#follow")
    read = await desk.store.read(lambda conn: followers.of_ticket(conn, (1)))  # type: ignore[arg-type]
    assert list(read) == [ALICE.address]
    await say(desk, "#unfollow")
    read = await desk.store.read(lambda conn: followers.of_ticket(conn, (1)))  # type: ignore[arg-type]
    assert list(read) == []


async def test_merge(desk: Desk) -> None:
    await desk.receive(mail("Another.", message_id="q2@customer.example", subject="Another"))
    await say(desk, "#merge [#2]\nIt comes tomorrow.")
    assert (await desk.ticket()).merged_into == 2
    texts = [entry.text.strip() for entry in await desk.entries(2)]
    assert "It comes tomorrow." in texts


async def test_spam(desk: Desk) -> None:
    await say(desk, "#spam")
    ticket = await desk.ticket()
    assert (ticket.spam, ticket.status) == (True, Status.CLOSED)
    assert await answers(desk) == []


async def test_forward_sends_the_words_to_a_third_party_and_not_to_the_customer(
    desk: Desk,
) -> None:
    post = Address("desk", "post.example")
    await say(desk, f"#forward {post}\nWhere is it?")
    (asked,) = await desk.sent(post)
    assert "Where is it?" in plain(asked)
    assert "My parcel has not come." in plain(asked)
    assert await answers(desk) == []


async def test_what_was_done_stands_in_the_next_notification(desk: Desk) -> None:
    await say(desk, "#tag refund\n#priority high")
    (question,) = await desk.sent(HONG)
    again = mail("And now?", message_id="q5@customer.example", **references(question))
    await desk.receive(again)
    bobs = await told(desk, BOB.address)
    assert "- Alice Kim: priority normal → high; tagged refund" in bobs


async def test_files_that_come_with_commands_alone_stay_inside_and_the_author_is_told(
    desk: Desk,
) -> None:
    to = await back(desk)
    words = with_file(to, "<p>#pending</p>", "attachment")
    await desk.receive(words, to=to, reverse_path=ALICE.address)
    assert (await desk.ticket()).status is Status.PENDING
    assert await answers(desk) == []
    note = (await desk.entries())[-1]
    assert note.visibility is Visibility.PRIVATE
    assert [one.filename for one in note.attachments] == ["invoice.png"]
    assert "were not sent to the customer" in await told(desk)
    assert (await told(desk)).startswith(INSIDE)


async def test_a_logo_under_commands_is_nothing_to_send(desk: Desk) -> None:
    to = await back(desk)
    logo = '<p>#pending</p><p>Alice Kim<br><img alt="Acme" src="cid:logo@x"></p>'
    words = with_file(to, logo, "inline")
    await desk.receive(words, to=to, reverse_path=ALICE.address)
    assert (await desk.ticket()).status is Status.PENDING
    assert await answers(desk) == []
    assert len(await desk.sent(BOB.address)) == 1
    assert (await desk.entries())[-1].kind is EntryKind.NOTE


async def test_commands_are_cut_out_of_both_halves_of_an_answer(desk: Desk) -> None:
    to = await back(desk)
    halves = (
        "--x\nContent-Type: text/plain\n\n#resolve\n\nIt comes.\n"
        "--x\nContent-Type: text/html\n\n<div>#resolve</div><div>It <b>comes</b>.</div>\n--x--"
    )
    fields = {"MIME_Version": "1.0", "Content_Type": 'multipart/alternative; boundary="x"'}
    words = mail(halves, from_=str(ALICE.address), to=str(to), message_id="h2@a.example", **fields)
    await desk.receive(words, to=to, reverse_path=ALICE.address)
    sent = (await desk.sent(HONG))[-1]
    html = sent.get_body(("html",))
    assert html is not None
    assert "It <b>comes</b>." in html.get_content()
    assert "resolve" not in sent.as_string()


async def test_where_the_answer_stays_inside_its_commands_are_not_obeyed(desk: Desk) -> None:
    """It passes a mail on; what the agent wanted done goes with words that nobody gets."""
    to = Address("support", "acme.example")
    words = mail(
        "#resolve\nSee this.",
        from_=str(ALICE.address),
        subject="Fwd: [#1] Where is my parcel?",
        message_id="f1@acme.example",
    )
    await desk.receive(words, to=to, reverse_path=ALICE.address, authenticated=str(ALICE.address))
    assert (await desk.ticket()).status is Status.OPEN
    assert await answers(desk) == []
    assert "was not sent to the customer" in await told(desk)
    assert (await told(desk)).startswith(INSIDE)


async def test_with_replies_as_notes_commands_are_obeyed_too(desk: Desk) -> None:
    desk.set_policy(reply_is_public=False)
    await desk.receive(mail("Once more.", message_id="q6@customer.example"))
    await say(desk, "#tag x\nHe is difficult.")
    assert (await desk.ticket()).tags == ("x",)
    assert await answers(desk) == []
    assert (await desk.entries())[-1].kind is EntryKind.NOTE


async def test_explain_says_who_gets_what_is_left(desk: Desk) -> None:
    row = await desk.receive(mail("x", message_id="x1@c.example"))
    assert row.ticket == 2
    to = await back(desk)
    said = {}
    for words in ("#note\nHi", "#asign x\nHi", "#close", "#resolve\nHi", "#forward a@b.example"):
        content = mail(words, from_=str(ALICE.address), to=str(to), message_id="e1@acme.example")
        said[words] = await explained(desk, content, to)
    assert said["#note\nHi"] == ("private", None, [str(BOB.address)])
    assert said["#asign x\nHi"] == ("private", "command", [str(ALICE.address)])
    assert said["#close"] == ("private", None, [])
    assert said["#resolve\nHi"] == ("public", None, [str(HONG)])
    assert said["#forward a@b.example"] == ("private", None, ["a@b.example"])
    assert (await desk.ticket()).status is Status.OPEN


# --- all or nothing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#asign bob\nIt comes.", "`#asign bob`: this is no command"),
        ("## Note\nIt comes.", "this is no command"),
        ("#tag x\n#assign nobodyhere\nIt comes.", "no colleague has this name"),
        ("#tag x\n#group sales\nIt comes.", "there are: hangook, partners, support"),
        ("#tag x\n#priority huge\nIt comes.", "there are: low, normal, high, urgent"),
        ("#tag x\n#close thanks\nIt comes.", "nothing can stand behind it"),
        ("#tag x\n#cc bob@acme.example\nIt comes.", "is a colleague"),
        ("#tag x\n#cc support@acme.example\nIt comes.", "is a support address"),
        ("#tag x\n#cc nowhere\nIt comes.", "this is no address: nowhere"),
        ("#tag x\n#merge 1\nIt comes.", "the number of another ticket"),
        ("#tag x\n#merge 77\nIt comes.", "`#merge 77`: there is no such ticket"),
        ("#tag x\n#forward hong@customer.example\nIt comes.", "takes part in the ticket"),
        ("#tag x\n#forward bob@acme.example\nIt comes.", "bob@acme.example is a colleague"),
        ("#tag x\n#forward help@hangook.example\nIt comes.", "is a support address"),
        ("#tag x\n#close\n#pending\nIt comes.", "it contradicts `#close`"),
        ("#tag x\n#spam\nIt comes.", "spam gets no answer"),
        ("#tag x\n#macro nothing\nIt comes.", "there is no such macro"),
        ("#x\n" * 1000, "a mail has at most 50 commands"),
        ("#tag\nIt comes.", "something has to stand behind it"),
        ("#tag x\nIt comes.\n#close", "`#close`: it stands below other words"),
        ("It comes.\n#closed", "`#closed`: it stands below other words"),
    ],
)
async def test_where_one_command_cannot_be_nothing_is_done_and_the_author_is_told(
    desk: Desk, text: str, why: str
) -> None:
    before = len(await desk.sent(BOB.address))
    await say(desk, text)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.tags, ticket.cc) == (Status.OPEN, (), ())
    assert await answers(desk) == []
    assert len(await desk.sent(BOB.address)) == before
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    told_ = await told(desk)
    assert why in told_
    assert "#untag T" in told_
    assert told_.startswith(INSIDE)


async def test_what_another_room_refuses_undoes_what_was_written_before(desk: Desk) -> None:
    """The ticket has been merged, which only the merging finds: both are one by then."""
    await desk.receive(mail("Another.", message_id="q2@customer.example", subject="Another"))
    await desk.store.write(partial(merge, ticket=TicketId(2), into=TicketId(1)))
    await say(desk, f"#cc {KIM}\n#merge 2\nIt comes.")
    assert (await desk.ticket()).cc == ()
    assert EventKind.PARTICIPANT_ADDED not in await kinds(desk)
    customers, answer = [EntryKind.MESSAGE] * 2, EntryKind.NOTE
    assert [entry.kind for entry in await desk.entries()] == [*customers, answer]
    assert await desk.sent(KIM) == []


async def test_a_command_in_one_half_of_a_mail_alone_is_not_sent_to_the_customer(
    desk: Desk,
) -> None:
    to = reply_address(await desk.notification())
    halves = (
        "--x\nContent-Type: text/plain\n\nHe lies.\n"
        "--x\nContent-Type: text/html\n\n<p style='color:#123456'>#note</p><p>He lies.</p>\n--x--"
    )
    fields = {"MIME_Version": "1.0", "Content_Type": 'multipart/alternative; boundary="x"'}
    words = mail(
        halves, from_=str(ALICE.address), to=str(to), message_id="h1@acme.example", **fields
    )
    await desk.receive(words, to=to, reverse_path=ALICE.address)
    assert await answers(desk) == []
    assert "`#note`: the formatted half" in await told(desk)


async def test_commands_in_both_halves_and_one_more_in_one_are_not_obeyed(desk: Desk) -> None:
    """A client that writes the text of its own makes something else of one line."""
    to = reply_address(await desk.notification())
    halves = (
        "--x\nContent-Type: text/plain\n\n#tag vip\nnote\nHe lies.\n"
        "--x\nContent-Type: text/html\n\n<p>#tag vip</p><p>#note</p><p>He lies.</p>\n--x--"
    )
    fields = {"MIME_Version": "1.0", "Content_Type": 'multipart/alternative; boundary="x"'}
    words = mail(
        halves, from_=str(ALICE.address), to=str(to), message_id="h2@acme.example", **fields
    )
    await desk.receive(words, to=to, reverse_path=ALICE.address)
    assert await answers(desk) == []
    assert (await desk.ticket()).tags == ()
    assert "`#note`: the formatted half" in await told(desk)


async def test_a_korean_desk_is_told_in_korean(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as place:
        to = Address("help", "hangook.example")
        await place.receive(mail(to=str(to)), to=to)
        await say(place, "#배정 홍길순\n#태그 환불\n내일 도착합니다.", agent=MINSU.address)
        assert "`#배정 홍길순`: 이런 이름의 동료가 없습니다" in await told(place, MINSU.address)
        await say(place, "#우선순위 최고\n내일 도착합니다.", agent=MINSU.address)
        refused = await told(place, MINSU.address)
        assert (
            "`#우선순위 최고`: 없는 우선순위입니다. 쓸 수 있는 값: 낮음, 보통, 높음, 긴급"
            in refused
        )
        assert "#배정 이름 (#assign): 동료에게 배정합니다." in refused
        await say(
            place, "#배정 김민수 님\n#태그 환불\n#해결\n내일 도착합니다.", agent=MINSU.address
        )
        ticket = await place.ticket()
        assert (ticket.assignee, ticket.tags) == (MINSU.address, ("환불",))
        assert ticket.status is Status.RESOLVED


async def test_what_only_the_store_knows_is_told_in_korean_too(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as place:
        to = Address("help", "hangook.example")
        await place.receive(mail(to=str(to)), to=to)
        again = mail(to=str(to), message_id="q2@customer.example", subject="Another")
        await place.receive(again, to=to)
        await place.store.write(partial(merge, ticket=TicketId(2), into=TicketId(1)))
        await say(place, "#병합 2\n내일 도착합니다.", agent=MINSU.address)
        assert "1번과 2번 티켓은 이미 하나로 합쳐져 있습니다." in await told(place, MINSU.address)
        with pytest.raises(DeskError, match=r"^The tickets 2 and 1 are one already\.$"):
            await place.store.write(partial(merge, ticket=TicketId(2), into=TicketId(1)))
        await say(place, "#태그 환불\n#태그삭제 환불\n내일 도착합니다.", agent=MINSU.address)
        both = "환불 태그를 붙이면서 동시에 뗄 수는 없습니다."
        assert both in await told(place, MINSU.address)
        lee = "lee@other.example"
        await say(place, f"#참조 {lee}\n#전달 {lee}\n내일 도착합니다.", agent=MINSU.address)
        takes_part = f"{lee} 주소는 이 티켓의 참여자이므로 답장으로 보내 주세요."
        assert takes_part in await told(place, MINSU.address)


async def test_a_mail_that_comes_again_is_not_obeyed_again(desk: Desk) -> None:
    to = reply_address(await desk.notification())
    one = mail("#tag x", from_=str(ALICE.address), to=str(to), message_id="c1@acme.example")
    await desk.receive(one, to=to, reverse_path=ALICE.address)
    await say(desk, "#untag x")
    await desk.receive(b"X-Other: 1\r\n" + one, to=to, reverse_path=ALICE.address)
    assert (await desk.ticket()).tags == ()


async def test_what_a_customer_begins_with_a_number_sign_is_text(desk: Desk) -> None:
    again = mail("#close\nIs it?", message_id="q9@customer.example", subject="Re: [#1] x")
    await desk.receive(again)
    assert (await desk.ticket()).status is Status.OPEN
    assert (await desk.entries())[-1].text.startswith("#close")


# --- collaborators -------------------------------------------------------------------------------


async def partners(desk: Desk) -> None:
    """Carol, a collaborator, hears of the ticket."""
    await say(desk, "#group partners")


async def test_what_an_agent_notes_on_a_ticket_of_their_own_is_for_the_desk_alone(
    desk: Desk,
) -> None:
    """There they are a customer, whose words a colleague may pass on; but not those."""
    asks = mail(
        "My screen is broken.",
        from_=str(MINSU.address),
        message_id="asks@hangook.example",
        Authentication_Results="mx.acme.example; dmarc=pass header.from=hangook.example",
    )
    desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
    await desk.receive(asks, reverse_path=MINSU.address, trusted=True)
    acknowledged = (await desk.sent(MINSU.address, 2))[-1]
    to = reply_address(acknowledged)
    more = mail(
        "#note\n\nIt fell.",
        from_=str(MINSU.address),
        to=str(to),
        message_id="more@hangook.example",
        Authentication_Results="mx.acme.example; dmarc=pass header.from=hangook.example",
        **references(acknowledged),
    )
    await desk.receive(more, to=to, reverse_path=MINSU.address, trusted=True)
    first, second = await desk.entries(2)
    assert (first.visibility, second.visibility) == (Visibility.PUBLIC, Visibility.PRIVATE)
    assert second.text.strip() == "It fell."


async def test_a_collaborator_has_no_commands_unless_they_are_given(desk: Desk) -> None:
    await partners(desk)
    await say(desk, "#tag x\nLook.", agent=CAROL.address)
    assert (await desk.ticket()).tags == ()
    assert "collaborators may not use it" in await told(desk, CAROL.address)


async def test_a_collaborator_uses_what_they_are_given(desk: Desk) -> None:
    desk.set_policy(commands_for_collaborators=frozenset({Verb.TAG}))
    await partners(desk)
    await say(desk, "#note\n#tag x\nLook.", agent=CAROL.address)
    assert (await desk.ticket()).tags == ("x",)
    assert (await desk.entries())[-1].kind is EntryKind.NOTE


# --- two at once ---------------------------------------------------------------------------------


async def test_two_who_answer_at_once_are_both_told(desk: Desk) -> None:
    await say(desk, "It comes tomorrow.")
    bob = replace(BOB).address
    await say(desk, "We send it again.", agent=bob)
    alices, bobs = await told(desk), await told(desk, bob)
    assert "We send it again." in alices
    assert "Bob Lee" in alices
    assert "It comes tomorrow." in bobs
    assert "Alice Kim" in bobs


async def test_who_answers_what_came_after_is_not_told(desk: Desk) -> None:
    await say(desk, "It comes tomorrow.")
    (_, answer) = await desk.sent(HONG)
    again = mail("Thanks. When?", message_id="q3@c.example", **references(answer))
    await desk.receive(again)
    before = len(await desk.sent(ALICE.address))
    await say(desk, "At noon.", agent=BOB.address)
    assert len(await desk.sent(ALICE.address)) == before
