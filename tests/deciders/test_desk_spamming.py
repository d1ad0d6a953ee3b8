"""A ticket is spam: its sender hears nothing, and is heard by a human first."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.spamming import Kept
from mailgate.desk.words.results import done_lines
from mailgate.mail.address import Address
from mailgate.model.decision import QuarantineCause
from mailgate.model.delivery import DeliveryState, Lane
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, Status, TicketEvent
from mailgate.store import blocked, journal
from tests.deciders.desk_world import ALICE, NOW, SUPPORT, directory
from tests.deciders.inbound_world import HONG, QUARANTINED, Desk, mail, open_desk, reply_address
from tests.deciders.life_world import DAVE, answered, called_spam, letter, told


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Dave's ticket 1."""
    async with open_desk(tmp_path) as place:
        place.set_policy(tell_resolved=True)
        await place.receive(letter(DAVE, "Win a car.", "d1"), reverse_path=DAVE)
        yield place


async def shut_out(desk: Desk) -> list[str]:
    found = await desk.store.read(partial(blocked.listing, limit=10))
    return [one.address for one in found]


async def test_it_is_closed_and_marked_and_its_sender_shut_out(desk: Desk) -> None:
    after = (await called_spam(desk)).ticket
    assert (after.status, after.spam, after.tags) == (Status.CLOSED, True, ("spam",))
    assert after.waiting_since is None
    assert await shut_out(desk) == [str(DAVE)]
    assert await told(desk, 1, EventKind.SPAM) == [{"blocked": str(DAVE), "kept": None}]


async def test_the_sender_hears_nothing(desk: Desk) -> None:
    """Neither that it is closed, nor the acknowledgement that has not left."""
    before = [one.id for one in await desk.deliveries()]
    await called_spam(desk)
    after = await desk.deliveries()
    assert [one.id for one in after] == before
    waiting = [one for one in after if one.state is DeliveryState.READY]
    assert {one.lane for one in waiting} == {Lane.NOTIFICATION}
    assert {one.state for one in after if one.lane is Lane.ACKNOWLEDGEMENT} == {
        DeliveryState.CANCELLED
    }


async def test_what_they_write_next_waits_and_others_are_heard(desk: Desk) -> None:
    await called_spam(desk)
    row = await desk.receive(letter(DAVE, "Win two cars.", "d2"), reverse_path=DAVE)
    assert (row.state, row.cause) == (QUARANTINED, QuarantineCause.BLOCKED_SENDER.value)
    other = await desk.receive(letter(HONG, "My parcel.", "h1"))
    assert other.ticket == 2


async def test_under_a_subaddress_too(desk: Desk) -> None:
    await called_spam(desk)
    again = Address("dave+cars", DAVE.domain)
    row = await desk.receive(letter(again, "Win two cars.", "d2"), reverse_path=again)
    assert row.cause == QuarantineCause.BLOCKED_SENDER.value


async def test_an_answer_to_the_acknowledgement_waits_as_well(desk: Desk) -> None:
    (acknowledgement,) = await desk.sent(DAVE)
    await called_spam(desk)
    answer = letter(DAVE, "Click!", "d2", "Re: [#1] The lift")
    row = await desk.receive(answer, to=reply_address(acknowledgement), reverse_path=DAVE)
    assert row.cause == QuarantineCause.BLOCKED_SENDER.value
    assert (await desk.ticket()).status is Status.CLOSED


async def test_what_is_released_is_filed_and_the_next_waits_again(desk: Desk) -> None:
    await called_spam(desk)
    row = await desk.receive(letter(DAVE, "My parcel.", "d2"), reverse_path=DAVE)
    now = desk.clock.now()
    await desk.store.write(partial(journal.release, row_id=row.id, ticket=None, now=now))
    await desk.worker.drain()
    assert (await desk.row(row.id)).ticket == 2
    again = await desk.receive(letter(DAVE, "Another one.", "d3"), reverse_path=DAVE)
    assert again.state is QUARANTINED


