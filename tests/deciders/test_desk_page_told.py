"""docs/desk.md on spam, on who is told of what, and on agents who work from their mailbox: what it
says and no other file plays."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.cli.main import run
from mailgate.daemon.gateway import desk_context
from mailgate.desk.commands.macros import load_macros
from mailgate.desk.starts.starting import StartRequest, start
from mailgate.desk.ticket.changes import TicketWish
from mailgate.model.decision import QuarantineCause
from mailgate.model.directory import Agent
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, EventKind, Status, Visibility
from mailgate.model.verb import Verb
from tests.deciders.desk_world import ALICE, BOB, CAROL, HELP_KO, MINSU, SUPPORT, body
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address
from tests.deciders.life_world import (
    DAVE,
    answered,
    by_mail,
    called_spam,
    letter,
    said,
    told,
    who_hears,
    wished,
)

ROOT = Path(__file__).resolve().parents[2]
INSIDE = "##- Your reply becomes an internal note and goes to no customer."
Answering = Callable[[Desk], Awaitable[None]]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Hong's ticket 1, of Alice's and Bob's group."""
    async with open_desk(tmp_path) as place:
        await place.receive(letter(HONG, "It stands.", "h1"))
        yield place


async def told_last(desk: Desk, agent: Agent) -> str:
    return body(await desk.notification(agent.address), "plain")


# --- spam, deleted ----------------------------------------------------------------------------


async def test_who_is_shut_out_is_heard_where_agents_began(desk: Desk) -> None:
    await desk.receive(letter(DAVE, "Win a car.", "d1"), reverse_path=DAVE)
    await called_spam(desk, 2)
    request = StartRequest(SUPPORT, (DAVE,), "Your order", "It is on its way.")
    now = desk.clock.now()
    work = partial(start, ctx=desk.context, request=request, now=now, seed=Seed(b"x" * 32))
    await desk.store.write(work)
    (ours,) = await desk.sent(DAVE, 3)
    answer = letter(DAVE, "Thank you.", "d2", "Re: [#3] Your order")
    assert (await desk.receive(answer, to=reply_address(ours), reverse_path=DAVE)).ticket == 3
    other = await desk.receive(letter(DAVE, "Win two cars.", "d3"), reverse_path=DAVE)
    assert other.cause == QuarantineCause.BLOCKED_SENDER.value


