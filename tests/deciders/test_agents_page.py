"""docs/agents.md says what happens: each of its examples is played here."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.by import By
from mailgate.desk.commands.macros import Macros, load_macros, parse_macro
from mailgate.desk.commands.orders import ALIASES, Verb, read_orders
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, Source, Status
from mailgate.store import followers
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE, BOB, MINSU
from tests.deciders.inbound_world import Desk, mail, open_desk, references, reply_address

HONG = Address("hong", "customer.example")
ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "agents.md").read_text("utf-8")
_CODE = re.compile(r"`([^`]*)`")
_BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A row of the table of commands."""

    lines: tuple[str, ...]
    customer: str
    ticket: str

    @property
    def words(self) -> str:
        return "\n".join(self.lines)


def examples() -> list[Example]:
    table = PAGE.split("| You write |", 1)[1].split("\n\n", 1)[0]
    rows = [line.strip("|").split(" | ") for line in table.split("\n")[2:]]
    return [Example(tuple(_CODE.findall(you)), gets.strip(), becomes.strip())
            for you, gets, becomes in rows]  # fmt: skip


EXAMPLES = examples()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The desk of the page: ticket 1 as the page says that it is, and a second one."""
    async with open_desk(tmp_path) as place:
        directory = place.context.directory
        groups = {**directory.groups, "returns": (BOB,)}
        place.context = replace(
            place.context,
            directory=replace(directory, groups=groups),
            macros=load_macros(ROOT / "config" / "macros"),
        )
        await place.receive(mail())
        await place.receive(mail("Another.", message_id="q2@c.example", subject="Another"))
        yield place


async def prepare(desk: Desk, *, follows: bool) -> None:
    wish = TicketWish(
        status=Status.PENDING,
        assignee=MINSU.address,
        add_tags=("old",),
        follow=(ALICE.address,) if follows else (),
    )

    def write(conn: Connection) -> None:
        by = By("operator", desk.clock.now(), Seed(bytes(32)))
        set_ticket(conn, desk.context, TicketId(1), wish, by=by)

    await desk.store.write(write)


async def say(desk: Desk, words: str) -> None:
    """Alice answers the notification of the customer's question."""
    (first, *_) = await desk.sent(ALICE.address)
    to = reply_address(first)
    answer = mail(
        words,
        from_=str(ALICE.address),
        to=str(to),
        subject="Re: [#1] Where is my parcel?",
        message_id="a1@acme.example",
        **references(first),
    )
    await desk.receive(answer, to=to, reverse_path=ALICE.address)


def plain(message: object) -> str:
    body = message.get_body(("plain",))  # type: ignore[attr-defined]
    return " ".join(body.get_content().split())


async def answers(desk: Desk) -> list[str]:
    """What went to the customer but for the acknowledgement."""
    return [plain(message) for message in (await desk.sent(HONG))[1:]]


async def seen(desk: Desk) -> dict[str, str]:
    """All that the page says of a ticket, read from the ticket."""
    ticket, written = await desk.ticket(), await desk.entries()
    follow = await desk.store.read(partial(followers.of_ticket, ticket=TicketId(1)))
    notes = [" ".join(entry.text.split()) for entry in written if entry.kind is EntryKind.NOTE]
    there = {HONG, *ticket.cc}
    sent = [d.recipient for d in await desk.deliveries() if d.lane.value == "reply"]
    return {
        "note": ", ".join(notes),
        "status": ticket.status.value,
        "assignee": "nobody" if ticket.assignee is None else str(ticket.assignee),
        "group": str(ticket.group),
        "priority": ticket.priority.value,
        "tags": ", ".join(sorted(ticket.tags)) or "none",
        "cc": ", ".join(map(str, ticket.cc)),
        "followers": ", ".join(map(str, follow)) or "nobody",
        "merged into": str(ticket.merged_into),
        "spam": "yes" if ticket.spam else "no",
        "forwarded to": ", ".join(str(one) for one in sent if one not in there),
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: " ".join(example.lines))
async def test_an_example_of_the_page_does_what_the_page_says(desk: Desk, example: Example) -> None:
    await prepare(desk, follows="#unfollow" in example.lines)
    before = await seen(desk)
    await say(desk, example.words)
    got = await answers(desk)
    if example.customer == "nothing":
        assert got == []
    else:
        (answer,) = got
        pieces = _CODE.findall(example.customer)[0].split(" … ")
        assert all(piece in answer for piece in pieces)
        assert "#" not in answer
    what, _, why = example.ticket.partition("refused: ")
    if why:
        assert why in plain((await desk.sent(ALICE.address))[-1])
        assert await seen(desk) == {**before, "note": " ".join(example.lines)}
    else:
        changed = dict(one.split(": ") for one in what.split("; ") if one != "nothing else")
        assert await seen(desk) == {**before, **changed}


