"""However tickets are merged, split and marked, and whoever writes on them meanwhile: nobody
outside reads what another customer wrote, nor a note, and nothing that was said is lost."""

import asyncio
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.replies import NoteRequest, note
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.store import outbound
from mailgate.store.core import Connection
from mailgate.store.outbound import DeliveryFilter
from tests.deciders.desk_world import ALICE, everything_in
from tests.deciders.inbound_world import Desk, open_desk
from tests.deciders.life_world import answered, called_spam, letter, merged, parted

CUSTOMERS = tuple(Address(name, f"{name}.example") for name in ("hong", "park", "jung"))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens; the numbers choose among what there is at that moment."""

    what: str
    who: int
    one: int
    other: int


steps = st.builds(
    Step,
    what=st.sampled_from(["write", "again", "answer", "note", "merge", "alone", "split", "spam"]),
    who=st.integers(0, 2),
    one=st.integers(0, 5),
    other=st.integers(0, 5),
)


@dataclass(slots=True)
class Told:
    """The word that stands in one message alone, whose it is, and how it was said."""

    word: str
    by: str
    message_id: str


class Day:
    def __init__(self, desk: Desk) -> None:
        self.desk, self.said = desk, list[Told]()

    def _word(self, by: str) -> Told:
        number = len(self.said)
        told = Told(f"zq{number}x", by, f"m{number}")
        self.said.append(told)
        return told

    async def do(self, step: Step) -> None:
        who = CUSTOMERS[step.who]
        every = [ticket.id for ticket in await self.desk.tickets()]
        one, other = (every[at % len(every)] if every else 0 for at in (step.one, step.other))
        match step.what:
            case "write":
                told = self._word(who.key)
                await self.desk.receive(letter(who, told.word, told.message_id), reverse_path=who)
            case "again":
                await self._again(who)
            case _ if not every:
                return
            case "answer":
                await self._tolerant(answered(self.desk, one, self._word("agent").word, ALICE))
            case "note":
                request = NoteRequest(TicketId(one), self._word("note").word, agent=ALICE)
                now = self.desk.clock.now()
                seed = Seed(f"{len(self.said)}".encode().ljust(32))
                await self.desk.store.write(
                    partial(note, ctx=self.desk.context, request=request, now=now, seed=seed)
                )
            case "merge" | "alone":
                alone = step.what == "alone"
                await self._tolerant(merged(self.desk, one, other, with_requester=not alone))
            case "split":
                on_it = await self.desk.entries(one)
                if on_it:
                    entry = on_it[step.other % len(on_it)]
                    await self._tolerant(parted(self.desk, one, entry.id))
            case _:
                await self._tolerant(called_spam(self.desk, one))

    async def _again(self, who: Address) -> None:
        """They answer a mail of their own, as who goes on where they left off."""
        own = [each for each in self.said if each.by == who.key]
        if not own:
            return
        before, told = own[-1], self._word(who.key)
        answered_one = f"In-Reply-To: <{before.message_id}@{who.domain}>\r\nSubject:".encode()
        content = letter(who, told.word, told.message_id).replace(b"Subject:", answered_one)
        await self.desk.receive(content, reverse_path=who)

    async def _tolerant(self, act: object) -> None:
        try:
            await act  # type: ignore[misc]  # one of several
        except DeskError:
            return

    async def leaks(self) -> list[str]:
        """Words in mails to outside that are neither an agent's answer nor the reader's own."""

        def read(conn: Connection) -> list[tuple[str, bytes]]:
            every = outbound.listing(conn, DeliveryFilter(limit=10_000))
            return [
                (one.recipient.key, outbound.content(conn, one.id) or b"")
                for one in every
                if one.outside
            ]

        found = list[str]()
        for reader, raw in await self.desk.store.read(read):
            seen = everything_in(raw)
            found += [
                f"{told.word} of {told.by} to {reader}"
                for told in self.said
                if told.by not in {"agent", reader} and told.word.encode() in seen
            ]
        return found

    async def lost(self) -> list[str]:
        """Words of people that stand on no ticket and wait in no quarantine."""
        on_tickets = [
            entry.text
            for ticket in await self.desk.tickets()
            for entry in await self.desk.entries(ticket.id)
        ]
        kept = len(self.desk.reports.quarantines)
        missing = [
            told.word
            for told in self.said
            if told.by.count("@") and not any(told.word in text for text in on_tickets)
        ]
        return missing if len(missing) > kept else []


async def play(folder: Path, day: list[Step]) -> tuple[list[str], list[str]]:
    async with open_desk(folder) as desk:
        at_work = Day(desk)
        for step in day:
            await at_work.do(step)
        return await at_work.leaks(), await at_work.lost()


OPENED = [Step("write", who, 0, 0) for who in (0, 1)]


@given(day=st.lists(steps, min_size=2, max_size=14))
@settings(max_examples=50, deadline=None)
def test_nobody_reads_what_was_not_written_to_them(day: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        leaks, lost = asyncio.run(play(Path(folder), [*OPENED, *day]))
    assert leaks == []
    assert lost == []