def test_check_config_says_that_an_answer_may_come_too_late(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Closed tickets are deleted before `reopen_within` (30 days) is over."""
    path = tmp_path / "mailgate.toml"
    path.write_text(
        f'[gateway]\ndata_dir = "{tmp_path}"\n[[address]]\naddress = "support@acme.example"\n'
        '[desk]\ndelete_closed_after = "20d"\n'
    )
    assert run(["--config", str(path), "check-config"]) == 0
    assert "desk.delete_closed_after: " in capfd.readouterr().err


# --- who is told ------------------------------------------------------------------------------


async def test_a_note_reaches_group_assignee_and_followers_each_once(desk: Desk) -> None:
    """Bob is of the group and follows; nobody outside hears of it, nor Alice, who writes it."""
    mine = TicketWish(assignee=MINSU.address, follow=(CAROL.address, BOB.address))
    await wished(desk, 1, mine)
    noted = by_mail(desk, "#note\nHe has called twice.")
    assert await who_hears(desk, noted) == [BOB.address, CAROL.address, MINSU.address]


@pytest.mark.parametrize(
    ("named", "who"),
    [
        ("@alice", ALICE),
        ("@Alice Kim", ALICE),
        ("@alice@acme.example", ALICE),
        ("@김민수님", MINSU),
    ],
)
async def test_a_note_reaches_whom_it_names_in_each_way(desk: Desk, named: str, who: Agent) -> None:
    """Neither has to do with the ticket, which is Bob's and Carol's."""
    await wished(desk, 1, TicketWish(group="partners"))
    noted = by_mail(desk, f"#note\n{named}, do you know more?", agent=BOB)
    assert set(await who_hears(desk, noted)) == {CAROL.address, who.address}
    assert "do you know more?" in await told_last(desk, who)


async def test_a_name_in_an_agents_answer_means_nothing(desk: Desk) -> None:
    assert await who_hears(desk, by_mail(desk, "@Carol sends it today.")) == [HONG]


async def test_an_answer_reaches_who_has_the_ticket_and_follows_it_alone(desk: Desk) -> None:
    await wished(desk, 1, TicketWish(assignee=MINSU.address, follow=(CAROL.address,)))
    heard = await who_hears(desk, by_mail(desk, "It runs again."))
    assert heard == [CAROL.address, HONG, MINSU.address], "and not Bob, who is of the group"


async def test_an_answer_has_html_where_its_writers_mail_had(desk: Desk) -> None:
    await by_mail(desk, "It runs again.")
    (_, plain) = await desk.sent(HONG)
    assert plain.get_body(("html",)) is None
    html = mail(
        "<p>It <b>really</b> does.</p>",
        from_=str(ALICE.address),
        message_id="a2@acme.example",
        MIME_Version="1.0",
        Content_Type="text/html",
    )
    to = reply_address(await desk.notification())
    await desk.receive(html, to=to, reverse_path=ALICE.address)
    assert "It <b>really</b> does." in body((await desk.sent(HONG))[-1], "html")


async def test_what_the_desk_says_of_an_agents_mail_reads_well_on_a_phone(desk: Desk) -> None:
    await by_mail(desk, "#asign bob\nIt runs again.")
    html = body(await desk.notification(), "html")
    assert '<meta name="viewport" content="width=device-width' in html
    assert html.index("internal note") < html.index("<strong>Nothing in your mail was carried out")


async def test_a_korean_desk_says_in_korean_what_went_to_nobody(desk: Desk) -> None:
    await desk.receive(mail(to=str(HELP_KO), message_id="k1@customer.example"), to=HELP_KO)
    to = reply_address(await desk.notification(MINSU.address, 2))
    passed_on = letter(MINSU.address, "이것 좀 보세요.", "m1", "Fwd: [#2] 배송")
    await desk.receive(passed_on, to=to, reverse_path=MINSU.address)
    said_so = body(await desk.notification(MINSU.address, 2), "plain")
    assert said_so.startswith("##- 답장하시면 내부 메모로만 저장되고 고객에게는 발송되지 않습니다.")
    assert "작성하신 글을 고객에게 보내지 않았습니다." in said_so


# --- agents work from their mailbox -----------------------------------------------------------


@pytest.mark.parametrize("said_so", ["public", "note"])
def test_the_settings_say_what_a_reply_is(tmp_path: Path, said_so: str) -> None:
    text = f'[gateway]\ndata_dir = "{tmp_path}"\n[agents]\nreply_is = "{said_so}"\n'
    policy = desk_context(settings.parse(text.encode(), source="test")).policy
    assert policy.reply_is_public is (said_so == "public")


async def test_a_note_with_a_command_that_cannot_be_goes_to_nobody(desk: Desk) -> None:
    await by_mail(desk, "#note\nWho does this?")
    refused = by_mail(desk, "#asign alice\nI do not.", agent=BOB)
    assert await who_hears(desk, refused) == [BOB.address]
    assert "`#asign alice`: this is no command" in await told_last(desk, BOB)
    assert {"what": "note", "why": "command"} in await told(desk, 1, EventKind.SUPPRESSED)
    assert (await said(desk, 1))[-1] == "#asign alice\nI do not."


async def test_a_note_with_a_command_below_its_words_stays_one(desk: Desk) -> None:
    """The colleagues get it; nothing is done, and its author is told that nothing was."""
    await by_mail(desk, "#note\nWho does this?")
    noted = by_mail(desk, "#tag lift\nI do.\n#close", agent=BOB)
    assert await who_hears(desk, noted) == [ALICE.address, BOB.address]
    assert "I do." in await told_last(desk, ALICE)
    refused = await told_last(desk, BOB)
    assert refused.startswith(INSIDE)
    assert "Your note is on the ticket, and your colleagues are told of it." in refused
    ticket = await desk.ticket()
    assert (ticket.status, ticket.tags) == (Status.OPEN, ())


async def test_what_commands_do_are_the_tickets_events_by_the_agent(desk: Desk) -> None:
    desk.context = replace(desk.context, macros=load_macros(ROOT / "config" / "macros"))
    await by_mail(desk, "#priority high\n#macro refund\nSorry.")
    alices = [one for one in await desk.events() if one.actor == str(ALICE.address)]
    done = {one.kind: dict(one.detail) for one in alices if one.kind is not EventKind.MESSAGE}
    assert done == {
        EventKind.COMMANDED: {"command": "#macro refund"},
        EventKind.PRIORITY: {"from": "normal", "to": "high"},
        EventKind.STATUS: {"from": "open", "to": "pending"},
        EventKind.TAGGED: {"tag": "refund"},
    }


async def test_a_number_sign_of_an_agent_who_is_the_customer_is_text(desk: Desk) -> None:
    async def writes(text: str, name: str, **fields: str) -> None:
        own = mail(
            text,
            from_=str(MINSU.address),
            subject="Screen",
            message_id=f"{name}@hangook.example",
            **fields,
        )
        login = str(MINSU.address)
        await desk.receive(own, reverse_path=MINSU.address, authenticated=login)

    await writes("It is broken.", "m1")
    (got,) = await desk.sent(MINSU.address, 2)
    await writes("#close\nIs it settled?", "m2", **references(got))
    assert (await said(desk, 2))[-1] == "#close\nIs it settled?"
    assert (await desk.ticket(2)).status is Status.OPEN
    assert [one.visibility for one in await desk.entries(2)] == [Visibility.PUBLIC] * 2


@pytest.mark.parametrize(("given", "tags"), [((), ("old",)), ((Verb.TAG, Verb.UNTAG), ("new",))])
async def test_collaborators_write_notes_and_bid_what_they_are_given(
    desk: Desk, given: tuple[Verb, ...], tags: tuple[str, ...]
) -> None:
    desk.set_policy(commands_for_collaborators=frozenset(given))
    await wished(desk, 1, TicketWish(group="partners", add_tags=("old",)))
    await by_mail(desk, "#tag new\n#untag old\nIt has a new motor.", agent=CAROL)
    assert (await desk.ticket()).tags == tags
    assert (await desk.entries())[-1].kind is EntryKind.NOTE
    assert len(await desk.sent(HONG)) == 1, "the acknowledgement"


@pytest.mark.parametrize(("seconds", "both"), [(600, True), (601, False)])
async def test_two_answer_the_same_mail_within_ten_minutes(
    desk: Desk, seconds: int, *, both: bool
) -> None:
    await by_mail(desk, "It runs again.")
    await desk.clock.advance(seconds)
    heard = await who_hears(desk, by_mail(desk, "It runs tomorrow.", agent=BOB))
    assert heard == ([ALICE.address, BOB.address, HONG] if both else [HONG])


async def by_command(desk: Desk) -> None:
    await answered(desk, 1, "It runs tomorrow.", BOB)


async def by_copy(desk: Desk) -> None:
    """To the customer from Bob's own mailbox, with the desk in Cc."""
    copy = mail(
        "It runs tomorrow.",
        from_=str(BOB.address),
        to=str(HONG),
        Cc=str(SUPPORT),
        message_id="b1@acme.example",
        In_Reply_To="<h1@customer.example>",
    )
    login = str(BOB.address)
    await desk.receive(copy, reverse_path=BOB.address, trusted=True, authenticated=login)


@pytest.mark.parametrize("way", [by_command, by_copy])
async def test_however_the_second_one_answers(desk: Desk, way: Answering) -> None:
    """Each gets one mail of it, also who has the ticket and is told of every answer."""
    await wished(desk, 1, TicketWish(assignee=ALICE.address))
    await by_mail(desk, "It runs again.")
    heard = await who_hears(desk, way(desk))
    assert [who for who in heard if who != HONG] == [ALICE.address, BOB.address]
    assert "It runs tomorrow." in await told_last(desk, ALICE)
    assert "It runs again." in await told_last(desk, BOB)


@pytest.mark.parametrize("second", [by_mail, by_copy, by_command])
async def test_what_was_done_is_told_later_where_they_are_told_of_both_answers(
    desk: Desk, second: Callable[..., Awaitable[None]]
) -> None:
    """The mail that would have said it is not sent: who has the ticket gets one mail of it."""
    await wished(desk, 1, TicketWish(assignee=ALICE.address))
    await by_mail(desk, "It runs again.")
    await desk.clock.advance(60)
    await wished(desk, 1, TicketWish(add_tags=("vip",)))
    await desk.clock.advance(60)
    await (by_mail(desk, "It runs.", agent=BOB) if second is by_mail else second(desk))
    assert "tagged vip" not in await told_last(desk, ALICE)
    ours = (await desk.sent(HONG))[-1]
    answer = mail("Since when?", message_id="h9@customer.example", **references(ours))
    await desk.receive(answer, to=reply_address(ours))
    assert "tagged vip" in await told_last(desk, ALICE)
