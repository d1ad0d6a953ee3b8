"""Several nodes sweep at once, on both engines: every customer is asked once."""

import asyncio
from functools import partial

from mailgate.desk.surveys.survey import due_surveys
from mailgate.desk.swept import Swept
from mailgate.mail.address import Address
from mailgate.model.seed import Seed
from mailgate.model.ticket import Status
from mailgate.store.core import Store
from tests.deciders.inbound_world import Desk, desk_on
from tests.deciders.survey_world import ASKING, HOUR, answered, became, opened

PEOPLE = [Address(f"c{number}", "customer.example") for number in range(4)]


async def resolved(store: Store, people: list[Address]) -> Desk:
    """A desk with a ticket of each, answered and resolved an hour ago."""
    desk = desk_on(store)
    desk.set_policy(survey=ASKING)
    for number, who in enumerate(people, 1):
        assert await opened(desk, who=who) == number
        await answered(desk, number)
        await became(desk, Status.RESOLVED, number)
    await desk.clock.advance(HOUR.total_seconds())
    return desk


async def at_once(desk: Desk, nodes: int) -> list[Address]:
    """Whom so many nodes ask when they sweep at the same time."""

    async def sweep(node: int) -> Swept:
        unit = partial(
            due_surveys, ctx=desk.context, now=desk.clock.now(), seed=Seed(bytes([node]) * 32)
        )
        return await desk.store.write(partial(unit, limit=2))

    found = await asyncio.gather(*(sweep(node) for node in range(nodes)))
    rest = await sweep(nodes)
    return [one.recipients[0] for swept in (*found, rest) for one in swept.drafts]


async def test_each_is_asked_once(store: Store) -> None:
    desk = await resolved(store, PEOPLE)
    asked = await at_once(desk, 4)
    assert sorted(map(str, asked)) == sorted(map(str, PEOPLE))


async def test_one_customer_of_several_tickets_is_asked_once(store: Store) -> None:
    desk = await resolved(store, [PEOPLE[0]] * 3)
    assert await at_once(desk, 4) == [PEOPLE[0]]