async def test_somebody_whom_agents_know_is_not_shut_out(desk: Desk) -> None:
    """A customer whose address a spammer writes from, or who was cross for once."""
    await desk.receive(letter(DAVE, "My parcel.", "d2"), reverse_path=DAVE)
    await answered(desk, 2, "It comes tomorrow.")
    after = (await called_spam(desk)).ticket
    assert (after.status, after.spam) == (Status.CLOSED, True)
    assert await shut_out(desk) == []
    assert await told(desk, 1, EventKind.SPAM) == [{"blocked": None, "kept": "known"}]
    assert (await desk.receive(letter(DAVE, "Thanks.", "d3"), reverse_path=DAVE)).ticket == 3


async def test_nor_is_who_takes_part_in_a_ticket_that_agents_have_answered(desk: Desk) -> None:
    await desk.receive(mail("Our lift stands.", Cc=str(DAVE)))
    assert (await desk.ticket(2)).cc == (DAVE,)
    await called_spam(desk)
    assert await shut_out(desk) == [str(DAVE)], "nobody has written to them yet"
    await called_spam(desk, undo=True)
    await answered(desk, 2, "It runs again.")
    await called_spam(desk)
    assert await shut_out(desk) == []


async def test_a_customer_is_not_shut_out_by_a_subaddress_of_theirs(desk: Desk) -> None:
    await answered(desk, 1, "It comes tomorrow.")
    again = Address("dave+cars", DAVE.domain)
    await desk.receive(letter(again, "Win.", "d2"), reverse_path=again)
    await called_spam(desk, 2)
    assert await shut_out(desk) == []


async def test_an_agent_is_not_shut_out(desk: Desk) -> None:
    own = letter(ALICE.address, "A joke.", "a1")
    await desk.receive(own, reverse_path=ALICE.address, authenticated=str(ALICE.address))
    await called_spam(desk, 2)
    assert await shut_out(desk) == []
    assert await told(desk, 2, EventKind.SPAM) == [{"blocked": None, "kept": "agent"}]


async def test_nor_is_who_has_no_address(desk: Desk) -> None:
    unread = b"From: somebody\r\nSubject: Win\r\n\r\nClick.\r\n"
    await desk.receive(unread, to=SUPPORT)
    await called_spam(desk, 2)
    assert await shut_out(desk) == []
    assert await told(desk, 2, EventKind.SPAM) == [{"blocked": None, "kept": "unreadable"}]


async def test_it_was_none_after_all(desk: Desk) -> None:
    await called_spam(desk)
    after = (await called_spam(desk, undo=True)).ticket
    assert (after.status, after.spam, after.tags) == (Status.OPEN, False, ())
    assert await shut_out(desk) == []
    assert (await told(desk, 1, EventKind.SPAM))[-1]["unblocked"] == str(DAVE)
    assert (await desk.receive(letter(DAVE, "Thanks.", "d3"), reverse_path=DAVE)).ticket == 2
    with pytest.raises(DeskError, match="Nobody has called ticket 1 spam"):
        await called_spam(desk, undo=True)


async def test_called_spam_twice_is_no_harm(desk: Desk) -> None:
    await called_spam(desk)
    await called_spam(desk)
    assert await shut_out(desk) == [str(DAVE)]
    assert (await desk.ticket(TicketId(1))).tags == ("spam",)


@pytest.mark.parametrize(
    ("detail", "english", "korean"),
    [
        ({"blocked": "d@x.example", "kept": None}, "d@x.example writes next waits", "격리됨"),
        ({"unblocked": "d@x.example"}, "d@x.example comes in again", "다시 받음"),
        *(
            ({"blocked": None, "kept": why.value}, "is not shut out", "차단하지 않음")
            for why in Kept
        ),
    ],
)
def test_agents_are_told_what_became_of_the_sender(
    detail: dict[str, str | int | None], english: str, korean: str
) -> None:
    event = TicketEvent(NOW, EventKind.SPAM, str(ALICE.address), detail)
    if detail.get("kept") == Kept.UNREADABLE:
        english = "no address that could be shut out"
    for locale, words in (("en", english), ("ko", korean)):
        (line,) = done_lines(directory(), [event], locale).splitlines()
        assert words in line
        assert "Alice Kim" in line
