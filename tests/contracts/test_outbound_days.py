"""Days of a full queue, with time simulated: a campaign of ten thousand under the plan's
cap."""

import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from pathlib import Path

import pytest

from mailgate.mail.address import Address
from mailgate.model.delivery import Lane
from mailgate.model.ids import TicketId
from mailgate.outbound.sites import Sites
from mailgate.outbound.worker import WorkerPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store.core import Store
from tests.contracts.outbound_world import new_ticket
from tests.contracts.simulated import Simulation, copy_of, simulated
from tests.harness.queued import Queued

HOUR = 3600.0
CAP, SHARE = 500, 70
MAILS = 10_000
THREADS, PER_THREAD = 200, 5
"""Tickets of which one customer gets so many mails of the campaign."""
RUSH_HOUR, RUSH = 5, 120
"""Strangers write so many mails at once."""
STORM_HOUR, STORM = 12, 200
"""Agents write so many answers at once: more than the hour has room for."""
REPLIES, ACKNOWLEDGEMENTS = 10, 10
"""An hour."""


def customer(number: int) -> Address:
    return Address(f"c{number}", "customer.example")


async def the_campaign(store: Store) -> tuple[Queued, ...]:
    """Most to a customer each, some one after another on one ticket."""
    tickets = [await store.write(new_ticket) for _ in range(THREADS)]
    threads = [
        Queued(customer(number), Lane.CAMPAIGN, ticket, name=str(place))
        for place in range(PER_THREAD)
        for number, ticket in enumerate(tickets)
    ]
    rest = range(THREADS, THREADS + MAILS - len(threads))
    return (*threads, *(Queued(customer(number), Lane.CAMPAIGN) for number in rest))


class Day:
    """What is written while the campaign runs."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.random = random.Random(6)
        self.others = 0

    async def an_hour(self) -> None:
        """Replies and acknowledgements at any moment."""
        begin = self.simulation.seconds
        lanes = [Lane.REPLY] * REPLIES + [Lane.ACKNOWLEDGEMENT] * ACKNOWLEDGEMENTS
        self.random.shuffle(lanes)
        moments = sorted(begin + self.random.random() * (HOUR - 10) for _ in lanes)
        for lane, moment in zip(lanes, moments, strict=True):
            await self.simulation.go_on(moment)
            await self.write(lane)
        await self.simulation.go_on(begin + HOUR)

    async def storm(self) -> None:
        """Then two hours of silence."""
        await self.simulation.queue(*(self.next_mail(Lane.REPLY) for _ in range(STORM)))
        await self.simulation.go_on(self.simulation.seconds + 2 * HOUR)

    def next_mail(self, lane: Lane) -> Queued:
        self.others += 1
        return Queued(Address(f"h{self.others}", "customer.example"), lane)

    async def write(self, lane: Lane) -> None:
        """An agent's answer leaves within a second; another process has put it there."""
        mail = self.next_mail(lane)
        await self.simulation.queue(mail)
        if lane is Lane.REPLY:
            await self.simulation.clock.advance(1.0)
            assert mail.recipient in {
                begun.leased.recipient for begun in self.simulation.hop.begun[-CAP:]
            }, f"an answer waits after {self.simulation.seconds / HOUR:.2f} hours"


def times(simulation: Simulation, *lanes: Lane) -> list[float]:
    begin = simulation.hop.begun[0].at
    return [
        (begun.at - begin).total_seconds()
        for begun in simulation.hop.begun
        if begun.leased.lane in lanes
    ]


def within(times: list[float], after: float, until: float) -> int:
    """How many after `after`, until and with `until`."""
    return bisect_right(times, until) - bisect_right(times, after)


@pytest.mark.timeout(800)
async def test_a_campaign_of_ten_thousand_under_the_plans_cap(sqlite_template: Path) -> None:
    """Answers go within a second all the time, all of the campaign leaves in order, no hour has
    more than the cap, and what the campaign may use it uses."""
    limiter = Limiter(LimitPolicy(CAP, campaign_share=SHARE, automatic_per_recipient=20))
    policy = WorkerPolicy(concurrency=100)
    async with copy_of(sqlite_template) as store:
        mails = await the_campaign(store)
        async with simulated(
            store, limiter, policy=policy, sites=Sites(), step=120.0, mails=mails
        ) as simulation:
            await thirty_hours(simulation)
    check_all_left_in_order(simulation, mails)
    check_no_hour_is_too_full(simulation)
    check_the_campaigns_share(simulation)


async def thirty_hours(simulation: Simulation) -> None:
    day = Day(simulation)
    for hour in range(60):
        if len(simulation.hop.begun) == MAILS + day.others:
            break
        if hour == RUSH_HOUR:
            for _ in range(RUSH):
                await day.write(Lane.ACKNOWLEDGEMENT)
        if hour == STORM_HOUR:
            await day.storm()
        await day.an_hour()


def check_all_left_in_order(simulation: Simulation, mails: tuple[Queued, ...]) -> None:
    left = [b.leased for b in simulation.hop.begun if b.leased.lane is Lane.CAMPAIGN]
    assert sorted(each.message_id for each in left) == sorted(mail.message_id for mail in mails)
    alone = [each.id for each in left if each.ticket is None]
    assert alone == sorted(alone)
    threads: dict[TicketId, list[int]] = defaultdict(list)
    for each in left:
        if each.ticket is not None:
            threads[each.ticket].append(each.id)
    assert len(threads) == THREADS
    assert all(ids == sorted(ids) for ids in threads.values())
    for lane in (Lane.REPLY, Lane.ACKNOWLEDGEMENT):
        ids = [b.leased.id for b in simulation.hop.begun if b.leased.lane is lane]
        assert ids == sorted(ids)


def check_no_hour_is_too_full(simulation: Simulation) -> None:
    """All of it is to customers, and so counts."""
    every = times(simulation, *Lane)
    assert max(within(every, at - HOUR, at) for at in every) == CAP, "the storm fills an hour"


def check_the_campaigns_share(simulation: Simulation) -> None:
    """Never more than its part of what others have left of the hour; and it takes as long as that
    lets it, by no more than the steps in which time goes by here."""
    campaign = times(simulation, Lane.CAMPAIGN)
    others = times(simulation, Lane.REPLY, Lane.ACKNOWLEDGEMENT)
    for place, at in enumerate(campaign):
        own = place + 1 - bisect_right(campaign, at - HOUR)
        before = bisect_left(others, at) - bisect_right(others, at - HOUR)
        assert own <= (CAP - before) * SHARE // 100
    usual = (CAP - REPLIES - ACKNOWLEDGEMENTS) * SHARE // 100
    # Places come back when they were taken; the rush and the storm take some of an hour.
    assert campaign[-1] <= ((MAILS + RUSH + STORM) / usual) * (HOUR + simulation.step)
    hours = int(campaign[-1] // HOUR)
    busiest = max(within(others, at - HOUR, at) for at in others)
    fair = (CAP - busiest) * SHARE // 100
    assert (
        min(within(campaign, h * HOUR, (h + 1) * HOUR) for h in range(1, hours - 1))
        >= fair * 9 // 10
    )
