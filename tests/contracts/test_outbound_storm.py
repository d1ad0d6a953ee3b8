"""F21, with time simulated: ten thousand mails, and a domain that takes none of its own."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from mailgate.mail.address import Address
from mailgate.model.delivery import AttemptResult, Deferred, Lane, LeasedDelivery, Reply
from mailgate.outbound.schedule import JITTER, RETRY_DELAYS
from mailgate.outbound.sites import Sites
from mailgate.outbound.worker import WorkerPolicy
from mailgate.ratelimit.flow import FlowPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from tests.contracts.outbound_world import NOW
from tests.contracts.simulated import Simulation, copy_of, simulated
from tests.harness.queued import Queued

DOMAINS = [f"d{number}.example" for number in range(10)]
BAD = DOMAINS[0]
NOT_NOW = Deferred(Reply(451, "4.3.0", "4.3.0 not now", NOW))
DIRECT = Sites(lambda _, destination: f"domain:{destination}")
"""As with transport = "mx"."""
EACH = FlowPolicy(connections=20)
FEW = WorkerPolicy(concurrency=100)
"""Fewer than all domains together would take."""
REFUSED, TAKEN = 300, 1078
"""Mails to the bad domain, and to each of the others."""
LATER = (90.0, 130.0, 400.0)
"""When the bad domain's mails are tried again there is other mail."""
ROWS = 8
"""That a try may write: the lease, the attempt, both results, what it waits for, the place."""
END = 700.0
TRIES = 3
"""At once, and after 1 and 5 minutes more: the next comes after `END`."""
QUEUE = timedelta(seconds=50)
"""All by twenty connections take 15 seconds, and the clock goes on by 30 at a time."""


def refuses(leased: LeasedDelivery) -> AttemptResult | None:
    return NOT_NOW if leased.destination == BAD else None


def lasts(leased: LeasedDelivery) -> float:
    """To be told no takes longer."""
    return 1.0 if leased.destination == BAD else 0.1


def to_domains(*domains: str, each: int, name: str = "") -> tuple[Queued, ...]:
    pairs = [(f"c{number}", domain) for number in range(each) for domain in domains]
    return tuple(Queued(Address(*pair), Lane.CAMPAIGN, name=name) for pair in pairs)


def first_tries(simulation: Simulation) -> list[float]:
    """When mails to the other domains began, in order."""
    begin = simulation.hop.begun[0].at
    return sorted(
        (begun.at - begin).total_seconds()
        for begun in simulation.hop.begun
        if begun.leased.destination != BAD
    )


@pytest.mark.timeout(800)
async def test_f21_a_domain_that_always_says_not_now(sqlite_template: Path) -> None:
    """Others do not wait for it, it is tried by the schedule, and nothing is written of what only
    waits."""
    limiter = Limiter(LimitPolicy(1_000_000, any_domain=EACH))
    usual = partial(simulated, limiter=limiter, policy=FEW, sites=DIRECT, step=30.0, lasting=lasts)
    async with copy_of(sqlite_template) as store:
        mails = to_domains(*DOMAINS[1:], each=TAKEN)
        async with usual(store, mails=mails) as without:
            await without.go_on(LATER[0])
    async with copy_of(sqlite_template) as store:
        mails = to_domains(*DOMAINS, each=REFUSED)
        mails += to_domains(*DOMAINS[1:], each=TAKEN - REFUSED, name="more")
        async with usual(store, mails=mails, said=refuses) as simulation:
            await simulation.go_on(LATER[0])
            check_others_do_not_wait(simulation, without)
            before = len(simulation.hop.begun), simulation.store.changes
            for number, at in enumerate(LATER):
                await simulation.go_on(at)
                await mail_for_others_goes_at_once(simulation, number)
            await simulation.go_on(END)
    check_the_schedule(simulation)
    tries, changes = len(simulation.hop.begun) - before[0], simulation.store.changes - before[1]
    assert changes <= ROWS * tries


def check_others_do_not_wait(simulation: Simulation, without: Simulation) -> None:
    here, there = first_tries(simulation), first_tries(without)
    assert len(here) == len(there) == 9 * TAKEN
    most = len(here) * 95 // 100
    assert here[most] < 2 * there[most]


async def mail_for_others_goes_at_once(simulation: Simulation, number: int) -> None:
    mails = to_domains(*DOMAINS[1:], each=2, name=f"later{number}")
    before = len(simulation.hop.begun)
    await simulation.queue(*mails)
    await simulation.clock.advance(1.5)
    begun = {each.leased.message_id for each in simulation.hop.begun[before:]}
    assert {mail.message_id for mail in mails} <= begun


def check_the_schedule(simulation: Simulation) -> None:
    tried: dict[str, list[datetime]] = defaultdict(list)
    for begun in simulation.hop.begun:
        if begun.leased.destination == BAD:
            tried[begun.leased.message_id].append(begun.at)
    assert len(tried) == REFUSED
    for times in tried.values():
        assert len(times) == TRIES
        for (early, late), delay in zip(pairwise(times), RETRY_DELAYS, strict=False):
            assert delay <= late - early <= delay * (1 + JITTER) + QUEUE
