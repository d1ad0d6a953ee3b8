"""docs/agents.md, what it says below its table of commands, of `#new` and of macros."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailgate.desk.commands.macros import NAMES, NOT_HERE, Macros, parse_macro
from mailgate.desk.words.templates import TemplateError
from mailgate.mail.address import Address
from mailgate.model.directory import Agent
from mailgate.model.ticket import EntryKind, Priority, Source, Status
from tests.deciders.desk_world import ALICE, BOB, MINSU, body, everything_in
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address
from tests.deciders.test_agents_page import PAGE

KIM, PARK = Address("kim", "customer.example"), Address("park", "customer.example")
ALICE_LEE = Agent(Address("lee", "acme.example"), "Alice Lee")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a customer's question."""
    async with open_desk(tmp_path) as place:
        await place.receive(mail())
        yield place


_NUMBER = iter(range(10_000))


async def answers(
    desk: Desk, told: EmailMessage, text: str, *, agent: Agent = ALICE, **fields: str
) -> None:
    """An agent's answer to a mail of ours."""
    to = reply_address(told)
    given = {"subject": f"Re: {told['Subject']}", "message_id": f"a{next(_NUMBER)}@a.x"} | fields
    content = mail(text, from_=str(agent.address), to=str(to), **given, **references(told))
    await desk.receive(content, to=to, reverse_path=agent.address)


async def says(desk: Desk, text: str) -> None:
    """Alice answers the notification of the customer's question."""
    (first, *_) = await desk.sent(ALICE.address)
    await answers(desk, first, text)


async def told(desk: Desk) -> str:
    """The last that Alice was told."""
    return " ".join(body(await desk.notification(), "plain").split())


# --- all or none ---------------------------------------------------------------------------------


async def test_an_answer_to_a_refusal_is_a_note_and_one_to_the_notification_is_done(
    desk: Desk,
) -> None:
    await says(desk, "#tagg x\nIt comes tomorrow.")
    assert "`#tagg x`: this is no command" in await told(desk)
    await answers(desk, await desk.notification(), "It comes tomorrow.")
    assert (await desk.entries())[-1].kind is EntryKind.NOTE
    assert len(await desk.sent(HONG)) == 1, "the acknowledgement alone"
    await says(desk, "#tag x\nIt comes tomorrow.")
    assert (await desk.ticket()).tags == ("x",)
    assert len(await desk.sent(HONG)) == 2


# --- what single commands do ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "agent"),
    [
        ("Bob Lee", BOB),
        ("BOB LEE", BOB),
        ("bob", BOB),
        ("bob@acme.example", BOB),
        ("alice.kim@gmail.example", ALICE),
        ("alice.kim", ALICE),
        ("김민수", MINSU),
    ],
)
async def test_assign_takes_a_name_an_address_or_what_stands_before_its_at(
    desk: Desk, name: str, agent: Agent
) -> None:
    await says(desk, f"#assign {name}")
    assert (await desk.ticket()).assignee == agent.address


@pytest.mark.parametrize("word", ["#assign nobody", "#배정 없음", "#담당 없음"])
async def test_assign_nobody(desk: Desk, word: str) -> None:
    await says(desk, "#me")
    assert (await desk.ticket()).assignee == ALICE.address
    await says(desk, word)
    assert (await desk.ticket()).assignee is None


async def test_of_several_who_are_called_so_the_author_is_told_who_they_are(desk: Desk) -> None:
    known = desk.context.directory
    agents = {**known.agents, ALICE_LEE.address.key: ALICE_LEE}
    desk.context = replace(desk.context, directory=replace(known, agents=agents))
    await says(desk, "#assign lee")  # what stands before the `@` goes before a part of a name
    assert (await desk.ticket()).assignee == ALICE_LEE.address
    twin = Agent(Address("b2", "acme.example"), BOB.name)
    agents[twin.address.key] = twin
    desk.context = replace(desk.context, directory=replace(known, agents=agents))
    await says(desk, "#assign Bob Lee")
    assert (await desk.ticket()).assignee == ALICE_LEE.address
    for one in (BOB, twin):
        assert f"Bob Lee <{one.address}>" in await told(desk)


async def test_cc_brings_several_who_get_this_answer_and_all_that_follow(desk: Desk) -> None:
    """Nothing of what was written before, and nothing of the agent's mailbox."""
    inside = (
        b"parcel has not come",
        b"alice@",
        str(reply_address(await desk.notification())).encode(),
    )
    await says(desk, f"#cc {KIM}, {PARK} lee@other.example\nIt comes tomorrow.")
    joined = (KIM, PARK, Address("lee", "other.example"))
    assert set((await desk.ticket()).cc) == set(joined)
    await says(desk, "At noon.")
    for one in joined:
        got = await desk.sent(one)
        said = [body(each, "plain").splitlines()[0] for each in got]
        assert said == ["It comes tomorrow.", "At noon."]
        seen = b"".join(everything_in(each.as_bytes()) for each in got)
        assert not any(each in seen for each in inside)


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        *(("low", Priority.LOW), ("낮음", Priority.LOW)),
        *(("normal", Priority.NORMAL), ("보통", Priority.NORMAL)),
        *(("high", Priority.HIGH), ("높음", Priority.HIGH)),
        *(("urgent", Priority.URGENT), ("긴급", Priority.URGENT)),
    ],
)
async def test_priorities_in_both_languages(desk: Desk, word: str, priority: Priority) -> None:
    other = "high" if priority is Priority.NORMAL else "normal"
    await says(desk, f"#priority {other}")
    await says(desk, f"#우선순위 {word}")
    assert (await desk.ticket()).priority is priority
    assert f"`{word}`" in PAGE


