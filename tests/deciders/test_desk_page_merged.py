"""docs/desk.md, "Merged": what goes along, who gets what from then on, and what leads there."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import typer.main

from mailgate.cli.app import roof
from mailgate.desk.by import By
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.family import ChildRequest, link, make_child
from mailgate.mail.address import Address
from mailgate.model.directory import Agent
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, EventKind, Role, Status, Visibility
from mailgate.store import entries, followers, sides
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE, BOB, MINSU, SUPPORT, everything_in
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, reply_address
from tests.deciders.life_world import (
    DAVE,
    ERIN,
    answered,
    by_mail,
    letter,
    merged,
    parted,
    said,
    told,
    wished,
)

ONE, TWO = TicketId(1), TicketId(2)
KIM, DEPOT = Address("kim", "elsewhere.example"), Address("depot", "post.example")
PASS = "mx.acme.example; dmarc=pass header.from=elsewhere.example"


def plan(to: Address) -> bytes:
    """Dave's answer with a file."""
    parts = (
        "--x\nContent-Type: text/plain\n\nSee the plan.\n"
        "--x\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
        'Content-Disposition: attachment; filename="plan.pdf"\n\nJVBERi0xLjc=\n--x--'
    )
    fields = {"MIME_Version": "1.0", "Content_Type": 'multipart/mixed; boundary="x"'}
    fields |= {"subject": "Re: [#2] Doors", "message_id": "d2@elsewhere.example"}
    return mail(parts, from_=str(DAVE), to=str(to), **fields)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Hong's ticket 1, and Dave's ticket 2 under another subject, with Kim in its Cc."""
    async with open_desk(tmp_path) as place:
        await place.receive(letter(HONG, "My code is 1234.", "h1", "The lift"))
        await place.clock.advance(60)
        theirs = letter(DAVE, "My flat is 5678.", "d1", "Doors")
        theirs = theirs.replace(b"Subject:", f"Cc: {KIM}\r\nSubject:".encode())
        await place.receive(theirs, reverse_path=DAVE)
        yield place


async def following(desk: Desk, number: int) -> set[Address]:
    return set(await desk.store.read(partial(followers.of_ticket, ticket=TicketId(number))))


async def files(desk: Desk, number: int) -> list[str | None]:
    def read(conn: Connection) -> list[str | None]:
        every = entries.of_ticket(conn, TicketId(number))
        return [one.filename for entry in every for one in entries.attachments(conn, entry.id)]

    return await desk.store.read(read)


async def again(desk: Desk, text: str, subject: str, name: str, **fields: str) -> int | None:
    """Dave writes once more; the ticket on which that is."""
    content = mail(
        text, from_=str(DAVE), subject=subject, message_id=f"{name}@elsewhere.example", **fields
    )
    trusted = "Authentication_Results" in fields
    return (await desk.receive(content, reverse_path=DAVE, trusted=trusted)).ticket


# --- what goes along --------------------------------------------------------------------------


async def test_messages_notes_and_files_stand_in_the_order_of_their_times(desk: Desk) -> None:
    await desk.clock.advance(60)
    await by_mail(desk, "#note\nA note on the doors.", number=2)
    await desk.clock.advance(60)
    (first, *_) = await desk.sent(HONG)
    await desk.receive(letter(HONG, "Hello?", "h2", "Re: [#1] x"), to=reply_address(first))
    await desk.clock.advance(60)
    (theirs, *_) = await desk.sent(DAVE, 2)
    back = reply_address(theirs)
    await desk.receive(plan(back), to=back, reverse_path=DAVE)
    await merged(desk, 2, 1)
    assert await said(desk, 1) == [
        "My code is 1234.",
        "My flat is 5678.",
        "A note on the doors.",
        "Hello?",
        "See the plan.",
    ]
    kinds = [(one.kind, one.visibility) for one in await desk.entries()]
    assert kinds[2] == (EntryKind.NOTE, Visibility.PRIVATE)
    assert await files(desk, 1) == ["plan.pdf"]
    assert await desk.entries(2) == []


async def test_tags_followers_links_children_and_third_parties_go_along(desk: Desk) -> None:
    for subject in ("A part", "Akin"):
        await desk.receive(letter(ERIN, "Text.", subject[-1], subject), reverse_path=ERIN)
    await wished(desk, 2, TicketWish(add_tags=("vip",), follow=(BOB.address,)))
    await wished(desk, 3, TicketWish(parent=TWO))
    by = By("operator", desk.clock.now(), Seed(b"l" * 32))
    await desk.store.write(partial(link, one_id=TWO, other_id=TicketId(4), by=by))
    await by_mail(desk, f"#forward {DEPOT}\nWhose is it?", number=2)
    await merged(desk, 2, 1)
    after = await desk.ticket(1)
    assert (after.tags, after.linked) == (("vip",), (4,))
    assert (await desk.ticket(4)).linked == (1,)
    assert (await desk.ticket(3)).parent == 1
    assert await following(desk, 1) == {BOB.address}
    assert await desk.store.read(partial(sides.is_party, ticket=ONE, key=DEPOT.key))


# --- who gets what from then on ---------------------------------------------------------------


async def test_requester_and_participants_get_what_is_written_from_then_on(desk: Desk) -> None:
    """Nobody gets what was: of the other ticket they see its subject alone."""
    (theirs, *_) = await desk.sent(DAVE, 2)
    back = reply_address(theirs)
    await desk.receive(plan(back), to=back, reverse_path=DAVE)
    await merged(desk, 2, 1)
    assert set((await desk.ticket()).cc) == {DAVE, KIM}
    await answered(desk, 1, "It runs again.", ALICE)
    foreign = {HONG: (b"5678", b"plan", b"doors"), DAVE: (b"1234",), KIM: (b"1234", b"5678")}
    for who, hidden in foreign.items():
        (answer,) = [one for one in await desk.sent(who) if "It runs again." in str(one)]
        seen = everything_in(answer.as_bytes())
        assert [one for one in hidden if one in seen] == []
        assert answer["Subject"] == "[#1] The lift"
        assert list(answer.iter_attachments()) == []


async def test_who_was_left_out_joins_by_writing_again(desk: Desk) -> None:
    """Requester and participants alike, each for themselves."""
    await merged(desk, 2, 1, with_requester=False)
    assert (await desk.ticket()).cc == ()
    more = letter(KIM, "Hello?", "k1", "Re: Doors").replace(
        b"Subject:", b"In-Reply-To: <d1@elsewhere.example>\r\nSubject:"
    )
    await desk.receive(more, reverse_path=KIM)
    assert (await desk.ticket()).cc == (KIM,)
    assert await again(desk, "Hello?", "Re: Doors", "d2", In_Reply_To="<d1@elsewhere.example>") == 1
    assert set((await desk.ticket()).cc) == {DAVE, KIM}


# --- what leads there -------------------------------------------------------------------------


async def test_its_number_in_a_subject_leads_there_with_the_rights_that_one_had(
    desk: Desk,
) -> None:
    """Whom their server proves is heard, as on the old ticket; others are heard in private."""
    desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
    await merged(desk, 2, 1)
    assert await again(desk, "Hello?", "[#2] Doors", "d2", Authentication_Results=PASS) == 1
    assert await again(desk, "Hello??", "[#2] Doors", "d3") == 1
    first, second = (await desk.entries())[-2:]
    assert (first.author.role, first.visibility) == (Role.PARTICIPANT, Visibility.PUBLIC)
    assert (second.author.role, second.visibility) == (Role.PARTICIPANT, Visibility.PRIVATE)


async def test_a_stranger_gains_nothing_by_the_merge(desk: Desk) -> None:
    await merged(desk, 2, 1)
    (theirs, *_) = await desk.sent(DAVE, 2)
    content = letter(ERIN, "Let me in.", "e1", "Re: [#2] Doors")
    await desk.receive(content, to=reply_address(theirs), reverse_path=ERIN)
    entry = (await desk.entries())[-1]
    assert (entry.author.role, entry.visibility) == (Role.STRANGER, Visibility.PRIVATE)
    assert ERIN not in (await desk.ticket()).cc


async def test_under_the_old_subject_it_is_no_other_matter(desk: Desk) -> None:
    """`threading.split_changed_subject` looks at the subject of the ticket that is answered."""
    desk.set_policy(split_changed_subject=True)
    await merged(desk, 2, 1)
    answers = {"In_Reply_To": "<d1@elsewhere.example>"}
    assert await again(desk, "Hello?", "Re: Doors", "d2", **answers) == 1
    assert await again(desk, "Hello?", "Re: The lift", "d3", **answers) == 1
    assert await again(desk, "By the way", "My invoice", "d4", **answers) == 3


async def test_commands_lead_there(desk: Desk) -> None:
    """In an answer to an old notification, and of the old number."""
    await desk.receive(letter(ERIN, "Me too.", "e1", "Lift"), reverse_path=ERIN)
    await merged(desk, 2, 1)
    await by_mail(desk, "#tag urgent\n#me", number=2)
    assert ((await desk.ticket()).tags, (await desk.ticket()).assignee) == (
        ("urgent",),
        ALICE.address,
    )
    await by_mail(desk, "#merge 2", "a2", number=3)
    assert (await desk.ticket(3)).merged_into == 1
    await wished(desk, 2, TicketWish(add_tags=("old",)))
    assert (await desk.ticket()).tags == ("old", "urgent")


@pytest.mark.parametrize("left_out", [False, True])
@pytest.mark.parametrize("by_number", [False, True])
async def test_an_agent_who_had_asked_is_a_customer_by_their_old_mails(
    desk: Desk, by_number: bool, left_out: bool
) -> None:
    """What they write there goes to no other customer."""
    own = letter(BOB.address, "My door sticks.", "b1", "My door")
    await desk.receive(own, reverse_path=BOB.address, authenticated=str(BOB.address))
    (receipt,) = [one for one in await desk.sent(BOB.address, 3) if one["Auto-Submitted"]]
    await merged(desk, 3, 1, ALICE, with_requester=not left_out)
    assert await following(desk, 1) == (set() if left_out else {BOB.address})
    assert BOB.address not in (await desk.ticket()).cc
    before = [one for one in await desk.every_mail() if one.outside]
    await desk.receive(
        letter(BOB.address, "My own word is sesame.", "b2", "Re: [#3] My door"),
        to=SUPPORT if by_number else reply_address(receipt),
        reverse_path=BOB.address,
        authenticated=str(BOB.address),
    )
    assert [one for one in await desk.every_mail() if one.outside] == before
    entry = (await desk.entries())[-1]
    assert entry.text.strip() == "My own word is sesame."
    assert entry.author.role is Role.PARTICIPANT
    assert await following(desk, 1) == {BOB.address}
    assert BOB.address not in (await desk.ticket()).cc
    await by_mail(desk, "We mend it.", number=1, agent=ALICE)
    assert [one for one in await desk.sent(BOB.address) if "We mend it." in str(one)]
    assert [one for one in await desk.sent(HONG) if "sesame" in str(one)] == []


# --- who waits, who is told -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (Status.PENDING, EventKind.STATUS),
        (Status.RESOLVED, EventKind.REOPENED),
        (Status.CLOSED, EventKind.REOPENED),
    ],
)
async def test_who_waited_waits_there_and_opens_it(
    desk: Desk, status: Status, kind: EventKind
) -> None:
    waits = (await desk.ticket(2)).waiting_since
    await answered(desk, 1, "Which floor?")
    await wished(desk, 1, TicketWish(status=status))
    await merged(desk, 2, 1)
    after = await desk.ticket()
    assert (after.status, after.waiting_since) == (Status.OPEN, waits)
    assert {"from": status.value, "to": "open"} in await told(desk, 1, kind)


@pytest.mark.parametrize("agent", [ALICE, BOB, None])
async def test_whoever_had_or_followed_either_is_told(desk: Desk, agent: Agent | None) -> None:
    """But for the one who did it; and nobody outside."""
    carol = Address("carol", "partner.example")
    await wished(desk, 1, TicketWish(assignee=ALICE.address, follow=(MINSU.address,)))
    await wished(desk, 2, TicketWish(assignee=BOB.address, follow=(carol,)))
    before = await desk.every_mail()
    await merged(desk, 2, 1, agent)
    new = (await desk.every_mail())[len(before) :]
    everybody = {ALICE.address, BOB.address, MINSU.address, carol}
    but = set() if agent is None else {agent.address}
    assert [one.outside for one in new] == [False] * len(new)
    assert sorted(map(str, [one.recipient for one in new])) == sorted(map(str, everybody - but))


async def test_who_began_a_conversation_has_it_when_it_is_merged(desk: Desk) -> None:
    content = mail(
        "#new lee@other.example\nYour parcel is here.",
        from_=str(ALICE.address),
        subject="Your parcel",
        message_id="n1@acme.example",
    )
    await desk.receive(content, reverse_path=ALICE.address, authenticated=str(ALICE.address))
    assert (await desk.ticket(3)).started_by == ALICE.address.key
    before = await desk.every_mail()
    await merged(desk, 3, 1, BOB)
    new = (await desk.every_mail())[len(before) :]
    assert [one.recipient for one in new] == [ALICE.address]


async def test_what_does_not_belong_there_leaves_by_split(desk: Desk) -> None:
    await merged(desk, 2, 1)
    theirs = next(one for one in await desk.entries() if one.author.address == DAVE)
    new = (await parted(desk, 1, theirs.id)).ticket
    assert (new.id, new.requester.address, new.subject) == (3, DAVE, "Doors")
    assert await said(desk, 1) == ["My code is 1234."]
    assert (await desk.ticket(2)).merged_into == 1


@pytest.mark.parametrize("by_mail_too", [False, True])
async def test_a_customer_is_not_put_where_nobody_can_answer_them(
    desk: Desk, by_mail_too: bool
) -> None:
    """A part for colleagues has no requester to answer: it goes into the customer's ticket."""
    by = By("operator", desk.clock.now(), Seed(b"c" * 32))
    request = ChildRequest(ONE, "Order the part")
    child = (
        await desk.store.write(partial(make_child, ctx=desk.context, request=request, by=by))
    ).ticket
    if by_mail_too:
        await by_mail(desk, f"#merge {child.id}", number=2)
        assert "has no customer" in str(await desk.notification(number=2))
    else:
        with pytest.raises(DeskError, match="Ticket 3 has no customer"):
            await merged(desk, 2, child.id)
    assert (await desk.ticket(2)).merged_into is None
    await merged(desk, child.id, 2)
    after = await desk.ticket(2)
    assert (after.requester.address, after.cc) == (DAVE, (KIM,))
    await answered(desk, 2, "It is ordered.", ALICE)
    assert [one for one in await desk.sent(DAVE, 2) if "It is ordered." in str(one)]


