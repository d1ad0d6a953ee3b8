"""Places at a peer: replies first, a fifth for them alone, and nobody's place is lost."""

import asyncio

from mailgate.model.delivery import Lane
from mailgate.outbound.places import Places, Turns


class Waiting:
    """Who asks for a place, by name; `inside` are those who have one, in the order they got it."""

    def __init__(self, turns: Turns, tasks: asyncio.TaskGroup) -> None:
        self._turns = turns
        self._tasks = tasks
        self.inside: list[str] = []
        self.asked: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str, lane: Lane) -> None:
        self.asked[name] = self._tasks.create_task(self._enter(name, lane))
        await settle()

    async def leave(self, name: str, lane: Lane) -> None:
        self._turns.leave(lane)
        self.inside.remove(name)
        await settle()

    async def _enter(self, name: str, lane: Lane) -> None:
        await self._turns.enter(lane)
        self.inside.append(name)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_places_keep_to_their_shares() -> None:
    places = Places(20)
    for _ in range(16):
        assert places.has_room(Lane.CAMPAIGN)
        places.change(Lane.CAMPAIGN, 1)
    assert not places.has_room(Lane.CAMPAIGN)
    for _ in range(4):
        assert places.has_room(Lane.REPLY)
        places.change(Lane.REPLY, 1)
    assert not places.has_room(Lane.REPLY)


async def test_a_place_that_is_free_goes_to_a_reply_first() -> None:
    async with asyncio.TaskGroup() as tasks:
        world = Waiting(Turns(1), tasks)
        await world.ask("campaign 1", Lane.CAMPAIGN)
        await world.ask("campaign 2", Lane.CAMPAIGN)
        await world.ask("reply", Lane.REPLY)
        assert world.inside == ["campaign 1"]
        await world.leave("campaign 1", Lane.CAMPAIGN)
        assert world.inside == ["reply"]
        await world.leave("reply", Lane.REPLY)
        assert world.inside == ["campaign 2"]


async def test_a_campaign_leaves_a_fifth_to_replies_and_waits_in_its_order() -> None:
    async with asyncio.TaskGroup() as tasks:
        world = Waiting(Turns(5), tasks)
        for number in range(6):
            await world.ask(str(number), Lane.CAMPAIGN)
        assert world.inside == ["0", "1", "2", "3"]
        await world.ask("reply", Lane.REPLY)
        assert world.inside[-1] == "reply"
        await world.leave("reply", Lane.REPLY)
        assert "4" not in world.inside
        await world.leave("0", Lane.CAMPAIGN)
        assert world.inside[-1] == "4"
        await world.leave("1", Lane.CAMPAIGN)
        assert world.inside[-1] == "5"


async def test_who_gives_up_waiting_takes_no_place() -> None:
    async with asyncio.TaskGroup() as tasks:
        world = Waiting(Turns(1), tasks)
        await world.ask("first", Lane.CAMPAIGN)
        await world.ask("tired", Lane.CAMPAIGN)
        await world.ask("last", Lane.CAMPAIGN)
        world.asked["tired"].cancel()
        await settle()
        await world.leave("first", Lane.CAMPAIGN)
        assert world.inside == ["last"]


async def test_who_gives_up_when_it_is_called_hands_the_place_on() -> None:
    turns = Turns(1)
    async with asyncio.TaskGroup() as tasks:
        world = Waiting(turns, tasks)
        await world.ask("first", Lane.CAMPAIGN)
        await world.ask("tired", Lane.CAMPAIGN)
        await world.ask("last", Lane.CAMPAIGN)
        turns.leave(Lane.CAMPAIGN)
        world.asked["tired"].cancel()
        await settle()
        assert world.inside == ["first", "last"]


async def test_who_gives_up_just_before_a_place_is_free_is_passed_over() -> None:
    turns = Turns(1)
    async with asyncio.TaskGroup() as tasks:
        world = Waiting(turns, tasks)
        await world.ask("first", Lane.CAMPAIGN)
        await world.ask("tired", Lane.CAMPAIGN)
        await world.ask("last", Lane.CAMPAIGN)
        world.asked["tired"].cancel()
        turns.leave(Lane.CAMPAIGN)
        await settle()
        assert world.inside == ["first", "last"]
