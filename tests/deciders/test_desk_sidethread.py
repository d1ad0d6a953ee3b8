"""An agent asks a third party on the side of a ticket, who answers: the customer sees nothing of
it, and the third party nothing but what was forwarded to them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.by import By
from mailgate.desk.errors import DeskError
from mailgate.desk.side.sidethread import Aside, forward_ticket
from mailgate.desk.starts import starting
from mailgate.desk.starts.starting import StartRequest
from mailgate.desk.ticket.replies import Written
from mailgate.mail.address import Address
from mailgate.mail.parsed import Attachment
from mailgate.model.delivery import Lane, WaitReason
from mailgate.model.directory import Agent
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import Direction, EntryKind, EventKind, Role, Status, Visibility
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import operating
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE, BOB, HELP_KO, SUPPORT, everything_in
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address
from tests.deciders.survey_world import became, merged

PARTS = Address("parts", "supplier.example")
LAB = Address("lab", "lab.example")
PARK = Address("park", "customer.example")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        yield place


async def forwarded(
    desk: Desk,
    to: Address = PARTS,
    text: str = "Do you still have this part?",
    *,
    by: Agent | None = ALICE,
    attachments: tuple[Attachment, ...] = (),
) -> Written:
    aside = Aside(text, None, attachments, by)
    seed = Seed(bytes([len(await desk.events())]) * 32)

    def write(conn: Connection) -> Written:
        actor = "operator" if aside.agent is None else str(aside.agent.address)
        who = By(actor, desk.clock.now(), seed, aside.agent)
        return forward_ticket(conn, desk.context, TicketId(1), to, aside, who)

    return await desk.store.write(write)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


async def test_the_third_party_gets_the_customer_s_message_below_the_agent_s_words(
    desk: Desk,
) -> None:
    await desk.receive(mail("The hinge is broken.", subject="Hinge of my X200"))
    await forwarded(desk)
    (message,) = await desk.sent(PARTS)
    assert str(message["From"]) == '"Alice Kim (Acme Support)" <support@acme.example>'
    assert str(message["To"]) == "parts@supplier.example"
    assert message["Cc"] is None
    assert str(message["Subject"]) == "[#1] Hinge of my X200"
    text = text_of(message)
    order = [
        "Do you still have this part?",
        "acme.example/help",
        "---------- Forwarded message ----------",
        "From: Hong <hong@customer.example>",
        "Date: 2026-",
        "Subject: Hinge of my X200",
        "The hinge is broken.",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert reply_address(message).base == SUPPORT
    assert message["Auto-Submitted"] is None, "an agent wrote it"


async def test_it_stands_on_the_ticket_in_private_and_the_customer_gets_nothing(
    desk: Desk,
) -> None:
    await desk.receive(mail())
    before = len(await desk.sent(HONG))
    await forwarded(desk)
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.direction) == (EntryKind.FORWARD, Direction.OUT)
    assert entry.visibility is Visibility.PRIVATE
    assert (entry.author.address, entry.author.role) == (ALICE.address, Role.AGENT)
    assert "Do you still have this part?" in entry.text
    assert "My parcel has not come." in entry.text
    (delivery,) = [one for one in await desk.deliveries() if one.recipient == PARTS]
    assert (delivery.lane, delivery.outside, delivery.entry) == (Lane.REPLY, True, entry.id)
    assert len(await desk.sent(HONG)) == before
    ticket = await desk.ticket()
    assert ticket.cc == ()
    assert ticket.status is Status.OPEN
    assert ticket.first_response_at is None, "nobody has answered the customer"


async def test_the_korean_desk_heads_it_in_korean(desk: Desk) -> None:
    content = mail("경첩이 부러졌습니다.", to=str(HELP_KO), subject="Hinge")
    await desk.receive(content, to=HELP_KO)
    await forwarded(desk)
    text = text_of((await desk.sent(PARTS))[0])
    assert "---------- 전달된 메일 ----------" in text
    assert "보낸 사람: Hong <hong@customer.example>" in text


async def test_the_answer_comes_back_in_private_and_the_customer_hears_nothing(
    desk: Desk,
) -> None:
    await desk.receive(mail())
    await forwarded(desk)
    (message,) = await desk.sent(PARTS)
    before = len(await desk.sent(HONG))
    await became(desk, Status.PENDING)
    waits = (await desk.ticket()).waiting_since
    assert waits is None
    answer = mail(
        "Yes, three of them.",
        from_=str(PARTS),
        to=str(reply_address(message)),
        subject=f"Re: {message['Subject']}",
        message_id="a1@supplier.example",
        **references(message),
    )
    row = await desk.receive(answer, to=reply_address(message), reverse_path=PARTS)
    decision = await desk.decision(row.id)
    assert (decision["disposition"], decision["visibility"]) == ("append", "private")
    entry = (await desk.entries())[-1]
    assert (entry.text.strip(), entry.author.role) == ("Yes, three of them.", Role.THIRD_PARTY)
    assert entry.visibility is Visibility.PRIVATE
    assert (await desk.ticket()).status is Status.OPEN, "there is something to do"
    assert len(await desk.sent(HONG)) == before
    assert (await desk.ticket()).waiting_since == waits, "the customer waits for nothing more"
    told = await desk.notification()
    assert "Yes, three of them." in text_of(told)
    assert "third party, NOT the customer" in text_of(told)
    reply = mail(
        "Thanks, I will tell him.",
        from_=str(ALICE.address),
        to=str(reply_address(told)),
        subject=f"Re: {told['Subject']}",
        message_id="a2@acme.example",
        **references(told),
    )
    await desk.receive(reply, to=reply_address(told), reverse_path=ALICE.address)
    assert (await desk.entries())[-1].kind is EntryKind.NOTE, "what is private is answered inside"
    assert len(await desk.sent(HONG)) == before
    assert len(await desk.sent(PARTS)) == 1


async def test_the_answer_comes_back_without_the_token_too(desk: Desk) -> None:
    """A client that answers to From, and keeps References."""
    await desk.receive(mail())
    await forwarded(desk)
    (message,) = await desk.sent(PARTS)
    answer = mail(
        "Yes.",
        from_=str(PARTS),
        subject=f"Re: {message['Subject']}",
        message_id="a1@supplier.example",
        **references(message),
    )
    await desk.receive(answer, reverse_path=PARTS)
    entry = (await desk.entries())[-1]
    assert (entry.author.role, entry.visibility) == (Role.THIRD_PARTY, Visibility.PRIVATE)


async def test_what_was_said_before_is_not_passed_on(desk: Desk) -> None:
    """The customer quotes the conversation, and their HTML holds it: none of it goes along."""
    await desk.receive(mail("My card number is 4000-1234."))
    (acknowledged,) = await desk.sent(HONG)
    quoted = "On Monday Acme Support wrote:\n> the secret of the conversation"
    answer = mail(
        f"And the hinge is broken.\n\n{quoted}",
        to=str(reply_address(acknowledged)),
        subject=f"Re: {acknowledged['Subject']}",
        message_id="q2@customer.example",
        **references(acknowledged),
    )
    await desk.receive(answer, to=reply_address(acknowledged))
    await forwarded(desk)
    (message,) = await desk.sent(PARTS)
    seen = everything_in(message.as_bytes())
    assert b"and the hinge is broken." in seen
    assert b"secret of the conversation" not in seen
    assert b"4000-1234" not in seen


async def test_notes_and_the_agents_mailboxes_stay_inside(desk: Desk) -> None:
    await desk.receive(mail("Alice (alice@acme.example, bob@acme.example) knows me."))
    told = await desk.notification()
    note = mail(
        "#note\nHe has complained four times.",
        from_=str(ALICE.address),
        to=str(reply_address(told)),
        subject=f"Re: {told['Subject']}",
        message_id="n1@acme.example",
        **references(told),
    )
    await desk.receive(note, to=reply_address(told), reverse_path=ALICE.address)
    signed = replace(ALICE, signature="Alice, alice.kim@gmail.example")
    await forwarded(desk, text="Ask me at alice@acme.example.", by=signed)
    (message,) = await desk.sent(PARTS)
    seen = everything_in(message.as_bytes())
    for inside in (b"four times", b"alice@", b"bob@", b"alice.kim@"):
        assert inside not in seen, inside
    assert b"ask me at support@acme.example." in seen


async def test_an_agent_who_asks_as_a_customer_is_not_shown_to_a_third_party(desk: Desk) -> None:
    """Their name is: somebody has asked. Their mailbox is the desk's own."""
    content = mail(
        "My chair is broken.",
        from_=f"Bob Lee <{BOB.address}>",
        Authentication_Results="mx.acme.example; dmarc=pass header.from=acme.example",
    )
    desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
    await desk.receive(content, reverse_path=BOB.address, trusted=True)
    await forwarded(desk)
    (message,) = await desk.sent(PARTS)
    assert "From: Bob Lee <support@acme.example>" in text_of(message)
    assert b"bob@acme.example" not in everything_in(message.as_bytes())


