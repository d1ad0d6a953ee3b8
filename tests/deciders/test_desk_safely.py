"""Something is wrong with one ticket, or one rule: the others, and the mail, do not suffer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from mailgate.desk.rules import ruledmail
from mailgate.desk.rules.ruledtimes import due_rules
from mailgate.desk.surveys.survey import due_surveys
from mailgate.desk.ticket.life import close_resolved
from mailgate.model.ids import TicketId
from mailgate.model.rule import Actions, Conditions, Occasion, Rule, Rules, Since
from mailgate.model.seed import Seed
from mailgate.model.survey import Asking
from mailgate.model.ticket import EventKind, Status
from mailgate.store import surveys
from mailgate.store.core import Connection
from mailgate.store.tables import events, ticket_tags, tickets
from mailgate.store.tickets import TicketChange
from mailgate.store.tickets import update as change
from tests.deciders.inbound_world import DONE, Desk, mail, open_desk
from tests.deciders.life_world import told

HOUR = timedelta(hours=1)
LATE = Rule(
    "late",
    Occasion.TIME,
    Conditions(),
    Actions(tag=("late",)),
    since=Since.CREATED,
    after=HOUR,
)
NEW = Rule("new", Occasion.NEW, Conditions(), Actions(tag=("seen",)))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Two tickets. What the row of the first says cannot be read."""
    async with open_desk(tmp_path) as place:
        for number in (1, 2):
            await place.receive(mail(message_id=f"q{number}@customer.example"))
        await place.store.write(broken)
        await place.clock.advance(2 * 3600)
        yield place


def broken(conn: Connection) -> None:
    conn.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    conn.execute(update(tickets).where(tickets.c.id == 1).values(source="nobody knows"))
    conn.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


async def swept(desk: Desk, job: Any) -> int:
    now, seed = desk.clock.now(), Seed(b"s" * 32)
    done = await desk.store.write(partial(job, ctx=desk.context, now=now, seed=seed, limit=10))
    taken: int = done.taken
    return taken


async def suppressed(desk: Desk) -> list[str]:
    """What was not done on the first ticket, by its event."""

    def read(conn: Connection) -> list[str]:
        kinds = events.c.kind == EventKind.SUPPRESSED.value
        wanted = select(events.c.detail).where(events.c.ticket == 1, kinds)
        return list(conn.execute(wanted).scalars())

    return await desk.store.read(read)


async def test_a_rule_by_the_time(desk: Desk) -> None:
    desk.set_policy(rules=Rules({Occasion.TIME: (LATE,)}))
    assert await swept(desk, due_rules) == 2
    assert (await desk.ticket(2)).tags == ("late",)
    assert ["rule late" in each for each in await suppressed(desk)] == [True]
    assert await swept(desk, due_rules) == 0


async def test_closing_what_is_resolved(desk: Desk) -> None:
    def resolve(conn: Connection) -> None:
        for number in (1, 2):
            change(conn, TicketId(number), TicketChange(Status.RESOLVED), desk.clock.now())

    await desk.store.write(resolve)
    await desk.clock.advance(2 * 3600)
    desk.set_policy(close_resolved_after=HOUR)
    assert await swept(desk, close_resolved) == 2
    assert (await desk.ticket(2)).status is Status.CLOSED
    assert ["close" in each for each in await suppressed(desk)] == [True]
    assert await swept(desk, close_resolved) == 0


async def test_asking_how_it_was(desk: Desk) -> None:
    def plan(conn: Connection) -> None:
        for number in (1, 2):
            surveys.plan(conn, TicketId(number), desk.clock.now())

    await desk.store.write(plan)
    desk.set_policy(survey=Asking(Status.RESOLVED, HOUR, HOUR))
    assert await swept(desk, due_surveys) == 2
    assert ["survey" in each for each in await suppressed(desk)] == [True]
    assert await swept(desk, due_surveys) == 0


async def test_a_rule_that_cannot_be_carried_out_loses_no_mail(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is done, and the ticket says so."""

    def fails(conn: Connection, *_: object) -> None:
        conn.execute(ticket_tags.insert().values(ticket=3, tag="half"))
        raise LookupError("of words of the mail")

    monkeypatch.setattr(ruledmail, "write", fails)
    desk.set_policy(rules=Rules({Occasion.NEW: (NEW,)}))
    row = await desk.receive(mail(message_id="q3@customer.example"))
    assert (row.state, row.ticket) == (DONE, 3)
    assert (await desk.ticket(3)).tags == ()
    assert await told(desk, 3, EventKind.RULE) == [
        {"rule": "new", "when": "new", "failed": "LookupError"}
    ]
    assert "notification" in await desk.lanes(3)