def test_every_command_has_an_example() -> None:
    shown = {order.verb for each in EXAMPLES for order in read_orders(each.words).orders}
    assert shown == set(Verb)


def test_the_korean_words_of_the_page_are_those_that_are_obeyed() -> None:
    table = PAGE.split("In Korean:", 1)[1].split("Priorities", 1)[0]
    cells = [_CODE.findall(cell) for cell in table.split("|") if "#" in cell]
    shown = {word.strip("#"): english.strip("#") for english, *others in cells for word in others}
    assert shown == {word: verb.value for word, verb in ALIASES.items()}


async def test_the_page_shows_how_to_write_first(desk: Desk) -> None:
    block = next(text for text in _BLOCK.findall(PAGE) if text.startswith("To: "))
    head, _, words = block.partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.split("\n"))
    desk.set_policy(trusted_authserv_ids=frozenset())
    first = mail(
        words,
        from_=str(ALICE.address),
        to=fields["To"],
        subject=fields["Subject"],
        message_id="n1@acme.example",
    )
    await desk.receive(first, reverse_path=ALICE.address, authenticated=str(ALICE.address))
    ticket = await desk.ticket(3)
    lee = Address("lee", "other.example")
    assert (ticket.source, ticket.status) == (Source.OUTBOUND_EMAIL, Status.CLOSED)
    assert ticket.requester.address == lee
    (sent,) = await desk.sent(lee, 3)
    assert sent["From"] == '"Alice Kim (Acme Support)" <support@acme.example>'
    assert plain(sent).startswith("It was not taken in. Shall we send it again?")
    assert "#new" not in sent.as_string()


async def test_an_answer_may_begin_a_conversation_with_a_subject_of_its_own(desk: Desk) -> None:
    (first, *_) = await desk.sent(ALICE.address)
    to = reply_address(first)
    words = mail(
        "#new lee@other.example\n#tag moved\nYour parcel is here.",
        from_=str(ALICE.address),
        to=str(to),
        subject="Your parcel",
        message_id="n2@acme.example",
        **references(first),
    )
    await desk.receive(words, to=to, reverse_path=ALICE.address)
    begun, old = await desk.ticket(3), await desk.ticket()
    assert (begun.subject, begun.tags) == ("Your parcel", ("moved",))
    assert (old.linked, begun.linked) == ((3,), (1,))
    assert old.tags == ()
    (sent,) = await desk.sent(Address("lee", "other.example"), 3)
    assert "parcel has not come" not in sent.as_string()
    assert len(await desk.sent(HONG)) == 1


async def test_the_macro_of_the_page_is_one(desk: Desk) -> None:
    block = next(text for text in _BLOCK.findall(PAGE) if "{{ requester }}" in text)
    macro = parse_macro("shown", block, "page")
    desk.context = replace(desk.context, macros=Macros({"": {"shown": macro}}))
    await say(desk, "#macro shown\nSorry.")
    (answer,) = await answers(desk)
    assert answer.startswith(
        "Dear Hong, we have started your refund. Kind regards, Alice Kim Sorry."
    )
    ticket = await desk.ticket()
    assert (ticket.tags, ticket.status) == (("refund",), Status.PENDING)