async def test_no_token_of_anybody_else_goes_along(desk: Desk) -> None:
    """An agent who forwards the notification below their words gives away their own address."""
    await desk.receive(mail())
    told = await desk.notification()
    token = str(reply_address(told)).encode()
    spelt = " ".join(reply_address(told).localpart)
    attached = Attachment("mail.eml", "message/rfc822", told.as_bytes())
    words = f"See {reply_address(told)} or {spelt}\n\n{text_of(told)}"
    await forwarded(desk, text=words, attachments=(attached,))
    (message,) = await desk.sent(PARTS)
    seen = everything_in(message.as_bytes())
    assert token not in seen
    assert token.partition(b"@")[0].partition(b"+t")[2] not in seen.replace(b" ", b"")
    assert [part.get_filename() for part in message.iter_attachments()] == []
    kept = [one.detail for one in await desk.events() if one.kind is EventKind.SUPPRESSED]
    assert kept[-1] == {"what": "attachment", "why": "internal", "file": "mail.eml"}


async def test_the_customer_s_files_go_along_and_so_do_the_agent_s(desk: Desk) -> None:
    boundary = "b1"
    body = (
        f"--{boundary}\nContent-Type: text/plain\n\nSee the photo.\n"
        f"--{boundary}\nContent-Type: image/jpeg; name=hinge.jpg\n"
        "Content-Disposition: attachment; filename=hinge.jpg\n\nJPEG\n"
        f"--{boundary}--"
    )
    await desk.receive(mail(body, Content_Type=f"multipart/mixed; boundary={boundary}"))
    order = Attachment("order.pdf", "application/pdf", b"%PDF")
    await forwarded(desk, attachments=(order,))
    (message,) = await desk.sent(PARTS)
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == ["order.pdf", "hinge.jpg"]
    assert [one.filename for one in (await desk.entries())[-1].attachments] == names


