"""docs/desk.md, "The life of a ticket": what is said there of each status, and of what an answer
makes of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.daemon.gateway import desk_context
from mailgate.desk.context import DeskPolicy
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.deleting import delete_closed
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind, Status
from tests.deciders.bounce_world import Post
from tests.deciders.desk_world import ALICE, BOB
from tests.deciders.inbound_world import HONG, NULL, Desk, mail, open_desk, reply_address
from tests.deciders.life_world import (
    DAVE,
    answered,
    by_mail,
    closed_in_time,
    letter,
    told,
    wished,
)
from tests.harness.reports import Told

DAY = 86400.0
MOVES = frozenset({EventKind.STATUS, EventKind.REOPENED})


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Hong's ticket 1."""
    async with open_desk(tmp_path) as place:
        await place.receive(letter(HONG, "My parcel has not come.", "h1", "Parcel"))
        yield place


async def asks_again(desk: Desk, name: str = "h2") -> int | None:
    """Hong answers the acknowledgement; the ticket on which that is."""
    (first, *_) = await desk.sent(HONG)
    answer = letter(HONG, "And now?", name, "Re: [#1] Parcel")
    return (await desk.receive(answer, to=reply_address(first))).ticket


async def moves(desk: Desk) -> int:
    """How often its status was changed."""
    return len([one for one in await desk.events() if one.kind in MOVES])


# --- what the settings say when nobody has set them -------------------------------------------


def policy(folder: Path, text: str = "") -> DeskPolicy:
    config = f'{text}\n[gateway]\ndata_dir = "{folder}"\n[[address]]\naddress = "a@acme.example"\n'
    return desk_context(settings.parse(config.encode(), source="test")).policy


def test_the_defaults_of_the_page(tmp_path: Path) -> None:
    made = policy(tmp_path)
    assert made.close_resolved_after == timedelta(days=4)
    assert made.reopen_within == timedelta(days=30)
    assert made.delete_closed_after is None
    assert made.status_after_reply is None
    assert not made.tell_resolved
    assert made.parent_resolves


def test_the_settings_of_the_page_reach_the_desk(tmp_path: Path) -> None:
    text = (
        '[threading]\nreopen_within = "10d"\n[desk]\nstatus_after_reply = "{}"\n'
        'close_resolved_after = "7d"\ndelete_closed_after = "365d"\n'
        "tell_resolved = true\nparent_resolves = false\n"
    )
    for word in ("pending", "open", "resolved"):
        assert policy(tmp_path, text.format(word)).status_after_reply is Status(word)
    made = policy(tmp_path, text.format("leave"))
    assert made.close_resolved_after == timedelta(days=7)
    assert made.reopen_within == timedelta(days=10)
    assert made.delete_closed_after == timedelta(days=365)
    assert made.tell_resolved
    assert not made.parent_resolves
    assert made.status_after_reply is None


# --- the statuses -----------------------------------------------------------------------------


async def test_a_customers_answer_leaves_an_open_ticket_open(desk: Desk) -> None:
    assert await asks_again(desk) == 1
    assert (await desk.ticket()).status is Status.OPEN
    assert await moves(desk) == 0


async def test_pending_waits_as_long_as_it_takes(desk: Desk) -> None:
    day = timedelta(days=1)
    desk.set_policy(close_resolved_after=day, delete_closed_after=day)
    await wished(desk, 1, TicketWish(status=Status.PENDING))
    await desk.clock.advance(4000 * DAY)
    assert await closed_in_time(desk) == 0
    job = partial(delete_closed, ctx=desk.context, now=desk.clock.now(), seed=Seed(b"d" * 32))
    assert (await desk.store.write(partial(job, limit=10))).taken == 0
    assert (await desk.ticket()).status is Status.PENDING
    assert await asks_again(desk) == 1
    assert (await desk.ticket()).status is Status.OPEN


@pytest.mark.parametrize(("seconds", "ticket"), [(0, 1), (1, 2)])
async def test_thirty_days_are_counted_from_the_closing(
    desk: Desk, seconds: int, ticket: int
) -> None:
    """Not from the day on which it was resolved."""
    desk.set_policy(close_resolved_after=timedelta(days=4))
    await wished(desk, 1, TicketWish(status=Status.RESOLVED))
    await desk.clock.advance(4 * DAY)
    assert await closed_in_time(desk) == 1
    await desk.clock.advance(30 * DAY + seconds)
    assert await asks_again(desk) == ticket
    status = Status.OPEN if ticket == 1 else Status.CLOSED
    assert (await desk.ticket()).status is status
    assert (await desk.ticket(ticket)).linked == (() if ticket == 1 else (1,))
    assert (await desk.ticket(ticket)).status is Status.OPEN


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("what", ["absence note", "report"])
async def test_a_machine_s_mail_changes_no_status(desk: Desk, status: Status, what: str) -> None:
    post = Post(desk)
    await post.leave()
    await answered(desk, 1, "It comes tomorrow.", ALICE)
    await post.leave()
    await wished(desk, 1, TicketWish(status=status))
    before = await moves(desk)
    if what == "report":
        decided = await post.report(Told(str(HONG)))
        assert decided["disposition"] == "record_bounce"
    else:
        (first, *_) = await desk.sent(HONG)
        away = mail(
            "I am away.",
            message_id="away@customer.example",
            subject="Out of office: [#1] Parcel",
            Auto_Submitted="auto-replied",
        )
        row = await desk.receive(away, to=reply_address(first), reverse_path=NULL)
        assert row.ticket == 1
    assert (await desk.ticket()).status is status
    assert await moves(desk) == before