async def test_spam_sends_no_mail(desk: Desk) -> None:
    """To nobody, and who is told of it reads it in the next mail."""
    desk.set_policy(tell_resolved=True)
    before = [one.id for one in await desk.every_mail()]
    await says(desk, "#spam")
    assert (await desk.ticket()).spam
    assert [one.id for one in await desk.every_mail()] == before


async def test_it_shuts_out_whom_agents_have_answered_on_this_ticket_alone(desk: Desk) -> None:
    await says(desk, "Who are you?")
    await says(desk, "#spam")
    row = await desk.receive(mail("Buy!", message_id="s2@customer.example", subject="Buy"))
    assert row.cause == "blocked_sender"


# --- writing first -------------------------------------------------------------------------------

FORWARDED = """\
---------- Forwarded message ---------
From: Park <park@customer.example>
Date: Sun, Jan 4, 2026 at 9:00 AM
Subject: The hinge
To: <alice@acme.example>

The hinge is broken.
"""


async def test_new_above_a_forwarded_mail_shows_it_to_that_address(desk: Desk) -> None:
    content = mail(
        f"#new lee@other.example\nCan you mend this?\n\n{FORWARDED}",
        from_=str(ALICE.address),
        subject="Fwd: The hinge",
        message_id="n1@acme.example",
    )
    alice = str(ALICE.address)
    await desk.receive(content, reverse_path=ALICE.address, authenticated=alice, trusted=True)
    ticket = await desk.ticket(2)
    assert ticket.source is Source.OUTBOUND_EMAIL
    assert ticket.requester.address == Address("lee", "other.example")
    (got,) = await desk.sent(ticket.requester.address, 2)
    text = body(got, "plain")
    assert text.index("Can you mend this?") < text.index("The hinge is broken.")
    assert b"alice@" not in got.as_bytes()
    assert await desk.sent(PARK, 2) == []


# --- macros --------------------------------------------------------------------------------------


async def with_macro(desk: Desk, text: str) -> str:
    """What the customer gets of an answer with this macro."""
    macro = parse_macro("shown", text, "page")
    desk.context = replace(desk.context, macros=Macros({"": {"shown": macro}}))
    await says(desk, "#macro shown\n")
    return body((await desk.sent(HONG))[-1], "plain").splitlines()[0]


async def test_each_name_of_the_page_is_filled_in(desk: Desk) -> None:
    listed = re.search(r"The names are (.*?);", PAGE)
    assert listed is not None
    names = re.findall(r"\{\{ (\w+) \}\}", listed[1])
    assert set(names) == NAMES
    line = await with_macro(desk, " | ".join(f"{{{{ {name} }}}}" for name in names) + "\n")
    assert line.split(" | ") == [
        *("Hong", "Where is my parcel?", "1", "[#1]", "Alice Kim", "Acme Support"),
        "support@acme.example",
    ]


@pytest.mark.parametrize(("shown", "line"), [(True, "Hello from Alice Kim."), (False, "Hello.")])
async def test_a_part_stands_where_its_name_is_there(desk: Desk, *, shown: bool, line: str) -> None:
    """Of an agent whose name customers do not see, there is none."""
    desk.set_policy(names_agents=shown)
    assert await with_macro(desk, "Hello{% if agent %} from {{ agent }}{% endif %}.\n") == line


def test_what_cannot_stand_in_a_macro() -> None:
    listed = re.search(r"(`#note`.*) and other macros cannot stand in one\.", PAGE)
    assert listed is not None
    words = [*re.findall(r"`#(\w+)`", listed[1]), "macro"]
    assert set(words) == {verb.value for verb in NOT_HERE}
    for word in words:
        with pytest.raises(TemplateError, match=f"#{word} cannot stand in a macro"):
            parse_macro("a", f"#{word} x\n\nText.\n", "m")


async def test_a_macros_commands_are_obeyed_with_those_of_the_mail(desk: Desk) -> None:
    macro = parse_macro("shown", "#tag refund\n#pending\n\nWe have begun.\n", "page")
    desk.context = replace(desk.context, macros=Macros({"": {"shown": macro}}))
    await says(desk, "#priority high\n#macro shown\n#me\nSorry.")
    ticket = await desk.ticket()
    assert (ticket.tags, ticket.status) == (("refund",), Status.PENDING)
    assert (ticket.priority, ticket.assignee) == (Priority.HIGH, ALICE.address)
    lines = body((await desk.sent(HONG))[-1], "plain").splitlines()
    assert [line for line in lines if line][:2] == ["We have begun.", "Sorry."]