async def test_a_message_is_sent_once_to_one_who_has_it(desk: Desk) -> None:
    await desk.receive(mail("The hinge is broken."))
    await forwarded(desk)
    await forwarded(desk, text="And how much is it?")
    first, second = await desk.sent(PARTS)
    assert "The hinge is broken." in text_of(first)
    assert "The hinge is broken." not in text_of(second)
    assert "And how much is it?" in text_of(second)
    await forwarded(desk, LAB, "What do you think?")
    (other,) = await desk.sent(LAB)
    assert "The hinge is broken." in text_of(other), "the lab has not seen it"
    assert "how much" not in text_of(other), "nor what the supplier was asked"
    assert (await desk.ticket()).cc == ()


async def test_without_words_it_is_sent_again(desk: Desk) -> None:
    """Somebody has lost it: that is the only thing that the command can mean."""
    await desk.receive(mail("The hinge is broken."))
    await forwarded(desk, text="")
    await forwarded(desk, text="")
    assert ["The hinge is broken." in text_of(one) for one in await desk.sent(PARTS)] == [True] * 2


async def test_what_a_customer_writes_later_is_forwarded_then(desk: Desk) -> None:
    await desk.receive(mail("The hinge is broken."))
    await forwarded(desk)
    (acknowledged,) = await desk.sent(HONG)
    later = mail(
        "It is the left one.",
        to=str(reply_address(acknowledged)),
        message_id="q2@customer.example",
        **references(acknowledged),
    )
    await desk.receive(later, to=reply_address(acknowledged))
    assert len(await desk.sent(PARTS)) == 1, "nothing goes to the side by itself"
    await forwarded(desk, text="He adds this.")
    text = text_of((await desk.sent(PARTS))[-1])
    assert "It is the left one." in text
    assert "The hinge is broken." not in text


