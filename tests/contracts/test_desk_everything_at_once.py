"""Two nodes do to the same few tickets everything that can be done to tickets, at once, for a
while. Whoever loses a race tries again; no mail is lost or doubled, and nothing fails."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from mailgate.desk.arriving.worker import InboundWorker
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.rules.ruledtimes import due_rules
from mailgate.desk.surveys.survey import due_surveys
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.desk.ticket.deleting import delete_closed
from mailgate.desk.ticket.family import link
from mailgate.desk.ticket.life import close_resolved
from mailgate.desk.ticket.merging import merge
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.ticket.replies import ReplyRequest, reply
from mailgate.desk.ticket.spamming import mark_spam, unmark_spam
from mailgate.desk.ticket.splitting import split
from mailgate.desk.ticket.takingback import take_back
from mailgate.desk.timers.escalating import ring_due
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import NullReversePath
from mailgate.model.hours import ALWAYS, WorkTime
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.response import Response
from mailgate.model.rule import Actions, Conditions, Occasion, Rule, Rules, Since
from mailgate.model.seed import Seed
from mailgate.model.survey import Asking
from mailgate.model.ticket import Status
from mailgate.store import entries, search, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.open import open_store
from mailgate.store.operating import Selection
from mailgate.telemetry.null import NullTelemetry
from tests.deciders.desk_world import ALICE, BOB
from tests.deciders.inbound_world import DONE, Desk, desk_on, mail, random_octets

TICKETS = 6
ROUNDS = 12
SECOND = timedelta(seconds=1)
TURNS = Actions(take_turns=True, tag=("seen",), note="Look.")
RULES = Rules(
    {
        Occasion.TIME: (Rule("old", Occasion.TIME, Conditions(), TURNS, SECOND, Since.UPDATED),),
        Occasion.ANSWER: (Rule("turns", Occasion.ANSWER, Conditions(), TURNS),),
        Occasion.RESOLVED: (Rule("done", Occasion.RESOLVED, Conditions(), Actions(tag=("ok",))),),
    }
)
SOON = WorkTime(SECOND)
RESPONSES = (Response("soon", ALWAYS, first=SOON, next=SOON, solve=SOON),)

Act = Callable[[Connection, DeskContext, By, random.Random], object]


def one_of(dice: random.Random) -> TicketId:
    return TicketId(dice.randint(1, TICKETS))


def merging(conn: Connection, ctx: DeskContext, by: By, dice: random.Random) -> None:
    done = merge(conn, ctx, one_of(dice), one_of(dice), by)
    queue_drafts(conn, ctx, done.drafts, by.now)


def splitting(conn: Connection, ctx: DeskContext, by: By, dice: random.Random) -> None:
    ticket = named_ticket(conn, one_of(dice))
    every = entries.of_ticket(conn, ticket.id)
    if every:
        split(conn, ctx, ticket.id, dice.choice(every).id, by)


def linking(conn: Connection, _: DeskContext, by: By, dice: random.Random) -> None:
    link(conn, one_of(dice), one_of(dice), by)


def wishing(conn: Connection, ctx: DeskContext, by: By, dice: random.Random) -> None:
    status = dice.choice((Status.OPEN, Status.PENDING, Status.RESOLVED, Status.CLOSED))
    parent = dice.choice((None, one_of(dice)))
    wish = TicketWish(status, dice.choice((ALICE, BOB)).address, parent=parent)
    set_ticket(conn, ctx, one_of(dice), wish, by=by)


def answering(conn: Connection, ctx: DeskContext, by: By, dice: random.Random) -> None:
    request = ReplyRequest(one_of(dice), "It comes.", agent=ALICE)
    reply(conn, ctx, request, now=by.now, seed=by.seed)


def taking_back(conn: Connection, ctx: DeskContext, by: By, dice: random.Random) -> None:
    take_back(conn, ctx, Selection(ticket=one_of(dice)), by.now)


def calling_spam(conn: Connection, ctx: DeskContext, by: By, dice: random.Random) -> None:
    mark_spam(conn, ctx, named_ticket(conn, one_of(dice)), by)


def taking_it_back(conn: Connection, ctx: DeskContext, by: By, dice: random.Random) -> None:
    unmark_spam(conn, ctx, named_ticket(conn, one_of(dice)), by)


def sweeping(conn: Connection, ctx: DeskContext, by: By, dice: random.Random) -> None:
    job = dice.choice((ring_due, due_rules, close_resolved, due_surveys, delete_closed))
    job(conn, ctx=ctx, now=by.now, seed=by.seed, limit=3)


def indexing(conn: Connection, _: DeskContext, by: By, __: random.Random) -> None:
    search.catch_up(conn, 10, by.now)


ACTS: tuple[Act, ...] = (
    *(merging, splitting, linking, wishing, wishing, answering, answering, taking_back),
    *(calling_spam, taking_it_back, sweeping, sweeping, sweeping, indexing),
)


async def acts(desk: Desk, act: Act, dice: random.Random, octets: Callable[[int], bytes]) -> None:
    by = By("operator", desk.clock.now(), Seed(octets(32)))
    chances = dice.getrandbits(64)

    def work(conn: Connection) -> None:
        # The same when the unit is run once more.
        act(conn, desk.context, by, random.Random(chances))

    try:
        await desk.store.write(work)
    except DeskError:
        return  # somebody else was first


async def come(desk: Desk, numbers: range, dice: random.Random) -> list[tuple[int, JournalId]]:
    """Answers come to a node, and its one worker works on them."""
    rows = [(number, await put(desk, number, dice)) for number in numbers]
    await desk.worker.drain()
    return rows


async def put(desk: Desk, number: int, dice: random.Random) -> JournalId:
    """An answer of a customer or, now and then, of a machine, to one of the tickets."""
    whom, machine = one_of(dice), dice.random() < 0.2
    content = mail(
        f"word {number}",
        from_=f"Hong <hong{whom}@customer.example>",
        subject=f"Re: [#{whom}] Parcel {whom}",
        message_id=f"a{number}@customer.example",
        In_Reply_To=f"<q{whom}@customer.example>",
        **({"Auto_Submitted": "auto-replied"} if machine else {}),
    )
    null: dict[str, Any] = {"reverse_path": NullReversePath()} if machine else {}
    return await desk.put(content, **null)


def node(store: Store, octets: Callable[[int], bytes]) -> Desk:
    """A desk whose ids are not those of another one."""
    desk = desk_on(store)
    desk.worker = InboundWorker(store, lambda: desk.context, desk.clock, desk.reports, octets)
    return desk


async def test_everything_at_once(store: Store, store_url: str) -> None:
    other = open_store(store_url, telemetry=NullTelemetry())
    dice, octets = random.Random(7), random_octets()
    desks = [node(each, octets) for each in (store, other)]
    for desk in desks:
        desk.set_policy(
            rules=RULES,
            responses=RESPONSES,
            close_resolved_after=5 * SECOND,
            delete_closed_after=20 * SECOND,
            survey=Asking(Status.RESOLVED, SECOND, SECOND),
            undo=timedelta(minutes=1),
        )
    for number in range(1, TICKETS + 1):
        await desks[0].receive(
            mail(
                from_=f"Hong <hong{number}@customer.example>",
                subject=f"Parcel {number}",
                message_id=f"q{number}@customer.example",
            )
        )
    rows = list[tuple[int, JournalId]]()
    for turn in range(ROUNDS):
        for desk in desks:
            await desk.clock.advance(3)
        at_once: list[Awaitable[Any]] = [
            acts(dice.choice(desks), act, dice, octets) for act in ACTS
        ]
        first = turn * 4
        halves = (range(first, first + 2), range(first + 2, first + 4))
        mails = [
            come(desk, numbers, random.Random(numbers.start))
            for desk, numbers in zip(desks, halves, strict=True)
        ]
        _, *came = await asyncio.gather(asyncio.gather(*at_once), *mails)
        rows += [each for some in came for each in some]
    for desk in desks:
        await desk.worker.drain()
        assert desk.reports.failures == []
    for number, row in rows:
        await stands_once(desks[0], number, row)
    await other.close()


async def stands_once(desk: Desk, number: int, row: JournalId) -> None:
    """The mail is on one ticket, once, and on one that people see; unless that was deleted, or
    somebody had called its sender spam, or it is a machine's whose ticket was deleted."""
    found = await desk.row(row)
    if found.cause in {"deleted", "blocked_sender", "automated_without_ticket"}:
        return
    assert (found.state, found.error) == (DONE, None)
    there = await desk.store.read(partial(where_it_stands, words=f"word {number}"))
    assert len(there) == 1, (found, there)


def where_it_stands(conn: Connection, words: str) -> list[TicketId]:
    every = [TicketId(number) for number in range(1, 200)]
    return [
        number
        for number in every
        if (ticket := tickets.get(conn, number)) is not None and ticket.merged_into is None
        for each in entries.of_ticket(conn, number)
        if each.text.strip() == words
    ]
