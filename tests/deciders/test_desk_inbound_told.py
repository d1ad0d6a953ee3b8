"""Who is told of what comes by mail, and what was done since the last one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.by import By
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.desk.ticket.replies import NoteRequest, ReplyRequest, note, reply
from mailgate.mail.address import Address
from mailgate.model.directory import Agent
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import Status
from tests.deciders.desk_world import ALICE, BOB, CAROL, MINSU, body
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address

ONE = TicketId(1)
ALICE_LEE = Agent(Address("lee", "acme.example"), "Alice Lee")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        yield opened


async def wish(desk: Desk, wanted: TicketWish, *, agent: bool = True) -> None:
    """Somebody changes the first ticket: Bob, or an operator."""
    await desk.clock.advance(60)
    who = (str(BOB.address), BOB) if agent else ("operator", None)
    by = By(who[0], desk.clock.now(), Seed(bytes(32)), who[1])
    await desk.store.write(partial(set_ticket, ctx=desk.context, ticket_id=ONE, wish=wanted, by=by))


async def customer_writes(desk: Desk, text: str, number: int) -> None:
    await desk.clock.advance(60)
    (first, *_) = await desk.sent(HONG)
    again = mail(
        text,
        to=str(reply_address(first)),
        subject=f"Re: {first['Subject']}",
        message_id=f"q{number}@customer.example",
        **references(first),
    )
    await desk.receive(again, to=reply_address(first))


async def notes(desk: Desk, text: str, number: int) -> None:
    """Alice answers a notification while every answer is a note."""
    await desk.clock.advance(60)
    desk.set_policy(reply_is_public=False)
    told = await desk.notification()
    written = mail(
        text,
        from_="alice@acme.example",
        to=str(reply_address(told)),
        message_id=f"n{number}@acme.example",
    )
    await desk.receive(written, to=reply_address(told), reverse_path=ALICE.address)


async def count(desk: Desk, agent: Agent) -> int:
    return len(await desk.sent(agent.address))


async def test_an_answer_reaches_who_follows_the_ticket(desk: Desk) -> None:
    await desk.receive(mail())
    await wish(desk, TicketWish(assignee=ALICE.address, follow=(MINSU.address,)))
    before = await count(desk, BOB)
    await customer_writes(desk, "Well?", 2)
    assert "Well?" in body(await desk.notification(MINSU.address), "plain")
    assert "Well?" in body(await desk.notification(ALICE.address), "plain")
    assert await count(desk, BOB) == before, "who has neither, hears nothing"
    await wish(desk, TicketWish(unfollow=(MINSU.address,)))
    heard = await count(desk, MINSU)
    await customer_writes(desk, "Hello?", 3)
    assert await count(desk, MINSU) == heard


async def test_an_answer_by_a_colleague_reaches_who_has_the_ticket(desk: Desk) -> None:
    await desk.receive(mail())
    told = await desk.notification()
    await wish(desk, TicketWish(assignee=BOB.address), agent=False)
    before = await count(desk, BOB)
    written = mail(
        "It comes tomorrow.",
        from_="alice@acme.example",
        to=str(reply_address(told)),
        message_id="a1@acme.example",
    )
    await desk.receive(written, to=reply_address(told), reverse_path=ALICE.address)
    assert await count(desk, BOB) == before + 1
    text = body(await desk.notification(BOB.address), "plain")
    assert "Answered: Alice Kim <alice@acme.example> wrote to hong@customer.example" in text
    assert "It comes tomorrow." in text
    assert len(await desk.sent(HONG)) == 2, "the acknowledgement, and the answer"


async def test_a_note_reaches_the_colleague_whom_it_names(desk: Desk) -> None:
    await desk.receive(mail())
    await notes(desk, "@Carol, do you know more?", 1)
    assert "do you know more?" in body(await desk.notification(CAROL.address), "plain")
    assert await count(desk, MINSU) == 0
    assert len(await desk.sent(HONG)) == 1


async def test_a_name_in_an_answer_tells_nobody(desk: Desk) -> None:
    """A customer who writes @carol pages none of ours."""
    await desk.receive(mail("@Carol, are you there?"))
    await customer_writes(desk, "@Carol?", 2)
    assert await count(desk, CAROL) == 0


async def test_the_next_mail_tells_what_was_done_and_by_whom(desk: Desk) -> None:
    await desk.receive(mail())
    await wish(desk, TicketWish(assignee=ALICE.address, add_tags=("refund",)))
    await wish(desk, TicketWish(status=Status.PENDING), agent=False)
    await customer_writes(desk, "Well?", 2)
    text = body(await desk.notification(), "plain")
    assert "open · normal priority · assigned to Alice Kim · group support · tags refund" in text
    assert (
        "Since the last mail:\n"
        "- Bob Lee: assigned to Alice Kim; tagged refund\n"
        "- an operator: status open → pending\n"
        "- hong@customer.example: status pending → open\n"
    ) in text
    await customer_writes(desk, "Hello?", 3)
    assert "Since the last mail" not in body(await desk.notification(), "plain")


async def test_nothing_was_done_and_nothing_is_said(desk: Desk) -> None:
    await desk.receive(mail())
    assert "Since the last mail" not in body(await desk.notification(), "plain")
    await customer_writes(desk, "Well?", 2)
    assert "Since the last mail" not in body(await desk.notification(), "plain")


async def test_what_was_done_is_kept_until_somebody_is_told(desk: Desk) -> None:
    """The answer of the one who has the ticket causes no mail to agents."""
    await desk.receive(mail())
    await wish(desk, TicketWish(assignee=ALICE.address))
    told = await desk.notification()
    answer = mail(
        "It comes tomorrow.",
        from_="alice@acme.example",
        to=str(reply_address((await desk.sent(ALICE.address))[0])),
        message_id="a1@acme.example",
    )
    assert told["Subject"] == "[#1] Where is my parcel?"
    await desk.receive(answer, to=reply_address((await desk.sent(ALICE.address))[0]))
    await customer_writes(desk, "Thanks!", 2)
    assert "- Bob Lee: assigned to Alice Kim\n" in body(await desk.notification(), "plain")


async def test_no_customer_reads_what_was_done(desk: Desk) -> None:
    await desk.receive(mail())
    await wish(desk, TicketWish(assignee=ALICE.address, add_tags=("difficult",)))
    await customer_writes(desk, "Well?", 2)
    for one in await desk.sent(HONG):
        for kind in ("plain", "html"):
            assert "difficult" not in body(one, kind)
            assert "Bob" not in body(one, kind)


def with_two_alices(desk: Desk) -> None:
    known = desk.context.directory
    agents = {**known.agents, ALICE_LEE.address.key: ALICE_LEE}
    desk.context = replace(desk.context, directory=replace(known, agents=agents))


async def test_a_name_that_two_have_tells_neither_and_the_author_hears_of_it(desk: Desk) -> None:
    with_two_alices(desk)
    await desk.receive(mail())
    told = await desk.notification(BOB.address)
    desk.set_policy(reply_is_public=False)
    written = mail(
        "@Alice, can you see to it?",
        from_="bob@acme.example",
        to=str(reply_address(told)),
        message_id="n1@acme.example",
    )
    await desk.receive(written, to=reply_address(told), reverse_path=BOB.address)
    assert await count(desk, ALICE_LEE) == 0
    text = body(await desk.notification(BOB.address), "plain")
    assert text.startswith("##- Your reply becomes an internal note and goes to no customer.")
    assert "More than one colleague is called @alice: that name told none of them" in text


async def test_an_operators_note_with_such_a_name_is_refused(desk: Desk) -> None:
    with_two_alices(desk)
    await desk.receive(mail())
    wanted = NoteRequest(ONE, "@Alice, can you see to it?", agent=BOB)
    now, seed = desk.clock.now(), Seed(bytes(32))
    with pytest.raises(DeskError, match="More than one agent is called alice: write the address"):
        await desk.store.write(partial(note, ctx=desk.context, request=wanted, now=now, seed=seed))
    assert len(await desk.entries()) == 1


async def test_an_operators_answer_reaches_who_has_the_ticket(desk: Desk) -> None:
    await desk.receive(mail())
    await wish(desk, TicketWish(assignee=ALICE.address, follow=(MINSU.address,)))
    heard = await count(desk, ALICE), await count(desk, BOB)
    wanted = ReplyRequest(ONE, "It comes tomorrow.", agent=BOB)
    now, seed = desk.clock.now(), Seed(bytes(range(32)))
    await desk.store.write(partial(reply, ctx=desk.context, request=wanted, now=now, seed=seed))
    assert (await count(desk, ALICE), await count(desk, BOB)) == (heard[0] + 1, heard[1])
    assert "It comes tomorrow." in body(await desk.notification(MINSU.address), "plain")


async def test_the_next_assignee_can_answer_from_the_mail_that_tells_them(desk: Desk) -> None:
    """Minsu is of another group, and has no mail of this ticket yet."""
    await desk.receive(mail())
    await wish(desk, TicketWish(assignee=MINSU.address))
    told = await desk.notification(MINSU.address)
    assert "My parcel has not come." in body(told, "plain")
    written = mail(
        "It comes tomorrow.",
        from_="minsu@hangook.example",
        to=str(reply_address(told)),
        message_id="m1@hangook.example",
        **references(told),
    )
    await desk.receive(written, to=reply_address(told), reverse_path=MINSU.address)
    _, answer = await desk.sent(HONG)
    assert "It comes tomorrow." in body(answer, "plain")


async def test_what_came_of_ones_commands_is_in_the_next_mail(desk: Desk) -> None:
    """Once, and to their author too."""
    await desk.receive(mail())
    told = await desk.notification()
    written = mail(
        "#note\n#tag vip\nHe is a VIP.",
        from_="alice@acme.example",
        to=str(reply_address(told)),
        message_id="n1@acme.example",
    )
    await desk.receive(written, to=reply_address(told), reverse_path=ALICE.address)
    assert "He is a VIP." in body(await desk.notification(BOB.address), "plain")
    await customer_writes(desk, "Well?", 2)
    for agent in (ALICE, BOB):
        assert "- Alice Kim: tagged vip\n" in body(await desk.notification(agent.address), "plain")
    await customer_writes(desk, "Hello?", 3)
    assert "Since the last mail" not in body(await desk.notification(), "plain")
