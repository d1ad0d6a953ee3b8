"""Linked tickets, and parts of a larger matter."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.by import By
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.family import ChildRequest, make_child
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind, Status, Visibility
from tests.deciders.desk_world import ALICE, BOB, HELP_KO, MINSU, SUPPORT
from tests.deciders.inbound_world import HONG, Desk, open_desk, reply_address
from tests.deciders.life_world import DAVE, letter, told, wished

ONE = TicketId(1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Hong's ticket 1."""
    async with open_desk(tmp_path) as place:
        await place.receive(letter(HONG, "We move house.", "h1", "Moving"))
        yield place


async def part(
    desk: Desk,
    subject: str = "Phone",
    *,
    text: str = "",
    assignee: Address | None = None,
    group: str | None = None,
) -> TicketId:
    """Alice asks for something to be done."""
    request = ChildRequest(ONE, subject, text, assignee, group, ALICE)
    by = By(str(ALICE.address), desk.clock.now(), Seed(subject.encode().ljust(32)), ALICE)
    write = partial(make_child, ctx=desk.context, request=request, by=by)
    return (await desk.store.write(write)).ticket.id


async def test_a_part_is_told_to_whoever_has_it_alone(desk: Desk) -> None:
    child = await part(desk, assignee=BOB.address, text="By Friday.")
    assert [one.recipient for one in await desk.deliveries(child)] == [BOB.address]
    (mail,) = await desk.sent(BOB.address, child)
    assert "By Friday." in str(mail)
    assert await told(desk, child, EventKind.PARENT) == [{"from": None, "to": 1}]


async def test_a_part_of_nobody_is_told_to_its_group(desk: Desk) -> None:
    child = await part(desk)
    assert [one.recipient for one in await desk.deliveries(child)] == [BOB.address]
    other = await part(desk, "Power", group="hangook")
    assert [one.recipient for one in await desk.deliveries(other)] == [MINSU.address]


async def test_what_is_answered_on_a_part_stays_inside(desk: Desk) -> None:
    """A part has no customer: an answer to its notification is a note, told to who asked."""
    child = await part(desk, assignee=BOB.address)
    news = await desk.notification(BOB.address, child)
    row = await desk.receive(
        letter(BOB.address, "It is ordered.", "b1", f"Re: [#{child}] Phone"),
        to=reply_address(news),
        reverse_path=BOB.address,
        authenticated=str(BOB.address),
    )
    assert row.ticket == child
    assert {one.visibility for one in await desk.entries(child)} == {Visibility.PRIVATE}
    assert {one.recipient for one in await desk.deliveries(child)} == {ALICE.address, BOB.address}


async def test_what_a_customer_says_on_a_part_reaches_its_assignee_alone(desk: Desk) -> None:
    await desk.receive(letter(DAVE, "My phone.", "d1"), reverse_path=DAVE)
    await wished(desk, 2, TicketWish(parent=ONE, assignee=BOB.address))
    before = len(await desk.deliveries(2))
    more = letter(DAVE, "By Friday.", "d2").replace(
        b"Subject:", b"In-Reply-To: <d1@elsewhere.example>\r\nSubject:"
    )
    await desk.receive(more, reverse_path=DAVE)
    assert [one.recipient for one in (await desk.deliveries(2))[before:]] == [BOB.address]


async def test_a_whole_is_resolved_with_the_last_of_its_parts(desk: Desk) -> None:
    phone, power = await part(desk), await part(desk, "Power")
    await wished(desk, phone, TicketWish(status=Status.RESOLVED))
    assert (await desk.ticket()).status is Status.OPEN
    await wished(desk, power, TicketWish(status=Status.CLOSED))
    assert (await desk.ticket()).status is Status.RESOLVED
    (event,) = [one for one in await desk.events() if one.kind is EventKind.STATUS]
    assert event.actor == "system"


async def test_by_setting_it_is_not(desk: Desk) -> None:
    desk.set_policy(parent_resolves=False)
    phone = await part(desk)
    await wished(desk, phone, TicketWish(status=Status.RESOLVED))
    assert (await desk.ticket()).status is Status.OPEN


async def test_who_asks_follows(desk: Desk) -> None:
    child = await part(desk, assignee=BOB.address)
    assert (await told(desk, child, EventKind.FOLLOWED)) == [{"agent": str(ALICE.address)}]


async def test_a_part_of_another_language_has_its_address(desk: Desk) -> None:
    korean = letter(DAVE, "전화가 안 됩니다.", "d1").replace(
        b"support@acme.example", str(HELP_KO).encode()
    )
    row = await desk.receive(korean, to=HELP_KO, reverse_path=DAVE)
    request = ChildRequest(TicketId(row.ticket or 0), "부품 주문")
    by = By("operator", desk.clock.now(), Seed(b"k" * 32))
    write = partial(make_child, ctx=desk.context, request=request, by=by)
    made = (await desk.store.write(write)).ticket
    assert (made.address, made.group) == (HELP_KO, "hangook")
    assert made.requester.address == HELP_KO
    assert (await desk.ticket()).address == SUPPORT


async def test_no_parent_no_part(desk: Desk) -> None:
    request = ChildRequest(TicketId(7), "Phone")
    by = By("operator", desk.clock.now(), Seed(b"k" * 32))
    with pytest.raises(DeskError, match="There is no ticket 7"):
        await desk.store.write(partial(make_child, ctx=desk.context, request=request, by=by))
