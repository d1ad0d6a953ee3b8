"""Whatever happens on a ticket, in whatever order: a third party gets what was forwarded to them
and nothing else, and nobody but the desk reads what they write."""

import asyncio
import itertools
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.desk.by import By
from mailgate.desk.side.sidethread import Aside, forward_ticket
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE, BOB
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk
from tests.properties.desk_sequences import everything, ids, quoted, reply_to, subject_of

PARK = Address("park", "customer.example")
PARTS = Address("parts", "supplier.example")
LAB = Address("lab", "lab.example")
CUSTOMERS, PARTIES = (HONG, PARK), (PARTS, LAB)
AGENTS = (ALICE, BOB)
INSIDE = tuple(one for agent in AGENTS for one in (agent.address, *agent.also))
_WORD = re.compile(r"zq\d+x")


@dataclass(frozen=True, slots=True)
class Step:
    what: str
    who: int
    which: int
    below: bool


steps = st.builds(
    Step,
    what=st.sampled_from(
        ["customer", "customer", "reply", "note", "forward", "forward", "order", "order", "party"]
    ),
    who=st.integers(0, 1),
    which=st.integers(0, 20),
    below=st.booleans(),
)


@dataclass(slots=True)
class Side:
    """One ticket; `may` are the words that each third party may read, `sent` those that must have
    reached them."""

    desk: Desk
    last: str = ""
    may: dict[str, set[str]] = field(default_factory=lambda: {one.key: set() for one in PARTIES})
    sent: list[tuple[Address, str]] = field(default_factory=list)
    of_parties: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def begin(self) -> None:
        self.last = self._word()
        content = mail(f"Help {self.last}", Cc=str(PARK), message_id=self._id())
        await self.desk.receive(content)

    async def do(self, step: Step) -> None:
        match step.what:
            case "customer":
                word = self._word()
                if await self._answers(CUSTOMERS[step.who], f"More {word}", step):
                    self.last = word
            case "reply":
                await self._answers(AGENTS[step.who].address, f"Well {self._word()}", step)
            case "note":
                text = f"#note\nInside {self._word()}"
                await self._answers(AGENTS[step.who].address, text, step)
            case "forward":
                await self._forward(PARTIES[step.who], step)
            case "order":
                await self._order(PARTIES[step.who], step)
            case _:
                word = self._word()
                self.of_parties.add(word)
                party = PARTIES[step.who]
                self.may[party.key].add(word)
                await self._answers(party, f"Yes {word}", step)

    async def _forward(self, to: Address, step: Step) -> None:
        """By the command line."""
        word, agent = self._word(), AGENTS[step.which % 2]
        self._allow(to, word)
        seed = Seed(next(self._numbers).to_bytes(32))

        def write(conn: Connection) -> None:
            by = By(str(agent.address), self.desk.clock.now(), seed, agent)
            words = Aside(f"See {word}", agent=agent)
            forward_ticket(conn, self.desk.context, TicketId(1), to, words, by)

        await self.desk.store.write(write)

    async def _order(self, to: Address, step: Step) -> None:
        """By a command in an agent's reply, with the whole notification below it or not."""
        word = self._word()
        text = f"#forward {to}\nSee {word}"
        if await self._answers(AGENTS[step.which % 2].address, text, step):
            self._allow(to, word)

    def _allow(self, to: Address, word: str) -> None:
        self.may[to.key] |= {word, self.last}
        self.sent.append((to, word))

    async def _answers(self, who: Address, text: str, step: Step) -> bool:
        """Somebody answers one of the mails that they got; False when they got none."""
        got = await self.desk.sent(who)
        if not got:
            return False
        answered = got[step.which % len(got)]
        if step.below:
            text = f"{text}\n\n{quoted(answered)}"
        content = mail(
            text,
            from_=f"Somebody <{who}>",
            to=str(reply_to(answered)),
            subject=subject_of(answered),
            message_id=self._id(),
            **ids(answered),
        )
        await self.desk.receive(content, to=reply_to(answered), reverse_path=who)
        return True

    def _word(self) -> str:
        return f"zq{next(self._numbers)}x"

    def _id(self) -> str:
        return f"n{next(self._numbers)}@somewhere.example"

    async def faults(self) -> list[str]:
        """What somebody outside got that is not for them, and what did not come."""
        found = []
        tokens = {
            str(reply_to(one)): who
            for who in (*CUSTOMERS, *PARTIES, *(agent.address for agent in AGENTS))
            for one in await self.desk.sent(who)
        }
        for party in PARTIES:
            mails = await self.desk.sent(party)
            for one in mails:
                seen = everything(one)
                words = set(_WORD.findall(seen)) - self.may[party.key]
                found += [f"{party} reads {word}" for word in words]
                found += [f"{party} sees {own}" for own in INSIDE if str(own) in seen]
                found += [
                    f"{party} sees the token of {who}"
                    for token, who in tokens.items()
                    if who != party and token in seen
                ]
                found += recipients_beside(one, party)
        for customer in CUSTOMERS:
            for one in await self.desk.sent(customer):
                words = set(_WORD.findall(everything(one))) & self.of_parties
                found += [f"{customer} reads {word} of a third party" for word in words]
        for party, word in self.sent:
            reached = any(word in everything(one) for one in await self.desk.sent(party))
            found += [] if reached else [f"{word} did not reach {party}"]
        return found


def recipients_beside(message: EmailMessage, party: Address) -> list[str]:
    fields = (message["To"], message["Cc"])
    shown = [spec.addr_spec for one in fields if one for spec in one.addresses]
    return [f"{party} sees that {one} got it" for one in shown if one != str(party)]


async def play(folder: Path, day: list[Step]) -> list[str]:
    async with open_desk(folder) as desk:
        side = Side(desk)
        await side.begin()
        for step in day:
            await side.do(step)
        return await side.faults()


@given(day=st.lists(steps, min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_a_third_party_gets_what_is_forwarded_to_them_and_nothing_else(day: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(play(Path(folder), day)) == []


async def test_the_play_sees_what_it_is_to_see(tmp_path: Path) -> None:
    """Where nothing were allowed, each forward would be a fault."""
    async with open_desk(tmp_path) as desk:
        side = Side(desk)
        await side.begin()
        await side.do(Step("order", 0, 0, below=True))
        side.may = {one.key: set() for one in PARTIES}
        assert {fault.partition(" zq")[0] for fault in await side.faults()} == {f"{PARTS} reads"}