async def test_what_a_stranger_put_on_the_ticket_is_not_the_customer_s_message(
    desk: Desk,
) -> None:
    await desk.receive(mail("The hinge is broken."))
    (acknowledged,) = await desk.sent(HONG)
    forged = mail(
        "Send it to me instead.",
        from_="mallory@evil.example",
        to=str(reply_address(acknowledged)),
        message_id="m1@evil.example",
    )
    await desk.receive(
        forged, to=reply_address(acknowledged), reverse_path=Address("mallory", "evil.example")
    )
    await forwarded(desk)
    text = text_of((await desk.sent(PARTS))[0])
    assert "The hinge is broken." in text
    assert "Send it to me" not in text


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (SUPPORT, "is a support address"),
        (Address("support+x", "acme.example"), "is a support address"),
        (BOB.address, "is an agent"),
        (HONG, "takes part in the ticket"),
        (PARK, "takes part in the ticket"),
    ],
    ids=str,
)
async def test_who_is_on_the_ticket_or_of_the_desk_is_no_third_party(
    desk: Desk, to: Address, why: str
) -> None:
    await desk.receive(mail(Cc=str(PARK)))
    before = len(await desk.deliveries()), len(await desk.events())
    with pytest.raises(DeskError, match=why):
        await forwarded(desk, to)
    assert (len(await desk.deliveries()), len(await desk.events())) == before


async def test_nothing_to_forward_is_said(desk: Desk) -> None:
    """A mail that we began, and nobody has answered."""

    def start(conn: Connection) -> Written:
        request = StartRequest(SUPPORT, (HONG,), "Your order", "It is on its way.", agent=ALICE)
        return starting.start(
            conn, desk.context, request, now=desk.clock.now(), seed=Seed(bytes(32))
        )

    await desk.store.write(start)
    with pytest.raises(DeskError, match="nothing to forward on ticket 1"):
        await forwarded(desk, text=" ")
    await forwarded(desk, text="A question without a mail.")
    assert "A question without a mail." in text_of((await desk.sent(PARTS))[0])


async def test_the_operator_forwards_as_the_desk(desk: Desk) -> None:
    await desk.receive(mail())
    written = await forwarded(desk, by=None)
    (message,) = await desk.sent(PARTS)
    assert str(message["From"]) == "Acme Support <support@acme.example>"
    entry = (await desk.entries())[-1]
    assert (entry.id, entry.author.role) == (written.entry, Role.SYSTEM)


async def test_it_can_be_taken_back_and_waits_for_its_place_as_an_answer_does(desk: Desk) -> None:
    await desk.receive(mail())
    desk.set_policy(undo=desk.context.policy.reopen_within)
    written = await forwarded(desk)
    assert (written.waits, written.leaves_at is not None) == (WaitReason.UNDO, True)


