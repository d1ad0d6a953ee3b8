"""Whatever happens at a desk, in whatever order: nobody outside ever reads a note, an agent's own
address, the token of a notification, or what another customer wrote."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.deciders.inbound_world import open_desk
from tests.properties.desk_sequences import Day, Step, busy, steps


async def play(folder: Path, day: list[Step]) -> tuple[int, list[str]]:
    """How many mails left, and what should not have been in them."""
    async with open_desk(folder) as desk:
        busy(desk)
        at_work = Day(desk)
        for step in day:
            await at_work.do(step)
        return len(await at_work.left()), await at_work.check()


async def play_to_machines(folder: Path, day: list[Step]) -> list[int]:
    """How many mails had left before each round of absence notes."""
    async with open_desk(folder) as desk:
        busy(desk)
        at_work, seen = Day(desk), [0]
        for step in day:
            await at_work.do(step)
        for _ in range(3):
            seen.append(await at_work.answer_by_machine(seen[-1]))
        return seen[1:]


OPENED = Step("open", 0, 0, "", proven=True, below=False)


@given(day=st.lists(steps, min_size=3, max_size=14))
@settings(max_examples=60, deadline=None)
def test_nobody_outside_reads_what_is_not_theirs(day: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        left, faults = asyncio.run(play(Path(folder), [OPENED, *day]))
    assert left, "the first mail is acknowledged and told"
    assert faults == []


@given(day=st.lists(steps, min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_mailboxes_that_answer_by_themselves_are_answered_by_nobody(day: list[Step]) -> None:
    """Notifications, acknowledgements and answers to everybody who is away: nothing more leaves."""
    with tempfile.TemporaryDirectory() as folder:
        before, after, last = asyncio.run(play_to_machines(Path(folder), [OPENED, *day]))
    assert before
    assert after == before == last
