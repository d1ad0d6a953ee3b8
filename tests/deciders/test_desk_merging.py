"""Two tickets become one: what was said stays inside, and what is said reaches everybody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changes import TicketWish
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, Status
from mailgate.store import followers
from tests.deciders.desk_world import ALICE, BOB, everything_in
from tests.deciders.inbound_world import HONG, Desk, open_desk, references, reply_address
from tests.deciders.life_world import (
    DAVE,
    ERIN,
    answered,
    letter,
    merged,
    said,
    told,
    wished,
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Hong's ticket 1, and Dave's ticket 2 on the same matter."""
    async with open_desk(tmp_path) as place:
        await place.receive(letter(HONG, "My code is 1234.", "h1"))
        await place.clock.advance(60)
        await place.receive(letter(DAVE, "My flat is 5678.", "d1"), reverse_path=DAVE)
        yield place


async def test_the_one_is_the_other_from_now_on(desk: Desk) -> None:
    changed = await merged(desk, 2, 1, ALICE)
    assert changed.ticket.id == 1
    gone = await desk.ticket(2)
    assert (gone.status, gone.merged_into, gone.messages) == (Status.CLOSED, 1, 0)
    assert await said(desk, 1) == ["My code is 1234.", "My flat is 5678."]
    assert await told(desk, 1, EventKind.MERGED) == [{"from": 2}]
    assert await told(desk, 2, EventKind.MERGED) == [{"into": 1}]


async def test_who_asked_in_either_takes_part(desk: Desk) -> None:
    await merged(desk, 2, 1)
    ticket = await desk.ticket(1)
    assert (ticket.requester.address, ticket.cc) == (HONG, (DAVE,))
    assert await told(desk, 1, EventKind.PARTICIPANT_ADDED) == [{"addresses": str(DAVE)}]


async def test_without_its_requester_not_even_their_ids_are_shown(desk: Desk) -> None:
    """A Message-ID has the name of the host on which somebody writes."""
    await merged(desk, 2, 1, with_requester=False)
    await answered(desk, 1, "It runs again.", ALICE)
    answer = (await desk.sent(HONG))[-1]
    assert f"<h1@{HONG.domain}>" in answer["References"]
    assert b"elsewhere.example" not in everything_in(answer.as_bytes())
    assert await desk.sent(DAVE, 1) == []


async def test_an_answer_reaches_both_and_shows_neither_what_the_other_wrote(desk: Desk) -> None:
    await merged(desk, 2, 1)
    await answered(desk, 1, "It runs again.", ALICE)
    for who, others in ((HONG, b"5678"), (DAVE, b"1234")):
        answer = (await desk.sent(who))[-1]
        assert b"it runs again." in everything_in(answer.as_bytes())
        assert others not in everything_in(answer.as_bytes())


async def test_without_their_requester(desk: Desk) -> None:
    await merged(desk, 2, 1, with_requester=False)
    assert (await desk.ticket(1)).cc == ()
    await answered(desk, 1, "It runs again.")
    assert await desk.sent(HONG)
    assert not any("runs" in str(one) for one in await desk.sent(DAVE))


async def test_what_comes_later_goes_there(desk: Desk) -> None:
    """By the address that an answer of ours had, and by the tag alone of who is known there."""
    await answered(desk, 2, "Which floor?", ALICE)
    (question,) = [one for one in await desk.sent(DAVE, 2) if "floor" in str(one)]
    await merged(desk, 2, 1)
    answer = letter(DAVE, "The third.", "d2", "Re: [#2] The lift")
    row = await desk.receive(answer, to=reply_address(question), reverse_path=DAVE)
    assert row.ticket == 1
    assert (await said(desk, 1))[-1] == "The third."
    again = letter(DAVE, "Hello?", "d3").replace(
        b"Subject:", b"In-Reply-To: <d1@elsewhere.example>\r\nSubject:"
    )
    assert (await desk.receive(again, reverse_path=DAVE)).ticket == 1


async def test_an_agents_answer_to_an_old_notification_goes_there(desk: Desk) -> None:
    news = await desk.notification(number=2)
    await merged(desk, 2, 1)
    answer = letter(ALICE.address, "It runs again.", "a1", "Re: [#2] The lift")
    row = await desk.receive(
        answer, to=reply_address(news), reverse_path=ALICE.address, authenticated=str(ALICE.address)
    )
    assert row.ticket == 1
    assert (await desk.ticket(1)).first_response_at is not None
    assert references(news)


async def test_those_who_had_or_followed_the_first_are_told(desk: Desk) -> None:
    await wished(desk, 2, TicketWish(assignee=BOB.address))
    before = len(await desk.deliveries(1))
    await merged(desk, 2, 1, ALICE)
    new = (await desk.deliveries(1))[before:]
    assert [one.recipient for one in new] == [BOB.address]


async def test_nobody_outside_hears_of_the_merge(desk: Desk) -> None:
    before = [one.recipient for one in await desk.deliveries(1) if one.outside]
    await merged(desk, 2, 1, ALICE)
    assert [one.recipient for one in await desk.deliveries(1) if one.outside] == before