async def test_a_customer_who_takes_part_in_vain_is_not_put_there_either(desk: Desk) -> None:
    by = By("operator", desk.clock.now(), Seed(b"c" * 32))
    request = ChildRequest(ONE, "Order the part")
    await desk.store.write(partial(make_child, ctx=desk.context, request=request, by=by))
    await wished(desk, 3, TicketWish(add_cc=(DAVE, KIM)))
    with pytest.raises(DeskError, match="Ticket 3 has no customer"):
        await merged(desk, 2, 3)


async def test_of_two_parts_neither_has_a_customer_to_lose(desk: Desk) -> None:
    for text in ("Order the part", "Order it again"):
        by = By("operator", desk.clock.now(), Seed(text.encode().ljust(32)))
        request = ChildRequest(ONE, text)
        await desk.store.write(partial(make_child, ctx=desk.context, request=request, by=by))
    await wished(desk, 4, TicketWish(add_cc=(DEPOT,)))
    await merged(desk, 4, 3)
    assert (await desk.ticket(3)).cc == (DEPOT,)


async def test_without_its_requester_it_may_become_part_of_one_that_has_none(desk: Desk) -> None:
    by = By("operator", desk.clock.now(), Seed(b"c" * 32))
    request = ChildRequest(ONE, "Order the part")
    await desk.store.write(partial(make_child, ctx=desk.context, request=request, by=by))
    await merged(desk, 2, 3, with_requester=False)
    assert (await desk.ticket(2)).merged_into == 3
    (theirs, *_) = await desk.sent(DAVE, 2)
    more = letter(DAVE, "Hello?", "d2", "Re: [#2] Doors")
    await desk.receive(more, to=reply_address(theirs), reverse_path=DAVE)
    news = str(await desk.notification(BOB.address, 3))
    assert "Hello?" in news
    assert "Your reply becomes an internal note and goes to no customer." in news


def test_no_command_undoes_a_merge() -> None:
    every = typer.main.get_command(roof(None)).commands["tickets"]  # type: ignore[attr-defined]
    assert "merge" in every.commands
    assert not any("unmerge" in name for name in every.commands)
    names = {name for one in every.commands["merge"].params for name in one.opts}
    assert "--undo" not in names
