"""A message gets a ticket of its own, with whoever wrote it."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.replies import NoteRequest, note
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, EventKind, Role, Status, Visibility
from mailgate.store import search
from mailgate.store.listing import TicketFilter, listing
from tests.deciders.desk_world import ALICE, BOB
from tests.deciders.inbound_world import HONG, NULL, Desk, open_desk, reply_address
from tests.deciders.life_world import DAVE, answered, letter, parted, said, told


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Hong's ticket 1, on which she asks two things, answered in between."""
    async with open_desk(tmp_path) as place:
        await place.receive(letter(HONG, "The lift stands.", "h1"))
        await answered(place, 1, "It runs again.", ALICE)
        (answer,) = [one for one in await place.sent(HONG) if "runs" in str(one)]
        await place.clock.advance(60)
        lamps = letter(HONG, "Do you sell lamps?", "h2", "Re: [#1] Lamps")
        await place.receive(lamps, to=reply_address(answer))
        yield place


async def test_it_is_a_ticket_like_any_other(desk: Desk) -> None:
    asked = (await desk.entries())[2]
    new = (await parted(desk, 1, asked.id)).ticket
    assert (new.id, new.subject, new.status) == (2, "Lamps", Status.OPEN)
    assert (new.requester.address, new.cc) == (HONG, ())
    assert new.group == "support"
    assert await said(desk, 2) == ["Do you sell lamps?"]
    assert await said(desk, 1) == ["The lift stands.", "It runs again."]
    assert ((await desk.ticket(1)).messages, new.messages) == (2, 1)


async def test_both_point_to_each_other_and_tell_it(desk: Desk) -> None:
    asked = (await desk.entries())[2]
    await parted(desk, 1, asked.id)
    assert ((await desk.ticket(1)).linked, (await desk.ticket(2)).linked) == ((2,), (1,))
    assert await told(desk, 1, EventKind.SPLIT) == [{"message": asked.id, "into": 2}]
    assert await told(desk, 2, EventKind.SPLIT) == [{"message": asked.id, "from": 1}]
    assert len(await told(desk, 2, EventKind.CREATED)) == 1


async def test_who_waits_is_told_on_each(desk: Desk) -> None:
    asked = (await desk.entries())[2]
    assert (await desk.ticket(1)).waiting_since == asked.at
    new = (await parted(desk, 1, asked.id)).ticket
    assert (new.waiting_since, new.sla_started_at) == (asked.at, asked.at)
    assert (await desk.ticket(1)).waiting_since is None, "she was answered there"


async def test_another_question_still_waits(desk: Desk) -> None:
    await desk.clock.advance(60)
    (answer,) = [one for one in await desk.sent(HONG) if "runs" in str(one)]
    more = letter(HONG, "It stands again.", "h3", "Re: [#1] The lift")
    await desk.receive(more, to=reply_address(answer))
    every = await desk.entries()
    await parted(desk, 1, every[2].id)
    assert (await desk.ticket(1)).waiting_since == every[-1].at


async def test_the_agents_get_it_anew_and_answer_there(desk: Desk) -> None:
    asked = (await desk.entries())[2]
    await parted(desk, 1, asked.id, ALICE)
    news = await desk.notification(BOB.address, 2)
    assert "Do you sell lamps?" in str(news)
    answer = letter(BOB.address, "We do.", "b1", "Re: [#2] Lamps")
    row = await desk.receive(
        answer, to=reply_address(news), reverse_path=BOB.address, authenticated=str(BOB.address)
    )
    assert row.ticket == 2
    assert [one for one in await desk.sent(HONG, 2) if "We do." in str(one)]


async def test_it_is_found_by_its_number_and_its_customer(desk: Desk) -> None:
    """Its message is in the index as one of ticket 1: what was split off is an answer of ours."""
    index = partial(search.catch_up, limit=10, now=desk.clock.now())
    await desk.store.write(index)
    await parted(desk, 1, (await desk.entries())[1].id)
    for words in ("runs hong", "2 runs", "#2 runs"):
        wanted = partial(listing, wanted=TicketFilter(search=words))
        assert [one.id for one in await desk.store.read(wanted)] == [2], words


async def test_the_customer_hears_nothing_of_it(desk: Desk) -> None:
    await parted(desk, 1, (await desk.entries())[2].id)
    assert await desk.sent(HONG, 2) == []


async def test_later_mail_that_answers_the_message_comes_to_its_ticket(desk: Desk) -> None:
    await parted(desk, 1, (await desk.entries())[2].id)
    later = letter(HONG, "Red ones.", "h4", "Re: Lamps").replace(
        b"Subject:", b"In-Reply-To: <h2@customer.example>\r\nSubject:"
    )
    assert (await desk.receive(later)).ticket == 2


async def test_a_strangers_message_is_their_own_ticket(desk: Desk) -> None:
    """It stood on the ticket flagged, for the desk alone; now an answer goes to who wrote it."""
    (answer,) = [one for one in await desk.sent(HONG) if "runs" in str(one)]
    foreign = letter(DAVE, "I live there too.", "d1", "Re: [#1] The lift")
    await desk.receive(foreign, to=reply_address(answer), reverse_path=DAVE)
    flagged = (await desk.entries())[-1]
    assert (flagged.visibility, flagged.author.role) == (Visibility.PRIVATE, Role.STRANGER)
    new = (await parted(desk, 1, flagged.id)).ticket
    assert new.requester.address == DAVE
    (moved,) = await desk.entries(2)
    assert (moved.visibility, moved.author.role) == (Visibility.PUBLIC, Role.REQUESTER)
    await answered(desk, 2, "So do we.")
    assert [one for one in await desk.sent(DAVE, 2) if "So do we." in str(one)]


async def test_a_note_is_one_there_as_well(desk: Desk) -> None:
    request = NoteRequest(TicketId(1), "Lamps are another department.", agent=ALICE)
    now = desk.clock.now()
    await desk.store.write(
        partial(note, ctx=desk.context, request=request, now=now, seed=Seed(b"n" * 32))
    )
    (written,) = [one for one in await desk.entries() if one.kind is EntryKind.NOTE]
    new = (await parted(desk, 1, written.id)).ticket
    assert new.requester.address == HONG
    (moved,) = await desk.entries(2)
    assert moved.visibility is Visibility.PRIVATE
    assert await desk.sent(HONG, 2) == []


async def test_what_cannot_leave_is_refused(desk: Desk) -> None:
    every = await desk.entries()
    with pytest.raises(DeskError, match="Message 99 is not on ticket 1"):
        await parted(desk, 1, 99)
    with pytest.raises(DeskError, match="There is no ticket 9"):
        await parted(desk, 9, every[0].id)
    for entry in every[1:]:
        await parted(desk, 1, entry.id)
    with pytest.raises(DeskError, match="is all that ticket 1 has"):
        await parted(desk, 1, every[0].id)


async def test_what_a_machine_said_stays(desk: Desk) -> None:
    (answer,) = [one for one in await desk.sent(HONG) if "runs" in str(one)]
    away = letter(HONG, "I am away.", "h5", "Out of office: [#1] The lift").replace(
        b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"
    )
    await desk.receive(away, to=reply_address(answer), reverse_path=NULL)
    machine = (await desk.entries())[-1]
    assert machine.kind is EntryKind.AUTO_REPLY
    with pytest.raises(DeskError, match="is a machine's"):
        await parted(desk, 1, machine.id)