# --- what an answer makes of it ---------------------------------------------------------------


async def replies(desk: Desk, way: str, text: str, number: int = 1) -> None:
    """Alice answers the customer."""
    if way == "by mail":
        await by_mail(desk, text, f"a{number}", number)
    elif way == "by a copy":
        content = mail(
            text,
            from_=str(ALICE.address),
            to=str(HONG),
            subject="Re: Parcel",
            message_id="own@acme.example",
            Cc="support@acme.example",
            In_Reply_To="<h1@customer.example>",
        )
        who = ALICE.address
        await desk.receive(content, reverse_path=who, trusted=True, authenticated=str(who))
    else:
        await answered(desk, number, text, ALICE)


@pytest.mark.parametrize("way", ["by mail", "by a copy", "on the command line"])
@pytest.mark.parametrize("wanted", [None, Status.PENDING, Status.OPEN, Status.RESOLVED])
async def test_however_an_agent_answers_the_status_is_that_of_the_settings(
    desk: Desk, way: str, wanted: Status | None
) -> None:
    desk.set_policy(status_after_reply=wanted)
    before = Status.RESOLVED if wanted is Status.OPEN else Status.OPEN
    await wished(desk, 1, TicketWish(status=before))
    await replies(desk, way, "It comes tomorrow.")
    assert (await desk.entries())[-1].author.address == ALICE.address
    assert (await desk.ticket()).first_response_at is not None
    assert (await desk.ticket()).status is (wanted or before)


@pytest.mark.parametrize(
    ("setting", "command", "status"),
    [
        (Status.PENDING, "#open", Status.OPEN),
        (Status.RESOLVED, "#pending", Status.PENDING),
        (Status.PENDING, "#close", Status.CLOSED),
        (Status.OPEN, "#resolve", Status.RESOLVED),
    ],
)
async def test_a_command_has_the_last_word(
    desk: Desk, setting: Status, command: str, status: Status
) -> None:
    desk.set_policy(status_after_reply=setting, tell_resolved=True)
    before = (await desk.ticket()).status
    await by_mail(desk, f"{command}\nIt comes tomorrow.")
    assert (await desk.ticket()).status is status
    assert await moves(desk) == (status is not before), "nothing else happens in between"
    mails = [str(one) for one in await desk.sent(HONG)]
    assert ["It comes tomorrow." in one for one in mails] == [False, True]


async def test_what_a_command_overrules_moves_no_whole(desk: Desk) -> None:
    """The last part is not done when the mail that answers it says so."""
    desk.set_policy(status_after_reply=Status.RESOLVED, tell_resolved=True)
    await desk.receive(letter(DAVE, "A part of it.", "d1"), reverse_path=DAVE)
    await wished(desk, 2, TicketWish(parent=TicketId(1)))
    await by_mail(desk, "#pending\nWhich floor?", number=2)
    assert (await desk.ticket(2)).status is Status.PENDING
    assert (await desk.ticket()).status is Status.OPEN


# --- who is told ------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["a command", "the command line", "time"])
async def test_nobody_is_told_that_a_ticket_is_closed(desk: Desk, way: str) -> None:
    desk.set_policy(tell_resolved=True, close_resolved_after=timedelta(days=4))
    seen = TicketWish(assignee=BOB.address, follow=(BOB.address, ALICE.address))
    await wished(desk, 1, seen)
    if way == "time":
        await wished(desk, 1, TicketWish(status=Status.RESOLVED))
    before = len(await desk.every_mail())
    if way == "a command":
        await by_mail(desk, "#close")
    elif way == "time":
        await desk.clock.advance(4 * DAY)
        assert await closed_in_time(desk) == 1
    else:
        await wished(desk, 1, TicketWish(status=Status.CLOSED))
    assert (await desk.ticket()).status is Status.CLOSED
    assert len(await desk.every_mail()) == before


async def test_an_answer_on_a_part_says_nothing_to_the_customer_of_the_whole(desk: Desk) -> None:
    """Theirs is resolved with it, and nothing else tells them so."""
    desk.set_policy(tell_resolved=True)
    await answered(desk, 1, "We see to it.", ALICE)
    await desk.receive(letter(DAVE, "A part of it.", "d1"), reverse_path=DAVE)
    await wished(desk, 2, TicketWish(parent=TicketId(1)))
    hongs, daves = len(await desk.sent(HONG)), len(await desk.sent(DAVE, 2))
    await by_mail(desk, "#resolve\nIt is done.", number=2)
    assert (await desk.ticket()).status is Status.RESOLVED
    assert len(await desk.sent(DAVE, 2)) == daves + 1, "the answer alone"
    assert len(await desk.sent(HONG)) == hongs + 1
    assert await told(desk, 1, EventKind.STATUS) == [{"from": "open", "to": "resolved"}]