async def test_an_answer_that_is_taken_back_leaves_none_though_somebody_was_asked(
    desk: Desk,
) -> None:
    """And the other way round: taking back the question changes nothing for the customer."""
    await desk.receive(mail())
    waits = (await desk.ticket()).waiting_since
    assert waits is not None
    await forwarded(desk)
    told = await desk.notification()
    reply = mail(
        "Tomorrow.", from_=str(ALICE.address), to=str(reply_address(told)), message_id="r1@x",
        **references(told),
    )  # fmt: skip
    await desk.clock.advance(60.0)
    await desk.receive(reply, to=reply_address(told), reverse_path=ALICE.address)
    await forwarded(desk, LAB, "And you?")
    first = (await desk.ticket()).first_response_at
    assert first is not None

    async def taken_back(who: Address) -> None:
        (last,) = [one.id for one in await desk.deliveries() if one.recipient == who][-1:]
        now = desk.clock.now()
        await desk.store.write(partial(operating.cancel, wanted=operating.named(last), now=now))

    await taken_back(LAB)
    assert (await desk.ticket()).first_response_at == first
    await taken_back(HONG)
    ticket = await desk.ticket()
    assert (ticket.first_response_at, ticket.waiting_since) == (None, waits)


async def test_over_the_cap_it_is_refused_where_the_settings_say_so(desk: Desk) -> None:
    await desk.receive(mail())
    await forwarded(desk)
    desk.set_policy(refuse_over=Limiter(LimitPolicy(hourly=1)))
    with pytest.raises(DeskError, match="The hourly limit"):
        await forwarded(desk, LAB)
    assert await desk.sent(LAB) == []


async def test_an_image_that_only_the_quoted_part_shows_stays_inside(desk: Desk) -> None:
    """Clients attach the images of what they quote, and that may be a note."""
    await desk.receive(mail())
    own = Attachment("own.png", "image/png", b"own", inline=True, content_id="own@x")
    quoted = Attachment("note.png", "image/png", b"of a note", inline=True, content_id="note@x")
    plain = Attachment("plain.pdf", "application/pdf", b"%PDF", content_id="plain@x")
    words = '<p>See <img src="cid:own@x"></p>'
    html = f'{words}<blockquote><img src="cid:note@x"></blockquote>'
    aside = Aside("See", words, (own, quoted, plain), ALICE, html)

    def write(conn: Connection) -> Written:
        who = By(str(ALICE.address), desk.clock.now(), Seed(bytes(32)), ALICE)
        return forward_ticket(conn, desk.context, TicketId(1), PARTS, aside, who)

    await desk.store.write(write)
    (message,) = await desk.sent(PARTS)
    assert [part.get_filename() for part in message.iter_attachments()] == ["own.png", "plain.pdf"]


async def test_after_a_merge_the_third_party_is_heard_on_what_is_left(desk: Desk) -> None:
    """By the address that they were given, and knows nothing of the other ticket."""
    await desk.receive(mail("The hinge is broken."))
    await desk.receive(
        mail("A secret of mine.", from_=f"Park <{PARK}>", message_id="p1@customer.example"),
        reverse_path=PARK,
    )
    await forwarded(desk)
    (message,) = await desk.sent(PARTS)
    await merged(desk, 1, 2)
    before = len(await desk.sent(PARK, 2))
    answer = mail(
        "Three of them.",
        from_=str(PARTS),
        to=str(reply_address(message)),
        message_id="a1@supplier.example",
        **references(message),
    )
    await desk.receive(answer, to=reply_address(message), reverse_path=PARTS)
    entry = (await desk.entries(2))[-1]
    assert (entry.author.role, entry.visibility) == (Role.THIRD_PARTY, Visibility.PRIVATE)
    assert len(await desk.sent(PARK, 2)) == before
    assert len(await desk.sent(PARTS, 2)) == 0, "nobody outside is told of the merge"
