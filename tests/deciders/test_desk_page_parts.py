"""docs/desk.md, "Split" and "Linked, and parts of a larger matter"."""

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
from mailgate.model.survey import Score
from mailgate.model.ticket import Entry, EntryKind, EventKind, Role, Status, Visibility
from tests.deciders.bounce_world import Post
from tests.deciders.desk_world import ALICE, BOB, MINSU
from tests.deciders.inbound_world import HONG, Desk, open_desk, reply_address
from tests.deciders.life_world import (
    DAVE,
    answered,
    by_mail,
    letter,
    merged,
    parted,
    said,
    told,
    wished,
)
from tests.deciders.survey_world import clicked, links_of, surveyed
from tests.harness.reports import Told

ONE = TicketId(1)
KIM, DEPOT = Address("kim", "customer.example"), Address("depot", "post.example")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Hong's ticket 1, with Kim in its Cc."""
    async with open_desk(tmp_path) as place:
        first = letter(HONG, "The lift stands.", "h1").replace(
            b"Subject:", f"Cc: {KIM}\r\nSubject:".encode()
        )
        await place.receive(first)
        yield place


async def written(desk: Desk, text: str) -> Entry:
    """The message with this text."""
    return next(one for one in await desk.entries() if one.text.strip() == text)


# --- split ------------------------------------------------------------------------------------


async def test_an_answer_of_ours_is_put_on_a_ticket_of_the_same_requester(desk: Desk) -> None:
    await answered(desk, 1, "Lamps are cheap.", ALICE)
    outside = [one for one in await desk.every_mail() if one.outside]
    ours = await written(desk, "Lamps are cheap.")
    new = (await parted(desk, 1, ours.id, BOB)).ticket
    assert (new.requester.address, new.waiting_since) == (HONG, None)
    assert await said(desk, 2) == ["Lamps are cheap."]
    assert [one for one in await desk.every_mail() if one.outside] == outside


async def test_what_a_participant_or_a_third_party_wrote_is_their_own(desk: Desk) -> None:
    await answered(desk, 1, "It runs again.", ALICE)
    (got,) = await desk.sent(KIM)
    await desk.receive(
        letter(KIM, "Lamps?", "k1", "Re: [#1] The lift"), to=reply_address(got), reverse_path=KIM
    )
    await by_mail(desk, f"#forward {DEPOT}\nHave you lamps?")
    (asked,) = await desk.sent(DEPOT)
    await desk.receive(
        letter(DEPOT, "Three.", "p1", "Re: Lamps"), to=reply_address(asked), reverse_path=DEPOT
    )
    for number, (who, text) in enumerate(((KIM, "Lamps?"), (DEPOT, "Three.")), start=2):
        new = (await parted(desk, 1, (await written(desk, text)).id)).ticket
        assert (new.id, new.requester.address, new.cc) == (number, who, ())
        (moved,) = await desk.entries(number)
        assert (moved.author.role, moved.visibility) == (Role.REQUESTER, Visibility.PUBLIC)
        assert [one for one in await desk.deliveries(number) if one.outside] == []


async def test_all_agents_of_the_new_one_are_told_and_nobody_else(desk: Desk) -> None:
    """Whoever split it needs the notification as well, to answer there."""
    await wished(desk, 1, TicketWish(assignee=MINSU.address, follow=(MINSU.address,)))
    await by_mail(desk, "#note\nLamps are another department.")
    (first, *_) = await desk.sent(HONG)
    await desk.receive(letter(HONG, "Lamps?", "h2", "Re: [#1] x"), to=reply_address(first))
    await parted(desk, 1, (await written(desk, "Lamps?")).id, ALICE)
    assert {one.recipient for one in await desk.deliveries(2)} == {ALICE.address, BOB.address}
    await parted(desk, 1, (await written(desk, "Lamps are another department.")).id, ALICE)
    assert [one.recipient for one in await desk.deliveries(3)] == [BOB.address]


async def test_each_notification_leads_to_its_own_ticket(desk: Desk) -> None:
    (first, *_) = await desk.sent(HONG)
    await desk.receive(letter(HONG, "Lamps?", "h2", "Re: [#1] x"), to=reply_address(first))
    await parted(desk, 1, (await written(desk, "Lamps?")).id)
    old = await desk.notification(number=1)
    assert "Lamps?" in str(old)
    await by_mail(desk, "To the new one.", "a1", number=2)
    await by_mail(desk, "To the old one.", "a2", number=1)
    assert await said(desk, 2) == ["Lamps?", "To the new one."]
    assert await said(desk, 1) == ["The lift stands.", "To the old one."]


async def test_a_report_stays_with_what_it_is_about(desk: Desk) -> None:
    post = Post(desk)
    await answered(desk, 1, "It runs again.", ALICE)
    await post.leave()
    await post.report(Told(str(HONG)), to=post.path(KIM), about=post.message_id(KIM))
    report = (await desk.entries())[-1]
    assert report.kind is EntryKind.BOUNCE
    with pytest.raises(DeskError, match="is a machine's"):
        await parted(desk, 1, report.id)
    await parted(desk, 1, (await written(desk, "It runs again.")).id)
    assert (await desk.entries())[-1].id == report.id