async def test_whoever_waited_on_the_first_waits_on_the_second(desk: Desk) -> None:
    first = (await desk.ticket(1)).waiting_since
    await answered(desk, 1, "Which floor?")
    await wished(desk, 1, TicketWish(status=Status.RESOLVED))
    waits = (await desk.ticket(2)).waiting_since
    await merged(desk, 2, 1)
    after = await desk.ticket(1)
    assert (after.status, after.waiting_since) == (Status.OPEN, waits)
    assert waits is not None
    assert first is not None
    assert await told(desk, 1, EventKind.REOPENED) == [{"from": "resolved", "to": "open"}]
    assert (await desk.ticket(2)).waiting_since is None


async def test_where_nobody_waits_the_status_stays(desk: Desk) -> None:
    for number in (1, 2):
        await wished(desk, number, TicketWish(status=Status.PENDING))
    await merged(desk, 2, 1)
    assert (await desk.ticket(1)).status is Status.PENDING


async def test_the_earlier_of_two_who_wait(desk: Desk) -> None:
    since = (await desk.ticket(1)).waiting_since
    await merged(desk, 1, 2)
    assert (await desk.ticket(2)).waiting_since == since


async def test_an_agent_who_asked_follows(desk: Desk) -> None:
    """Customers do not see the desk's own mailboxes."""
    own = letter(BOB.address, "I live there too.", "b1")
    await desk.receive(own, reverse_path=BOB.address, authenticated=str(BOB.address))
    await merged(desk, 3, 1, ALICE)
    assert (await desk.ticket(1)).cc == ()
    following = partial(followers.of_ticket, ticket=TicketId(1))
    assert await desk.store.read(following) == [BOB.address]


async def test_one_of_several_merges(desk: Desk) -> None:
    await desk.receive(letter(ERIN, "Me too.", "e1"), reverse_path=ERIN)
    await merged(desk, 2, 3)
    await merged(desk, 2, 1)
    assert [(await desk.ticket(n)).merged_into for n in (2, 3)] == [1, 1]
    assert len(await said(desk, 1)) == 3


@pytest.mark.parametrize(
    ("source", "into", "why"),
    [
        (1, 1, "Ticket 1 cannot be merged into itself."),
        (1, 9, "There is no ticket 9."),
        (9, 1, "There is no ticket 9."),
    ],
)
async def test_what_cannot_be_is_refused(desk: Desk, source: int, into: int, why: str) -> None:
    with pytest.raises(DeskError, match=why):
        await merged(desk, source, into)


async def test_what_is_one_already_is_refused(desk: Desk) -> None:
    await merged(desk, 2, 1)
    for pair in ((2, 1), (1, 2)):
        with pytest.raises(DeskError, match="are one already"):
            await merged(desk, *pair)


async def test_too_many_participants_are_refused_and_nothing_is_done(desk: Desk) -> None:
    crowd = tuple(replace(ERIN, localpart=f"erin{n}") for n in range(50))
    await wished(desk, 1, TicketWish(add_cc=crowd))
    with pytest.raises(DeskError, match="51 participants; 50 are the most"):
        await merged(desk, 2, 1)
    assert (await desk.ticket(2)).merged_into is None
    await merged(desk, 2, 1, with_requester=False)


async def test_a_part_of_the_first_is_one_of_the_second(desk: Desk) -> None:
    await desk.receive(letter(ERIN, "A part.", "e1"), reverse_path=ERIN)
    await wished(desk, 3, TicketWish(parent=(await desk.ticket(2)).id))
    await merged(desk, 2, 1)
    assert (await desk.ticket(3)).parent == 1
    await wished(desk, 3, TicketWish(status=Status.RESOLVED))
    assert (await desk.ticket(1)).status is Status.RESOLVED


async def test_a_part_of_it_that_it_becomes_is_a_part_no_more(desk: Desk) -> None:
    await wished(desk, 1, TicketWish(parent=(await desk.ticket(2)).id))
    await merged(desk, 2, 1)
    assert (await desk.ticket(1)).parent is None


async def test_the_matter_of_the_first_is_that_of_the_second(desk: Desk) -> None:
    await desk.receive(letter(ERIN, "The whole.", "e1"), reverse_path=ERIN)
    await wished(desk, 2, TicketWish(parent=(await desk.ticket(3)).id))
    await merged(desk, 2, 1)
    assert (await desk.ticket(1)).parent == 3


async def test_who_was_left_out_and_writes_again_gets_the_answer(desk: Desk) -> None:
    await merged(desk, 2, 1, with_requester=False)
    again = letter(DAVE, "Hello?", "d3").replace(
        b"Subject:", b"In-Reply-To: <d1@elsewhere.example>\r\nSubject:"
    )
    await desk.receive(again, reverse_path=DAVE)
    assert (await desk.ticket(1)).cc == (DAVE,)
    await answered(desk, 1, "It runs again.")
    assert any("It runs again." in str(one) for one in await desk.sent(DAVE))


async def test_agents_read_of_it_in_the_next_mail(desk: Desk) -> None:
    await merged(desk, 2, 1)
    again = letter(HONG, "Hello?", "h3").replace(
        b"Subject:", b"In-Reply-To: <h1@customer.example>\r\nSubject:"
    )
    await desk.receive(again)
    news = await desk.notification(BOB.address)
    assert "Hello?" in str(news)
    assert "ticket 2 merged into this one" in str(news)