async def test_an_answer_to_a_survey_stays_with_what_it_is_about(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await clicked(desk, links[Score.GOOD])
    score = (await desk.entries(2))[-1]
    assert score.kind is EntryKind.SURVEY
    with pytest.raises(DeskError, match="is an answer to a survey: it stays"):
        await parted(desk, 2, score.id)


# --- parts ------------------------------------------------------------------------------------


async def part(desk: Desk, subject: str = "Phone", assignee: Address | None = None) -> TicketId:
    """Alice asks for something to be done."""
    request = ChildRequest(ONE, subject, "", assignee, None, ALICE)
    by = By(str(ALICE.address), desk.clock.now(), Seed(subject.encode().ljust(32)), ALICE)
    write = partial(make_child, ctx=desk.context, request=request, by=by)
    return (await desk.store.write(write)).ticket.id


async def new_mails(desk: Desk, before: int) -> list[Address]:
    return sorted((one.recipient for one in (await desk.every_mail())[before:]), key=str)


async def test_nobody_outside_gets_what_is_written_on_a_part_without_a_customer(
    desk: Desk,
) -> None:
    child = await part(desk, assignee=BOB.address)
    await by_mail(desk, f"#cc {KIM}\nIt is ordered.", number=child, agent=BOB)
    entry = (await desk.entries(child))[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert [one for one in await desk.deliveries(child) if one.outside] == []


async def test_a_ticket_with_its_customer_becomes_a_part_and_is_none_again(desk: Desk) -> None:
    await desk.receive(letter(DAVE, "My phone.", "d1"), reverse_path=DAVE)
    await wished(desk, 2, TicketWish(parent=ONE))
    assert (await desk.ticket(2)).requester.address == DAVE
    await by_mail(desk, "It rings again.", number=2)
    assert [one for one in await desk.sent(DAVE, 2) if "It rings again." in str(one)]
    assert not any("It rings again." in str(one) for one in await desk.sent(HONG))
    await wished(desk, 2, TicketWish(no_parent=True))
    assert (await desk.ticket(2)).parent is None
    await wished(desk, 2, TicketWish(status=Status.RESOLVED))
    assert (await desk.ticket()).status is Status.OPEN


async def test_what_is_said_on_a_part_reaches_its_assignee_and_who_follows(desk: Desk) -> None:
    """The group, Alice and Bob, hears of it only while nobody has it."""
    await desk.receive(letter(DAVE, "My phone.", "d1"), reverse_path=DAVE)
    more = b"In-Reply-To: <d1@elsewhere.example>\r\nSubject:"
    await wished(desk, 2, TicketWish(parent=ONE))
    before = len(await desk.every_mail())
    await desk.receive(letter(DAVE, "Soon?", "d2").replace(b"Subject:", more), reverse_path=DAVE)
    assert await new_mails(desk, before) == [ALICE.address, BOB.address]
    carol = Address("carol", "partner.example")
    await wished(desk, 2, TicketWish(assignee=BOB.address, follow=(carol,)))
    before = len(await desk.every_mail())
    await desk.receive(
        letter(DAVE, "By Friday.", "d3").replace(b"Subject:", more), reverse_path=DAVE
    )
    assert await new_mails(desk, before) == [BOB.address, carol]
    before = len(await desk.every_mail())
    await by_mail(desk, "#note\nIt is ordered.", number=2, agent=BOB)
    assert await new_mails(desk, before) == [carol]


async def test_a_group_to_which_a_part_is_given_gets_the_note_that_says_why(desk: Desk) -> None:
    """Whoever had it has it still."""
    child = await part(desk, assignee=BOB.address)
    await by_mail(desk, "#group hangook\n#note\nTake this.", number=child, agent=BOB)
    ticket = await desk.ticket(child)
    assert (ticket.group, ticket.assignee) == ("hangook", BOB.address)
    told = [str(one) for one in await desk.sent(MINSU.address, child)]
    assert any("Take this." in one for one in told)


async def test_a_part_that_is_opened_again_leaves_the_whole_as_it_is(desk: Desk) -> None:
    await desk.receive(letter(DAVE, "My phone.", "d1"), reverse_path=DAVE)
    await wished(desk, 2, TicketWish(parent=ONE))
    await wished(desk, 2, TicketWish(status=Status.RESOLVED))
    assert (await desk.ticket()).status is Status.RESOLVED
    more = b"In-Reply-To: <d1@elsewhere.example>\r\nSubject:"
    await desk.receive(
        letter(DAVE, "It is silent.", "d2").replace(b"Subject:", more), reverse_path=DAVE
    )
    assert (await desk.ticket(2)).status is Status.OPEN
    assert (await desk.ticket()).status is Status.RESOLVED
    assert await told(desk, 1, EventKind.REOPENED) == []


async def test_a_part_that_becomes_one_with_the_last_other_is_a_part_no_more(desk: Desk) -> None:
    phone, power = await part(desk), await part(desk, "Power")
    await wished(desk, phone, TicketWish(status=Status.RESOLVED))
    await merged(desk, power, phone)
    assert (await desk.ticket(phone)).status is Status.RESOLVED
    assert (await desk.ticket()).status is Status.RESOLVED
    # What was never a part of it has no say.
    await wished(desk, 1, TicketWish(status=Status.OPEN))
    await desk.receive(letter(DAVE, "My phone.", "d1"), reverse_path=DAVE)
    await answered(desk, 4, "It is seen to.")
    await merged(desk, 4, phone, with_requester=False)
    assert (await desk.ticket()).status is Status.OPEN
